//! Plaintexts: encoded values.

use super::noise::Noise;
use super::parameters::{Origin, Parameters};
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;

/// Values in the slots of a polynomial, multiplied by a scale and rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Plaintext {
    pub(crate) origin: Origin,
    /// In the transform's slots, one limb a prime up to the level.
    pub(crate) polynomial: Polynomial,
    pub(crate) scale: f64,
    pub(crate) noise: Noise,
}

impl Plaintext {
    /// The polynomial, transformed: one limb a prime up to the level.
    pub fn polynomial(&self) -> &Polynomial {
        &self.polynomial
    }

    /// What values were multiplied by.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The level: one less than there are limbs.
    pub fn level(&self) -> usize {
        self.polynomial.count() - 1
    }

    /// What is predicted of the error, and the largest magnitude of the values.
    pub fn noise(&self) -> Noise {
        self.noise
    }

    /// Predicted precision of the decoded values in bits.
    pub fn precision_bits(&self, params: &Parameters) -> f64 {
        self.noise.precision_bits(self.scale, params)
    }

    /// States a bound of the values' magnitude that does not depend on them, as 1 for pixels: what a ciphertext
    /// tells about its message is then the same for all messages.
    ///
    /// # Errors
    /// [`Error::Refused`] where a value is larger.
    pub fn with_bound(mut self, bound: f64) -> Result<Plaintext> {
        if !bound.is_finite() || bound < self.noise.bound {
            let largest = self.noise.bound;
            return Err(Error::Refused(format!(
                "a value of magnitude {largest} is above the stated bound {bound}: state a larger one"
            )));
        }
        self.noise.bound = bound;
        Ok(self)
    }
}
