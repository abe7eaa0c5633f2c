//! Plaintext moduli and chains for a network with one image a slot.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Case;
use blindbench_core::security::REQUIRED_BITS;
use blindbench_kernels::dispatch::Kernel;

use super::{Bounded, bounded, schedule};
use crate::integers::network::Setting;
use crate::integers::network::choice::{Params, largest_score, plaintext_moduli};
use crate::integers::parameters::{Literal, Parameters};
use crate::integers::placement::Placement;
use crate::network::service::{Answering, Service};
use crate::network::strategy::Strategy;
use crate::rlwe::security::largest_log_qp;

/// log2 of the slots that a batch is expected to fill: rings beyond that cost as much more.
const LOG_BATCH: u32 = 13;

/// Most primes of a chain.
const MOST_PRIMES: u32 = 16;

/// Smallest and largest primes.
const SIZES: [u32; 2] = [30, 50];

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
    let maps = bounded(architecture)?;
    let mut best: Option<(usize, Setting)> = None;
    for log_n in params.log_n.map_or(12..=15, |log_n| log_n..=log_n) {
        let stated = params.plaintext_moduli().map(|moduli| vec![moduli]);
        for moduli in stated.unwrap_or_else(|| plaintext_moduli(scores, log_n)) {
            let known = best.as_ref().map_or(usize::MAX, |(cost, _)| *cost);
            best = cheapest::<P>((log_n, &moduli), &maps, service, known).or(best);
        }
    }
    best.map(|(_, setting)| setting).ok_or_else(|| {
        Error::Unsupported(format!(
            "no ring up to 2^15 holds {} maps and {} squares of this network with scores up to {scores} at \
             {REQUIRED_BITS} bits of security: take fewer layers or smaller weights",
            maps.len(),
            maps.len() - 1
        ))
    })
}

/// The chain of the fewest primes under a cost, and of the smallest of these.
fn cheapest<P: Placement>(
    (log_n, moduli): (u32, &[u64]),
    maps: &[Bounded],
    service: Service,
    below: usize,
) -> Option<(usize, Setting)> {
    let limit = largest_log_qp(log_n, REQUIRED_BITS)?;
    let plaintext_modulus = *moduli.iter().max()?;
    let chain = |bits: u32, count: u32| (vec![bits; count as usize], vec![(bits + 1).min(SIZES[1])]);
    let holds = |bits: u32, count: u32| {
        let (moduli, special) = chain(bits, count);
        let literal = Literal { log_n, moduli, special, plaintext_modulus };
        Parameters::<P>::new(literal, Kernel::best()).is_ok_and(|params| schedule(&params, maps, service).is_ok())
    };
    for count in 1..=MOST_PRIMES {
        let cost = (moduli.len() * count as usize) << log_n.saturating_sub(LOG_BATCH);
        let fits = |bits: &u32| bits * count + (bits + 1).min(SIZES[1]) <= limit;
        let largest = (SIZES[0]..=SIZES[1]).rev().find(fits)?;
        if cost >= below {
            return None;
        }
        if holds(largest, count) {
            let sizes: Vec<u32> = (SIZES[0]..largest).collect();
            let bits = SIZES[0] + sizes.partition_point(|bits| !holds(*bits, count)) as u32;
            let (chain, special) = chain(bits, count);
            return Some((cost, Setting { log_n, moduli: chain, special, plaintext_moduli: moduli.to_vec() }));
        }
    }
    None
}

/// Small instances for the conformance tests.
pub fn cases() -> Vec<Case<Params>> {
    let params = |primes: usize, plaintext_moduli: &[u64]| Params {
        log_n: Some(8),
        moduli: Some(vec![50; primes]),
        special: Some(vec![50]),
        packing: Some(Strategy::Batch),
        plaintext_moduli: Some(plaintext_moduli.to_vec()),
        ..Params::default()
    };
    let flooded = |case: Case<Params>| {
        let params = Params { answer: Some(Answering { flood_bits: 8 }), ..case.params };
        Case { params, ..case }
    };
    let case = |(architecture, weights): (Architecture, Weights), moduli: &[u64]| {
        // Two squares need a prime more than one.
        let primes = if architecture.layers.len() > 4 { 3 } else { 2 };
        Case { params: params(primes, moduli), architecture, weights }
    };
    let (two, three) = ([786_433, 7681], [8_380_417, 12_289, 7681]);
    let alike = crate::network::cases::integral().into_iter().map(|network| case(network, &three));
    let others = crate::network::cases::integral_of_batches().into_iter().map(|network| case(network, &two));
    let last = crate::network::cases::integral().into_iter().map(|network| flooded(case(network, &three)));
    alike.chain(others).chain(last).collect()
}
