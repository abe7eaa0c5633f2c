//! CKKS with one image a slot: few large primes, one for each square.
//!
//! A map multiplies by integers and leaves the modulus alone, so that the scale grows by that of the weights; a square
//! doubles the scale's size, and one prime brings it back to what it was. With values at a scale of 2^s and weights at
//! 2^p that prime has s + 2p bits. Values are divided by powers of two that they stay below, as in
//! [`super::CkksTrack`]; weights make up for it.

mod choice;
pub mod promise;

use blindbench_core::error::Error as CoreError;
use blindbench_core::network::architecture::Architecture;

use super::CkksTrack;
use super::activation::Activation;
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::evaluator::Evaluator;
use crate::ckks::parameters::Parameters;
use crate::error::{Error, Result};
use crate::network::affine::{Affine, Stages};
use crate::network::batch::relinearization::{Costs, Relinearization};
use crate::network::batch::size::Size;
use crate::network::batch::track::Batched;
use crate::network::service::Service;
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::evaluation_keys::EvaluationKeys;
pub use choice::{cases, choose};

/// Levels and relinearizations of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// By map, the level of its inputs.
    pub levels: Vec<usize>,
    /// By map, the scale of its result when it has come to its level.
    pub results: Vec<f64>,
    /// By square.
    pub relinearizations: Vec<Relinearization>,
}

impl Schedule {
    /// Level of a square.
    pub fn square_level(&self, index: usize) -> usize {
        self.levels[0] - index
    }

    /// Whether map `index` works on squares that are relinearized after it.
    fn settles(&self, index: usize) -> bool {
        index > 0 && self.relinearizations[index - 1] == Relinearization::After
    }
}

/// Bits above the largest value: a sign, and room for errors.
const HEADROOM: f64 = 2.0;

/// Bits of weights beyond those of the other maps that the last one has where the modulus holds them: its errors go into
/// the scores as they are.
const LAST_WEIGHTS: f64 = 3.0;

/// Opens a track for a network: its levels and scales.
///
/// # Errors
/// [`CoreError::Unsupported`] where the primes do not hold the network, with what would.
pub fn open(
    params: Parameters,
    log_ranges: &[u32],
    pixel: f64,
    (architecture, service): (&Architecture, Service),
) -> blindbench_core::error::Result<CkksTrack> {
    choice::require_no_flood(service)?;
    let stages = Stages::<f64>::outline(architecture)?;
    stages.require_squares("one image a slot: take `packing: latency`")?;
    let sizes: Vec<Size> = stages.maps.iter().map(Size::of).collect();
    let (count, primes) = (sizes.len(), params.max_level() + 1);
    if log_ranges.len() != count || log_ranges.iter().any(|log| *log > 120) || primes < count {
        return Err(CoreError::Unsupported(format!(
            "{primes} primes and ranges for {} maps, but the network has {count} maps: take a prime for each and ranges \
             below 2^120",
            log_ranges.len()
        )));
    }
    let schedule = |index: usize| {
        let (limbs, special) = (primes - index, params.rlwe().special().len());
        let digits = limbs.div_ceil(special);
        Costs { limbs, digits, special, dropped: 1 }.choose(sizes[index + 1], index + 2 == count)
    };
    let relinearizations: Vec<_> = (0..count - 1).map(schedule).collect();
    let level = |index: usize| match index.checked_sub(1).map(|square| relinearizations[square]) {
        None => primes - 1,
        Some(Relinearization::Before) => primes - 1 - index,
        Some(Relinearization::After | Relinearization::Never) => primes - index,
    };
    let levels = (0..count).map(level).collect();
    let mut schedule = Schedule { levels, results: Vec::new(), relinearizations };
    let scales = scales(&params, log_ranges, &mut schedule)?;
    let ranges = log_ranges.iter().map(|log| f64::from(*log).exp2()).collect();
    let activations = vec![Activation::Square; count - 1];
    Ok(CkksTrack { params, ranges, activations, scales, pixel, service, flood: None, batch: Some(schedule) })
}

