//! Parameters for a network: plaintext moduli that hold the declared range, and the cheapest ring and chain that hold
//! the noise at 128 bits.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Case;
use blindbench_core::security::REQUIRED_BITS;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::modulus::Modulus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Setting;
use super::schedule::Schedule;
use crate::integers::operations;
use crate::integers::parameters::{Literal, Parameters};
use crate::integers::placement::Placement;
use crate::network::scheme::outline;
use crate::network::strategy::Strategy;
use crate::ring::prime::primes;
use crate::rlwe::security::largest_log_qp;

/// Parameters as an experiment states them. For a network whatever is left out is chosen; single operations need
/// `log_n`, `moduli`, `special` and `plaintext_modulus`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
    /// The plaintext modulus: a prime that is 1 modulo 2N, below 2^44.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plaintext_modulus: Option<u64>,
    /// For networks: several of them, whose product holds the scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plaintext_moduli: Option<Vec<u64>>,
}

impl Params {
    /// The parameters of an instance that states them all.
    pub fn of(params: operations::Params) -> Params {
        let operations::Params { log_n, moduli, special, plaintext_modulus } = params;
        let (log_n, moduli, special) = (Some(log_n), Some(moduli), Some(special));
        Params { log_n, moduli, special, plaintext_modulus: Some(plaintext_modulus), ..Params::default() }
    }

    /// What single operations need.
    ///
    /// # Errors
    /// [`crate::error::Error::Refused`] naming what is not stated.
    pub fn stated(self) -> crate::error::Result<operations::Params> {
        let missing = |name: &str| {
            crate::error::Error::Refused(format!(
                "`{name}` is missing: single operations need all of log_n, moduli, special and plaintext_modulus"
            ))
        };
        Ok(operations::Params {
            log_n: self.log_n.ok_or_else(|| missing("log_n"))?,
            moduli: self.moduli.ok_or_else(|| missing("moduli"))?,
            special: self.special.ok_or_else(|| missing("special"))?,
            plaintext_modulus: self.plaintext_modulus.ok_or_else(|| missing("plaintext_modulus"))?,
        })
    }

    pub(super) fn plaintext_moduli(&self) -> Option<Vec<u64>> {
        self.plaintext_moduli.clone().or_else(|| self.plaintext_modulus.map(|t| vec![t]))
    }
}

/// Most plaintext moduli, each a track of its own.
const MOST_TRACKS: u32 = 6;

/// The largest score that the declared bounds allow.
pub(super) fn largest_score(architecture: &Architecture) -> Result<u128> {
    let last = architecture.layers.len().saturating_sub(1);
    match architecture.layers.last().and_then(|layer| layer.bounds()) {
        Some(bounds) => Ok(bounds.output_max.0),
        None => Err(Error::Layer {
            layer: last,
            kind: architecture.layers.last().map_or("network", |layer| layer.kind()),
            reason: "declare its `bounds`: how large scores are decides the plaintext modulus".into(),
        }),
    }
}

/// Refuses plaintext moduli whose product does not hold the scores.
pub fn require_range(moduli: &[u64], architecture: &Architecture) -> Result<()> {
    let largest = largest_score(architecture)?;
    let product = moduli.iter().try_fold(1u128, |product, t| product.checked_mul(u128::from(*t)));
    let distinct = moduli.iter().enumerate().all(|(place, t)| !moduli[..place].contains(t));
    let holds = product.is_none_or(|product| largest <= (product - 1) / 2);
    if holds && distinct && !moduli.is_empty() && product.is_some_and(|product| product < 1 << 126) {
        return Ok(());
    }
    Err(Error::Unsupported(format!(
        "the declared bounds allow scores up to {largest}, which needs different plaintext moduli with a product between \
         {} and 2^126, but that of {moduli:?} is {}",
        largest.saturating_mul(2).saturating_add(1),
        product.map_or_else(|| "above 2^128".into(), |product| product.to_string())
    )))
}

/// By map, how many diagonals it may take: the inputs' padded count at most.
pub fn shapes(architecture: &Architecture) -> Result<Vec<usize>> {
    let stages = outline::<i128>(architecture)?;
    Ok(stages.maps.iter().map(|map| map.outputs().next_power_of_two()).collect())
}

/// Chooses what is not stated.
///
/// # Errors
/// [`Error::Unsupported`] for a network that no ring holds, with what would do.
pub fn choose<P: Placement>(params: &Params, architecture: &Architecture) -> Result<Setting> {
    let stages = outline::<i128>(architecture)?;
    let widest = stages.maps.iter().map(|map| map.inputs.max(map.outputs())).max().unwrap_or(1);
    let log_slots = widest.next_power_of_two().ilog2();
    let scores = largest_score(architecture)?;
    if let (Some(log_n), Some(moduli), Some(special), Some(plaintext_moduli)) =
        (params.log_n, params.moduli.clone(), params.special.clone(), params.plaintext_moduli())
    {
        return Ok(Setting { log_n, moduli, special, plaintext_moduli });
    }
    let maps = shapes(architecture)?;
    let mut best: Option<(usize, Setting)> = None;
    let log_ns = params.log_n.map_or(12..=15, |log_n| log_n..=log_n);
    for log_n in log_ns.filter(|log_n| *log_n >= log_slots) {
        let stated = params.plaintext_moduli().map(|moduli| vec![moduli]);
        for moduli in stated.unwrap_or_else(|| plaintext_moduli(scores, log_n)) {
            let Some((cost, setting)) = cheapest_chain::<P>(log_n, &moduli, &maps) else { continue };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, setting));
            }
        }
    }
    best.map(|(_, setting)| setting).ok_or_else(|| {
        Error::Unsupported(format!(
            "no ring up to 2^15 holds {} matrices and {} squares of this network with scores up to {scores} at \
             {REQUIRED_BITS} bits of security: take fewer layers or smaller weights",
            maps.len(),
            maps.len() - 1
        ))
    })
}

