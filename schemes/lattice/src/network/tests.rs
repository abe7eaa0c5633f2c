//! Networks from end to end, and their packing held against plain arithmetic.

#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_core::conformance::{self, made_up_images};
use blindbench_core::network::lowered::{Lowered, Precision};
use blindbench_core::roles::seed::Seed;

use super::affine::{Affine, Curve, Stages};
use super::cases;
use super::grid::{Arranged, Arrangement};
use super::layout::{Layout, Slots};
use super::packing::{Choice, Packing};
use super::scheme::{Cryptosystem, EncryptedNetwork};
use crate::bfv::Bfv;
use crate::bgv::Bgv;
use crate::ckks::network::Ckks;
use crate::integers::network::Integers;

#[test]
fn networks_conform() {
    conformance::check::<EncryptedNetwork<Ckks>>("ckks").unwrap();
    conformance::check::<EncryptedNetwork<Integers<Bfv>>>("bfv").unwrap();
    conformance::check::<EncryptedNetwork<Integers<Bgv>>>("bgv").unwrap();
}

/// What a server computes with diagonals and sums, on plain slots.
fn computed(slots: Slots, packing: &Packing, map: &Affine<f64>, x: &[f64]) -> Vec<f64> {
    let mut result = vec![0.0; slots.count()];
    for (steps, diagonal) in packing.diagonals(map) {
        let moved = slots.rotated(x, steps);
        result.iter_mut().zip(diagonal.iter().zip(moved)).for_each(|(sum, (w, x))| *sum += w * x);
    }
    for distance in &packing.sums {
        let moved = match distance {
            distance if *distance < slots.columns => slots.rotated(&result, *distance),
            _ => (0..slots.count()).map(|slot| result[(slot + slots.columns) % slots.count()]).collect(),
        };
        result.iter_mut().zip(moved).for_each(|(sum, moved)| *sum += moved);
    }
    result.iter_mut().zip(packing.bias(map)).for_each(|(sum, bias)| *sum += bias);
    result
}

/// What is computed of a map's output.
fn curve(curve: &Curve, x: f64) -> f64 {
    match curve {
        Curve::Square { .. } => x * x,
        Curve::Polynomial(coefficients) => coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c),
    }
}

fn made_up(inputs: usize, outputs: usize) -> Affine<f64> {
    let weight = |i: usize, o: usize| ((i * 31 + o * 17 + 3) % 23) as f64 - 11.0;
    Affine {
        inputs,
        rows: (0..outputs).map(|o| (0..inputs).map(|i| (i, weight(i, o))).collect()).collect(),
        bias: (0..outputs).map(|o| o as f64 + 0.5).collect(),
        layer: 0,
    }
}

fn product(map: &Affine<f64>, x: &[f64]) -> Vec<f64> {
    let row = |row: &Vec<(usize, f64)>| row.iter().map(|(i, w)| w * x[*i]).sum::<f64>();
    map.rows.iter().zip(&map.bias).map(|(terms, bias)| row(terms) + bias).collect()
}

/// Every choice for two matrices in a row gives their product, and at least so many choices fit.
fn every_choice(slots: Slots, [inputs, middle, outputs]: [usize; 3]) -> usize {
    let (first, second) = (made_up(inputs, middle), made_up(middle, outputs));
    let x: Vec<f64> = (0..inputs).map(|i| (i * i % 7) as f64 - 3.0).collect();
    let expected = product(&second, &product(&first, &x));
    let powers = || (0..=slots.count().ilog2()).map(|log| 1usize << log);
    let mut fit = 0;
    let period = inputs.next_power_of_two();
    for copies in powers().take_while(|copies| copies * period <= slots.count()) {
        let group = middle.next_power_of_two().max(copies);
        let steps = group / copies;
        let layout = Layout::staggered(inputs, copies, (steps, group));
        let choice = Choice { group, blocks: 1, steps, around: false };
        let Some(packing) = Packing::new(slots, &layout, &first, choice) else { continue };
        let hidden = computed(slots, &packing, &first, &layout.place(&x, slots.count(), 0.0));
        for blocks in powers() {
            for group in powers() {
                let choice = Choice { group, blocks, steps: group, around: false };
                let Some(next) = Packing::new(slots, &packing.output, &second, choice) else { continue };
                let result = computed(slots, &next, &second, &hidden);
                let found: Vec<f64> = next.output.places(outputs).into_iter().map(|place| result[place]).collect();
                assert_eq!(found, expected, "{copies} copies, {choice:?}");
                fit += 1;
            }
        }
    }
    fit
}

