//! Answers against their twins, and refusals.

use blindbench_core::conformance;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::bounds;
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::Values;
use blindbench_core::network::typical;
use blindbench_core::network::weights::TensorValues;
use blindbench_core::probe::{Detail, Operation};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Scheme};
use blindbench_kernels::dispatch::Kernel;
use blindbench_tfhe::approximate::{self, Tfhe};
use blindbench_tfhe::exact::{self, TfheExact};
use blindbench_tfhe::{presets, test_networks};

use crate::roles::Roles;

const TOY_EXACT: exact::Params = exact::Params { parameters: Some(presets::TOY) };
const TOY: approximate::Params = approximate::Params { parameters: Some(presets::TOY), answer_bits: 20 };

#[test]
fn approximate_networks_conform() {
    conformance::check::<Tfhe>("tfhe").unwrap();
}

#[test]
fn exact_networks_conform() {
    conformance::check::<TfheExact>("tfhe-exact").unwrap();
}

#[test]
fn exact_answers_equal_the_twin_bit_for_bit() {
    let network = test_networks::sign(8, 6, 3, 12).unwrap();
    let roles = Roles::<TfheExact>::new(TOY_EXACT, &network, 64, Resources::default());
    // All black and all white, then random pixels.
    let mut pixels = [[0u8; 64], [255u8; 64]].concat();
    pixels.extend(conformance::made_up_images(&network.0, 382, &Seed::from_number(12)).pixels);
    let images = Images { shape: Shape::grey(8, 8), pixels };
    for start in (0..images.len()).step_by(64) {
        let chunk = images.slice(start..start + 64);
        assert_eq!(roles.answer(&chunk), roles.twin(&chunk), "images from {start}");
    }
}

#[test]
fn sums_next_to_a_jump_keep_their_sign() {
    let (mut architecture, mut weights) = test_networks::sign(8, 6, 3, 12).unwrap();
    let first = weights.layers[0].as_mut().unwrap();
    // On a white image the neurons sum to 0, -1, 12 and -12, then to their biases 0 and -1; on a black
    // one to the biases -12, -13, 0, 0, 0 and -1.
    let (weight, bias) = ([1, 1, 1, -1, 0, 0], [-12, -13, 0, 0, 0, -1]);
    let row = |w: i64| (0..64).map(move |pixel| if pixel % 5 == 0 && pixel < 60 { w } else { 0 });
    first.weight.values = TensorValues::Integer(weight.into_iter().flat_map(row).collect());
    first.bias.values = TensorValues::Integer(bias.to_vec());
    architecture = bounds::declare(&architecture, &weights).unwrap();
    let roles = Roles::<TfheExact>::new(TOY_EXACT, &(architecture, weights), 64, Resources::default());
    for level in [0u8, 255] {
        // The same image many times: the noise differs.
        let images = Images { shape: Shape::grey(8, 8), pixels: vec![level; 64 * 64] };
        assert_eq!(roles.answer(&images), roles.twin(&images));
    }
}

#[test]
fn approximate_answers_stay_within_the_promise() {
    let network = test_networks::sine(8, 6, 3, 1024).unwrap();
    let roles = Roles::<Tfhe>::new(TOY, &network, 32, Resources::default());
    let images = conformance::made_up_images(&network.0, 32, &Seed::from_number(13));
    let worst = roles.answer(&images).errors(&roles.twin(&images)).unwrap().into_iter().fold(0.0, f64::max);
    assert!(worst > 0.0 && worst <= roles.promise.logit_error, "{worst}, {:?}", roles.promise);
}

#[test]
fn squares_stay_within_the_promise() {
    let (architecture, weights) = test_networks::square(8, 6, 3).unwrap();
    let images = |seed| conformance::made_up_images(&architecture, 32, &Seed::from_number(seed));
    let measured = typical::measure(&architecture, &weights, &images(14)).unwrap();
    let bound = |architecture: &Architecture| {
        let network = (architecture.clone(), weights.clone());
        let roles = Roles::<Tfhe>::new(TOY, &network, 32, Resources::default());
        let (images, name) = (images(13), &roles.scheme.profile().approximations);
        let worst = roles.answer(&images).errors(&roles.twin(&images)).unwrap().into_iter().fold(0.0, f64::max);
        assert!(worst > 0.0 && worst <= roles.promise.logit_error, "{worst}, {:?}", roles.promise);
        assert!(name.contains("squares through a table of 512 points"), "{name}");
        roles.promise.logit_error
    };
    // Sums of real images are smaller than bounds allow, so that the same noise is a smaller share of them.
    assert!(bound(&typical::declare(&architecture, &measured)) < 0.5 * bound(&architecture));
}

