#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod known_answers;

use std::sync::Arc;

use blindbench_core::error::Error;
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::bounds::{Magnitude, declare};
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::Values;
use blindbench_core::network::weights::{LayerWeights, Tensor, TensorValues, Weights};
use blindbench_core::probe::{Detail, NoClock, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Scheme};
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::wire::{Encode, Wire};
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::pairing::Gt;
use num_bigint::BigUint;
use proptest::prelude::*;

use super::ciphertext::Ciphertext;
use super::logarithm::Logarithms;
use super::*;

#[test]
fn the_scheme_conforms() {
    blindbench_core::conformance::check::<Quadratic>("quadratic").unwrap();
}

fn dense(outputs: usize) -> Layer {
    Layer::Dense(Dense { outputs, bounds: None, typical: None })
}

/// A network on a row of pixels, with these weights and tight bounds.
struct Small {
    architecture: Architecture,
    weights: Weights,
}

fn small(pixels: usize, levels: u16, matrices: [&[i64]; 2], biases: [&[i64]; 2]) -> Small {
    let [hidden, classes] = biases.map(<[i64]>::len);
    let architecture = Architecture {
        input: Input { shape: Shape::grey(1, pixels), crop: 0, pixels: Pixels::Levels(levels) },
        arithmetic: Arithmetic::Integer,
        layers: vec![Layer::Flatten, dense(hidden), Layer::Activation(Activation::Square), dense(classes)],
    };
    let tensor = |shape: Vec<usize>, values: &[i64]| Tensor { shape, values: TensorValues::Integer(values.to_vec()) };
    let layer = |weight: &[i64], bias: &[i64]| {
        let shape = vec![bias.len(), weight.len() / bias.len()];
        Some(LayerWeights { weight: tensor(shape, weight), bias: tensor(vec![bias.len()], bias) })
    };
    let layers = vec![None, layer(matrices[0], biases[0]), None, layer(matrices[1], biases[1])];
    let weights = Weights { layers };
    Small { architecture: declare(&architecture, &weights).unwrap(), weights }
}

fn open(small: &Small, threads: usize) -> Quadratic {
    let params = Params { table_bytes: 1 << 21 };
    let plan = Quadratic::plan(params, &small.architecture, 4).unwrap();
    Quadratic::open(plan, &Resources { threads, ..Resources::default() }).unwrap()
}

/// The server's answer to a query under the keys of one authority, encrypted under those of another or the same.
fn answer(scheme: &Quadratic, small: &Small, images: &Images, authorities: [u64; 2]) -> Result<Values, Error> {
    let keys = authorities.map(|seed| scheme.keygen(&mut Seed::from_number(seed).rng()).unwrap());
    let mut rng = Seed::from_number(9).rng();
    let message = scheme.publish(&keys[0].public, &small.weights, &mut rng)?;
    let (model, request) = scheme.load(message)?;
    let server = scheme.setup(model, scheme.server_key(&keys[0], &request, &mut rng)?)?;
    let mut parts = Parts::default();
    scheme.encrypt(&keys[1].public, images, &mut rng, &mut parts)?;
    let bytes = parts.into_bytes();
    let query = PartReader::new(scheme, &bytes)?;
    let logits = scheme.evaluate(&server, query, &mut rng, &mut Probe::new(&NoClock, Detail::Counts))?;
    scheme.decrypt(&keys[1].public, &logits).map(|logits| logits.values)
}

fn twin(scheme: &Quadratic, small: &Small, images: &Images) -> Values {
    scheme.lowered().evaluator(&small.weights).unwrap().logits(images).unwrap().values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn scores_are_those_of_integers(
        p in prop::collection::vec(-4i64..=4, 15),
        d in prop::collection::vec(-9i64..=9, 6),
        biases in (prop::collection::vec(-5i64..=5, 3), prop::collection::vec(-99i64..=99, 2)),
        pixels in prop::collection::vec(any::<u8>(), 10),
    ) {
        let small = small(5, 4, [&p, &d], [&biases.0, &biases.1]);
        let scheme = open(&small, 1);
        let images = Images { shape: Shape::grey(1, 5), pixels };
        prop_assert_eq!(answer(&scheme, &small, &images, [1, 1]).unwrap(), twin(&scheme, &small, &images));
    }
}

