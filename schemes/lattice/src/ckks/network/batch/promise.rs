//! What errors scores of a batch may have. As [`crate::ckks::network::promise`] reckons, but without key switches inside
//! of maps, and with the weights' rounding errors as they are.

use blindbench_core::error::Result;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::scheme::Promise;

use crate::ckks::network::CkksTrack;
use crate::ckks::network::promise::{LOG_FAILURE, TAIL, spreads};
use crate::ckks::noise::{Noise, expansion, secret_key_variance, switching_variance};
use crate::network::affine::{Affine, Stages};
use crate::network::batch::relinearization::Relinearization;
use crate::network::track::Track;

/// The root mean square of squares over the square of the root mean square: 3^(1/2) for a normal variable, more where
/// tails are heavier.
const KURTOSIS: f64 = 3.0;

/// The promise for stages with their weights.
///
/// # Errors
/// Where the parameters were chosen for one image a ciphertext.
pub fn promise(track: &CkksTrack, architecture: &Architecture, stages: Stages<f64>) -> Result<Promise> {
    let (params, schedule) = (&track.params, track.schedule()?);
    let spreads = spreads(track, architecture, &stages);
    let last = stages.maps.len() - 1;
    // Of a coefficient, as an integer.
    let pixel = track.pixel * f64::from(architecture.input.largest());
    let mut noise = Noise::encoded(pixel).plus_independent(secret_key_variance());
    for (index, map) in stages.maps.into_iter().enumerate() {
        noise = of_map(track, noise, index, &track.adapt(index, map));
        let drop = |noise: Noise, level: usize| {
            let switched = noise.plus_independent(switching_variance(params.rlwe(), level));
            switched.rescaled(params.prime(level), 1, params)
        };
        if schedule.settles(index) {
            noise = drop(noise, schedule.levels[index]);
        }
        noise.bound = spreads[index];
        if index < last {
            let scale = schedule.results[index];
            noise = noise.product(scale, noise, scale, params);
            noise.bound = (KURTOSIS * noise.bound).min(1.0);
            if schedule.relinearizations[index] == Relinearization::Before {
                noise = drop(noise, schedule.square_level(index));
            }
        }
    }
    let deviation = noise.deviation * expansion(params.rlwe()).sqrt() / schedule.results[last];
    Ok(Promise { logit_error: TAIL * deviation * track.ranges[last], failure_log2: Some(LOG_FAILURE) })
}

/// The noise of a map's sums, of inputs whose root mean square is the bound.
fn of_map(track: &CkksTrack, noise: Noise, index: usize, map: &Affine<f64>) -> Noise {
    let [scale, weights] = track.scales[index];
    let largest = |term: &dyn Fn(f64) -> f64| {
        let norm = |row: &Vec<(usize, f64)>| row.iter().map(|(_, weight)| term(weight * weights).powi(2)).sum::<f64>();
        map.rows.iter().map(norm).fold(0.0, f64::max).sqrt()
    };
    let multiplied = noise.deviation * largest(&|weight| weight);
    // Rounding a weight is an error of its own in every slot.
    let rounded = largest(&|weight| weight.round_ties_even() - weight) * noise.bound * scale;
    // So is rounding the bias, less than a unit.
    let rounded = rounded.max(1.0) / expansion(track.params.rlwe()).sqrt();
    Noise { deviation: multiplied.hypot(rounded), bound: noise.bound }
}
