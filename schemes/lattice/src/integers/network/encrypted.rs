//! Products of encrypted vectors with encrypted weights.

use blindbench_core::roles::seed::Seed;

use super::IntegerTrack;
use crate::error::{Error, Result};
use crate::integers::ciphertext::Ciphertext;
use crate::integers::keys::EvaluationKeys;
use crate::integers::placement::Placement;
use crate::integers::rotation::Rotation;
use crate::network::encrypted::{EncryptedWeights, Part};
use crate::network::track::{Then, Track};
use crate::rlwe::public_key::PublicKey;

impl<P: Placement> EncryptedWeights for IntegerTrack<P> {
    fn encrypt_weights(
        &self,
        (index, part): (usize, Part),
        public: &PublicKey,
        slots: &[i128],
        seed: &Seed,
    ) -> Result<Ciphertext<P>> {
        let level = match part {
            Part::Diagonal => self.level(index),
            Part::Bias => self.square_level(index),
        };
        Ciphertext::encrypted(&self.params, public, &self.plaintext(slots)?, level, seed)
    }

    fn transform_encrypted(
        &self,
        index: usize,
        keys: &EvaluationKeys<P>,
        ciphertext: &Ciphertext<P>,
        diagonals: &[(usize, Ciphertext<P>)],
        then: Then,
    ) -> Result<Ciphertext<P>> {
        let hoisted = ciphertext.clone().into_hoisted()?;
        let mut sum: Option<Ciphertext<P>> = None;
        for (steps, diagonal) in diagonals {
            let product = match steps {
                0 => ciphertext.multiply(diagonal)?,
                steps => hoisted.rotate(Rotation::Rows(-(*steps as i64)), keys)?.multiply(diagonal)?,
            };
            match &mut sum {
                Some(sum) => sum.add_assign(&product)?,
                none => *none = Some(product),
            }
        }
        let sum = sum.ok_or_else(|| Error::Refused("a matrix without diagonals".into()))?;
        self.descended(index, sum.relinearize(keys)?, then)
    }

    fn add_encrypted(&self, ciphertext: &mut Ciphertext<P>, addend: &Ciphertext<P>) -> Result<()> {
        ciphertext.add_assign(addend)
    }
}
