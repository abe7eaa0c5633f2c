//! What encrypting vectors takes of a group: many elements at once, in whatever layout suits it.

use blindbench_core::error::Result;
use blindbench_kernels::dispatch::Kernel;

use super::Group;

/// Exponents of a ciphertext's elements.
pub struct List<'a, G: Group> {
    /// Exponents of any size, of the heads.
    pub heads: &'a [G::Scalar],
    /// Small exponents, of all other elements.
    pub weights: &'a [i64],
}

/// Work on many elements of a group.
///
/// A ciphertext is a list of `heads`, which function keys are exponents of, and of one element for each number of a vector.
pub trait Batch: Sized + Send + Sync + 'static {
    /// The group.
    type Group: Group;
    /// Bases that are raised to secret exponents, with their tables.
    type Bases: Send + Sync;
    /// Decoded ciphertexts.
    type Samples: Send + Sync;
    /// Lists of exponents of a ciphertext's elements.
    type Combinations: Send + Sync;
    /// Elements whose logarithms are wanted.
    type Products: Send + Sync;
    /// A table for logarithms.
    type Logarithms: Send + Sync;

    /// Sets constants up; uses no wider instructions than `kernel`.
    fn new(kernel: Kernel) -> Self;
    /// The instructions that the work really uses.
    fn instructions(&self) -> &'static str;

    /// Computes the tables of bases, for values up to `value_max` in magnitude, which is below `2^`[`super::SMALL_BITS`].
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Unsupported`] for a bound that is out of reach.
    fn bases(&self, bases: &[<Self::Group as Group>::Element], value_max: u32) -> Result<Self::Bases>;
    /// The encodings of `base_i^exponent * generator^(value_i)` for each value; in constant time.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Refused`] where there are not as many values as bases.
    fn commit(&self, bases: &Self::Bases, exponent: &<Self::Group as Group>::Scalar, values: &[i32])
    -> Result<Vec<u8>>;

    /// Decodes ciphertexts of `count` elements each.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Wire`] for bytes that encode no element of the group.
    fn decode(&self, encoded: &[&[u8]], count: usize) -> Result<Self::Samples>;
    /// Lists of exponents: of any size for each head, then small ones, one for each other element.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Unsupported`] for exponents that are not small.
    fn combinations(&self, lists: &[List<'_, Self::Group>]) -> Result<Self::Combinations>;
    /// Bytes that lists of exponents take.
    fn combinations_bytes(&self, lists: &Self::Combinations) -> u64;
    /// The products of powers, `[sample][list]`; takes time by the exponents.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Refused`] where samples have other lengths than the lists.
    fn combine_vartime(&self, samples: &Self::Samples, by: &Self::Combinations) -> Result<Self::Products>;

    /// Whether a table within `bytes` of memory makes logarithms up to `bound` possible.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Unsupported`] with both sides.
    fn reaches(bound: u64, bytes: u64) -> Result<()>;
    /// Builds a table for magnitudes up to `bound` within `bytes` of memory.
    ///
    /// # Errors
    /// As [`Batch::reaches`], and where memory is short of the table.
    fn logarithms(&self, bound: u64, bytes: u64) -> Result<Self::Logarithms>;
    /// Bytes that a table and its giant steps take.
    fn logarithms_bytes(&self, table: &Self::Logarithms) -> u64;
    /// Elements in the layout that logarithms are computed in.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Refused`] where they cannot be brought into it.
    fn products(&self, elements: Vec<<Self::Group as Group>::Element>) -> Result<Self::Products>;
    /// Logarithms to the base of the generator; none where the magnitude is beyond the table's bound.
    fn logarithms_vartime(&self, table: &Self::Logarithms, products: &Self::Products) -> Vec<Option<i64>>;
}