#[test]
fn every_packing_gives_the_product() {
    assert!(every_choice(Slots { rows: 1, columns: 64 }, [11, 6, 3]) >= 20);
    assert!(every_choice(Slots { rows: 2, columns: 32 }, [11, 6, 3]) >= 20);
    assert!(every_choice(Slots { rows: 1, columns: 64 }, [30, 20, 10]) >= 5);
    assert!(every_choice(Slots { rows: 2, columns: 64 }, [16, 16, 16]) >= 20);
    assert!(every_choice(Slots { rows: 1, columns: 256 }, [60, 7, 33]) >= 10);
}

#[test]
fn matrices_that_widen_give_their_product() {
    assert!(every_choice(Slots { rows: 1, columns: 128 }, [8, 30, 5]) >= 5);
    assert!(every_choice(Slots { rows: 2, columns: 64 }, [7, 16, 3]) >= 5);
    // Copies of a group that are turned by themselves bring some inputs twice and others never.
    let (slots, map) = (Slots { rows: 1, columns: 128 }, made_up(8, 32));
    let fits = |group| {
        let choice = Choice { group: 32, blocks: 1, steps: 4, around: false };
        Packing::new(slots, &Layout::staggered(8, 8, (4, group)), &map, choice).is_some()
    };
    assert!(fits(32) && !fits(8));
}

#[test]
fn maps_without_gaps_are_the_networks() {
    for (architecture, weights) in cases::real().into_iter().chain(cases::of_higher_degree()) {
        let stages = Stages::<f64>::new(&architecture, &weights).unwrap();
        let maps = &stages.maps;
        assert!(maps.iter().flat_map(|map| &map.rows).all(|row| !row.is_empty()));
        let images = made_up_images(&architecture, 3, &Seed::from_number(5));
        let twin = Lowered { architecture: architecture.clone(), precision: Precision::F64 };
        let expected = twin.evaluator(&weights).unwrap().logits(&images).unwrap().values.to_real();
        for (image, expected) in images.iter().zip(expected.chunks(architecture.classes())) {
            let levels = architecture.input.levels(image);
            let mut x: Vec<f64> = levels.iter().map(|level| f64::from(*level) / 255.0).collect();
            for (index, map) in maps.iter().enumerate() {
                let row = |row: &Vec<(usize, f64)>| row.iter().map(|(i, w)| w * x[*i]).sum::<f64>();
                x = map.rows.iter().zip(&map.bias).map(|(terms, bias)| row(terms) + bias).collect();
                if index + 1 < maps.len() {
                    x.iter_mut().for_each(|x| *x = curve(&stages.activations[index], *x));
                }
            }
            assert_eq!(x.len(), expected.len());
            x.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} {b}"));
        }
    }
}

#[test]
fn maps_are_the_networks() {
    for (architecture, weights) in cases::real().into_iter().chain(cases::of_higher_degree()) {
        for arrangement in [Arrangement::Pixels, Arrangement::Windows] {
            let Some(input) = Arranged::new(&architecture, arrangement).unwrap() else { continue };
            let stages = Stages::<f64>::new(&architecture, &weights).unwrap().arranged(&input);
            let images = made_up_images(&architecture, 3, &Seed::from_number(5));
            let twin = Lowered { architecture: architecture.clone(), precision: Precision::F64 };
            let expected = twin.evaluator(&weights).unwrap().logits(&images).unwrap().values.to_real();
            let classes = architecture.classes();
            for (image, expected) in images.iter().zip(expected.chunks(classes)) {
                let levels = architecture.input.levels(image);
                let pixel = |pixel: &Option<u32>| pixel.map_or(0.0, |pixel| f64::from(levels[pixel as usize]) / 255.0);
                let mut x: Vec<f64> = input.pixels.iter().map(pixel).collect();
                for (index, map) in stages.maps.iter().enumerate() {
                    x = product(map, &x);
                    if index + 1 < stages.maps.len() {
                        x.iter_mut().for_each(|x| *x = curve(&stages.activations[index], *x));
                    }
                }
                assert_eq!(x.len(), classes);
                x.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} {b}"));
            }
        }
    }
}

mod service;

mod refusals {
    use blindbench_core::network::architecture::{Activation, Architecture, Dense, Layer};
    use blindbench_core::network::bounds;
    use blindbench_core::network::weights::TensorValues;
    use blindbench_core::scheme::{Resources, Scheme};

    use super::*;
    use crate::ckks::network::choice::Params as CkksParams;
    use crate::integers::network::choice::Params;
    use crate::network::messages::{Model, ModelWeights, PublicKeys};
    use crate::network::track::Track;

    type CkksNetwork = EncryptedNetwork<Ckks>;
    type BfvNetwork = EncryptedNetwork<Integers<Bfv>>;

    fn refused<T>(result: blindbench_core::error::Result<T>, part: &str) {
        let text = result.err().unwrap().to_string();
        assert!(text.contains(part), "{text}");
    }

    fn opened<C: Cryptosystem>(
        params: C::Params,
        architecture: &Architecture,
    ) -> blindbench_core::error::Result<EncryptedNetwork<C>> {
        let plan = EncryptedNetwork::<C>::plan(params, architecture, 1)?;
        EncryptedNetwork::open(plan, &Resources::default())
    }

