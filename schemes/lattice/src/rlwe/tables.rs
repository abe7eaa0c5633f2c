//! Tables of a level: how keys decompose and how moduli are dropped there.

use std::ops::Range;

use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};
use blindbench_kernels::residue::ntt::Ntt;

use crate::error::{Error, Result};
use crate::rns::division::Division;

/// A digit of hybrid key switching: a group of ciphertext primes.
#[derive(Debug, Clone)]
pub struct Digit {
    /// The ciphertext primes of the group.
    pub primes: Range<usize>,
    /// To every other prime of keys at this level; none where the group is a single prime and lifting does.
    pub conversion: Option<Conversion>,
}

impl Digit {
    /// The place of a prime of keys among the conversion's targets; none for the group's own primes.
    pub fn target(&self, prime: usize) -> Option<usize> {
        if self.primes.contains(&prime) {
            return None;
        }
        Some(if prime < self.primes.start { prime } else { prime - self.primes.len() })
    }
}

/// Tables of a level: its ciphertexts have limbs for the primes 0 to `level`.
#[derive(Debug)]
pub struct Level {
    /// The digits of key switching.
    pub digits: Vec<Digit>,
    /// Division by the special primes.
    pub by_special: Division,
    /// Division by the level's last prime; none at level 0.
    pub by_last: Option<Division>,
    /// Division by the level's last prime and the special ones at once; none at level 0.
    pub by_last_and_special: Option<Division>,
    /// The special primes' product modulo each of the level's primes.
    pub special: Vec<Multiplier>,
}

impl Level {
    /// The tables of `level`.
    ///
    /// # Errors
    /// [`Error::Refused`] where primes repeat.
    pub fn new(data: &[Ntt], special: &[Ntt], level: usize) -> Result<Level> {
        let kept: Vec<&Ntt> = data[..=level].iter().collect();
        let special: Vec<&Ntt> = special.iter().collect();
        let (last, lower) = (kept[level], &kept[..level]);
        let dropped: Vec<&Ntt> = std::iter::once(last).chain(special.iter().copied()).collect();
        let division = |divisors: &[&Ntt]| (level > 0).then(|| Division::new(lower, divisors)).transpose();
        let product = |p: &Modulus| special.iter().fold(1, |product, q| p.multiply(product, q.modulus().value()));
        Ok(Level {
            digits: digits(&kept, &special)?,
            by_special: Division::new(&kept, &special)?,
            by_last: division(&[last])?,
            by_last_and_special: division(&dropped)?,
            special: kept.iter().map(|plan| plan.modulus().multiplier(product(plan.modulus()))).collect(),
        })
    }
}

/// Groups of as many primes as there are special ones, the last one perhaps smaller.
fn digits(kept: &[&Ntt], special: &[&Ntt]) -> Result<Vec<Digit>> {
    let moduli: Vec<Modulus> = kept.iter().chain(special).map(|plan| *plan.modulus()).collect();
    let digit = |start: usize| {
        let primes = start..(start + special.len()).min(kept.len());
        if primes.len() == 1 {
            return Ok(Digit { primes, conversion: None });
        }
        let others: Vec<Modulus> =
            moduli.iter().enumerate().filter(|(i, _)| !primes.contains(i)).map(|(_, modulus)| *modulus).collect();
        let conversion = Conversion::new(&moduli[primes.clone()], &others)
            .ok_or_else(|| Error::Refused("the primes of a digit must be different".into()))?;
        Ok(Digit { primes, conversion: Some(conversion) })
    };
    (0..kept.len()).step_by(special.len()).map(digit).collect()
}
