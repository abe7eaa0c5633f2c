//! Basis polynomials of a ciphertext.

use std::collections::BTreeMap;

use super::Basis;
use super::schedule::{Schedule, factors};
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::evaluator::Evaluator;
use crate::error::{Error, Result};

/// Powers of a ciphertext, or Chebyshev polynomials of it, by degree; each at the highest level that it can have.
#[derive(Debug, Clone)]
pub struct Powers {
    basis: Basis,
    ciphertexts: BTreeMap<usize, Ciphertext>,
}

impl Powers {
    /// Those that a schedule needs, of a ciphertext whose values a Chebyshev basis wants in [-1, 1].
    ///
    /// # Errors
    /// Those of products.
    pub fn new(evaluator: &Evaluator<'_>, basis: Basis, first: Ciphertext, schedule: &Schedule) -> Result<Powers> {
        let mut powers = Powers { basis, ciphertexts: [(1, first)].into() };
        for k in schedule.powers.iter().filter(|k| **k > 1) {
            let power = powers.product(evaluator, *k)?;
            powers.ciphertexts.insert(*k, power);
        }
        Ok(powers)
    }

    /// The one of a degree.
    ///
    /// # Errors
    /// [`Error::Refused`] where the schedule had none.
    pub fn of_degree(&self, k: usize) -> Result<&Ciphertext> {
        let missing = || Error::Refused(format!("degree {k} is not among the powers: schedule it before"));
        self.ciphertexts.get(&k).ok_or_else(missing)
    }

    fn product(&self, evaluator: &Evaluator<'_>, k: usize) -> Result<Ciphertext> {
        let (a, b) = factors(self.basis, k);
        let (x, y) = (self.of_degree(a)?, self.of_degree(b)?);
        let level = x.level().min(y.level());
        let (x, y) = (evaluator.at_level(x, level)?, evaluator.at_level(y, level)?);
        let mut product = evaluator.multiply(&x, &y)?;
        if self.basis != Basis::Power {
            // T_(a+b) = 2 T_a T_b - T_(a-b).
            evaluator.multiply_constant_assign(&mut product, 2.0, 1.0)?;
            match a - b {
                0 => evaluator.add_constant_assign(&mut product, -1.0)?,
                difference => {
                    evaluator.multiply_constant_add(&mut product, self.of_degree(difference)?, -1.0)?;
                }
            }
        }
        let power = evaluator.relinearize_rescale(product)?;
        // Of what is in [-1, 1].
        Ok(if self.basis == Basis::Power { power } else { power.assume_bound(1.0) })
    }
}
