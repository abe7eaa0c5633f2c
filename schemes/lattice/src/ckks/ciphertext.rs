//! Ciphertexts of CKKS.

use super::noise::Noise;
use super::parameters::{Origin, Parameters};
use crate::error::{Error, Result};
use crate::rlwe;

/// Largest relative difference of scales that operands may have: 2^-20. Beyond it the difference would
/// be lost as an error of the values.
pub const SCALE_TOLERANCE: f64 = 1.0 / (1 << 20) as f64;

/// Encrypted values with their scale and predicted error.
#[derive(Debug, Clone, PartialEq)]
pub struct Ciphertext {
    pub(crate) origin: Origin,
    pub(crate) inner: rlwe::ciphertext::Ciphertext,
    pub(crate) scale: f64,
    pub(crate) noise: Noise,
}

impl Ciphertext {
    /// The polynomials.
    pub fn inner(&self) -> &rlwe::ciphertext::Ciphertext {
        &self.inner
    }

    /// Rescalings still left.
    pub fn level(&self) -> usize {
        self.inner.level()
    }

    /// Number of polynomials less one: 2 after a product that was not relinearized, 1 otherwise.
    pub fn degree(&self) -> usize {
        self.inner.degree()
    }

    /// What values are multiplied by.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// What is predicted of the error, and the largest magnitude that values may have.
    pub fn noise(&self) -> Noise {
        self.noise
    }

    /// Predicted precision in bits: -log2 of the largest error in any slot.
    pub fn precision_bits(&self, params: &Parameters) -> f64 {
        self.noise.precision_bits(self.scale, params)
    }

    /// States that no value's magnitude is above `bound`, which the caller knows and the prediction cannot:
    /// after sums, bounds are those of the worst case.
    #[must_use]
    pub fn assume_bound(mut self, bound: f64) -> Ciphertext {
        self.noise.bound = bound;
        self
    }

    /// Reads the same ciphertext as one of values `factor` times larger, at a scale as much smaller: costs nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] unless the factor is positive and finite.
    pub fn reinterpret(mut self, factor: f64) -> Result<Ciphertext> {
        if !(factor.is_finite() && factor > 0.0) {
            return Err(Error::Refused(format!("values cannot be read {factor} times larger: take a positive factor")));
        }
        self.scale /= factor;
        self.noise.bound *= factor;
        Ok(self)
    }
}

/// Refuses scales that differ by more than [`SCALE_TOLERANCE`].
pub(crate) fn require_scales(left: f64, right: f64) -> Result<()> {
    if (left / right - 1.0).abs() <= SCALE_TOLERANCE {
        return Ok(());
    }
    Err(Error::Scales { left: left.log2(), right: right.log2() })
}