/// Every pixel and every weight as large as it can be, to both sides, and more giant steps than none.
#[test]
fn the_largest_scores_are_found() {
    let small = small(6, 256, [&[7; 12], &[7, 7, -7, -7, 0, 0]], [&[7, 7], &[1000, -1000, 5]]);
    let images = Images { shape: Shape::grey(1, 6), pixels: vec![255; 6] };
    for threads in [1, 2] {
        let scheme = open(&small, threads);
        assert!(scheme.network().score_max() == 14 * (7 * 6 * 255 + 7) * (7 * 6 * 255 + 7));
        assert_eq!(answer(&scheme, &small, &images, [1, 1]).unwrap(), twin(&scheme, &small, &images));
    }
}

fn ordinary() -> (Small, Images) {
    let small = small(3, 4, [&[1, -2, 3, 0, 1, 2], &[1, -1, 2, 3]], [&[1, -1], &[0, 4]]);
    (small, Images { shape: Shape::grey(1, 3), pixels: vec![0, 100, 255, 9, 200, 40] })
}

#[test]
fn keys_of_another_authority_open_nothing() {
    let (small, images) = ordinary();
    let scheme = open(&small, 1);
    let error = answer(&scheme, &small, &images, [1, 2]).unwrap_err().to_string();
    assert!(error.contains("different authorities"), "{error}");
}

#[test]
fn encryption_is_randomized_and_master_keys_are_not_printed() {
    let (small, _) = ordinary();
    let scheme = open(&small, 1);
    let keys = scheme.keygen(&mut Seed::from_number(1).rng()).unwrap();
    let mut rng = Seed::from_number(2).rng();
    let mut encrypt = || keys.public.0.encrypt(&[0, 1, 2, 1], 3, &mut rng).unwrap();
    let (first, second) = (encrypt(), encrypt());
    assert!(first.a[0][0] != second.a[0][0] && first.b[1][3] != second.b[1][3]);
    assert!(!format!("{:?}", keys.secret.0).contains("0x") && format!("{:?}", keys.secret) == "Secret(..)");
    assert!(keys.public.0.encrypt(&[0, 1, 4, 1], 3, &mut rng).is_err());
    assert!(keys.public.0.encrypt(&[0, 1, 1], 3, &mut rng).is_err());
}

/// A point of the curve, uncompressed, that has another order than r, as almost all have: that of the first x for which
/// x^3 + 4 is a square modulo p = 3 mod 4.
fn outside() -> [u8; 96] {
    let p = BigUint::parse_bytes(
        concat!("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f624", "1eabfffeb153ffffb9feffffffffaaab")
            .as_bytes(),
        16,
    )
    .unwrap();
    let four = BigUint::from(4u8);
    let point = (1u8..).find_map(|x| {
        let square = BigUint::from(x).pow(3) + &four;
        let y = square.modpow(&((&p + 1u8) / &four), &p);
        (&y * &y % &p == square % &p).then_some((x, y))
    });
    let (x, y) = point.unwrap();
    let mut bytes = [0; 96];
    bytes[47] = x;
    let y = y.to_bytes_be();
    bytes[96 - y.len()..].copy_from_slice(&y);
    bytes
}

#[test]
fn points_outside_the_subgroup_are_refused() {
    let (small, _) = ordinary();
    let scheme = open(&small, 1);
    let keys = scheme.keygen(&mut Seed::from_number(1).rng()).unwrap();
    let ciphertext = keys.public.0.encrypt(&[0, 1, 2, 1], 3, &mut Seed::from_number(2).rng()).unwrap();
    let seed = Seed::from_number(3);
    assert!(decryptor::check_order(&ciphertext, &seed).is_ok());
    let mut bytes = Of(ciphertext).to_bytes();
    bytes[16 + 96..16 + 192].copy_from_slice(&outside());
    let changed: Of<Ciphertext> = Wire::from_bytes(&scheme, &bytes).unwrap();
    assert!(decryptor::check_order(&changed.0, &seed).is_err());
    // The neutral element is refused, and so is a point off the curve.
    bytes[16 + 191] ^= 1;
    assert!(<Of<Ciphertext> as Wire<Quadratic>>::from_bytes(&scheme, &bytes).is_err());
    bytes[16 + 96..16 + 192].fill(0);
    bytes[16 + 96] = 0x40;
    assert!(<Of<Ciphertext> as Wire<Quadratic>>::from_bytes(&scheme, &bytes).is_err());
}

