//! Primes for a network with one image a slot.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::scheme::Case;
use blindbench_core::security::REQUIRED_BITS;

use crate::ckks::network::Setting;
use crate::ckks::network::choice::{Params, log_ranges};
use crate::ckks::operations::{self, Ring};
use crate::network::affine::Stages;
use crate::network::service::Service;
use crate::network::strategy::Strategy;
use crate::rlwe::security::largest_log_qp;

/// log2 of the scale of weights where no square says otherwise.
pub const LOG_WEIGHTS: f64 = 13.0;

/// Smallest and largest size of a square's prime.
const SQUARES: [u32; 2] = [44, 50];

/// Most bits of a prime.
const MOST: u32 = 50;

/// Sizes of primes for ranges of values, with the square's primes of so many bits.
struct Chain {
    log_scale: u32,
    moduli: Vec<u32>,
    special: Vec<u32>,
}

impl Chain {
    fn new(log_ranges: &[u32], square: u32) -> Chain {
        // Half of a square's prime goes to weights: s + 2p bits.
        let log_scale = (square / 2 - 1) + square % 2;
        let weights = (square - log_scale) / 2;
        let log_scale = square - 2 * weights;
        let hidden = &log_ranges[..log_ranges.len() - 1];
        let scores = log_ranges.iter().max().copied().unwrap_or(0) + weights;
        let squares = hidden.iter().max().map_or(0, |log| 2 * log);
        // A bit more than there must be, since primes are smaller than powers of two.
        let last = log_scale + scores.max(squares) + 3;
        let count = last.div_ceil(MOST);
        let base = (0..count).map(|place| (last + place) / count);
        let moduli = base.chain(hidden.iter().map(|_| square)).collect::<Vec<u32>>();
        let special = moduli.iter().max().map_or(MOST, |largest| (largest + 1).min(MOST));
        Chain { log_scale, moduli, special: vec![special] }
    }

    fn bits(&self) -> u32 {
        self.moduli.iter().chain(&self.special).sum()
    }
}

/// Refuses floods.
///
/// # Errors
/// [`Error::Unsupported`] with what would do.
pub fn require_no_flood(service: Service) -> Result<()> {
    match service.flood_bits {
        None => Ok(()),
        Some(_) => Err(Error::Unsupported(
            "weights of batches are rounded to few bits, whose errors no flood hides: take `packing: latency`, or BFV \
             or BGV"
                .into(),
        )),
    }
}

/// Chooses what is not stated: the smallest ring that holds primes of some size, and the largest of them.
///
/// # Errors
/// [`Error::Unsupported`] for a network that no ring holds, with what would do.
pub fn choose(params: &Params, architecture: &Architecture, service: Service) -> Result<Setting> {
    require_no_flood(service)?;
    let stages = Stages::outline(architecture)?;
    stages.require_squares("one image a slot: take `packing: latency`")?;
    let log_ranges = log_ranges(params, architecture, &stages)?;
    let ring = params.ring.unwrap_or(Ring::ConjugateInvariant);
    let setting = |log_n, moduli, special, log_scale| {
        let params = operations::Params { log_n, moduli, special, log_scale, ring };
        Setting { params, log_ranges: log_ranges.clone() }
    };
    match (&params.moduli, &params.special) {
        (Some(moduli), Some(special)) => {
            let missing = |name| Error::Unsupported(format!("`{name}` is missing beside `moduli`"));
            let log_n = params.log_n.ok_or_else(|| missing("log_n"))?;
            let log_scale = params.log_scale.ok_or_else(|| missing("log_scale"))?;
            return Ok(setting(log_n, moduli.clone(), special.clone(), log_scale));
        }
        (None, None) => {}
        _ => return Err(Error::Unsupported("state both of `moduli` and `special`, or neither".into())),
    }
    for log_n in params.log_n.map_or(12..=16, |log_n| log_n..=log_n) {
        let Some(limit) = largest_log_qp(log_n, REQUIRED_BITS) else { continue };
        let chains = (SQUARES[0]..=SQUARES[1]).rev().map(|square| Chain::new(&log_ranges, square));
        if let Some(chain) = chains.into_iter().find(|chain| chain.bits() <= limit) {
            let log_scale = params.log_scale.unwrap_or(f64::from(chain.log_scale));
            return Ok(setting(log_n, chain.moduli, chain.special, log_scale));
        }
    }
    Err(Error::Unsupported(format!(
        "{} squares need a modulus of {} bits at least, which no ring up to 2^16 that was allowed holds at \
         {REQUIRED_BITS} bits of security: take a network of fewer layers, or leave log_n to be chosen",
        log_ranges.len() - 1,
        Chain::new(&log_ranges, SQUARES[0]).bits()
    )))
}

/// Small instances for the conformance tests: squares that are relinearized before the map, after it and never.
pub fn cases() -> Vec<Case<Params>> {
    let params = Params {
        log_n: Some(8),
        special: Some(vec![50]),
        packing: Some(Strategy::Batch),
        log_scale: Some(16.0),
        log_values: Some(6),
        log_scores: Some(14),
        ..Params::default()
    };
    let networks = crate::network::cases::real().into_iter().chain(crate::network::cases::of_batches());
    let case = |(architecture, weights): (Architecture, _)| {
        let squares = Stages::<f64>::outline(&architecture).map_or(1, |stages| stages.activations.len());
        let moduli = std::iter::repeat_n(50, squares + 1).collect();
        Case { params: Params { moduli: Some(moduli), ..params.clone() }, architecture, weights }
    };
    networks.map(case).collect()
}
