//! Squares: which parameters do for a network, by the noise that its scores will have.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::bounds::Bounds;
use blindbench_core::network::typical::Typical;

use super::Approximate;
use super::function::points;
use crate::circuit::Circuit;
use crate::encoding::Encoding;
use crate::noise::Noise;
use crate::parameters::{Literal, Parameters};
use crate::presets;
use crate::scheme::EncryptedNetwork;

/// Largest noise of scores, as a share of their root mean square. On validation images it changes fewer than one in a
/// hundred labels of a trained network.
const LARGEST_NOISE: f64 = 1.0 / 16.0;

/// The first preset whose noise is small enough.
///
/// # Errors
/// [`Error::Unsupported`] with the least noise there is, [`Error::Layer`] where bounds are missing.
pub(super) fn preset(circuit: &Circuit, answer_bits: u32) -> Result<Literal> {
    let mut least = f64::INFINITY;
    for literal in presets::SQUARE {
        let noise = score_noise(circuit, &Parameters::try_from(literal)?, answer_bits)?;
        if noise <= LARGEST_NOISE {
            return Ok(literal);
        }
        least = least.min(noise);
    }
    Err(too_noisy(circuit, least)?)
}

/// The standard deviation of a typical image's scores, as a share of their root mean square.
///
/// The square of a sum `z` with noise `e` is off by `2 z e`, to first order; `z` counts with its root mean square.
fn score_noise(circuit: &Circuit, parameters: &Parameters, answer_bits: u32) -> Result<f64> {
    let (sums, scores) = (circuit.typical_sums()?, circuit.typical_scores());
    let encoding = Encoding::square(parameters, sums.largest, scores.largest);
    let noise = Noise::new(parameters, answer_bits);
    let unit = encoding.score_unit().powi(2);
    let square = (2.0 * sums.root_mean_square * encoding.turn()).powi(2);
    let hidden = square * sum_variance(circuit.first_bounds()?, &noise) + noise.bootstrap / unit;
    let variance = hidden * circuit.last_bounds.l2_squared_max as f64 + noise.truncation / unit;
    Ok(variance.sqrt() / scores.root_mean_square)
}

/// Variance of a sum's noise when its square is looked up, as a share of the torus.
fn sum_variance(bounds: &Bounds, noise: &Noise) -> f64 {
    noise.fresh * bounds.l2_squared_max as f64 + noise.modulus_switch
}

fn too_noisy(circuit: &Circuit, least: f64) -> Result<Error> {
    let (sums, scores) = (circuit.typical_sums()?, circuit.typical_scores());
    Ok(Error::Unsupported(format!(
        "scores would have noise of {:.1} % of their root mean square {}, at most {:.1} % is accepted: sums up to {} with \
         l2_squared_max {} are squared, squares meet weights of l2_squared_max {}; declare smaller weights or `typical` \
         values, or state `parameters`",
        100.0 * least,
        scores.root_mean_square,
        100.0 * LARGEST_NOISE,
        sums.largest,
        circuit.first_bounds()?.l2_squared_max,
        circuit.last_bounds.l2_squared_max
    )))
}

/// What squaring sums that are like these approximates, for people.
pub(super) fn approximation(network: &EncryptedNetwork<Approximate>, sums: Typical) -> String {
    let variance = network.circuit.first_bounds.map_or(0.0, |bounds| sum_variance(&bounds, &network.noise()));
    let deviation = network.encoding.turn() * variance.sqrt();
    format!(
        "squares through a table of {} points for sums of up to {} with noise of about {deviation:.1}; larger sums and \
         scores above {:.0} wrap",
        points(&network.parameters),
        sums.largest,
        network.encoding.largest_score()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels};
    use blindbench_core::network::bounds::{Bounds, Magnitude};
    use blindbench_core::network::images::Shape;
    use blindbench_core::network::typical::Typical;

    use super::{LARGEST_NOISE, preset, score_noise};
    use crate::circuit::Circuit;
    use crate::parameters::Parameters;
    use crate::presets;

    fn dense(outputs: usize, l2_squared_max: u64, output_max: u128, largest: f64, root_mean_square: f64) -> Layer {
        let bounds =
            Bounds { weight_max: 7, bias_max: 0, l1_max: 1, l2_squared_max, output_max: Magnitude(output_max) };
        let typical = Typical { largest, root_mean_square };
        Layer::Dense(Dense { outputs, bounds: Some(bounds), typical: Some(typical) })
    }

    /// A trained network with one square, whose scores' root mean square is as given.
    fn trained(scores: f64) -> Circuit {
        let first = dense(40, 2347, 1951, 410.0, 66.1);
        let last = dense(10, 256, 123_365_173, 1_480_000.0, scores);
        Circuit::of(&Architecture {
            input: Input { shape: Shape::grey(28, 28), crop: 0, pixels: Pixels::Levels(4) },
            arithmetic: Arithmetic::Integer,
            layers: vec![Layer::Flatten, first, Layer::Activation(Activation::Square), last],
        })
        .unwrap()
    }

    #[test]
    fn the_cheapest_preset_that_is_quiet_enough_is_taken() {
        let size = |scores: f64| preset(&trained(scores), 16).unwrap().polynomial_size;
        assert_eq!([250_000.0, 136_000.0, 100_000.0].map(size), [512, 1024, 2048]);
    }

    #[test]
    fn each_preset_is_quieter_than_the_one_before() {
        let circuit = trained(136_000.0);
        let noise = |literal| score_noise(&circuit, &Parameters::try_from(literal).unwrap(), 16).unwrap();
        assert!(presets::SQUARE.map(noise).is_sorted_by(|a, b| a > b));
        // Worked out from the formulas: sums have noise of 3.5, of a turn of 1640.
        assert!((noise(presets::SQUARE[1]) - 0.0575).abs() < 0.001, "{}", noise(presets::SQUARE[1]));
    }

    #[test]
    fn noisy_scores_are_refused_with_both_sides() {
        let refused = preset(&trained(10_000.0), 16).unwrap_err().to_string();
        assert!(refused.contains("at most 6.2 % is accepted") && refused.contains("sums up to 410"), "{refused}");
        let mut silent = trained(1e6);
        silent.first_typical = None;
        // Sums as large as the bounds allow.
        assert!(score_noise(&silent, &Parameters::try_from(presets::SQUARE[2]).unwrap(), 16).unwrap() > LARGEST_NOISE);
    }
}
