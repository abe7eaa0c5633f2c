//! What encrypting vectors takes of a group: many elements at once, in whatever layout suits it.

use blindbench_core::error::Result;
use blindbench_kernels::dispatch::Kernel;

use super::Group;

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
    /// Exponents of a ciphertext's elements.
    type Combination: Send + Sync;
    /// Elements whose logarithms are wanted.
    type Products: Send + Sync;
    /// A table for logarithms.
    type Logarithms: Send + Sync;

    /// Sets constants up; uses no wider instructions than `kernel`.
    fn new(kernel: Kernel) -> Self;
    /// The instructions that the work really uses.
    fn instructions(&self) -> &'static str;

    /// Computes the tables of bases.
    fn bases(&self, bases: &[<Self::Group as Group>::Element]) -> Self::Bases;
    /// The encodings of `base_i^exponent * generator^(value_i)` for each value, of a magnitude below
    /// `2^`[`super::SMALL_BITS`]; in constant time.
    fn commit(&self, bases: &Self::Bases, exponent: &<Self::Group as Group>::Scalar, values: &[i32]) -> Vec<u8>;

    /// Decodes ciphertexts of `count` elements each.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Wire`] for bytes that encode no element of the group.
    fn decode(&self, encoded: &[&[u8]], count: usize) -> Result<Self::Samples>;
    /// Exponents: one of any size for each head, then small ones for all other elements.
    fn combination(&self, heads: &[<Self::Group as Group>::Scalar], weights: &[i64]) -> Self::Combination;
    /// Bytes that exponents take.
    fn combination_bytes(&self, combination: &Self::Combination) -> u64;
    /// The products of powers, `[sample][combination]`; takes time by the exponents.
    fn combine_vartime(&self, samples: &Self::Samples, heads: usize, by: &[Self::Combination]) -> Self::Products;

    /// Builds a table for magnitudes up to `bound` within `bytes` of memory.
    ///
    /// # Errors
    /// As [`super::logarithm::Logarithms::new`].
    fn logarithms(&self, bound: u64, bytes: u64) -> Result<Self::Logarithms>;
    /// Bytes that a table takes.
    fn logarithms_bytes(&self, table: &Self::Logarithms) -> u64;
    /// Elements in the layout that logarithms are computed in.
    fn products(&self, elements: Vec<<Self::Group as Group>::Element>) -> Self::Products;
    /// Logarithms to the base of the generator; none where the magnitude is beyond the table's bound.
    fn logarithms_vartime(&self, table: &Self::Logarithms, products: &Self::Products) -> Vec<Option<i64>>;
}
