#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_core::probe::{Detail, NoClock, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_core::wire::{Encode, Wire};
use blindbench_kernels::dispatch::Kernel;
use proptest::prelude::*;

use super::noise::NoiseRule;
use super::setting::{Derived, Params};
use super::{Ciphertext, FunctionKeys, MasterKey, PublicKey, RlweIpfe};
use crate::network::FirstLayerNetwork;
use crate::network::demand_of_vectors;
use crate::network::engine::{Demand, InnerProduct};

const RULES: [NoiseRule; 2] = [NoiseRule::Conservative, NoiseRule::HintMlwe];

fn engine(params: &Params, demand: &Demand, resources: &Resources) -> RlweIpfe {
    RlweIpfe::open(RlweIpfe::choose(params, demand).unwrap(), demand, resources).unwrap()
}

fn decrypt(
    engine: &RlweIpfe,
    rows: &[Vec<i64>],
    keys: FunctionKeys,
    ciphertexts: &[Ciphertext],
) -> blindbench_core::error::Result<Vec<i64>> {
    let decryptor = engine.prepare(rows.to_vec(), keys)?;
    Probe::new(&NoClock, Detail::Counts).layer(0, |probe| engine.decrypt(&decryptor, ciphertexts, probe))
}

fn encrypt(engine: &RlweIpfe, public: &PublicKey, samples: &[Vec<u16>]) -> Vec<Ciphertext> {
    let mut out = Vec::new();
    engine.encrypt(public, samples, &mut Seed::from_number(5).rng(), &mut |ciphertext| out.push(ciphertext)).unwrap();
    out
}

fn keys(engine: &RlweIpfe, number: u64) -> (MasterKey, PublicKey) {
    engine.setup(&mut Seed::from_number(number).rng()).unwrap()
}

/// The largest inputs and weights, all of one sign or of both, and nothing.
fn worst(demand: &Demand) -> (Vec<Vec<i64>>, Vec<Vec<u16>>) {
    let weight = demand.weight_max as i64;
    let pattern = |of: &dyn Fn(usize) -> i64| (0..demand.length).map(of).collect::<Vec<_>>();
    let rows = [
        pattern(&|_| weight),
        pattern(&|_| -weight),
        pattern(&|i| if i % 2 == 0 { weight } else { -weight }),
        pattern(&|i| (i as i64 * 37) % (2 * weight + 1) - weight),
        pattern(&|_| 0),
    ];
    let rows = (0..demand.rows).map(|row| rows[row % rows.len()].clone()).collect();
    let most = demand.input_max;
    let inputs = |sample: usize| {
        let of = |i: usize| match sample % 4 {
            0 => most,
            1 => 0,
            2 => (i as u64 % 2) * most,
            _ => (i as u64 * 101 + sample as u64) % (most + 1),
        };
        (0..demand.length).map(|i| of(i) as u16).collect()
    };
    (rows, (0..demand.samples).map(inputs).collect())
}

fn products(rows: &[Vec<i64>], samples: &[Vec<u16>]) -> Vec<i64> {
    let product = |row: &Vec<i64>, sample: &Vec<u16>| row.iter().zip(sample).map(|(w, x)| w * i64::from(*x)).sum();
    samples.iter().flat_map(|sample| rows.iter().map(move |row| product(row, sample))).collect()
}

fn opens(params: &Params, demand: &Demand, resources: &Resources) {
    let engine = engine(params, demand, resources);
    let (rows, samples) = worst(demand);
    let (master, public) = keys(&engine, 1);
    let keys = engine.derive_function_keys(&master, &rows).unwrap();
    let ciphertexts = encrypt(&engine, &public, &samples);
    assert_eq!(decrypt(&engine, &rows, keys, &ciphertexts).unwrap(), products(&rows, &samples), "{}", engine.derived());
}

fn demand(length: usize, input_max: u64, weight_max: u64, rows: usize, samples: usize) -> Demand {
    Demand { rows, samples, ..demand_of_vectors(length, input_max, weight_max) }
}

#[test]
fn the_scheme_conforms() {
    blindbench_core::conformance::check::<FirstLayerNetwork<RlweIpfe>>("rlwe-ipfe").unwrap();
}

#[test]
fn worst_cases_open_exactly_under_all_rules_kernels_and_numbers_of_samples() {
    for noise in RULES {
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
            for samples in [1, 4, 5, 64, 70] {
                let params = Params { noise, dimension: Some(192), ..Params::default() };
                opens(&params, &demand(50, 255, 127, 7, samples), &Resources { threads: 1, kernel });
            }
        }
    }
}

/// Dense layers, windows, and gradients of a batch of 64 images: of a dense layer, where the deltas of the images are the
/// weights, and of a convolution over 576 windows an image, where those of all windows are.
#[test]
fn every_shape_opens_exactly_at_reduced_dimension() {
    for noise in RULES {
        for (length, input_max, weight_max) in [
            (784, 3, 3),
            (784, 3, 7),
            (784, 255, 127),
            (25, 100, 100),
            (25, 255, 127),
            (64, 255, 127),
            (64, 255, 2000),
            (576 * 64, 255, 127),
        ] {
            let params = Params { noise, dimension: Some(256), ..Params::default() };
            opens(&params, &demand(length, input_max, weight_max, 6, 9), &Resources::default());
        }
    }
}

#[test]
fn the_full_size_opens_exactly_on_several_threads() {
    for noise in RULES {
        let resources = Resources { threads: 2, ..Resources::default() };
        opens(&Params { noise, dimension: None, ..Params::default() }, &demand(784, 255, 127, 128, 40), &resources);
    }
}