/// Sets of plaintext moduli that hold scores: one, two, ... of them.
pub(super) fn plaintext_moduli(largest: u128, log_n: u32) -> Vec<Vec<u64>> {
    let needed = u128::BITS - largest.leading_zeros() + 1;
    let set = |count: u32| {
        // Primes of a size are a little smaller than its power of two.
        let bits = (needed * 16 / count).div_ceil(16) + 1;
        let fits = (log_n + 2..=Parameters::<crate::bfv::Bfv>::MOST_PLAINTEXT_BITS).contains(&bits);
        let found = fits.then(|| primes(&vec![bits; count as usize], 2 << log_n).ok()).flatten()?;
        Some(found.iter().map(Modulus::value).collect::<Vec<u64>>())
    };
    (1..=MOST_TRACKS).filter_map(set).collect()
}

/// The cheapest chain that holds the noise under each of the plaintext moduli, and what it costs.
fn cheapest_chain<P: Placement>(log_n: u32, moduli: &[u64], maps: &[usize]) -> Option<(usize, Setting)> {
    let limit = largest_log_qp(log_n, REQUIRED_BITS)?;
    let largest = *moduli.iter().max()?;
    let mut best: Option<(usize, Setting)> = None;
    for digit in 1..=3usize {
        // Bits of the chain: up to what is left for it beside the special primes.
        for count in 1..=20usize {
            let chain = |bits: u32| {
                let special = vec![(bits + 1).min(50); digit];
                (vec![bits; count], special)
            };
            let fits = |bits: &u32| (*bits as usize * count) as u32 + digit as u32 * (bits + 1).min(50) <= limit;
            let holds = |bits: u32| {
                let (moduli, special) = chain(bits);
                let literal = Literal { log_n, moduli, special, plaintext_modulus: largest };
                let params = Parameters::<P>::new(literal, Kernel::best()).ok()?;
                Schedule::new(&params, maps).ok()
            };
            let Some(bits) = (30..=50).rev().find(fits) else { break };
            if holds(bits).is_none() {
                continue;
            }
            // The smallest primes that still hold: smaller keys and messages.
            let sizes: Vec<u32> = (30..bits).collect();
            let bits = 30 + sizes.partition_point(|bits| holds(*bits).is_none()) as u32;
            let digits = count.div_ceil(digit);
            let cost = moduli.len() * ((count + digit) * (digits + 2)) << log_n;
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                let (chain, special) = chain(bits);
                best = Some((cost, Setting { log_n, moduli: chain, special, plaintext_moduli: moduli.to_vec() }));
            }
            // More primes of this kind of digit only cost more.
            break;
        }
    }
    best
}

/// The number around zero whose residues around zero modulo each of the moduli are these (Garner's algorithm).
pub fn joined(moduli: &[u64], residues: impl Iterator<Item = i128>) -> crate::error::Result<i128> {
    let (mut value, mut product) = (0i128, 1i128);
    for (t, residue) in moduli.iter().zip(residues) {
        let refused = || crate::error::Error::Refused(format!("the plaintext modulus {t} repeats or is even"));
        let modulus = Modulus::new(*t).ok_or_else(refused)?;
        let reduce = |x: i128| x.rem_euclid(i128::from(*t)) as u64;
        let inverse = crate::integers::encryption::inverse_vartime(&modulus, reduce(product)).ok_or_else(refused)?;
        let digit = modulus.centered(modulus.multiply(reduce(residue - value), inverse));
        value += product * i128::from(digit);
        product *= i128::from(*t);
    }
    Ok(value)
}

/// Small instances for the conformance tests.
pub fn cases() -> Vec<Case<Params>> {
    let params = |plaintext_moduli: &[u64]| Params {
        log_n: Some(8),
        moduli: Some(vec![45; 4]),
        special: Some(vec![46, 46]),
        packing: Some(Strategy::Latency),
        plaintext_modulus: None,
        plaintext_moduli: Some(plaintext_moduli.to_vec()),
    };
    let networks = crate::network::cases::integral().into_iter();
    let case = |(architecture, weights): (Architecture, Weights)| {
        [&[786_433, 7681][..], &[8_380_417, 12_289, 7681][..]].map(|moduli| Case {
            params: params(moduli),
            architecture: architecture.clone(),
            weights: weights.clone(),
        })
    };
    networks.flat_map(case).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::joined;

    #[test]
    fn residues_join_to_the_number_around_zero() {
        let moduli = [7681u64, 12_289, 40_961];
        let product: i128 = moduli.iter().map(|t| i128::from(*t)).product();
        let half = product / 2;
        for value in [0, 1, -1, 7681, -12_289, 123_456_789, -1_234_567_890, half, -half] {
            let centered = |t: &u64| {
                let residue = value.rem_euclid(i128::from(*t));
                if residue > i128::from(*t) / 2 { residue - i128::from(*t) } else { residue }
            };
            assert_eq!(joined(&moduli, moduli.iter().map(centered)).unwrap(), value);
        }
        assert!(joined(&[7681, 7681], [1, 1].into_iter()).is_err());
    }
}