    fn real() -> Architecture {
        cases::real().swap_remove(0).0
    }

    fn ranges() -> CkksParams {
        CkksParams { log_values: Some(4), log_scores: Some(7), ..CkksParams::default() }
    }

    #[test]
    fn activations_without_a_polynomial_are_named() {
        for (activation, part) in [(Activation::Relu, "relu"), (Activation::Polynomial(vec![0.0; 4]), "degree 3")] {
            let mut architecture = real();
            architecture.layers[2] = Layer::Activation(activation);
            refused(CkksNetwork::plan(ranges(), &architecture, 1), part);
        }
    }

    #[test]
    fn higher_degrees_are_for_real_numbers_one_image_a_ciphertext() {
        use crate::network::strategy::Strategy;
        let (architecture, _) = cases::of_higher_degree().swap_remove(0);
        let batch = CkksParams { packing: Some(Strategy::Batch), ..ranges() };
        refused(CkksNetwork::plan(batch, &architecture, 1), "a polynomial of degree 3, but degree 2 is the most");
        let plan = CkksNetwork::plan(ranges(), &architecture, 1).unwrap();
        // Two matrices and two products in a row for the polynomial: one level each.
        assert_eq!(CkksNetwork::open(plan, &Resources::default()).unwrap().tracks()[0].level(0), 4);
        let (mut integers, _) = cases::integral().swap_remove(0);
        integers.layers[2] = architecture.layers[2].clone();
        refused(BfvNetwork::plan(Params::default(), &integers, 1), "real coefficients in a network of integers");
    }

    #[test]
    fn networks_that_are_too_deep_are_told_what_would_do() {
        let mut architecture = real();
        let deeper: Vec<Layer> = (0..40)
            .flat_map(|_| {
                [Layer::Activation(Activation::Square), Layer::Dense(Dense { outputs: 5, bounds: None, typical: None })]
            })
            .collect();
        architecture.layers.extend(deeper);
        refused(CkksNetwork::plan(ranges(), &architecture, 1), "83 multiplications in a row");
        // Parameters that are too short.
        let short = CkksParams {
            log_n: Some(8),
            moduli: Some(vec![45, 40]),
            special: Some(vec![45]),
            log_scale: Some(40.0),
            ..ranges()
        };
        refused(opened::<Ckks>(short, &real()), "take 4 moduli");
        let (architecture, _) = cases::integral().swap_remove(0);
        let short = Params {
            log_n: Some(8),
            moduli: Some(vec![45]),
            special: Some(vec![46]),
            plaintext_moduli: Some(vec![786_433, 7681]),
            ..Params::default()
        };
        refused(opened::<Integers<Bfv>>(short, &architecture), "after matrix 0");
    }

    #[test]
    fn plaintext_moduli_that_scores_overflow_are_told_the_product() {
        let (architecture, _) = cases::integral().swap_remove(0);
        let narrow = Params {
            log_n: Some(8),
            moduli: Some(vec![45; 4]),
            special: Some(vec![46]),
            plaintext_moduli: Some(vec![7681]),
            ..Params::default()
        };
        refused(opened::<Integers<Bfv>>(narrow, &architecture), "with a product between");
        refused(BfvNetwork::plan(Params::default(), &architecture.without_bounds(), 1), "declare its `bounds`");
    }

    #[test]
    fn weights_beyond_their_bounds_are_refused_at_load() {
        let (architecture, mut weights) = cases::integral().swap_remove(0);
        let case = BfvNetwork::cases().swap_remove(0);
        let network = BfvNetwork::open(BfvNetwork::plan(case.params, &architecture, 1).unwrap(), &Resources::default());
        let network = network.unwrap();
        let clear = |weights| Model { weights: ModelWeights::Clear(weights), public: PublicKeys::default() };
        assert!(network.load(clear(weights.clone())).is_ok());
        let declared = bounds::declare(&architecture, &weights).unwrap();
        assert_eq!(declared, architecture);
        if let TensorValues::Integer(values) = &mut weights.layers[1].as_mut().unwrap().weight.values {
            values[0] = 1 << 20;
        }
        refused(network.load(clear(weights)), "the architecture declares at most");
    }

    #[test]
    fn parameters_are_chosen_for_128_bits() {
        let plan = CkksNetwork::plan(ranges(), &real(), 1).unwrap();
        let network = CkksNetwork::open(plan, &Resources::default()).unwrap();
        assert!(network.security().bits.unwrap() >= 128.0);
        let (architecture, _) = cases::integral().swap_remove(0);
        let network =
            BfvNetwork::open(BfvNetwork::plan(Params::default(), &architecture, 1).unwrap(), &Resources::default());
        assert!(network.unwrap().security().bits.unwrap() >= 128.0);
    }
}
