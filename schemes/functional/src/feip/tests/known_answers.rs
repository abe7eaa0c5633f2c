//! Inner products, in both variants.

use blindbench_core::scheme::Resources;
use serde::Deserialize;

use crate::feip::engine::{Engine, Open};
use crate::feip::over::Over;
use crate::feip::{MasterKey, Params, Variant};
use crate::group::Group;
use crate::group::batch::Batch;
use crate::group::lanes::Lanes;
use crate::group::modp::Modp3072;
use crate::group::portable::Portable;
use crate::group::ristretto::Ristretto255;
use crate::known_answers::{Stated, case};
use crate::network::demand_of_vectors;
use crate::network::engine::Demand;

const SELECTIVE: &str = include_str!("../../../tests/known_answers/feip.json");
const ADAPTIVE: &str = include_str!("../../../tests/known_answers/adaptive.json");

#[derive(Deserialize)]
struct Selective {
    secret: Vec<String>,
    commitment: String,
    functions: Vec<OneKey>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
struct Adaptive {
    second_generator: String,
    secret_s: Vec<String>,
    secret_t: Vec<String>,
    commitments: Vec<String>,
    functions: Vec<TwoKeys>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
struct Common {
    generator: String,
    public: Vec<String>,
    randomness: String,
    values: Vec<i32>,
    ciphertext: Vec<String>,
}

#[derive(Deserialize)]
struct OneKey {
    key: String,
    #[serde(flatten)]
    function: Function,
}

#[derive(Deserialize)]
struct TwoKeys {
    keys: Vec<String>,
    #[serde(flatten)]
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    weights: Vec<i64>,
    element: String,
    result: i64,
}

/// Both variants in one form.
struct Answers {
    variant: Variant,
    /// `h`, where there is one.
    second_generator: Vec<String>,
    /// `s`, and `t` where there is one.
    secrets: Vec<Vec<String>>,
    heads: Vec<String>,
    functions: Vec<(Vec<String>, Function)>,
    common: Common,
}

fn selective<G: Stated>() -> Answers {
    let Selective { secret, commitment, functions, common } = case::<G, Selective>(SELECTIVE);
    Answers {
        variant: Variant::Selective,
        second_generator: Vec::new(),
        secrets: vec![secret],
        heads: vec![commitment],
        functions: functions.into_iter().map(|OneKey { key, function }| (vec![key], function)).collect(),
        common,
    }
}

fn adaptive<G: Stated>() -> Answers {
    let Adaptive { second_generator, secret_s, secret_t, commitments, functions, common } =
        case::<G, Adaptive>(ADAPTIVE);
    Answers {
        variant: Variant::Adaptive,
        second_generator: vec![second_generator],
        secrets: vec![secret_s, secret_t],
        heads: commitments,
        functions: functions.into_iter().map(|TwoKeys { keys, function }| (keys, function)).collect(),
        common,
    }
}

fn check<B: Batch<Group: Stated>>(answers: &Answers) {
    let Answers { variant, second_generator, secrets, heads, functions, common } = answers;
    let stated = B::Group::stated_elements;
    let demand = Demand { rows: functions.len(), ..demand_of_vectors(common.values.len(), 255, 127) };
    let params = Params { variant: *variant, table_bytes: 1 << 16, ..Params::default() };
    let scheme = Over::<B>::new(&params, &demand, &Resources::default()).unwrap();

    // Setup.
    let generators: Vec<_> = [std::slice::from_ref(&common.generator), second_generator].concat();
    assert_eq!(stated(&generators[..1]), B::Group::encode(&[B::Group::generator()]));
    let decode = |digits: &String| B::Group::decode(&B::Group::stated_element(digits)).unwrap();
    for (place, public) in common.public.iter().enumerate() {
        let power = |(generator, secret): (&String, &Vec<String>)| {
            B::Group::power(&decode(generator), &B::Group::scalar_of(&secret[place]))
        };
        let product = generators.iter().zip(secrets).map(power).reduce(|a, b| B::Group::multiply(&a, &b));
        assert!(product.unwrap() == decode(public), "public element {place}");
    }

    // Encryption.
    let public = stated(&[&second_generator[..], &common.public].concat());
    let encryptor = scheme.encryptor(&public).unwrap();
    let values = [&vec![0; heads.len()][..], &common.values].concat();
    let exponent = B::Group::scalar_of(&common.randomness);
    let ciphertext = encryptor.shared.batch.commit(&encryptor.bases, &exponent, &values).unwrap();
    assert_eq!(ciphertext, stated(&[&heads[..], &common.ciphertext].concat()));

    // Function keys and decryption.
    let master = MasterKey(B::Group::stated_scalars(&secrets.concat()));
    let (keys, rows): (Vec<&[String]>, Vec<Vec<i64>>) =
        functions.iter().map(|(keys, function)| (&keys[..], function.weights.clone())).unzip();
    let derived = scheme.derive(&master, &rows).unwrap();
    assert_eq!(derived, B::Group::stated_scalars(&keys.concat()));
    let opened = scheme.opener(&rows, &derived).unwrap().open_vartime(&[&ciphertext]).unwrap();
    for ((_, function), opened) in functions.iter().zip(opened) {
        assert_eq!(opened, function.result);
        assert_eq!(B::Group::encoded_power(opened), B::Group::stated_element(&function.element));
    }
}

#[test]
fn inner_products_are_those_of_other_programs() {
    let (ristretto, modp) = (selective::<Ristretto255>(), selective::<Modp3072>());
    check::<Portable<Ristretto255>>(&ristretto);
    check::<Lanes>(&ristretto);
    check::<Portable<Modp3072>>(&modp);
}

#[test]
fn adaptive_inner_products_are_those_of_other_programs() {
    let (ristretto, modp) = (adaptive::<Ristretto255>(), adaptive::<Modp3072>());
    check::<Portable<Ristretto255>>(&ristretto);
    check::<Lanes>(&ristretto);
    check::<Portable<Modp3072>>(&modp);
}
