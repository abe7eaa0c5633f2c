//! Eight words side by side, whichever instructions compute on them.

use zeroize::DefaultIsZeroes;

/// One word for each of eight lanes, as memory holds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Row(pub(super) [u64; 8]);

impl DefaultIsZeroes for Row {}

/// Eight field elements: row `k` has the limbs of weight 2^(51 k).
pub(super) type Limbs = [Row; 5];

/// A choice of lanes, bit `j` for lane `j`.
pub(super) type Mask = u8;

/// A register of eight words. Whoever names an implementation must be compiled for its instructions and have asked
/// the processor for them.
///
/// No operation takes longer for one value than for another.
pub(super) trait Lanes: Copy {
    fn load(row: &Row) -> Self;
    fn store(self, row: &mut Row);
    fn splat(word: u64) -> Self;
    /// Lane `j` from byte `j` of the word.
    fn from_bytes(bytes: u64) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn shift_right<const COUNT: u32>(self) -> Self;
    fn shift_left<const COUNT: u32>(self) -> Self;
    /// `other` in the lanes of the mask.
    fn select(self, mask: Mask, other: Self) -> Self;
    /// `other` in the lanes where the mask is all ones, `self` where it is zero.
    fn choose(self, mask: Self, other: Self) -> Self;
    /// The lanes that equal those of the other register.
    fn equal(self, other: Self) -> Mask;
    /// `self + 19 x` for `x` below 2^47.
    fn add_19_times(self, x: Self) -> Self;
    /// In the lanes of the mask, lane `j` of `table[lanes[j]]`: lane `lanes[j]` of `table`. Others keep `self`.
    fn permuted(self, mask: Mask, lanes: Self, table: Self) -> Self;
    /// A product modulo 2^255 - 19 of limbs below 2^51 + 2^18. Its limbs are below 2^60.
    fn multiply(a: &[Self; 5], b: &[Self; 5]) -> [Self; 5];
    /// [`Lanes::multiply`] of a number by itself.
    fn square(a: &[Self; 5]) -> [Self; 5];
}
