//! Where in the ciphertext modulus a scheme keeps its messages.

use std::fmt::Debug;

use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::modulus::Modulus;

use super::ciphertext::Ciphertext;
use super::keys::EvaluationKeys;
use super::noise::Noise;
use super::parameters::Parameters;
use crate::error::Result;
use crate::rlwe;
use crate::rlwe::matrix::Special;
use crate::rns::division::Division;

/// Transforms of a residue polynomial, and passes over one beside them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Number-theoretic transforms, either way.
    pub transforms: f64,
    /// Multiplications of every coefficient.
    pub passes: f64,
}

/// What tells BFV and BGV apart: the constants that messages, noise and keys are scaled by, and multiplication.
///
/// The *residual* of a ciphertext is a multiple of its phase that is small exactly as long as decryption works:
/// `t (c_0 + c_1 s + ...)` in BFV, `c_0 + c_1 s + ...` itself in BGV, both modulo Q around zero. It is t times the noise,
/// in BGV plus the message; decryption fails when it reaches Q/2.
pub trait Placement: Debug + Copy + Send + Sync + 'static {
    /// The scheme's name.
    const NAME: &'static str;

    /// Tables of a parameter set that this scheme alone needs.
    type Tables: Debug + Send + Sync;

    /// Makes the tables.
    ///
    /// # Errors
    /// What the primes may be unfit for.
    fn tables(base: &rlwe::parameters::Parameters, t: &Modulus) -> Result<Self::Tables>;

    /// What fresh noise is multiplied by.
    fn fresh_noise(t: &Modulus) -> rlwe::encryption::Noise;

    /// From a phase to its residual: t or 1.
    fn residual_factor(t: &Modulus) -> u64;

    /// Adjusts the conversion of a level's residues to those modulo t so that it takes a phase to the message
    /// times the correction factor.
    ///
    /// # Errors
    /// Where t is not coprime to the primes.
    fn adjust_reading(reading: &mut Conversion, t: &Modulus) -> Result<()>;

    /// What coefficients of messages are multiplied by modulo t before they are lifted.
    fn message_factor(params: &Parameters<Self>, level: usize, correction: u64) -> u64;

    /// What lifted messages are multiplied by modulo `p`.
    ///
    /// # Errors
    /// Where t is not coprime to `p`.
    fn message_scale(t: &Modulus, p: &Modulus) -> Result<u64>;

    /// What is done around key switching at a level. Keys know nothing of t.
    fn special(params: &Parameters<Self>, level: usize) -> Special<'_>;

    /// Division by the level's last prime; none at level 0.
    fn by_last(params: &Parameters<Self>, level: usize) -> Option<&Division>;

    /// Division by the level's last prime and the special ones at once; none at level 0.
    fn by_last_and_special(params: &Parameters<Self>, level: usize) -> Option<&Division>;

    /// The correction factor after the level's last prime was dropped.
    fn correction_after_drop(params: &Parameters<Self>, level: usize, correction: u64) -> u64;

    /// The product, of degree 2. Operands have degree 1, the same level and the same parameters.
    ///
    /// # Errors
    /// None that callers do not check before.
    fn multiply(left: &Ciphertext<Self>, right: &Ciphertext<Self>) -> Result<Ciphertext<Self>>;

    /// What a product at a level takes: four products of polynomials and a sum, unless it is more.
    fn product_effort(level: usize) -> Effort {
        Effort { transforms: 0.0, passes: 5.0 * (level + 1) as f64 }
    }

    /// The noise of the square of a ciphertext at a level, not relinearized.
    fn noise_of_square(params: &Parameters<Self>, level: usize, noise: Noise) -> Noise;
    /// The product, relinearized.
    ///
    /// # Errors
    /// [`crate::error::Error::Refused`] without a key, [`crate::error::Error::KeyLevel`] for one of lower levels.
    fn multiply_relinearize(
        left: &Ciphertext<Self>,
        right: &Ciphertext<Self>,
        keys: &EvaluationKeys<Self>,
    ) -> Result<Ciphertext<Self>> {
        Self::multiply(left, right)?.relinearize(keys)
    }
}
