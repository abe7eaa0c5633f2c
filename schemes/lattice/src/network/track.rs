//! What packed networks need of a scheme.

use std::fmt::Debug;

use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::{Encode, Reader};
use zeroize::Zeroize;

use super::affine::{Affine, Entry};
use super::layout::Slots;
use super::plan::Costs;
use crate::error::Result;
use crate::linear::diagonal::Diagonal;
use crate::ring::galois;
use crate::rlwe::ciphertext::Ciphertext;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::matrix::Matrix;
use crate::rlwe::parameters::Parameters;
use crate::rlwe::public_key::PublicKey;

/// What follows an operation of a map: it goes down to the level of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// More operations of the map follow.
    Stay,
    /// The map is done.
    Descend,
}

/// What an activation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiplications {
    /// Products of two ciphertexts.
    pub products: u64,
    /// Key switches.
    pub switches: u64,
}

impl Multiplications {
    /// A square, relinearized.
    pub const SQUARE: Multiplications = Multiplications { products: 1, switches: 1 };
}

impl Then {
    /// What follows an operation that is, or is not, a map's last.
    pub fn after(last: bool) -> Then {
        if last { Then::Descend } else { Then::Stay }
    }
}

/// What a track multiplies.
pub struct Factors<'a, T: Track> {
    /// The track.
    pub track: &'a T,
    /// The matrix.
    pub matrix: &'a T::Matrix,
    /// The slots.
    pub ciphertext: &'a T::Ciphertext,
}