#[test]
fn noise_stays_well_within_what_is_promised() {
    let demand = demand(784, 255, 127, 64, 256);
    for noise in RULES {
        let mut engine =
            engine(&Params { noise, dimension: Some(1024), ..Params::default() }, &demand, &Resources::default());
        let (rows, samples) = worst(&demand);
        let (master, public) = keys(&engine, 1);
        let keys = engine.derive_function_keys(&master, &rows).unwrap();
        let ciphertexts = encrypt(&engine, &public, &samples);
        // 16,384 results: the largest noise is four to five deviations, of the eleven that are promised.
        engine.noise /= 1.6;
        assert!(decrypt(&engine, &rows, keys.clone(), &ciphertexts).is_ok());
        engine.noise /= 3.5;
        assert!(decrypt(&engine, &rows, keys, &ciphertexts).is_err());
    }
}

#[test]
fn keys_of_another_authority_are_named() {
    let demand = demand(30, 15, 15, 24, 3);
    let engine = engine(
        &Params { noise: NoiseRule::HintMlwe, dimension: Some(128), ..Params::default() },
        &demand,
        &Resources::default(),
    );
    let (rows, samples) = worst(&demand);
    let ((master, _), (_, public)) = (keys(&engine, 1), keys(&engine, 2));
    let keys = engine.derive_function_keys(&master, &rows).unwrap();
    let error = decrypt(&engine, &rows, keys, &encrypt(&engine, &public, &samples)).unwrap_err().to_string();
    assert!(error.contains("different authorities"), "{error}");
    // Were they passed off as the right one's, the noise would show.
    let rows: Vec<Vec<i64>> = (0..24).map(|k| (0..30).map(|i| (i * i + 7 * k) % 31 - 15).collect()).collect();
    let mut keys = engine.derive_function_keys(&master, &rows).unwrap();
    let ciphertexts = encrypt(&engine, &public, &samples);
    keys.authority = ciphertexts[0].authority;
    let error = decrypt(&engine, &rows, keys, &ciphertexts).unwrap_err().to_string();
    assert!(error.contains("does not open"), "{error}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let demand = demand(8, 3, 3, 2, 2);
    let engine = engine(
        &Params { noise: NoiseRule::HintMlwe, dimension: Some(64), ..Params::default() },
        &demand,
        &Resources::default(),
    );
    let (master, public) = keys(&engine, 1);
    for sample in [vec![0; 7], vec![4; 8]] {
        assert!(engine.encrypt(&public, &[sample], &mut Seed::from_number(1).rng(), &mut |_| ()).is_err());
    }
    for rows in [vec![], vec![vec![0; 9]], vec![vec![4; 8]]] {
        assert!(engine.derive_function_keys(&master, &rows).is_err());
    }
    let rows = vec![vec![1; 8]; 2];
    let keys = engine.derive_function_keys(&master, &rows[..1]).unwrap();
    assert!(engine.prepare(rows, keys).is_err());
    assert_eq!(format!("{master:?}"), "MasterKey(..)");
}

#[test]
fn messages_come_back_and_are_as_small_as_stated() {
    let demand = demand(20, 255, 127, 3, 5);
    let engine = engine(
        &Params { noise: NoiseRule::Conservative, dimension: Some(128), ..Params::default() },
        &demand,
        &Resources::default(),
    );
    let (master, public) = keys(&engine, 1);
    let (rows, samples) = worst(&demand);
    let keys = engine.derive_function_keys(&master, &rows).unwrap();
    let ciphertext = encrypt(&engine, &public, &samples).remove(0);
    assert_eq!(PublicKey::from_bytes(&engine, &public.to_bytes()).unwrap(), public);
    assert_eq!(FunctionKeys::from_bytes(&engine, &keys.to_bytes()).unwrap(), keys);
    let bytes = ciphertext.to_bytes();
    assert_eq!(Ciphertext::from_bytes(&engine, &bytes).unwrap(), ciphertext);
    let Derived { setting, budget, .. } = engine.derived();
    let least = 128.0 * budget.log_first / 8.0 + (20 * 5 * setting.planes) as f64;
    assert!((least..least + 70.0).contains(&(bytes.len() as f64)), "{} bytes, {least}", bytes.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_vectors_open_exactly(
        length in 1usize..90, rows in 1usize..20, samples in 1usize..80, input_max in 1u64..300, weight_max in 1u64..400,
        noise in prop::sample::select(RULES.to_vec()), seed: u64,
    ) {
        let demand = demand(length, input_max, weight_max, rows, samples);
        let engine = engine(&Params { noise, dimension: Some(64), ..Params::default() }, &demand, &Resources::default());
        let draw = |operand, count, most: u64| {
            blindbench_core::primitives::inputs::integers(&Seed::from_number(seed), operand, count, most)
        };
        use blindbench_core::primitives::inputs::Operand;
        let weights = draw(Operand::B, rows * length, 2 * weight_max + 1);
        let weights: Vec<Vec<i64>> =
            weights.chunks(length).map(|row| row.iter().map(|w| *w as i64 - weight_max as i64).collect()).collect();
        let inputs = draw(Operand::A, samples * length, input_max + 1);
        let inputs: Vec<Vec<u16>> = inputs.chunks(length).map(|sample| sample.iter().map(|x| *x as u16).collect()).collect();
        let (master, public) = keys(&engine, seed);
        let keys = engine.derive_function_keys(&master, &weights).unwrap();
        let opened = decrypt(&engine, &weights, keys, &encrypt(&engine, &public, &inputs)).unwrap();
        prop_assert_eq!(opened, products(&weights, &inputs));
    }
}
