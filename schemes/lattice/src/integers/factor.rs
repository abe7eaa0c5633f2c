//! Plaintexts prepared as factors: encoded once, used with many ciphertexts.

use std::sync::Arc;

use super::parameters::Parameters;
use super::placement::Placement;
use crate::batching::Plaintext;
use crate::error::Result;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// A plaintext in slots, lifted around zero, to multiply ciphertexts by.
#[derive(Debug, Clone)]
pub struct Factor<P: Placement> {
    pub(crate) params: Arc<Parameters<P>>,
    pub(crate) polynomial: Polynomial,
    /// log2 of the Euclidean norm of its coefficients around zero: how much noise grows.
    pub(crate) log2_norm: f64,
}

impl<P: Placement> Factor<P> {
    /// Prepares a plaintext for ciphertexts up to a level.
    ///
    /// # Errors
    /// [`crate::error::Error::Refused`] for a plaintext of another modulus, [`crate::error::Error::Range`] for a level
    /// that there is not.
    pub fn new(params: &Arc<Parameters<P>>, plaintext: &Plaintext, level: usize) -> Result<Factor<P>> {
        params.encoder().require_own(plaintext)?;
        params.require_level(level)?;
        let (base, coefficients) = (params.rlwe(), plaintext.centered());
        let mut polynomial = Polynomial::stale(base.degree(), level + 1);
        each_mut(&mut polynomial.limbs, |j, limb| {
            base.kernel().forward_signed(&base.data()[j], &coefficients, limb);
        });
        let squared: f64 = coefficients.iter().map(|x| (*x as f64).powi(2)).sum();
        // A factor of zero leaves no noise at all; 1 keeps its logarithm finite.
        let log2_norm = squared.max(1.0).log2() / 2.0;
        Ok(Factor { params: Arc::clone(params), polynomial, log2_norm })
    }

    /// Highest level of ciphertexts that it serves.
    pub fn level(&self) -> usize {
        self.polynomial.count() - 1
    }

    /// log2 of the factor by which it makes noise grow.
    pub fn log2_norm(&self) -> f64 {
        self.log2_norm
    }
}
