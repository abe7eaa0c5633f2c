//! The evaluator: what the server does to ciphertexts.

pub mod arithmetic;
pub mod product;
pub mod rotation;

use super::ciphertext::Ciphertext;
use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::rlwe::evaluation_keys::EvaluationKeys;
use crate::rlwe::key_switching_key::KeySwitchingKey;

/// Operations under parameters and keys. Needs no secret.
#[derive(Debug, Clone, Copy)]
pub struct Evaluator<'a> {
    params: &'a Parameters,
    keys: &'a EvaluationKeys,
}

impl<'a> Evaluator<'a> {
    /// Opens the operations.
    ///
    /// # Errors
    /// [`Error::Parameters`] where keys belong to a ring of another degree or a longer chain.
    pub fn new(params: &'a Parameters, keys: &'a EvaluationKeys) -> Result<Evaluator<'a>> {
        let all = keys.relinearization.iter().chain(keys.galois.values().map(|galois| &galois.key));
        for key in all {
            let degree = key.degree();
            if degree != params.rlwe().degree() || !fits(params, key) {
                let given = format!("N = {degree}, {} primes a key at level {}", key.limbs.len(), key.level);
                let expected = params.origin().to_string();
                return Err(Error::Parameters { operand: "an evaluation key", given, expected });
            }
        }
        Ok(Evaluator { params, keys })
    }

    /// The parameters.
    pub fn params(&self) -> &'a Parameters {
        self.params
    }

    /// The keys.
    pub fn keys(&self) -> &'a EvaluationKeys {
        self.keys
    }

    pub(super) fn require(&self, ciphertext: &Ciphertext) -> Result<()> {
        self.params.require_origin(&ciphertext.origin, "a ciphertext")
    }
}

fn fits(params: &Parameters, key: &KeySwitchingKey) -> bool {
    key.level <= params.max_level() && key.limbs.len() == key.level + 1 + params.rlwe().special().len()
}
