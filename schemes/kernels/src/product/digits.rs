//! How residues are cut so that sums of products stay exact.

use crate::residue::modulus::Modulus;

/// Sums in 64-bit words stay below 2 to this power in magnitude.
pub const SUM_BITS: u32 = 62;

/// Sizes of a matrix that bound its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Norms {
    /// The largest sum of magnitudes of an output's weights.
    pub row: u64,
    /// The largest such sum over one chunk of inputs.
    pub chunk: u64,
}

/// Residues as digits, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Bits of a digit.
    pub bits: u32,
    /// Digits of a residue.
    pub count: u32,
}

impl Digits {
    /// As few digits as keep a chunk's sums below `2^exact` and a row's below `2^62`.
    pub fn new(p: &Modulus, norms: &Norms, exact: u32) -> Digits {
        let most = (exact - bits(norms.chunk)).min(SUM_BITS - bits(norms.row));
        let count = p.bits().div_ceil(most);
        Digits { bits: p.bits().div_ceil(count), count }
    }

    /// The digit of that index of a residue.
    #[inline(always)]
    pub fn of(&self, residue: u64, index: u32) -> u64 {
        (residue >> (index * self.bits)) & ((1 << self.bits) - 1)
    }
}

/// Whether sums over a whole row fit a 64-bit word without reduction.
pub fn is_lazy(p: &Modulus, norms: &Norms) -> bool {
    p.bits() + bits(norms.row) <= SUM_BITS
}

/// The length of a number in bits.
pub fn bits(x: u64) -> u32 {
    u64::BITS - x.leading_zeros()
}