#[test]
fn squares_leave_the_sums_and_their_squares() {
    let network = test_networks::square(8, 6, 3).unwrap();
    let roles = Roles::<Tfhe>::new(TOY, &network, 4, Resources::default());
    let images = conformance::made_up_images(&network.0, 4, &Seed::from_number(15));
    let (_, trace) = roles.run(&images, Detail::Snapshots);
    for (layer, expected) in roles.evaluator.layers(&images).unwrap().iter().map(Values::to_real).enumerate() {
        let largest = expected.iter().map(|value| value.abs()).fold(0.0, f64::max);
        let found = roles.inspect(&trace, layer);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 0.2 * largest, "layer {layer}: {found}, expected {expected}");
        }
    }
}

#[test]
fn threads_do_not_change_a_bit_and_kernels_stay_within_the_promise() {
    let network = test_networks::sine(8, 6, 3, 128).unwrap();
    let images = conformance::made_up_images(&network.0, 3, &Seed::from_number(9));
    let answer = |threads, kernel| {
        let roles = Roles::<Tfhe>::new(TOY, &network, 3, Resources { threads, kernel });
        let (answer, twin) = (roles.answer(&images), roles.twin(&images));
        let worst = answer.errors(&twin).unwrap().into_iter().fold(0.0, f64::max);
        assert!(worst <= roles.promise.logit_error, "{kernel}, {threads} threads: {worst}");
        answer
    };
    for kernel in Kernel::ALL {
        assert_eq!(answer(1, kernel), answer(3, kernel), "{kernel}");
    }
}

#[test]
fn operations_are_counted() {
    let network = test_networks::sign(8, 6, 3, 12).unwrap();
    let roles = Roles::<TfheExact>::new(TOY_EXACT, &network, 2, Resources::default());
    let images = conformance::made_up_images(&network.0, 2, &Seed::from_number(1));
    let (_, trace) = roles.run(&images, Detail::Counts);
    let count = |layer: usize, operation: Operation| trace.spans[layer].counts[operation as usize];
    assert_eq!(trace.spans.len(), 3);
    assert_eq!(count(0, Operation::PlaintextMultiply), 2 * 6 * 24);
    assert_eq!(count(0, Operation::Add), 2 * 6 * 23);
    assert_eq!(count(1, Operation::Pbs), 2 * 6);
    assert!(trace.spans.iter().all(|span| span.snapshot.is_empty()));
}

#[test]
fn networks_that_do_not_fit_are_refused_with_a_reason() {
    let (sign, _) = test_networks::sign(8, 6, 3, 12).unwrap();
    let (sine, _) = test_networks::sine(8, 6, 3, 128).unwrap();
    let (wide, _) = test_networks::sign(24, 6, 3, 100).unwrap();
    let (square, _) = test_networks::square(8, 6, 3).unwrap();
    let approximate = |network| Tfhe::plan(approximate::Params::default(), network, 1).unwrap_err().to_string();
    let exact = |network| TfheExact::plan(exact::Params::default(), network, 1).unwrap_err().to_string();
    assert!(approximate(&sign).contains("for sign there is tfhe-exact"), "{}", approximate(&sign));
    assert!(exact(&sine).contains("for a sine there is tfhe"), "{}", exact(&sine));
    assert!(exact(&wide).contains("sums up to 100"), "{}", exact(&wide));
    assert!(exact(&square).contains("would tell sums up to 28 apart with l2_squared_max 306"), "{}", exact(&square));
    let mut layers = sine.clone();
    layers.layers.truncate(1);
    assert!(approximate(&layers).contains("dense, an activation and dense"), "{}", approximate(&layers));
}

#[test]
fn exact_plans_take_the_cheapest_preset_that_carries_the_bounds() {
    let plan = |terms, classes| {
        let (architecture, _) = test_networks::sign(24, 64, classes, terms).unwrap();
        TfheExact::open(TfheExact::plan(exact::Params::default(), &architecture, 1).unwrap(), &Resources::default())
            .unwrap()
            .profile()
            .parameters
    };
    assert!(plan(28, 10).contains("N=2048"), "{}", plan(28, 10));
    assert!(plan(45, 10).contains("N=4096"), "{}", plan(45, 10));
}
