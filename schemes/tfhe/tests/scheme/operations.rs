//! Operations by themselves: right under the presets, refused where they would not be.

use blindbench_core::conformance;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Scheme};
use blindbench_kernels::dispatch::Kernel;
use blindbench_tfhe::approximate::Tfhe;
use blindbench_tfhe::exact::{self, TfheExact};
use blindbench_tfhe::presets;

const NAMES: [&str; 6] = ["encrypt", "extract", "layer_32", "bootstrap", "bootstrap_32", "decrypt"];

/// Every operation of a scheme's default parameters, with each resource; the largest error.
fn largest_error<S: Scheme>(resources: Resources) -> f64
where
    S::Params: Default,
{
    let offer = S::operations(S::Params::default(), &resources).unwrap();
    assert_eq!(offer.primitives.names(), NAMES);
    assert!(offer.description.security.bits.unwrap() >= 128.0);
    let error_of = |name: &str| {
        let mut prepared = offer.primitives.prepare(name, &Seed::from_number(5)).unwrap();
        assert!(prepared.check().is_err(), "{name} has not run yet");
        prepared.run(1).unwrap();
        let error = prepared.check().unwrap();
        assert!(error <= offer.description.error_bound, "{name}: {error} of {}", offer.description.error_bound);
        error
    };
    NAMES.iter().map(|name| error_of(name)).fold(0.0, f64::max)
}

#[test]
fn toy_parameters_pass_the_conformance_tests() {
    conformance::check::<Tfhe>("tfhe").unwrap();
    conformance::check::<TfheExact>("tfhe-exact").unwrap();
}

#[test]
fn approximate_operations_are_noisy_and_exact_ones_are_not() {
    let approximate = largest_error::<Tfhe>(Resources::default());
    assert!(approximate > 1e-6, "{approximate}");
    assert_eq!(largest_error::<TfheExact>(Resources::default()), 0.0);
}

#[test]
fn two_threads_and_portable_code_do_as_well() {
    largest_error::<Tfhe>(Resources { threads: 2, kernel: Kernel::Scalar });
}

#[test]
fn parameters_that_round_wrongly_are_refused() {
    let literal = blindbench_tfhe::parameters::Literal { input_log2_sigma: -8.0, ..presets::EXACT[0] };
    let params = exact::Params { parameters: Some(literal) };
    let refused = <TfheExact as Scheme>::operations(params, &Resources::default()).unwrap_err().to_string();
    assert!(refused.contains("a sum would be off"), "{refused}");
}
