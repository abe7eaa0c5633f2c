//! What errors scores may have: noise followed through the network.
//!
//! Hidden values count with their root mean square, as it was measured on images and is declared in the architecture;
//! without it, as if all were as large as the range that they are divided by. Errors of different slots count as
//! independent and normal: each score is a sum over many of them.

use blindbench_core::error::Result;
use blindbench_core::network::architecture::{Architecture, Arithmetic};
use blindbench_core::scheme::Promise;

use super::activation::Activation;
use super::{CkksTrack, FLOODED_TAIL};
use crate::ckks::noise::{
    Noise, division_variance, expansion, public_key_variance, secret_key_variance, switching_variance,
};
use crate::ckks::polynomial::prediction::predict;
use crate::ckks::polynomial::schedule::Schedule;
use crate::network::affine::{Affine, Stages};
use crate::network::plan::{Route, Step};
use crate::network::service::WeightsForm;
use crate::network::track::Track;

/// Deviations that no score's error exceeds: a normal variable does with a probability below 2^-50.
pub(super) const TAIL: f64 = 8.0;

/// log2 of the probability that some score of an image is further off.
pub(super) const LOG_FAILURE: f64 = -40.0;

/// The promise for stages with their weights.
///
/// # Errors
/// [`blindbench_core::error::Error::Refused`] where the noise is too large for a planned flood.
pub fn promise(track: &CkksTrack, route: &Route, architecture: &Architecture, stages: Stages<f64>) -> Result<Promise> {
    let last = track.ranges.len() - 1;
    let largest_pixel = match architecture.arithmetic {
        Arithmetic::Real => 1.0,
        Arithmetic::Integer => f64::from(architecture.input.largest()),
    };
    let spreads = spreads(track, architecture, &stages);
    let maps: Vec<_> = stages.maps.into_iter().enumerate().map(|(index, map)| track.adapt(index, map)).collect();
    let mut noise = of_scores(track, route, &maps, largest_pixel, &spreads);
    if let Some(flood) = track.flood {
        // Whatever the image, as long as values stay within their ranges.
        let most = of_scores(track, route, &maps, largest_pixel, &vec![1.0; maps.len()]);
        // The noise of the encryption that blinds an answer is part of what is drowned.
        let blind = public_key_variance(track.rlwe());
        flood.require((most.plus_independent(blind).deviation * FLOODED_TAIL).log2())?;
        noise = noise.plus_independent((2.0 * flood.log2_deviation()).exp2()).plus_independent(blind);
    }
    let deviation = noise.deviation * expansion(track.rlwe()).sqrt() / track.result_scale(last);
    Ok(Promise { logit_error: TAIL * deviation * track.ranges[last], failure_log2: Some(LOG_FAILURE) })
}

/// The noise of scores' coefficients, as integers, where hidden values have these root mean squares over their ranges.
fn of_scores(track: &CkksTrack, route: &Route, maps: &[Affine<f64>], largest_pixel: f64, spreads: &[f64]) -> Noise {
    let params = &track.params;
    let mut noise = Noise::encoded(largest_pixel).plus_independent(secret_key_variance());
    for (index, (map, step)) in maps.iter().zip(&route.steps).enumerate() {
        noise = of_map(track, noise, index, map, step);
        noise.bound = spreads[index];
        if index + 1 < maps.len() {
            let (level, scale) = (track.level(index), track.result_scale(index));
            noise = noise.rescaled(params.prime(level), 1, params);
            noise = match &track.activations[index] {
                Activation::Square => {
                    let square = noise.product(scale, noise, scale, params).key_switched(level - 1, params);
                    square.rescaled(params.prime(level - 1), 1, params)
                }
                Activation::Polynomial { polynomial, .. } => {
                    let result = (level - 1 - polynomial.depth(), track.polynomial_scale());
                    let predicted =
                        predict(params, polynomial, &Schedule::new(polynomial), (noise, level - 1, scale), result);
                    Noise { bound: 1.0, ..predicted }
                }
            };
        }
    }
    noise
}

/// By map, the root mean square of its outputs over the range that they are divided by.
pub(super) fn spreads(track: &CkksTrack, architecture: &Architecture, stages: &Stages<f64>) -> Vec<f64> {
    let (mut from, mut shifts) = (0, stages.activations.iter().map(|curve| curve.shift().abs()));
    let spread = |(map, range): (&Affine<f64>, &f64)| {
        let layers = &architecture.layers[from..=map.layer];
        from = map.layer + 1;
        let typical = layers.iter().rev().find_map(|layer| layer.typical());
        let shift = shifts.next().unwrap_or(0.0);
        typical.map_or(1.0, |typical| ((typical.root_mean_square + shift) / range).min(1.0))
    };
    stages.maps.iter().zip(&track.ranges).map(spread).collect()
}

/// The noise after a map, before its rescaling.
fn of_map(track: &CkksTrack, noise: Noise, index: usize, map: &Affine<f64>, step: &Step) -> Noise {
    let (params, level, [scale, weights]) = (&track.params, track.level(index), track.scales[index]);
    let norm = |row: &Vec<(usize, f64)>| row.iter().map(|(_, weight)| weight * weight).sum::<f64>();
    let row_norm = map.rows.iter().map(norm).fold(0.0, f64::max).sqrt();
    let summed: usize = step.sums.iter().map(|images| images.len()).product();
    // Every diagonal is rounded, or encrypted, in all slots.
    let terms = (step.packing.rotations.len() * summed) as f64;
    let (switching, division) = (switching_variance(params.rlwe(), level), division_variance(params.rlwe(), 1));
    let multiplied = noise.plus_independent(switching).deviation * row_norm * weights;
    // Weights are rounded, too: each meets a value of its own.
    let rounding = match track.service.weights {
        WeightsForm::Clear => Noise::encoded(0.0),
        WeightsForm::Encrypted => Noise::encoded(0.0).plus_independent(public_key_variance(params.rlwe())),
    };
    let rounded = rounding.deviation * terms.sqrt() * noise.bound * scale;
    let giants = step.plan.moving_giants() as f64;
    // What each giant step and each sum of rotations adds is summed up by those after it.
    let own = (giants + 1.0 + step.sums.len() as f64) * summed as f64 * (switching + division);
    Noise { deviation: multiplied.hypot(rounded).hypot(own.sqrt()), bound: noise.bound }
}
