//! Parameters for a network: plaintext moduli that hold the declared range, and the cheapest ring and chain that hold
//! the noise at 128 bits.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Architecture, Layer};
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Case;
use blindbench_core::security::REQUIRED_BITS;
use blindbench_kernels::residue::modulus::Modulus;
use blindbench_kernels::residue::ntt::Ntt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Setting;
use super::chain::{cheapest_chain, costs};
use super::schedule::Shape;
use crate::integers::operations;
use crate::integers::parameters::Parameters;
use crate::integers::placement::Placement;
use crate::network::affine::Stages;
use crate::network::layout::Slots;
use crate::network::plan::{Costs, Route};
use crate::network::service::{Answering, Service, WeightsForm};
use crate::network::strategy::Strategy;
use crate::ring::prime::is_prime_vartime;

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
    /// For networks, how the server gets the weights: `clear`, or `encrypted` by a model owner of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightsForm>,
    /// For networks, what is done to answers before they leave the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answering>,
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

fn product(moduli: &[u64]) -> Option<u128> {
    moduli.iter().try_fold(1u128, |product, t| product.checked_mul(u128::from(*t)))
}

/// Whether numbers up to `largest` in magnitude are told apart by their residues, and those sums fit 126 bits.
fn holds(moduli: &[u64], largest: u128) -> bool {
    product(moduli).is_some_and(|product| (1..1 << 126).contains(&product) && largest <= (product - 1) / 2)
}

/// Refuses plaintext moduli whose product does not hold the scores.
pub fn require_range(moduli: &[u64], architecture: &Architecture) -> Result<()> {
    let largest = largest_score(architecture)?;
    let distinct = moduli.iter().enumerate().all(|(place, t)| !moduli[..place].contains(t));
    if distinct && holds(moduli, largest) {
        return Ok(());
    }
    let product = product(moduli);
    Err(Error::Unsupported(format!(
        "the declared bounds allow scores up to {largest}, which needs different plaintext moduli with a product between \
         {} and 2^126, but that of {moduli:?} is {}",
        largest.saturating_mul(2).saturating_add(1),
        product.map_or_else(|| "above 2^128".into(), |product| product.to_string())
    )))
}

/// What each map does to noise on its way through the slots of a ring.
///
/// # Errors
/// [`Error::Unsupported`] where a layer does not fit the slots, or for a ring that there is not.
pub fn shapes(architecture: &Architecture, log_n: u32, service: Service) -> Result<Vec<Shape>> {
    let [least, most] = [Ntt::LEAST_LOG_N, Ntt::MOST_LOG_N - 1];
    if !(least..=most).contains(&log_n) {
        let (given, least, most) = (i64::from(log_n), i64::from(least), i64::from(most));
        return Err(crate::error::Error::Range { name: "log_n", given, least, most }.into());
    }
    let outline = Stages::<i128>::outline(architecture)?;
    outline.require_squares("integers: take `square`")?;
    let maps = outline.maps.len();
    let costs: Vec<Costs> = (0..maps).map(|index| costs(index, maps)).collect();
    let slots = Slots { rows: 2, columns: 1 << (log_n - 1) };
    let (_, route) = Route::cheapest::<i128>(architecture, slots, &costs, service)?;
    Ok(route.steps.iter().map(Shape::of).collect())
}

