//! Encryption under either key, decryption, and what the secret key can measure.

use std::sync::Arc;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::Modulus;
use zeroize::{Zeroize, Zeroizing};

use super::ciphertext::Ciphertext;
use super::keys::{PublicKey, SecretKey};
use super::noise::{Noise, of_public_key_encryption, of_secret_key_encryption};
use super::parameters::Parameters;
use super::placement::Placement;
use crate::batching::Plaintext;
use crate::error::{Error, Result};
use crate::rlwe::encryption as rlwe;
use crate::rns::conversion::weigh;
use crate::rns::magnitude::MixedRadix;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// A fresh encryption by the secret key in half the bytes: its second polynomial is a seed.
#[derive(Debug, Clone)]
pub struct SeededCiphertext<P: Placement> {
    params: Arc<Parameters<P>>,
    inner: rlwe::SeededCiphertext,
}

impl<P: Placement> SeededCiphertext<P> {
    /// The polynomial and the seed.
    pub fn inner(&self) -> &rlwe::SeededCiphertext {
        &self.inner
    }

    /// A fresh encryption that was received for these parameters.
    pub fn from_inner(params: &Arc<Parameters<P>>, inner: rlwe::SeededCiphertext) -> SeededCiphertext<P> {
        SeededCiphertext { params: Arc::clone(params), inner }
    }

    /// With the second polynomial expanded.
    pub fn expand(self) -> Ciphertext<P> {
        let inner = self.inner.expand(self.params.rlwe());
        let noise = of_secret_key_encryption(self.params.t());
        Ciphertext { params: self.params, inner, noise, correction: 1 }
    }
}

impl<P: Placement> Ciphertext<P> {
    /// A fresh encryption by the public key that was received for these parameters.
    pub fn from_fresh(params: &Arc<Parameters<P>>, inner: crate::rlwe::ciphertext::Ciphertext) -> Ciphertext<P> {
        let noise = of_public_key_encryption(params.t(), params.rlwe());
        Ciphertext { params: Arc::clone(params), inner, noise, correction: 1 }
    }

    /// Encrypts a plaintext for a level by a public key. A seed must never be used twice.
    ///
    /// # Errors
    /// [`Error::Refused`] for a plaintext of another modulus, [`Error::Range`] for a level that there is not.
    pub fn encrypted(
        params: &Arc<Parameters<P>>,
        public: &crate::rlwe::public_key::PublicKey,
        plaintext: &Plaintext,
        level: usize,
        seed: &Seed,
    ) -> Result<Ciphertext<P>> {
        let mut message = message(params, plaintext, level, 1)?;
        let inner = rlwe::encrypt_by_public_key(params.rlwe(), public, &message, P::fresh_noise(params.t()), seed);
        message.zeroize();
        Ok(Ciphertext::from_fresh(params, inner))
    }

    /// A ciphertext that was received for these parameters with its predicted noise and correction factor.
    pub fn from_inner(
        params: &Arc<Parameters<P>>,
        inner: crate::rlwe::ciphertext::Ciphertext,
        noise: Noise,
        correction: u64,
    ) -> Ciphertext<P> {
        Ciphertext { params: Arc::clone(params), inner, noise, correction: params.t().reduce(u128::from(correction)) }
    }
}

/// A plaintext as it is added to ciphertexts at a level: in slots, where the scheme places messages.
pub(crate) fn message<P: Placement>(
    params: &Parameters<P>,
    plaintext: &Plaintext,
    level: usize,
    correction: u64,
) -> Result<Polynomial> {
    params.encoder().require_own(plaintext)?;
    params.require_level(level)?;
    let (base, t) = (params.rlwe(), params.t());
    let factor = t.multiplier(P::message_factor(params, level, correction));
    let coefficients: Zeroizing<Vec<i64>> =
        Zeroizing::new(plaintext.coefficients.iter().map(|x| t.centered(t.scale(*x, factor))).collect());
    let mut message = Polynomial::stale(base.degree(), level + 1);
    each_mut(&mut message.limbs, |j, limb| {
        let (plan, scale) = (&base.data()[j], params.message_scale(j));
        base.kernel().forward_signed(plan, &coefficients, limb);
        if scale.value != 1 {
            base.kernel().scale(plan.modulus(), limb, scale);
        }
    });
    Ok(message)
}

impl<P: Placement> PublicKey<P> {
    /// Encrypts a plaintext for a level. A seed must never be used twice.
    ///
    /// # Errors
    /// [`Error::Refused`] for a plaintext of another modulus, [`Error::Range`] for a level that there is not.
    pub fn encrypt(&self, plaintext: &Plaintext, level: usize, seed: &Seed) -> Result<Ciphertext<P>> {
        Ciphertext::encrypted(&self.params, &self.inner, plaintext, level, seed)
    }
}

