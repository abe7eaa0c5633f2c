//! Ciphertexts of integers modulo t.

use std::sync::Arc;

use super::noise::Noise;
use super::parameters::Parameters;
use super::placement::Placement;
use crate::error::{Error, Result};
use crate::rlwe;

/// An encrypted plaintext with what is predicted of its noise.
#[derive(Debug, Clone)]
pub struct Ciphertext<P: Placement> {
    pub(crate) params: Arc<Parameters<P>>,
    pub(crate) inner: rlwe::ciphertext::Ciphertext,
    pub(crate) noise: Noise,
    /// What the message is multiplied by, modulo t: 1 in BFV.
    pub(crate) correction: u64,
}

impl<P: Placement> Ciphertext<P> {
    /// The parameters.
    pub fn params(&self) -> &Arc<Parameters<P>> {
        &self.params
    }

    /// The polynomials.
    pub fn inner(&self) -> &rlwe::ciphertext::Ciphertext {
        &self.inner
    }

    /// Modulus switchings still left.
    pub fn level(&self) -> usize {
        self.inner.level()
    }

    /// Number of polynomials less one: 2 after a product that was not relinearized, 1 otherwise.
    pub fn degree(&self) -> usize {
        self.inner.degree()
    }

    /// What is predicted of the noise.
    pub fn noise(&self) -> Noise {
        self.noise
    }

    /// What the message is multiplied by, modulo t: the trace that modulus switching leaves in BGV; 1 in BFV.
    pub fn correction(&self) -> u64 {
        self.correction
    }

    /// The noise budget in bits that is left at least, by prediction; decryption needs it above 0. What the secret key
    /// measures is at least that.
    pub fn predicted_budget(&self) -> f64 {
        self.params.rlwe().log_q(self.level()) - 1.0 - self.noise.log2_bound()
    }

    /// The same parameters, polynomials replaced.
    pub(crate) fn with(&self, inner: rlwe::ciphertext::Ciphertext, noise: Noise) -> Ciphertext<P> {
        Ciphertext { params: Arc::clone(&self.params), inner, noise, correction: self.correction }
    }

    /// Refuses a second operand of other parameters or at another level.
    pub(crate) fn require_fit(&self, other: &Ciphertext<P>) -> Result<()> {
        self.params.require_same(&other.params, "the second ciphertext")?;
        self.inner.require_level_of(&other.inner)
    }

    /// Switches the modulus: divides by the level's last prime, with noise and all.
    ///
    /// # Errors
    /// [`Error::Depth`] at level 0.
    pub fn switch_modulus(&mut self) -> Result<()> {
        let (level, base) = (self.level(), self.params.rlwe());
        let division = P::by_last(&self.params, level);
        let division = division.ok_or(Error::Depth { operation: "modulus switching", needed: 1, level })?;
        let plans = base.key_plans(level);
        for part in &mut self.inner.parts {
            division.divide(&plans[..=level], &mut part.limbs, None);
        }
        let dropped = base.log2_prime(level);
        let rounding = super::noise::of_rounding(self.params.t(), base, self.inner.degree());
        self.noise = self.noise.times(-dropped).plus_independent(rounding);
        self.correction = P::correction_after_drop(&self.params, level, self.correction);
        Ok(())
    }

    /// Switches the modulus down to a level.
    ///
    /// # Errors
    /// [`Error::Depth`] where the level is above the ciphertext's.
    pub fn switch_to(&mut self, level: usize) -> Result<()> {
        if level > self.level() {
            return Err(Error::Depth { operation: "switching to a level", needed: level, level: self.level() });
        }
        (level..self.level()).try_for_each(|_| self.switch_modulus())
    }
}
