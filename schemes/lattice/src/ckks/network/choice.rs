//! Parameters for a network: the smallest ring and the cheapest digits that hold its depth at 128 bits.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Case;
use blindbench_core::security::REQUIRED_BITS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Setting, activation};
use crate::ckks::operations::{self, Ring};
use crate::network::affine::Stages;
use crate::network::flood::fewer;
use crate::network::grid::Arranged;
use crate::network::service::{Answering, Service, WeightsForm};
use crate::network::strategy::Strategy;
use crate::rlwe::security::largest_log_qp;

/// Parameters of CKKS as an experiment states them. For a network whatever is left out is chosen; single operations
/// need the first four.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// log2 of the ring degree N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_n: Option<u32>,
    /// Sizes in bits of the ciphertext primes, at most 50 each, the one that stays longest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moduli: Option<Vec<u32>>,
    /// Sizes in bits of the special primes, which key switching alone uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<Vec<u32>>,
    /// For networks, how images are packed: `latency`, one a ciphertext, or `batch`, one a slot; by the size of the
    /// batch otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<Strategy>,
    /// For networks, how the server gets the weights: `clear`, or `encrypted` by a model owner of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightsForm>,
    /// For networks, what is done to answers before they leave the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answering>,
    /// log2 of the scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_scale: Option<f64>,
    /// The ring: `standard` has N/2 complex slots, `conjugate-invariant` N real ones, which networks take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<Ring>,
    /// log2 of what hidden values stay below; measured or declared values otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_values: Option<u32>,
    /// log2 of what scores stay below; measured or declared values otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_scores: Option<u32>,
}

/// Smallest and largest scale that is chosen: log2.
const LOG_SCALES: [u32; 2] = [26, 40];

/// The largest scale where values need more precision than the scores tell.
const MOST_LOG_SCALE: u32 = 48;

/// Bits that encryptions of weights by the public key cost: their noise is that much larger than a rounding error.
const ENCRYPTED_WEIGHTS: u32 = 11;

/// Bits between the magnitude of a flood and the scale of scores, beside those of the noise under it.
const FLOODED: u32 = 8;

/// The smallest and the largest scale that is chosen in a ring: larger rings are taken for deeper networks, where errors
/// add up.
fn log_scales(log_n: u32, service: Service) -> std::ops::RangeInclusive<u32> {
    let encrypted = if service.weights == WeightsForm::Encrypted { ENCRYPTED_WEIGHTS } else { 0 };
    let more = encrypted + service.flood_bits.map_or(0, |bits| bits + FLOODED);
    let most = if more > 0 { MOST_LOG_SCALE } else { LOG_SCALES[1] };
    (LOG_SCALES[0] + more).max(LOG_SCALES[0] + 6 * log_n.saturating_sub(13))..=most
}

/// The largest scale that leaves all primes within 32 bits: keys then take half the memory.
const SHORT: u32 = 30;

/// log2 of what the first prime has above the scale: a sign, and room for errors.
const HEADROOM: u32 = 2;

impl Params {
    /// The parameters of an instance that states them all.
    pub fn of(params: operations::Params) -> Params {
        let operations::Params { log_n, moduli, special, log_scale, ring } = params;
        let (log_n, moduli, special) = (Some(log_n), Some(moduli), Some(special));
        Params { log_n, moduli, special, log_scale: Some(log_scale), ring: Some(ring), ..Params::default() }
    }

    /// What single operations need.
    ///
    /// # Errors
    /// [`Error::Unsupported`] naming what is not stated.
    pub fn stated(self) -> Result<operations::Params> {
        let missing = |name: &str| {
            Error::Unsupported(format!(
                "`{name}` is missing: single operations need all of log_n, moduli, special and log_scale"
            ))
        };
        Ok(operations::Params {
            log_n: self.log_n.ok_or_else(|| missing("log_n"))?,
            moduli: self.moduli.ok_or_else(|| missing("moduli"))?,
            special: self.special.ok_or_else(|| missing("special"))?,
            log_scale: self.log_scale.ok_or_else(|| missing("log_scale"))?,
            ring: self.ring.unwrap_or_default(),
        })
    }
}