/// By map, the scales of its inputs and of its weights, for values within 1; fills in those of results.
fn scales(
    params: &Parameters,
    log_ranges: &[u32],
    schedule: &mut Schedule,
) -> blindbench_core::error::Result<Vec<[f64; 2]>> {
    let last = log_ranges.len() - 1;
    let weights = match last {
        0 => choice::LOG_WEIGHTS,
        _ => ((params.prime(params.max_level()).log2() - params.log_scale()) / 2.0).round(),
    };
    let (mut scales, mut input) = (Vec::new(), params.scale());
    for (index, range) in log_ranges.iter().enumerate() {
        let before = index.checked_sub(1).map_or(0.0, |before| 2.0 * f64::from(log_ranges[before]));
        let level = schedule.levels[index];
        let room = (params.rlwe().log_q(level) - HEADROOM - input.log2()).floor();
        let wanted = weights + f64::from(*range) - before;
        let log_weights = if index == last { (wanted + LAST_WEIGHTS).min(room) } else { wanted };
        if room < wanted {
            return Err(refusal(index, wanted - room));
        }
        scales.push([input, log_weights.exp2()]);
        let dropped = params.prime(level);
        let result = input * log_weights.exp2() / if schedule.settles(index) { dropped } else { 1.0 };
        schedule.results.push(result);
        if let Some(relinearization) = schedule.relinearizations.get(index) {
            let level = schedule.square_level(index);
            let needed = 2.0 * result.log2() + HEADROOM;
            if needed > params.rlwe().log_q(level) {
                return Err(refusal(index, needed - params.rlwe().log_q(level)));
            }
            let before = *relinearization == Relinearization::Before;
            input = result * result / if before { params.prime(level) } else { 1.0 };
        }
    }
    Ok(scales)
}

fn refusal(index: usize, missing: f64) -> CoreError {
    CoreError::Unsupported(format!(
        "the modulus lacks {:.0} bits for the values of map {index}: take larger or more moduli, or a smaller log_scale",
        missing.ceil()
    ))
}

impl CkksTrack {
    fn schedule(&self) -> Result<&Schedule> {
        let refused = || Error::Refused("these parameters were chosen for one image a ciphertext".into());
        self.batch.as_ref().ok_or_else(refused)
    }
}

impl Batched for CkksTrack {
    fn relinearization(&self, index: usize) -> Relinearization {
        self.batch.as_ref().map_or(Relinearization::Before, |batch| batch.relinearizations[index])
    }

    fn integers(&self, index: usize, map: &Affine<f64>) -> Result<Vec<Vec<(u32, i32)>>> {
        let [_, scale] = self.scales[index];
        let entry = |(input, weight): &(usize, f64)| {
            let integer = (weight * scale).round_ties_even();
            if integer.abs() <= f64::from(i32::MAX) {
                return Ok((*input as u32, integer as i32));
            }
            let reason =
                format!("is beyond 2^31 at the scale of weights, {scale}: take larger ranges or a smaller scale");
            Err(Error::Value { place: *input, value: weight.to_string(), reason })
        };
        let row =
            |row: &Vec<(usize, f64)>| row.iter().map(entry).filter(|entry| !matches!(entry, Ok((_, 0)))).collect();
        map.rows.iter().map(row).collect()
    }

    fn sum_of(&self, index: usize, sum: Inner, like: &Ciphertext, norm: f64) -> Ciphertext {
        let mut noise = like.noise;
        (noise.deviation, noise.bound) = (noise.deviation * norm, 1.0);
        Ciphertext {
            origin: self.params.origin().clone(),
            inner: sum,
            scale: like.scale * self.scales[index][1],
            noise,
        }
    }

    fn add_bias(&self, _: usize, sum: &mut Ciphertext, bias: f64) -> Result<()> {
        let none = EvaluationKeys::default();
        Evaluator::new(&self.params, &none)?.add_constant_assign(sum, bias)?;
        sum.noise.bound = 1.0;
        Ok(())
    }

    fn settle(&self, index: usize, keys: &EvaluationKeys, sum: Ciphertext) -> Result<Ciphertext> {
        if self.schedule()?.settles(index) {
            return Evaluator::new(&self.params, keys)?.relinearize_rescale(sum);
        }
        Ok(sum)
    }

    fn square_slots(&self, index: usize, keys: &EvaluationKeys, value: &Ciphertext) -> Result<Ciphertext> {
        let evaluator = Evaluator::new(&self.params, keys)?;
        match self.relinearization(index) {
            Relinearization::Before => evaluator.square_relinearize_rescale(value),
            Relinearization::After | Relinearization::Never => evaluator.multiply(value, value),
        }
    }
}

#[cfg(test)]
mod tests;