impl<P: Placement> SecretKey<P> {
    /// Encrypts a plaintext for a level. A seed must never be used twice.
    ///
    /// # Errors
    /// [`Error::Refused`] for a plaintext of another modulus, [`Error::Range`] for a level that there is not.
    pub fn encrypt(&self, plaintext: &Plaintext, level: usize, seed: &Seed) -> Result<SeededCiphertext<P>> {
        let (base, t) = (self.params.rlwe(), self.params.t());
        let mut message = message(&self.params, plaintext, level, 1)?;
        let inner = rlwe::encrypt_by_secret_key(base, &self.inner, &message, P::fresh_noise(t), seed);
        message.zeroize();
        Ok(SeededCiphertext::from_inner(&self.params, inner))
    }

    /// Decrypts: exactly the message as long as there is a noise budget.
    ///
    /// # Errors
    /// [`Error::Parameters`] for a ciphertext of others.
    pub fn decrypt(&self, ciphertext: &Ciphertext<P>) -> Result<Plaintext> {
        let (params, base) = (&self.params, self.params.rlwe());
        let (conversion, t) = (&params.reading(ciphertext.level()).conversion, params.t());
        let mut phase = self.phase(ciphertext)?;
        let mut overflow = weigh(base.kernel(), conversion, &mut phase.limbs);
        let mut coefficients = Buffer::stale(base.degree());
        base.kernel().combine(conversion, 0, &phase.slices(), &overflow, &mut coefficients);
        if ciphertext.correction != 1 {
            base.kernel().scale(t, &mut coefficients, t.multiplier(inverse(t, ciphertext.correction)?));
        }
        overflow.zeroize();
        phase.zeroize();
        Ok(Plaintext { modulus: *t, coefficients })
    }

    /// log2 of the largest magnitude in the ciphertext's residual, exactly: t times its noise, in BGV plus the
    /// message. Variable time.
    ///
    /// # Errors
    /// [`Error::Parameters`] for a ciphertext of others.
    pub fn log2_noise_vartime(&self, ciphertext: &Ciphertext<P>) -> Result<f64> {
        let (base, mut residual) = (self.params.rlwe(), self.phase(ciphertext)?);
        let factor = P::residual_factor(self.params.t());
        for (plan, limb) in base.data().iter().zip(&mut residual.limbs) {
            base.kernel().scale(plan.modulus(), limb, plan.modulus().multiplier(factor));
        }
        let moduli: Vec<Modulus> = base.data()[..=ciphertext.level()].iter().map(|plan| *plan.modulus()).collect();
        let log2 = MixedRadix::new(&moduli)?.log2_largest_vartime(&residual.limbs);
        residual.zeroize();
        Ok(log2)
    }

    /// The noise budget in bits: log2 of the factor by which the largest coefficient of the residual may still grow
    /// before it reaches Q/2 and decryption fails. What SEAL calls invariant noise budget; exact, in variable time.
    ///
    /// 0 where less than one bit is left: so large is what is seen of noise that has just wrapped around Q.
    ///
    /// # Errors
    /// [`Error::Parameters`] for a ciphertext of others.
    pub fn noise_budget_vartime(&self, ciphertext: &Ciphertext<P>) -> Result<f64> {
        let half = self.params.rlwe().log_q(ciphertext.level()) - 1.0;
        let budget = half - self.log2_noise_vartime(ciphertext)?;
        Ok(if budget >= 1.0 { budget } else { 0.0 })
    }

    /// The phase in coefficients.
    fn phase(&self, ciphertext: &Ciphertext<P>) -> Result<Polynomial> {
        let base = self.params.rlwe();
        self.params.require_same(&ciphertext.params, "the ciphertext")?;
        let mut phase = self.inner.phase(base, &ciphertext.inner);
        each_mut(&mut phase.limbs, |j, limb| base.kernel().inverse(&base.data()[j], limb));
        Ok(phase)
    }
}

/// The inverse of a correction factor, which is always a unit.
pub(crate) fn inverse(t: &Modulus, correction: u64) -> Result<u64> {
    inverse_vartime(t, correction)
        .ok_or_else(|| Error::Refused(format!("the correction factor {correction} is no unit modulo {}", t.value())))
}

/// The inverse modulo an odd number that need not be prime, by Euclid's algorithm.
pub(crate) fn inverse_vartime(t: &Modulus, a: u64) -> Option<u64> {
    let (mut old, mut new) = ((i128::from(a % t.value()), 1i128), (i128::from(t.value()), 0i128));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    (old.0 == 1).then_some(old.1.rem_euclid(i128::from(t.value())) as u64)
}