/// The smallest exponent of two that is not below a magnitude.
fn log_above(largest: f64) -> u32 {
    largest.max(1.0).log2().ceil() as u32
}

/// Chooses what is not stated.
///
/// # Errors
/// [`Error::Unsupported`] for a network that no ring holds, with what would do.
pub fn choose(params: &Params, architecture: &Architecture, service: Service) -> Result<Setting> {
    let stages = Stages::<f64>::outline(architecture)?.arranged(&Arranged::pixels(architecture)?);
    let log_ranges = log_ranges(params, architecture, &stages)?;
    let depth = stages.maps.len() + stages.activations.iter().map(activation::depth).sum::<usize>();
    let widest = stages.maps.iter().map(|map| map.inputs.max(map.outputs())).max().unwrap_or(1);
    let log_slots = widest.next_power_of_two().ilog2();
    let ring = params.ring.unwrap_or(Ring::ConjugateInvariant);
    let chosen = match (&params.moduli, &params.special) {
        (Some(moduli), Some(special)) => Chain { moduli: moduli.clone(), special: special.clone() },
        (None, None) => return chain_of_ring(params, (ring, log_slots, depth), log_ranges, service),
        _ => return Err(Error::Unsupported("state both of `moduli` and `special`, or neither".into())),
    };
    let log_n = params.log_n.ok_or_else(|| Error::Unsupported("`log_n` is missing beside `moduli`".into()))?;
    let log_scale = params.log_scale.unwrap_or_else(|| f64::from(chosen.moduli.last().copied().unwrap_or_default()));
    Ok(Setting { params: chosen.params(log_n, log_scale, ring), log_ranges })
}

/// log2 of what each map's outputs stay below: stated, measured on images, or proven from bounds.
pub(super) fn log_ranges(params: &Params, architecture: &Architecture, stages: &Stages<f64>) -> Result<Vec<u32>> {
    let last = stages.maps.len() - 1;
    let mut from = 0;
    let mut ranges = Vec::new();
    for (index, map) in stages.maps.iter().enumerate() {
        let layers = &architecture.layers[from..=map.layer];
        from = map.layer + 1;
        let typical = layers.iter().rev().find_map(|layer| layer.typical());
        let shift = stages.activations.get(index).map_or(0.0, |curve| curve.shift().abs());
        let measured = typical.map(|typical| log_above(typical.largest + shift));
        let declared = layers.iter().rev().find_map(|layer| layer.bounds()).map(|bounds| bounds.output_max.0);
        let stated = if index == last { params.log_scores } else { params.log_values };
        let proven = declared.map(|largest| u128::BITS - largest.leading_zeros());
        ranges.push(stated.or(measured).or(proven).ok_or_else(|| {
            Error::Layer {
                layer: map.layer,
                kind: layers.last().map_or("layer", |layer| layer.kind()),
                reason:
                    "how large its outputs are decides the scale: declare `typical` values or `bounds` of the layers \
                     with weights, or state `log_values` and `log_scores` of the scheme"
                        .into(),
            }
        })?);
    }
    Ok(ranges)
}

/// Sizes of primes.
struct Chain {
    moduli: Vec<u32>,
    special: Vec<u32>,
}

impl Chain {
    /// For so many multiplications in a row, a scale, and digits of so many primes.
    fn new(depth: usize, log_scale: u32, digit: usize) -> Chain {
        let first = log_scale + HEADROOM;
        let moduli: Vec<u32> = std::iter::once(first).chain(vec![log_scale; depth]).collect();
        // Together no smaller than the largest digit, which has the first prime in it.
        let largest = first + (digit as u32 - 1) * log_scale;
        Chain { moduli, special: vec![largest.div_ceil(digit as u32); digit] }
    }

    fn bits(&self) -> u32 {
        self.moduli.iter().chain(&self.special).sum()
    }

