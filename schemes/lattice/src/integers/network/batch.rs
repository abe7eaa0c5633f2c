//! BFV and BGV with one image a slot: maps multiply by the weights as they are, so that noise grows by their sums of
//! magnitudes and not by the plaintext modulus. Chains are far shorter than those of one image a ciphertext.

mod choice;
mod schedule;

use crate::batching::Plaintext;
use crate::error::{Error, Result};
use crate::integers::ciphertext::Ciphertext;
use crate::integers::keys::EvaluationKeys;
use crate::integers::placement::Placement;
use crate::network::affine::Affine;
use crate::network::batch::relinearization::Relinearization;
use crate::network::batch::track::Batched;
use crate::rlwe::ciphertext::Ciphertext as Inner;
pub use choice::{cases, choose};
pub use schedule::{Batch, Bounded, bounded, schedule};

use super::IntegerTrack;

impl<P: Placement> IntegerTrack<P> {
    /// The residue around zero as a polynomial that is the same in all slots.
    fn constant(&self, value: i128) -> Result<Plaintext> {
        self.params.encoder().encode_coefficients(&self.centered(&[value]))
    }
}

impl<P: Placement> Batched for IntegerTrack<P> {
    fn relinearization(&self, index: usize) -> Relinearization {
        self.batch.as_ref().map_or(Relinearization::Before, |batch| batch.relinearizations[index])
    }

    fn integers(&self, _: usize, map: &Affine<i128>) -> Result<Vec<Vec<(u32, i32)>>> {
        let entry = |(input, weight): &(usize, i128)| {
            let refused = || Error::Value {
                place: *input,
                value: weight.to_string(),
                reason: "is beyond 2^31, the largest weight: quantize the network with fewer bits".into(),
            };
            Ok((*input as u32, i32::try_from(*weight).map_err(|_| refused())?))
        };
        let row = |row: &Vec<(usize, i128)>| row.iter().filter(|(_, weight)| *weight != 0).map(entry).collect();
        map.rows.iter().map(row).collect()
    }

    fn sum_of(&self, index: usize, sum: Inner, like: &Ciphertext<P>, _: f64) -> Ciphertext<P> {
        // By the declared bounds: the noise that is stated tells nothing of the weights.
        let log2_norm = self.batch.as_ref().map_or(0.0, |batch| batch.log2_norms[index]);
        like.with(sum, like.noise().times(log2_norm))
    }

    fn add_bias(&self, _: usize, sum: &mut Ciphertext<P>, bias: i128) -> Result<()> {
        sum.add_plain_assign(&self.constant(bias)?)
    }

    fn settle(&self, index: usize, keys: &EvaluationKeys<P>, mut sum: Ciphertext<P>) -> Result<Ciphertext<P>> {
        if index > 0 && self.relinearization(index - 1) == Relinearization::After {
            sum = sum.relinearize(keys)?;
        }
        sum.switch_to(self.schedule.squares[index])?;
        Ok(sum)
    }

    fn square_slots(&self, index: usize, keys: &EvaluationKeys<P>, value: &Ciphertext<P>) -> Result<Ciphertext<P>> {
        let mut square = match self.relinearization(index) {
            Relinearization::Before => value.multiply_relinearize(value, keys)?,
            Relinearization::After | Relinearization::Never => value.multiply(value)?,
        };
        square.switch_to(self.schedule.maps[index + 1])?;
        Ok(square)
    }
}

#[cfg(test)]
mod tests;
