//! The public key: an encryption of zero.

use blindbench_core::roles::seed::Seed;

use super::encryption::{Noise, zero_by_secret_key};
use super::parameters::Parameters;
use super::secret_key::SecretKey;
use crate::rns::polynomial::Polynomial;

/// `(b, a)` with `b = -a s + e`, and a stated multiple of e where a scheme asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Expands to the second polynomial.
    pub seed: Seed,
    /// b and a, in slots, for all ciphertext primes.
    pub parts: [Polynomial; 2],
}

impl PublicKey {
    /// Bytes that both polynomials take in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.parts.iter().map(|part| (8 * part.count() * part.degree()) as u64).sum()
    }

    /// The public key of a secret key.
    pub fn generate(params: &Parameters, secret: &SecretKey, noise: Noise, seed: &Seed) -> PublicKey {
        let public = seed.derive("public", 0);
        let parts = zero_by_secret_key(params, secret, params.max_level(), noise, &public, &seed.derive("noise", 0));
        PublicKey { seed: public, parts }
    }
}
