#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod known_answers;

use blindbench_core::conformance::check;
use blindbench_core::probe::{Detail, NoClock, Operation, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_core::wire::{Encode, Wire};
use blindbench_kernels::dispatch::Kernel;
use proptest::prelude::*;

use super::{Ciphertext, Decryptor, Feip, FunctionKeys, MasterKey, Params, PublicKey, Variant};
use crate::group::choice::GroupChoice;
use crate::network::engine::{Demand, InnerProduct};
use crate::network::{FirstLayerNetwork, demand_of_vectors};

const GROUPS: [GroupChoice; 3] = [GroupChoice::Ristretto255, GroupChoice::SafePrime256, GroupChoice::Modp3072];

fn demand(length: usize, rows: usize) -> Demand {
    Demand { rows, ..demand_of_vectors(length, 255, 127) }
}

fn opened(params: Params, demand: &Demand) -> Feip {
    let setting = Feip::choose(&params, demand).unwrap();
    Feip::open(setting, demand, &Resources::default()).unwrap()
}

fn authority(scheme: &Feip, number: u64) -> (MasterKey, PublicKey) {
    scheme.setup(&mut Seed::from_number(number).rng()).unwrap()
}

fn encrypted(scheme: &Feip, public: &PublicKey, samples: &[Vec<u16>]) -> Vec<Ciphertext> {
    let mut ciphertexts = Vec::new();
    let mut rng = Seed::from_number(9).rng();
    scheme.encrypt(public, samples, &mut rng, &mut |ciphertext| ciphertexts.push(ciphertext)).unwrap();
    ciphertexts
}

fn open(scheme: &Feip, decryptor: &Decryptor, ciphertexts: &[Ciphertext]) -> blindbench_core::Result<Vec<i64>> {
    Probe::new(&NoClock, Detail::Counts).layer(0, |probe| scheme.decrypt(decryptor, ciphertexts, probe))
}

fn products(samples: &[Vec<u16>], rows: &[Vec<i64>]) -> Vec<i64> {
    let product = |sample: &[u16], row: &[i64]| sample.iter().zip(row).map(|(x, y)| i64::from(*x) * y).sum();
    samples.iter().flat_map(|sample| rows.iter().map(move |row| product(sample, row))).collect()
}

fn round_trip(params: Params, samples: &[Vec<u16>], rows: &[Vec<i64>]) -> Vec<i64> {
    let scheme = opened(params, &demand(rows[0].len(), rows.len()));
    let (master, public) = authority(&scheme, 1);
    let keys = scheme.derive_function_keys(&master, rows).unwrap();
    let decryptor = scheme.prepare(rows.to_vec(), keys).unwrap();
    open(&scheme, &decryptor, &encrypted(&scheme, &public, samples)).unwrap()
}

#[test]
fn feip_conforms() {
    check::<FirstLayerNetwork<Feip>>("feip").unwrap();
}

#[test]
fn extremes_are_exact_in_every_group_and_variant() {
    let samples = [vec![0; 5], vec![255; 5], vec![0, 255, 1, 254, 0]];
    let rows = [vec![127; 5], vec![-127; 5], vec![0; 5], vec![-127, 127, -1, 1, 0]];
    for (group, variant) in GROUPS.iter().flat_map(|group| [Variant::Selective, Variant::Adaptive].map(|v| (*group, v)))
    {
        let params = Params { group, variant, table_bytes: 1 << 14, ..Params::default() };
        assert_eq!(round_trip(params, &samples, &rows), products(&samples, &rows), "{params:?}");
    }
}

#[test]
fn the_longest_vectors_reach_their_bound() {
    let (samples, rows) = ([vec![255; 784]], [vec![127; 784], vec![-127; 784]]);
    let params = Params { table_bytes: 1 << 20, ..Params::default() };
    assert_eq!(round_trip(params, &samples, &rows), [784 * 255 * 127, -784 * 255 * 127]);
}

#[test]
fn threads_change_nothing() {
    let demand = demand(4, 2);
    let (samples, rows): (Vec<Vec<u16>>, _) =
        ((0..20).map(|k| vec![k, 2 * k, 255, 0]).collect(), vec![vec![1, -2, 3, 127], vec![-127, 0, 1, 5]]);
    let of = |threads| {
        let resources = Resources { threads, ..Resources::default() };
        let scheme = Feip::open(Params::default(), &demand, &resources).unwrap();
        let (master, public) = authority(&scheme, 1);
        let keys = scheme.derive_function_keys(&master, &rows).unwrap();
        let ciphertexts = encrypted(&scheme, &public, &samples);
        let decryptor = scheme.prepare(rows.clone(), keys).unwrap();
        (open(&scheme, &decryptor, &ciphertexts).unwrap(), ciphertexts)
    };
    let (alone, shared) = (of(1), of(3));
    assert_eq!(alone.0, products(&samples, &rows));
    assert!(alone == shared);
}

#[test]
fn kernels_change_nothing() {
    let (demand, samples, rows) =
        (demand(3, 2), [vec![0, 255, 7], vec![1, 2, 3]], vec![vec![127, -127, 1], vec![0, 5, -6]]);
    for variant in [Variant::Selective, Variant::Adaptive] {
        let of = |kernel| {
            let resources = Resources { kernel, ..Resources::default() };
            let scheme = Feip::open(Params { variant, ..Params::default() }, &demand, &resources).unwrap();
            let (master, public) = authority(&scheme, 1);
            let keys = scheme.derive_function_keys(&master, &rows).unwrap();
            let ciphertexts = encrypted(&scheme, &public, &samples);
            let decryptor = scheme.prepare(rows.clone(), keys).unwrap();
            (open(&scheme, &decryptor, &ciphertexts).unwrap(), ciphertexts)
        };
        assert!(of(Kernel::Scalar) == of(Kernel::best()), "{variant:?}");
    }
}

#[test]
fn keys_of_another_authority_open_nothing() {
    for group in [GroupChoice::Ristretto255, GroupChoice::SafePrime256] {
        let scheme = opened(Params { group, ..Params::default() }, &demand(3, 1));
        let ((_, public), (other, _)) = (authority(&scheme, 1), authority(&scheme, 2));
        let rows = vec![vec![1, 2, 3]];
        let keys = scheme.derive_function_keys(&other, &rows).unwrap();
        let decryptor = scheme.prepare(rows, keys).unwrap();
        let refused = open(&scheme, &decryptor, &encrypted(&scheme, &public, &[vec![1, 2, 3]])).unwrap_err();
        assert!(refused.to_string().contains("different authorities"), "{refused}");
    }
}

#[test]
fn vectors_outside_the_declaration_are_refused() {
    let narrow = Demand { input_max: 15, ..demand(3, 1) };
    let scheme = opened(Params::default(), &narrow);
    let (_, public) = authority(&scheme, 1);
    for sample in [vec![1, 2], vec![1, 2, 3, 4], vec![1, 16, 3]] {
        let refused = scheme.encrypt(&public, &[sample], &mut Seed::from_number(1).rng(), &mut |_| ()).unwrap_err();
        assert!(refused.to_string().contains("vectors of 3 numbers up to 15"), "{refused}");
    }
    let wide = Demand { input_max: 1 << 16, ..narrow };
    assert!(Feip::choose(&Params::default(), &wide).unwrap_err().to_string().contains("below 65536"));
    let far = Demand { result_max: 1 << 60, ..narrow };
    assert!(Feip::choose(&Params::default(), &far).unwrap_err().to_string().contains("table_bytes"));
}

#[test]
fn malformed_messages_are_refused() {
    let scheme = opened(Params::default(), &demand(3, 2));
    let (master, public) = authority(&scheme, 1);
    let bytes = public.to_bytes();
    assert!(PublicKey::from_bytes(&scheme, &bytes).is_ok());
    assert!(PublicKey::from_bytes(&scheme, &bytes[..bytes.len() - 1]).is_err());
    let mut broken = bytes;
    broken[20] ^= 1;
    assert!(PublicKey::from_bytes(&scheme, &broken).unwrap_err().to_string().contains("not in the group"));
    let rows = vec![vec![1, 2, 3], vec![4, 5, 6]];
    let keys = scheme.derive_function_keys(&master, &rows).unwrap();
    let mut large = keys.to_bytes();
    large.iter_mut().skip(16).for_each(|byte| *byte = 0xff);
    assert!(FunctionKeys::from_bytes(&scheme, &large).unwrap_err().to_string().contains("order"));
    assert!(scheme.prepare(rows[..1].to_vec(), keys).is_err());
    let ciphertext = encrypted(&scheme, &public, &[vec![1, 2, 3]]).remove(0).to_bytes();
    assert!(Ciphertext::from_bytes(&scheme, &ciphertext[..ciphertext.len() - 32]).is_err());
    let keys = scheme.derive_function_keys(&master, &rows).unwrap();
    let decryptor = scheme.prepare(rows, keys).unwrap();
    let refused = open(&scheme, &decryptor, &[Ciphertext(vec![0xff; 128])]).unwrap_err();
    assert!(refused.to_string().contains("element 0 is not in the group"), "{refused}");
    assert!(open(&scheme, &decryptor, &[Ciphertext(vec![0; 127])]).is_err());
}

#[test]
fn secrets_are_not_printed_and_work_is_counted() {
    let scheme = opened(Params::default(), &demand(3, 1));
    let (master, public) = authority(&scheme, 1);
    assert_eq!(format!("{master:?}"), "MasterKey(..)");
    let rows = vec![vec![1, 2, 3]];
    let keys = scheme.derive_function_keys(&master, &rows).unwrap();
    assert_eq!(format!("{keys:?}"), "FunctionKeys(..)");
    let decryptor = scheme.prepare(rows, keys).unwrap();
    assert!(scheme.resident_bytes(&decryptor) > 0);
    let ciphertexts = encrypted(&scheme, &public, &[vec![1, 2, 3], vec![3, 2, 1]]);
    let mut probe = Probe::new(&NoClock, Detail::Counts);
    probe.layer(0, |probe| scheme.decrypt(&decryptor, &ciphertexts, probe)).unwrap();
    let counts = probe.finish().spans[0].counts;
    assert_eq!(counts[Operation::GroupExponentiation as usize], 2 * 4);
    assert_eq!(counts[Operation::DiscreteLog as usize], 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn inner_products_are_exact(
        samples in prop::collection::vec(prop::collection::vec(0u16..=255, 7), 1..4),
        rows in prop::collection::vec(prop::collection::vec(-127i64..=127, 7), 1..4),
        adaptive: bool,
    ) {
        let variant = if adaptive { Variant::Adaptive } else { Variant::Selective };
        for group in [GroupChoice::Ristretto255, GroupChoice::SafePrime256] {
            let params = Params { group, variant, table_bytes: 1 << 16, ..Params::default() };
            prop_assert_eq!(round_trip(params, &samples, &rows), products(&samples, &rows));
        }
    }
}
