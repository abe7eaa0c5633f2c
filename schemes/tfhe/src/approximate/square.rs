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

/// Largest noise of scores, as a share of their root mean square.
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
         scores above {} wrap",
        points(&network.parameters),
        sums.largest,
        network.encoding.largest_score()
    )
}
