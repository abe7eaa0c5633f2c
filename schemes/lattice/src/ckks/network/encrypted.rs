//! Products of encrypted vectors with encrypted weights.

use blindbench_core::roles::seed::Seed;
use zeroize::Zeroize;

use super::{CkksTrack, within_range};
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::encryption::encrypt;
use crate::ckks::evaluator::Evaluator;
use crate::ckks::noise::Noise;
use crate::error::{Error, Result};
use crate::network::encrypted::{EncryptedWeights, Part};
use crate::network::track::{Then, Track};
use crate::rlwe::evaluation_keys::EvaluationKeys;
use crate::rlwe::public_key::PublicKey;

impl EncryptedWeights for CkksTrack {
    fn encrypt_weights(
        &self,
        (index, part): (usize, Part),
        public: &PublicKey,
        slots: &[f64],
        seed: &Seed,
    ) -> Result<Ciphertext> {
        let mut plaintext = match part {
            Part::Diagonal => self.encoder().encode(slots, self.level(index), self.scales[index][1])?,
            Part::Bias => self.addend(index, slots)?,
        };
        // What is stated of noise is sent: the same for all weights.
        plaintext.noise = Noise::encoded(1.0);
        let encrypted = encrypt(&self.params, public, &plaintext, seed);
        plaintext.polynomial.zeroize();
        encrypted
    }

    fn transform_encrypted(
        &self,
        index: usize,
        keys: &EvaluationKeys,
        ciphertext: &Ciphertext,
        diagonals: &[(usize, Ciphertext)],
        then: Then,
    ) -> Result<Ciphertext> {
        let evaluator = Evaluator::new(&self.params, keys)?;
        let hoisted = evaluator.hoist(ciphertext)?;
        let mut sum: Option<Ciphertext> = None;
        for (steps, diagonal) in diagonals {
            let rotated = evaluator.rotate_hoisted(&hoisted, -(*steps as i64))?;
            let product = evaluator.multiply(&rotated, diagonal)?;
            match &mut sum {
                Some(sum) => evaluator.add_assign(sum, &product)?,
                none => *none = Some(product),
            }
        }
        let sum = within_range(sum.ok_or_else(|| Error::Refused("a matrix without diagonals".into()))?);
        match then {
            Then::Descend if !self.is_last(index) => evaluator.relinearize_rescale(sum),
            Then::Stay | Then::Descend => evaluator.relinearize(sum),
        }
    }

    fn add_encrypted(&self, ciphertext: &mut Ciphertext, addend: &Ciphertext) -> Result<()> {
        let none = EvaluationKeys::default();
        Evaluator::new(&self.params, &none)?.add_assign(ciphertext, addend)?;
        ciphertext.noise.bound = 1.0;
        Ok(())
    }
}