    /// What key switching costs: passes over residues, transforms counted as several.
    fn cost(&self) -> usize {
        let (own, special) = (self.moduli.len(), self.special.len());
        let digits = own.div_ceil(special);
        // As many rotations that share a decomposition as others; sums keep the special primes from one to the next.
        2 * (2 * digits + 5) * (own + special) + 7 * (digits * (own + special) + 3 * (own + special))
    }

    fn params(self, log_n: u32, log_scale: f64, ring: Ring) -> operations::Params {
        operations::Params { log_n, moduli: self.moduli, special: self.special, log_scale, ring }
    }
}

fn chain_of_ring(
    params: &Params,
    (ring, log_slots, depth): (Ring, u32, usize),
    log_ranges: Vec<u32>,
    service: Service,
) -> Result<Setting> {
    let least_log_n = log_slots + u32::from(ring == Ring::Standard);
    let log_ns = params.log_n.map_or(12..=16, |log_n| log_n..=log_n);
    for log_n in log_ns.filter(|log_n| *log_n >= least_log_n) {
        let Some(limit) = largest_log_qp(log_n, REQUIRED_BITS) else { continue };
        let fits = |log_scale: u32, digit: usize| {
            let chain = Chain::new(depth, log_scale, digit);
            (chain.bits() <= limit && chain.special[0] <= 50).then_some((log_scale, chain))
        };
        let scales = |digit: usize| match params.log_scale {
            Some(stated) => fits(stated.round() as u32, digit),
            None => {
                let (short, long): (Vec<u32>, _) = log_scales(log_n, service).partition(|log| *log <= SHORT);
                short.into_iter().rev().chain(long.into_iter().rev()).find_map(|log_scale| fits(log_scale, digit))
            }
        };
        let cheapest = (1..=depth + 1).filter_map(scales).min_by_key(|(_, chain)| chain.cost());
        if let Some((log_scale, chain)) = cheapest {
            let log_scale = params.log_scale.unwrap_or_else(|| f64::from(log_scale));
            return Ok(Setting { params: chain.params(log_n, log_scale, ring), log_ranges });
        }
    }
    let least = *log_scales(0, service).start();
    if least > MOST_LOG_SCALE {
        return Err(Error::Unsupported(format!(
            "values at a scale of 2^{least}, but primes have 50 bits at most: {}",
            fewer(service.flood_bits.unwrap_or(0), least - MOST_LOG_SCALE)
        )));
    }
    let needed = Chain::new(depth, least, 1).bits();
    Err(Error::Unsupported(format!(
        "{depth} multiplications in a row over {} slots need a modulus of {needed} bits at least, which no ring up to \
         2^16 that was allowed holds at {REQUIRED_BITS} bits of security: take a network of fewer layers, or leave \
         log_n and log_scale to be chosen",
        1u64 << log_slots
    )))
}

/// Small instances for the conformance tests.
pub fn cases() -> Vec<Case<Params>> {
    let params = Params {
        log_n: Some(8),
        moduli: Some(vec![45, 40, 40, 40]),
        special: Some(vec![45, 45]),
        packing: Some(Strategy::Latency),
        log_scale: Some(40.0),
        log_values: Some(4),
        log_scores: Some(7),
        ..Params::default()
    };
    let flooded = Params { answer: Some(Answering { flood_bits: 8 }), ..params.clone() };
    let encrypted = Params { weights: Some(WeightsForm::Encrypted), ..params.clone() };
    let networks = crate::network::cases::real().into_iter();
    let case = |(architecture, weights): (Architecture, Weights)| {
        let case = |params: &Params| Case {
            params: params.clone(),
            architecture: architecture.clone(),
            weights: weights.clone(),
        };
        [&params, &flooded, &encrypted].map(case)
    };
    let longer = Params { moduli: Some(vec![45, 40, 40, 40, 40]), ..params.clone() };
    let higher = crate::network::cases::of_higher_degree().into_iter();
    let higher = higher.map(|(architecture, weights)| Case { params: longer.clone(), architecture, weights });
    networks.flat_map(case).chain(higher).collect()
}