/// Chooses what is not stated.
///
/// # Errors
/// [`Error::Unsupported`] for a network that no ring holds, with what would do.
pub fn choose<P: Placement>(params: &Params, architecture: &Architecture, service: Service) -> Result<Setting> {
    let scores = largest_score(architecture)?;
    if let (Some(log_n), Some(moduli), Some(special), Some(plaintext_moduli)) =
        (params.log_n, params.moduli.clone(), params.special.clone(), params.plaintext_moduli())
    {
        return Ok(Setting { log_n, moduli, special, plaintext_moduli });
    }
    let stated = params.plaintext_moduli().map(|moduli| vec![moduli]);
    let mut refused = None;
    for log_n in params.log_n.map_or(12..=15, |log_n| log_n..=log_n) {
        let sets = stated.clone().unwrap_or_else(|| plaintext_moduli(scores, log_n));
        refused = match shapes(architecture, log_n, service) {
            Ok(maps) => match cheapest_chain::<P>(log_n, &sets, &maps, service) {
                Some(setting) => return Ok(setting),
                None => None,
            },
            Err(error) => Some(error),
        };
    }
    Err(refused.unwrap_or_else(|| {
        let maps = 1 + architecture.layers.iter().filter(|layer| matches!(layer, Layer::Activation(_))).count();
        Error::Unsupported(format!(
            "no ring up to 2^15 holds {maps} matrices and {} squares of this network with scores up to {scores} at \
             {REQUIRED_BITS} bits of security: take fewer layers or smaller weights",
            maps - 1
        ))
    }))
}

/// Sets of plaintext moduli that hold scores: one, two, ... of them.
pub(super) fn plaintext_moduli(largest: u128, log_n: u32) -> Vec<Vec<u64>> {
    let most = 1u64 << Parameters::<crate::bfv::Bfv>::MOST_PLAINTEXT_BITS;
    let Some(order) = 2u64.checked_shl(log_n).filter(|order| (1..most).contains(order)) else { return Vec::new() };
    let set = |count: u32| {
        // Primes that are no smaller than the root of what their product has to exceed.
        let root = (2.0 * largest as f64 + 1.0).powf(1.0 / f64::from(count)) as u64;
        let candidates = (root.min(most) / order + 1..).map(|k| k * order + 1).take_while(|t| *t < most);
        let moduli: Vec<u64> = candidates.filter(|t| is_prime_vartime(*t)).take(count as usize).collect();
        (moduli.len() == count as usize && holds(&moduli, largest)).then_some(moduli)
    };
    (1..=MOST_TRACKS).filter_map(set).collect()
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
        plaintext_moduli: Some(plaintext_moduli.to_vec()),
        ..Params::default()
    };
    let moduli = |length: usize| Some(vec![45; length]);
    let networks = crate::network::cases::integral().into_iter();
    let case = |(architecture, weights): (Architecture, Weights)| {
        let two = params(&[786_433, 7681]);
        let flooded = Params { answer: Some(Answering { flood_bits: 8 }), ..two.clone() };
        let encrypted = Params { weights: Some(WeightsForm::Encrypted), moduli: moduli(8), ..two.clone() };
        [two, params(&[8_380_417, 12_289, 7681]), flooded, encrypted].map(|params| Case {
            params,
            architecture: architecture.clone(),
            weights: weights.clone(),
        })
    };
    networks.flat_map(case).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::network::service::Stated;

    #[test]
    fn plaintext_moduli_are_the_least_that_hold_scores() {
        let largest = 4_306_745_128_857_188_646;
        let sets = plaintext_moduli(largest, 13);
        assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
        for moduli in sets {
            assert!(product(&moduli).unwrap() > 2 * largest);
            let root = (2.0 * largest as f64).powf(1.0 / moduli.len() as f64) as u64;
            let fitting = (root..).filter(|t| t % (1 << 14) == 1 && is_prime_vartime(*t));
            assert_eq!(moduli, fitting.take(moduli.len()).collect::<Vec<_>>());
        }
        assert!(plaintext_moduli(1 << 100, 13).iter().all(|moduli| moduli.len() > 2));
    }

    #[test]
    fn rings_that_there_are_not_are_refused() {
        let (architecture, _) = crate::network::cases::integral().swap_remove(0);
        for log_n in [0, 5, 40, u32::MAX] {
            let params = Params { log_n: Some(log_n), ..Params::default() };
            let service = Service::new(Stated::default(), 1).unwrap();
            let refused = choose::<crate::bfv::Bfv>(&params, &architecture, service).unwrap_err().to_string();
            assert!(refused.contains(&format!("log_n is {log_n}")), "{refused}");
        }
    }

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
