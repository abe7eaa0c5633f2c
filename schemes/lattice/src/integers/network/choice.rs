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
use crate::network::affine::Stages;
use crate::network::grid::Arranged;
use crate::network::service::{Answering, Service, WeightsForm};
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

/// The maps as they go through slots.
fn outline(architecture: &Architecture) -> Result<Stages<i128>> {
    let stages = Stages::outline(architecture)?;
    stages.require_squares("integers: take `square`")?;
    Ok(stages.arranged(&Arranged::pixels(architecture)?))
}

/// By map, how many diagonals it may take: the inputs' padded count at most.
pub fn shapes(architecture: &Architecture) -> Result<Vec<usize>> {
    Ok(outline(architecture)?.maps.iter().map(|map| map.outputs().next_power_of_two()).collect())
}

/// Chooses what is not stated.
///
/// # Errors
/// [`Error::Unsupported`] for a network that no ring holds, with what would do.
pub fn choose<P: Placement>(params: &Params, architecture: &Architecture, service: Service) -> Result<Setting> {
    let stages = outline(architecture)?;
    let widest = stages.maps.iter().map(|map| map.inputs.max(map.outputs())).max().unwrap_or(1);
    let log_slots = widest.next_power_of_two().ilog2();
    let scores = largest_score(architecture)?;
    if let (Some(log_n), Some(moduli), Some(special), Some(plaintext_moduli)) =
        (params.log_n, params.moduli.clone(), params.special.clone(), params.plaintext_moduli())
    {
        return Ok(Setting { log_n, moduli, special, plaintext_moduli });
    }
    let maps = shapes(architecture)?;
    let log_ns = params.log_n.map_or(12..=15, |log_n| log_n..=log_n);
    let stated = params.plaintext_moduli().map(|moduli| vec![moduli]);
    let sets = |log_n: u32| stated.clone().unwrap_or_else(|| plaintext_moduli(scores, log_n));
    let mut rings = log_ns.filter(|log_n| *log_n >= log_slots);
    rings.find_map(|log_n| cheapest_chain::<P>(log_n, sets(log_n), &maps, service)).ok_or_else(|| {
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
    let of_bits = |count: u32, bits: u32| {
        let fits = (log_n + 2..=Parameters::<crate::bfv::Bfv>::MOST_PLAINTEXT_BITS).contains(&bits);
        let found = fits.then(|| primes(&vec![bits; count as usize], 2 << log_n).ok()).flatten()?;
        let moduli: Vec<u64> = found.iter().map(Modulus::value).collect();
        holds(&moduli, largest).then_some(moduli)
    };
    // Primes of a size are a little smaller than its power of two.
    let set = |count: u32| (0..2).find_map(|more| of_bits(count, needed.div_ceil(count) + more));
    (1..=MOST_TRACKS).filter_map(set).collect()
}

/// Bits of a ciphertext modulus below which noise surely does not fit: what each map and each square add to it.
fn least_bits(log_n: u32, moduli: &[u64], maps: &[usize]) -> u32 {
    let (log_t, log_n) = (moduli.iter().max().map_or(1.0, |t| (*t as f64).log2()), f64::from(log_n));
    let map = |diagonals: &usize| log_t + ((*diagonals as f64).log2() + log_n) / 2.0;
    let squares = (maps.len() - 1) as f64 * (log_t + log_n - 1.0);
    (log_t + maps.iter().map(map).sum::<f64>() + squares) as u32
}

/// The cheapest chain of a ring that holds the noise under one of the sets of plaintext moduli.
fn cheapest_chain<P: Placement>(log_n: u32, sets: Vec<Vec<u64>>, maps: &[usize], service: Service) -> Option<Setting> {
    let bits = |chain: &Chain| least_bits(chain.log_n, &chain.plaintext_moduli, maps);
    let mut chains: Vec<Chain> = sets.into_iter().flat_map(|moduli| Chain::all(log_n, moduli)).collect();
    chains.sort_by_cached_key(|chain| chain.cost(bits(chain)));
    let mut best: Option<(u64, Setting)> = None;
    for chain in &chains {
        let bits = bits(chain);
        if best.as_ref().is_some_and(|(cost, _)| *cost <= chain.cost(bits)) {
            break;
        }
        if let Some(setting) = chain.that_holds::<P>(bits, maps, service) {
            let cost = chain.cost(setting.moduli.iter().sum());
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, setting));
            }
        }
    }
    best.map(|(_, setting)| setting)
}

/// A chain of primes that is to be tried.
#[derive(Debug, Clone)]
struct Chain {
    log_n: u32,
    plaintext_moduli: Vec<u64>,
    /// Ciphertext primes.
    count: u32,
    /// Special primes: primes of a digit.
    digit: u32,
}

/// Smallest and largest primes.
const PRIMES: [u32; 2] = [24, 50];

/// Rotations and switches of a network, roughly: what chains are compared by.
const ROTATIONS: u64 = 15;
const SWITCHES: u64 = 5;

impl Chain {
    fn all(log_n: u32, plaintext_moduli: Vec<u64>) -> Vec<Chain> {
        let chain = |digit, count| Chain { log_n, plaintext_moduli: plaintext_moduli.clone(), count, digit };
        (1..=4).flat_map(|digit| (2..=20).map(move |count| (digit, count))).map(|(d, c)| chain(d, c)).collect()
    }

    /// Sizes of ciphertext primes with so many bits together, and of the special ones.
    fn sizes(&self, bits: u32) -> [Vec<u32>; 2] {
        let own: Vec<u32> = (0..self.count).map(|i| bits / self.count + u32::from(i < bits % self.count)).collect();
        let digit: u32 = own.iter().take(self.digit as usize).sum();
        [own, vec![digit.div_ceil(self.digit); self.digit as usize]]
    }

    /// What a network costs: words of keys that stream by, and transforms, which count twice.
    fn cost(&self, bits: u32) -> u64 {
        let [own, special] = self.sizes(bits);
        let words = if own.iter().chain(&special).all(|bits| *bits <= 32) { 1 } else { 2 };
        let (count, digit) = (u64::from(self.count), u64::from(self.digit));
        let (limbs, digits) = (count + digit, count.div_ceil(digit));
        let rotation = digits * limbs * words;
        let switch = 2 * (digits * limbs + 2 * limbs);
        self.plaintext_moduli.len() as u64 * (ROTATIONS * rotation + SWITCHES * switch)
    }

    /// The setting with the fewest bits from `bits` on that hold the noise, if 128 bits of security allow it.
    fn that_holds<P: Placement>(&self, bits: u32, maps: &[usize], service: Service) -> Option<Setting> {
        let limit = largest_log_qp(self.log_n, REQUIRED_BITS)?;
        let largest = *self.plaintext_moduli.iter().max()?;
        for bits in (bits..).step_by(3) {
            let [moduli, special] = self.sizes(bits);
            let all = || moduli.iter().chain(&special);
            if all().sum::<u32>() > limit || all().any(|size| *size > PRIMES[1]) {
                return None;
            }
            if all().any(|size| *size < PRIMES[0]) {
                continue;
            }
            let literal = Literal {
                log_n: self.log_n,
                moduli: moduli.clone(),
                special: special.clone(),
                plaintext_modulus: largest,
            };
            let holds = Parameters::<P>::new(literal, Kernel::best())
                .is_ok_and(|params| Schedule::new(&params, maps, service).is_ok());
            if holds {
                let (log_n, plaintext_moduli) = (self.log_n, self.plaintext_moduli.clone());
                return Some(Setting { log_n, moduli, special, plaintext_moduli });
            }
        }
        None
    }
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
