//! Chains of primes for a network, and what it costs on them.

use blindbench_core::security::REQUIRED_BITS;
use blindbench_kernels::dispatch::Kernel;

use super::Setting;
use super::schedule::{Schedule, Shape};
use crate::integers::parameters::{Literal, Parameters};
use crate::integers::placement::Placement;
use crate::network::plan::Costs;
use crate::network::service::Service;
use crate::rlwe::security::largest_log_qp;

/// A chain of primes that is to be tried.
#[derive(Debug, Clone)]
struct Chain<'a> {
    log_n: u32,
    plaintext_moduli: &'a [u64],
    /// Ciphertext primes.
    count: u32,
    /// Special primes: primes of a digit.
    digit: u32,
    /// Bits by which the special primes exceed a digit: keys then add less noise.
    spare: u32,
}

/// Smallest and largest primes.
const PRIMES: [u32; 2] = [24, 50];

/// Most special primes, and most ciphertext primes.
const MOST: [u32; 2] = [4, 20];

/// Bits by which special primes may exceed a digit.
const SPARE: [u32; 3] = [0, 3, 6];

/// Bits from one modulus that is tried to the next.
const STEP: usize = 2;

/// What operations of map `index` of so many cost, about: chains lose two primes or so from one map to the next. The way
/// through the slots must not depend on a chain that depends on it.
pub fn costs(index: usize, maps: usize) -> Costs {
    let own = 2 * maps.saturating_sub(index).max(1);
    let special = own.min(3);
    Costs::shared(own, special, own.div_ceil(special), 0.5)
}

/// The cheapest chain of a ring that holds the noise under one of the sets of plaintext moduli.
pub fn cheapest_chain<P: Placement>(
    log_n: u32,
    sets: &[Vec<u64>],
    maps: &[Shape],
    service: Service,
) -> Option<Setting> {
    let mut chains: Vec<(f64, Chain<'_>)> = sets.iter().flat_map(|moduli| Chain::all(log_n, moduli, maps)).collect();
    chains.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut best: Option<(f64, Setting)> = None;
    for (least, chain) in &chains {
        let known = best.as_ref().map_or(f64::INFINITY, |(cost, _)| *cost);
        if *least >= known {
            break;
        }
        best = chain.that_holds::<P>(maps, service).filter(|(cost, _)| *cost < known).or(best);
    }
    best.map(|(_, setting)| setting)
}

/// Bits of a ciphertext modulus below which noise surely does not fit: what each map and each square add to it.
fn least_bits(log_n: u32, moduli: &[u64], maps: &[Shape]) -> u32 {
    let (log_t, log_n) = (moduli.iter().max().map_or(1.0, |t| (*t as f64).log2()), f64::from(log_n));
    let map = |map: &Shape| log_t + ((map.diagonals as f64 / 12.0).log2() + log_n) / 2.0;
    let squares = (maps.len() - 1) as f64 * (log_t + log_n - 2.0);
    (log_t + maps.iter().map(map).sum::<f64>() + squares) as u32
}

impl<'a> Chain<'a> {
    /// All chains, each with a cost that it is not below.
    fn all(log_n: u32, plaintext_moduli: &'a [u64], maps: &[Shape]) -> Vec<(f64, Chain<'a>)> {
        let least = least_bits(log_n, plaintext_moduli, maps);
        let mut chains = Vec::new();
        for digit in 1..=MOST[0] {
            for count in least.div_ceil(PRIMES[1]).max(2).max(digit)..=MOST[1].min(least / PRIMES[0] + 2) {
                for spare in SPARE {
                    let chain = Chain { log_n, plaintext_moduli, count, digit, spare };
                    chains.push((chain.least_cost(least, maps), chain));
                }
            }
        }
        chains
    }

    /// Sizes of ciphertext primes with so many bits together, and of the special ones.
    fn sizes(&self, bits: u32) -> [Vec<u32>; 2] {
        let own: Vec<u32> = (0..self.count).map(|i| bits / self.count + u32::from(i < bits % self.count)).collect();
        let digit: u32 = own.iter().take(self.digit as usize).sum();
        [own, vec![(digit + self.spare).div_ceil(self.digit); self.digit as usize]]
    }

    /// The cost where each map and square drops its share of the primes at once.
    fn least_cost(&self, bits: u32, maps: &[Shape]) -> f64 {
        let steps = 2 * maps.len() - 1;
        let level = |done: usize| (self.count as usize * (steps - done) / steps).max(1) - 1;
        let after = |step: usize| (0..maps.len()).map(|map| level((2 * map + step).min(steps - 1))).collect();
        let schedule = Schedule { maps: after(0), sums: after(1), squares: after(1), ..Schedule::empty() };
        self.cost(&self.sizes(bits), maps, &schedule)
    }

    /// What a network costs under all plaintext moduli.
    fn cost(&self, [own, special]: &[Vec<u32>; 2], maps: &[Shape], schedule: &Schedule) -> f64 {
        let words = if own.iter().chain(special).all(|bits| *bits <= 32) { 0.5 } else { 1.0 };
        let streams = words / self.plaintext_moduli.len() as f64;
        let at = |level: usize| Costs::shared(level + 1, special.len(), (level + 1).div_ceil(special.len()), streams);
        let map = |(index, map): (usize, &Shape)| {
            let (first, sums, square) =
                (at(schedule.maps[index]), at(schedule.sums[index]), at(schedule.squares[index]));
            let square = if index + 1 < maps.len() { square.square } else { 0.0 };
            first.of_products(map.diagonals, map.babies, map.giants) + sums.of_sums(&map.sums) + square
        };
        self.plaintext_moduli.len() as f64 * maps.iter().enumerate().map(map).sum::<f64>()
    }

    /// The setting with the fewest bits that hold the noise, if 128 bits of security allow it, and its cost.
    fn that_holds<P: Placement>(&self, maps: &[Shape], service: Service) -> Option<(f64, Setting)> {
        let limit = largest_log_qp(self.log_n, REQUIRED_BITS)?;
        let fits = |bits: &u32| {
            let sizes = self.sizes(*bits);
            sizes.iter().flatten().sum::<u32>() <= limit && sizes.iter().flatten().all(|size| *size <= PRIMES[1])
        };
        let all = (least_bits(self.log_n, self.plaintext_moduli, maps)..).take_while(fits).step_by(STEP);
        let all: Vec<u32> =
            all.filter(|bits| self.sizes(*bits).iter().flatten().all(|size| *size >= PRIMES[0])).collect();
        // Where the largest modulus is too small, there is no need to try the others.
        self.holding::<P>(*all.last()?, maps, service)?;
        all.into_iter().find_map(|bits| self.holding::<P>(bits, maps, service))
    }

    /// The setting with so many bits, and its cost, if it holds the noise.
    fn holding<P: Placement>(&self, bits: u32, maps: &[Shape], service: Service) -> Option<(f64, Setting)> {
        let sizes = self.sizes(bits);
        let [moduli, special] = sizes.clone();
        let plaintext_modulus = *self.plaintext_moduli.iter().max()?;
        let literal = Literal { log_n: self.log_n, moduli, special, plaintext_modulus };
        let params = Parameters::<P>::new(literal, Kernel::best());
        let schedule = params.and_then(|params| Schedule::new(&params, maps, service)).ok()?;
        let cost = self.cost(&sizes, maps, &schedule);
        let ([moduli, special], plaintext_moduli) = (sizes, self.plaintext_moduli.to_vec());
        Some((cost, Setting { log_n: self.log_n, moduli, special, plaintext_moduli }))
    }
}
