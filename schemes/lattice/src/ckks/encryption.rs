//! Encryption and decryption.

use blindbench_core::roles::seed::Seed;

use super::ciphertext::Ciphertext;
use super::noise::{Noise, public_key_variance, secret_key_variance};
use super::parameters::{Origin, Parameters};
use super::plaintext::Plaintext;
use crate::error::Result;
use crate::rlwe::encryption::{self as rlwe, SeededCiphertext as Seeded};
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::public_key::PublicKey;
use crate::rlwe::secret_key::SecretKey;

/// A fresh encryption by the secret key in half the bytes: its second polynomial is a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeededCiphertext {
    pub(super) origin: Origin,
    pub(super) inner: Seeded,
    pub(super) scale: f64,
    pub(super) noise: Noise,
}

impl SeededCiphertext {
    /// The polynomial and the seed.
    pub fn inner(&self) -> &Seeded {
        &self.inner
    }

    /// What values are multiplied by.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The predicted error.
    pub fn noise(&self) -> Noise {
        self.noise
    }

    /// With the second polynomial expanded.
    ///
    /// # Errors
    /// [`crate::error::Error::Parameters`].
    pub fn expand(self, params: &Parameters) -> Result<Ciphertext> {
        params.require_origin(&self.origin, "a seeded ciphertext")?;
        let SeededCiphertext { origin, inner, scale, noise } = self;
        Ok(Ciphertext { origin, inner: inner.expand(params.rlwe()), scale, noise })
    }
}

/// Draws a secret key.
pub fn generate_secret_key(params: &Parameters, seed: &Seed) -> SecretKey {
    SecretKey::generate(params.rlwe(), seed)
}

/// The public key of a secret key.
pub fn generate_public_key(params: &Parameters, secret: &SecretKey, seed: &Seed) -> PublicKey {
    PublicKey::generate(params.rlwe(), secret, rlwe::Noise::PLAIN, seed)
}

/// The evaluation keys of a request.
///
/// # Errors
/// [`crate::error::Error::Range`] for levels that there are not.
pub fn generate_evaluation_keys(
    params: &Parameters,
    secret: &SecretKey,
    request: &Request,
    seed: &Seed,
) -> Result<EvaluationKeys> {
    EvaluationKeys::generate(params.rlwe(), secret, request, seed)
}

/// Encrypts by the public key, at the plaintext's level. A seed must never be used twice.
///
/// # Errors
/// [`crate::error::Error::Parameters`].
pub fn encrypt(params: &Parameters, public: &PublicKey, plaintext: &Plaintext, seed: &Seed) -> Result<Ciphertext> {
    params.require_origin(&plaintext.origin, "a plaintext")?;
    let inner = rlwe::encrypt_by_public_key(params.rlwe(), public, &plaintext.polynomial, rlwe::Noise::PLAIN, seed);
    let noise = plaintext.noise.plus_independent(public_key_variance(params.rlwe()));
    Ok(Ciphertext { origin: plaintext.origin.clone(), inner, scale: plaintext.scale, noise })
}

/// Encrypts by the secret key, at the plaintext's level. A seed must never be used twice.
///
/// # Errors
/// [`crate::error::Error::Parameters`].
pub fn encrypt_by_secret_key(
    params: &Parameters,
    secret: &SecretKey,
    plaintext: &Plaintext,
    seed: &Seed,
) -> Result<SeededCiphertext> {
    params.require_origin(&plaintext.origin, "a plaintext")?;
    let inner = rlwe::encrypt_by_secret_key(params.rlwe(), secret, &plaintext.polynomial, rlwe::Noise::PLAIN, seed);
    let noise = plaintext.noise.plus_independent(secret_key_variance());
    Ok(SeededCiphertext { origin: plaintext.origin.clone(), inner, scale: plaintext.scale, noise })
}

/// Decrypts: the values with their error, to be decoded.
///
/// # Errors
/// [`crate::error::Error::Parameters`].
pub fn decrypt(params: &Parameters, secret: &SecretKey, ciphertext: &Ciphertext) -> Result<Plaintext> {
    params.require_origin(&ciphertext.origin, "a ciphertext")?;
    let polynomial = secret.phase(params.rlwe(), &ciphertext.inner);
    let Ciphertext { origin, scale, noise, .. } = ciphertext;
    Ok(Plaintext { origin: origin.clone(), polynomial, scale: *scale, noise: *noise })
}