#[test]
fn the_authority_refuses_forms_beyond_the_declared_bounds() {
    let (small, _) = ordinary();
    let scheme = open(&small, 1);
    let keys = scheme.keygen(&mut Seed::from_number(1).rng()).unwrap();
    let forms = scheme.network().forms(&small.weights).unwrap();
    let refused = |change: &dyn Fn(&mut Forms)| {
        let mut forms = forms.clone();
        change(&mut forms);
        scheme.server_key(&keys, &Of(forms), &mut Seed::from_number(2).rng()).is_err()
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|forms| forms.projection[0][2] = 4));
    assert!(refused(&|forms| forms.projection[0][3] = -2));
    assert!(refused(&|forms| forms.projection[0][0] = 3));
    assert!(refused(&|forms| forms.combination[1][0] = -4));
    assert!(refused(&|forms| forms.combination.truncate(1)));
}

#[test]
fn networks_that_are_no_quadratic_forms_are_refused() {
    let (small, _) = ordinary();
    let plan = |architecture: &Architecture, table_bytes| Quadratic::plan(Params { table_bytes }, architecture, 1);
    let reason = |change: &dyn Fn(&mut Architecture)| {
        let mut architecture = small.architecture.clone();
        change(&mut architecture);
        plan(&architecture, 1 << 20).unwrap_err().to_string()
    };
    assert!(reason(&|a| a.layers[2] = Layer::Activation(Activation::Relu)).contains("flatten, dense, relu, dense"));
    assert!(reason(&|a| *a = a.clone().without_bounds()).contains("bounds"));
    assert!(reason(&|a| a.layers.push(dense(2))).contains("quadratic forms compute"));
    let far = |a: &mut Architecture, reach: u64| {
        for place in [1, 3] {
            if let Layer::Dense(Dense { bounds: Some(bounds), .. }) = &mut a.layers[place] {
                (bounds.l1_max, bounds.output_max) = (reach, Magnitude(u128::from(reach)));
            }
        }
    };
    let mut architecture = small.architecture.clone();
    far(&mut architecture, 10_000_000_000);
    let error = plan(&architecture, 1 << 20).unwrap_err().to_string();
    let needed: u64 = error.trim_end_matches('`').rsplit(' ').next().unwrap().parse().unwrap();
    assert!(plan(&architecture, needed).is_ok() && plan(&architecture, needed / 2).is_err(), "{error}");
    assert!(reason(&|a| far(a, 1 << 62)).contains("no table would do"));
    assert!(plan(&small.architecture, 1 << 40).is_err());
}

#[test]
fn logarithms_are_found_within_the_bound_and_nowhere_else() {
    for threads in [1, 2] {
        let workers = Workers::new(threads).unwrap();
        let params = Params { table_bytes: 1024 };
        let logarithms = Logarithms::new(500, &params, Kernel::best(), &workers).unwrap();
        let base = Gt::generator();
        for exponent in -520..=520 {
            let expected = Some(exponent).filter(|exponent: &i64| exponent.unsigned_abs() <= 500);
            assert_eq!(logarithms.find_vartime(&base.power_vartime(exponent)), expected);
        }
        assert!(logarithms.resident_bytes() > 1024 && logarithms.bound() == 500);
    }
    let whole = Logarithms::new(0, &Params::default(), Kernel::best(), &Workers::new(1).unwrap()).unwrap();
    assert_eq!(Arc::new(whole).find_vartime(&Gt::one()), Some(0));
}

#[test]
fn parameters_have_defaults_and_refuse_other_names() {
    let given: Params = serde_json::from_str("{}").unwrap();
    assert_eq!(given, Params::default());
    assert!(serde_json::from_str::<Params>(r#"{"table": 1}"#).is_err());
}
