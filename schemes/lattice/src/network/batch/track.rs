//! What batches need of a scheme.

use super::relinearization::Relinearization;
use crate::error::Result;
use crate::network::affine::Affine;
use crate::network::track::Track;
use crate::rlwe::ciphertext::Ciphertext;

/// A track that also computes with one image a slot. Maps and squares are counted as in [`Track`]; [`Track::level`] is
/// that of a map's inputs, [`Track::square_level`] that of a square's.
pub trait Batched: Track {
    /// When the results of square `index` are relinearized.
    fn relinearization(&self, index: usize) -> Relinearization;
    /// The rows of map `index` as integers.
    ///
    /// # Errors
    /// For weights that do not fit.
    fn integers(&self, index: usize, map: &Affine<Self::Value>) -> Result<Vec<Vec<(u32, i32)>>>;
    /// A sum of inputs of map `index`, whose like is given: times integers whose largest root sum of squares is `norm`.
    fn sum_of(&self, index: usize, sum: Ciphertext, like: &Self::Ciphertext, norm: f64) -> Self::Ciphertext;
    /// Adds an output's bias to a sum of map `index`, in all slots.
    ///
    /// # Errors
    /// For values that do not fit.
    fn add_bias(&self, index: usize, sum: &mut Self::Ciphertext, bias: Self::Value) -> Result<()>;
    /// Relinearizes a sum of map `index` where that comes after the map, and brings it to the level of what follows.
    ///
    /// # Errors
    /// Where a key is missing.
    fn settle(&self, index: usize, keys: &Self::Keys, sum: Self::Ciphertext) -> Result<Self::Ciphertext>;
    /// Square `index` of every slot, relinearized and brought to a lower level unless that comes later.
    ///
    /// # Errors
    /// Where a key is missing.
    fn square_slots(&self, index: usize, keys: &Self::Keys, value: &Self::Ciphertext) -> Result<Self::Ciphertext>;
}