/// Parameters of a scheme with what a network of given depth needs of them. Maps and squares are counted from 0: map
/// `i` comes before square `i`.
pub trait Track: Debug + Send + Sync + 'static {
    /// Values of slots.
    type Value: Entry;
    /// The secret key.
    type Secret: Zeroize + Send + Sync;
    /// Evaluation keys, ready for use.
    type Keys: Send + Sync;
    /// An encoded matrix.
    type Matrix: Send + Sync;
    /// An encoded vector to be added.
    type Addend: Send + Sync;
    /// Encrypted slots.
    type Ciphertext: Encode + Debug + Clone + Send + Sync;

    /// The parameters of RLWE.
    fn rlwe(&self) -> &Parameters;
    /// The parameters in one line, for people.
    fn describe(&self) -> String;
    /// The slots of a plaintext.
    fn slots(&self) -> Slots;
    /// Level of the input of map `index`.
    fn level(&self, index: usize) -> usize;
    /// Level at which the parts of map `index` are summed up.
    fn sum_level(&self, index: usize) -> usize;
    /// Level of square `index`; of the answer after the last map.
    fn square_level(&self, index: usize) -> usize;
    /// What operations at a level cost.
    fn costs_at(&self, level: usize) -> Costs {
        Costs::at(self.rlwe(), level)
    }
    /// What operations of map `index` cost, to choose its way through the slots by.
    fn costs(&self, index: usize) -> Costs {
        self.costs_at(self.level(index))
    }
    /// Map `index` as this track computes it: scaled, or reduced.
    fn adapt(&self, index: usize, map: Affine<Self::Value>) -> Affine<Self::Value>;
    /// What a pixel's level is in a slot.
    fn pixel(&self, level: u16) -> Self::Value;

    /// Draws the secret key.
    fn secret(&self, seed: &Seed) -> Self::Secret;
    /// Makes the public key.
    fn public_key(&self, secret: &Self::Secret, seed: &Seed) -> PublicKey;
    /// Makes evaluation keys.
    ///
    /// # Errors
    /// For a request that must not be granted.
    fn evaluation_keys(&self, secret: &Self::Secret, request: &Request, seed: &Seed) -> Result<EvaluationKeys>;
    /// Evaluation keys that were received.
    ///
    /// # Errors
    /// Where they are not of these parameters.
    fn keys(&self, keys: EvaluationKeys) -> Result<Self::Keys>;
    /// Encrypts slots at the level of the first map.
    ///
    /// # Errors
    /// For values that do not fit.
    fn encrypt(&self, secret: &Self::Secret, slots: &[Self::Value], seed: &Seed) -> Result<SeededCiphertext>;
    /// Decrypts and decodes all slots.
    ///
    /// # Errors
    /// Where nothing but noise is left.
    fn decrypt(&self, secret: &Self::Secret, ciphertext: &Self::Ciphertext) -> Result<Vec<Self::Value>>;

    /// Encodes the diagonals of map `index`.
    ///
    /// # Errors
    /// For values that do not fit.
    fn matrix(&self, index: usize, diagonals: &[Diagonal<Self::Value>]) -> Result<Self::Matrix>;
    /// Encodes what is added to the result of map `index`.
    ///
    /// # Errors
    /// For values that do not fit.
    fn addend(&self, index: usize, slots: &[Self::Value]) -> Result<Self::Addend>;
    /// Bytes of a matrix in memory.
    fn resident_bytes(&self, matrix: &Self::Matrix) -> u64;
    /// A ciphertext's polynomials.
    fn polynomials<'a>(&self, ciphertext: &'a Self::Ciphertext) -> &'a Ciphertext;
    /// A fresh ciphertext that was received.
    fn fresh(&self, ciphertext: SeededCiphertext) -> Self::Ciphertext;
    /// A matrix times slots, its parts summed up by one set of rotations after another, at the level of what comes next:
    /// for every track, so that keys may serve them all at once.
    ///
    /// # Errors
    /// Where a key is missing.
    fn transform_all(
        index: usize,
        keys: &Self::Keys,
        factors: &[Factors<'_, Self>],
        sums: &[Matrix],
    ) -> Result<Vec<Self::Ciphertext>>
    where
        Self: Sized;
    /// The sum of rotations.
    ///
    /// # Errors
    /// Where a key is missing.
    fn rotate_sum(
        &self,
        index: usize,
        keys: &Self::Keys,
        ciphertext: &Self::Ciphertext,
        rotations: &Matrix,
        then: Then,
    ) -> Result<Self::Ciphertext>;
    /// The parts of map `index`, summed up by one set of rotations after another.
    ///
    /// # Errors
    /// Where a key is missing.
    fn rotate_sums(
        &self,
        index: usize,
        keys: &Self::Keys,
        mut sum: Self::Ciphertext,
        sums: &[Matrix],
    ) -> Result<Self::Ciphertext> {
        for (place, rotations) in sums.iter().enumerate() {
            sum = self.rotate_sum(index, keys, &sum, rotations, Then::after(place + 1 == sums.len()))?;
        }
        Ok(sum)
    }
    /// Adds to the result of a map.
    ///
    /// # Errors
    /// Where levels do not match.
    fn add(&self, ciphertext: &mut Self::Ciphertext, addend: &Self::Addend) -> Result<()>;
    /// What activation `index` takes.
    fn multiplications(&self, index: usize) -> Multiplications {
        let _ = index;
        Multiplications::SQUARE
    }
    /// Square `index` of every slot, or the polynomial of higher degree that is in its place.
    ///
    /// # Errors
    /// Where a key is missing.
    fn square(&self, index: usize, keys: &Self::Keys, ciphertext: &Self::Ciphertext) -> Result<Self::Ciphertext>;

    /// Passes over a residue polynomial that the product of two ciphertexts takes at a level, not relinearized.
    fn product_passes(&self, level: usize) -> f64 {
        5.0 * (level + 1) as f64
    }

    /// Bits by which the prediction is away from nothing but noise: predicted noise budget, or precision.
    fn predicted_bits(&self, ciphertext: &Self::Ciphertext) -> f64;
    /// Measures the noise budget, in exact schemes.
    ///
    /// # Errors
    /// For ciphertexts of other parameters.
    fn measured_budget(&self, secret: &Self::Secret, ciphertext: &Self::Ciphertext) -> Result<Option<f64>>;

    /// An answer whose noise is drowned in that of a planned flood, blinded by an encryption of zero.
    ///
    /// # Errors
    /// [`crate::error::Error::Refused`] where none is planned, or the noise is too large for it.
    fn flooded(&self, public: &PublicKey, answer: &Self::Ciphertext, seed: &Seed) -> Result<Self::Ciphertext>;
    /// Reads a ciphertext.
    ///
    /// # Errors
    /// For bytes that are not one.
    fn take(&self, input: &mut Reader<'_>) -> blindbench_core::error::Result<Self::Ciphertext>;

    /// The Galois element of a rotation to the right; with so many steps as there are columns, or more, the rows are
    /// swapped.
    fn element(&self, steps: usize) -> usize {
        let (params, slots) = (self.rlwe(), self.slots());
        let rotation = galois::rotation(params.ring(), params.log_n(), -((steps % slots.columns) as i64));
        if steps < slots.columns {
            return rotation;
        }
        let order = galois::order(params.ring(), params.log_n());
        rotation * galois::conjugation(params.ring(), params.log_n()) % order
    }
}
