//! Keys, each with the parameters that it was made for.

use std::sync::Arc;

use blindbench_core::roles::seed::Seed;

use super::parameters::Parameters;
use super::placement::Placement;
use crate::error::Result;
use crate::rlwe;
pub use crate::rlwe::evaluation_keys::Request;

/// The secret key. Zeroized when dropped, never printed, and without a form in bytes.
#[derive(Debug)]
pub struct SecretKey<P: Placement> {
    pub(crate) params: Arc<Parameters<P>>,
    pub(crate) inner: rlwe::secret_key::SecretKey,
}

/// The public key.
#[derive(Debug, Clone)]
pub struct PublicKey<P: Placement> {
    pub(crate) params: Arc<Parameters<P>>,
    pub(crate) inner: rlwe::public_key::PublicKey,
}

/// Relinearization and Galois keys: they serve every plaintext modulus alike.
#[derive(Debug, Clone)]
pub struct EvaluationKeys<P: Placement> {
    pub(crate) params: Arc<Parameters<P>>,
    pub(crate) inner: rlwe::evaluation_keys::EvaluationKeys,
}

impl<P: Placement> SecretKey<P> {
    /// Draws a key.
    pub fn generate(params: &Arc<Parameters<P>>, seed: &Seed) -> SecretKey<P> {
        let inner = rlwe::secret_key::SecretKey::generate(params.rlwe(), seed);
        SecretKey { params: Arc::clone(params), inner }
    }

    /// The public key that belongs to it.
    pub fn public_key(&self, seed: &Seed) -> PublicKey<P> {
        let noise = P::fresh_noise(self.params.t());
        let inner = rlwe::public_key::PublicKey::generate(self.params.rlwe(), &self.inner, noise, seed);
        PublicKey { params: Arc::clone(&self.params), inner }
    }

    /// The evaluation keys of a request.
    ///
    /// # Errors
    /// [`crate::error::Error::Range`] for levels that there are not, [`crate::error::Error::Refused`] for bad Galois
    /// elements.
    pub fn evaluation_keys(&self, request: &Request, seed: &Seed) -> Result<EvaluationKeys<P>> {
        let base = self.params.rlwe();
        let inner = rlwe::evaluation_keys::EvaluationKeys::generate(base, &self.inner, request, seed)?;
        Ok(EvaluationKeys { params: Arc::clone(&self.params), inner })
    }
}

impl<P: Placement> PublicKey<P> {
    /// The key without its parameters.
    pub fn inner(&self) -> &rlwe::public_key::PublicKey {
        &self.inner
    }

    /// A key that was received for these parameters.
    pub fn from_inner(params: &Arc<Parameters<P>>, inner: rlwe::public_key::PublicKey) -> PublicKey<P> {
        PublicKey { params: Arc::clone(params), inner }
    }
}

impl<P: Placement> EvaluationKeys<P> {
    /// The keys without their parameters.
    pub fn inner(&self) -> &rlwe::evaluation_keys::EvaluationKeys {
        &self.inner
    }

    /// Keys that were received for these parameters.
    pub fn from_inner(params: &Arc<Parameters<P>>, inner: rlwe::evaluation_keys::EvaluationKeys) -> EvaluationKeys<P> {
        EvaluationKeys { params: Arc::clone(params), inner }
    }
}
