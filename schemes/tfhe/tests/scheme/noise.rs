//! Measured noise against the formulas that promises rest on, at the real parameters.

use blindbench_core::conformance::made_up_images;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::typical;
use blindbench_core::network::weights::Weights;
use blindbench_core::probe::Detail;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_tfhe::approximate::{self, Tfhe};
use blindbench_tfhe::circuit::Circuit;
use blindbench_tfhe::encoding::Encoding;
use blindbench_tfhe::exact::{self, TfheExact};
use blindbench_tfhe::noise::{Noise, deviations};
use blindbench_tfhe::parameters::Parameters;
use blindbench_tfhe::{presets, test_networks};

use crate::roles::Roles;

const IMAGES: usize = 8;

fn root_mean_square(errors: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = errors.into_iter().fold((0.0, 0.0), |(sum, count), e| (sum + e * e, count + 1.0));
    f64::sqrt(sum / count)
}

/// Sums of squared weights of each output of layer `layer`.
fn squared_norms((_, weights): &(Architecture, Weights), layer: usize) -> Vec<f64> {
    let pair = weights.layers[layer].as_ref().unwrap();
    let columns = pair.weight.shape[1];
    let rows = pair.weight.values.integers().unwrap().chunks(columns);
    rows.map(|row| row.iter().map(|&w| (w * w) as f64).sum()).collect()
}

#[test]
fn approximate_noise_is_as_predicted() {
    const PERIOD: u32 = 512;
    let network = test_networks::sine(24, 16, 10, PERIOD).unwrap();
    let roles = Roles::<Tfhe>::new(approximate::Params::default(), &network, IMAGES, Resources::default());
    let images = made_up_images(&network.0, IMAGES, &Seed::from_number(21));
    let (scores, trace) = roles.run(&images, Detail::Snapshots);
    let parameters = Parameters::try_from(presets::APPROXIMATE).unwrap();
    let noise = Noise::new(&parameters, 16);

    // Fresh noise grows with the norm of a neuron's weights; sums are known modulo the period.
    let sums = roles.evaluator.layers(&images).unwrap()[0].to_real();
    let norms = squared_norms(&network, 0);
    let period = f64::from(PERIOD);
    let normalised = roles.inspect(&trace, 0).into_iter().zip(&sums).enumerate().map(|(index, (found, expected))| {
        let turns = (found - expected) / period;
        (turns - turns.round()) / norms[index % norms.len()].sqrt()
    });
    let ratio = root_mean_square(normalised) / noise.fresh.sqrt();
    assert!((0.8..1.2).contains(&ratio), "fresh noise is {ratio} of the prediction");

    // Scores: never above the promise, which is the deviation times the tail, and not far below.
    let twin = roles.twin(&images).values.to_real();
    let errors: Vec<f64> = scores.values.to_real().iter().zip(&twin).map(|(a, b)| a - b).collect();
    let predicted = roles.promise.logit_error / deviations(-40.0 - 10f64.log2());
    let ratio = root_mean_square(errors.iter().copied()) / predicted;
    assert!((0.2..1.0).contains(&ratio), "score noise is {ratio} of the prediction");
    assert!(errors.iter().all(|error| error.abs() <= roles.promise.logit_error));
}

#[test]
fn noise_of_squares_is_as_predicted() {
    let (architecture, weights) = test_networks::square(24, 16, 10).unwrap();
    let images = made_up_images(&architecture, IMAGES, &Seed::from_number(23));
    let measured = typical::measure(&architecture, &weights, &images).unwrap();
    let network = (typical::declare(&architecture, &measured), weights);
    let literal = presets::SQUARE[1];
    let params = approximate::Params { parameters: Some(literal), answer_bits: 16 };
    let roles = Roles::<Tfhe>::new(params, &network, IMAGES, Resources::default());
    let (_, trace) = roles.run(&images, Detail::Snapshots);

    // To first order, the square of a sum z with noise e is off by 2 z e, and by the bootstrap's own noise.
    let parameters = Parameters::try_from(literal).unwrap();
    let (noise, circuit) = (Noise::new(&parameters, 16), Circuit::of(&network.0).unwrap());
    let encoding = Encoding::square(&parameters, measured[0].unwrap().largest, circuit.typical_scores().largest);
    let sums = roles.evaluator.layers(&images).unwrap()[0].to_real();
    let norms = squared_norms(&network, 0);
    let normalised = roles.inspect(&trace, 1).into_iter().zip(&sums).enumerate().map(|(index, (found, z))| {
        let variance = noise.fresh * norms[index % norms.len()] + noise.modulus_switch;
        let first = (2.0 * z * encoding.turn()).powi(2) * variance;
        (found - z * z) / (first + noise.bootstrap / encoding.score_unit().powi(2)).sqrt()
    });
    let ratio = root_mean_square(normalised);
    assert!((0.8..1.2).contains(&ratio), "noise of squares is {ratio} of the prediction");
}

#[test]
fn exact_noise_is_as_predicted() {
    let network = test_networks::sign(24, 12, 10, 28).unwrap();
    let roles = Roles::<TfheExact>::new(exact::Params::default(), &network, IMAGES, Resources::default());
    let images = made_up_images(&network.0, IMAGES, &Seed::from_number(22));
    let (scores, trace) = roles.run(&images, Detail::Snapshots);
    assert_eq!(scores, roles.twin(&images));

    // The first preset carries this network; its bootstraps give exactly +-1 and noise.
    let parameters = Parameters::try_from(presets::EXACT[0]).unwrap();
    let noise = Noise::new(&parameters, 64);
    let circuit = Circuit::of(&network.0).unwrap();
    let largest_sum = circuit.first_bounds().unwrap().output_max.0 as f64;
    let encoding = Encoding::sign(&parameters, largest_sum, circuit.largest_score());
    let errors = roles.inspect(&trace, 1).into_iter().map(|value| value - value.signum());
    let ratio = root_mean_square(errors) * encoding.score_unit() / noise.bootstrap.sqrt();
    assert!((0.6..1.15).contains(&ratio), "bootstrap noise is {ratio} of the prediction");
}
