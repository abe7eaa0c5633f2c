//! Four doubles, and four words, in one register.

use std::arch::x86_64::{
    __m256d, __m256i, _CMP_GT_OQ, _CMP_LT_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _MM_FROUND_TO_ZERO,
    _mm256_add_epi64, _mm256_add_pd, _mm256_and_pd, _mm256_and_si256, _mm256_andnot_si256, _mm256_castpd_si256,
    _mm256_castsi256_pd, _mm256_cmp_pd, _mm256_cmpgt_epi64, _mm256_fmadd_pd, _mm256_fmsub_pd, _mm256_fnmadd_pd,
    _mm256_loadu_si256, _mm256_mul_pd, _mm256_or_si256, _mm256_permute2f128_pd, _mm256_permute4x64_pd, _mm256_round_pd,
    _mm256_set1_epi64x, _mm256_set1_pd, _mm256_srli_epi64, _mm256_storeu_si256, _mm256_sub_epi64, _mm256_sub_pd,
    _mm256_unpackhi_pd, _mm256_unpacklo_pd, _mm256_xor_si256,
};

/// Four words in memory: residues, or doubles bit by bit.
pub(super) type Row = [u64; 4];

/// 2^52: a word below it, in the lowest bits of this double, adds itself.
const SHIFT: f64 = 4_503_599_627_370_496.0;

/// 1.5 2^52: added to a double of magnitude up to 2^51, rounds it to an integer, ties to even.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// Four doubles. Private to the kernels: whoever names them must be compiled for AVX2 with FMA and have
/// asked the processor for both.
#[derive(Clone, Copy)]
pub(super) struct Reals(__m256d);

/// Four words, likewise.
#[derive(Clone, Copy)]
pub(super) struct Words(__m256i);

// SAFETY of the instructions: the types' contract; loads and stores are of arrays of 32 bytes.
impl Reals {
    #[inline(always)]
    pub(super) fn splat(x: f64) -> Self {
        Reals(unsafe { _mm256_set1_pd(x) })
    }
    /// Doubles as a row keeps them.
    #[inline(always)]
    pub(super) fn load(row: &Row) -> Self {
        Reals(unsafe { _mm256_castsi256_pd(_mm256_loadu_si256(row.as_ptr().cast())) })
    }
    #[inline(always)]
    pub(super) fn store(self, row: &mut Row) {
        unsafe { _mm256_storeu_si256(row.as_mut_ptr().cast(), _mm256_castpd_si256(self.0)) }
    }
    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Reals(unsafe { _mm256_add_pd(self.0, other.0) })
    }
    #[inline(always)]
    pub(super) fn subtract(self, other: Self) -> Self {
        Reals(unsafe { _mm256_sub_pd(self.0, other.0) })
    }
    #[inline(always)]
    pub(super) fn multiply(self, other: Self) -> Self {
        Reals(unsafe { _mm256_mul_pd(self.0, other.0) })
    }
    /// `self * a - b`, rounded once.
    #[inline(always)]
    pub(super) fn multiply_subtract(self, a: Self, b: Self) -> Self {
        Reals(unsafe { _mm256_fmsub_pd(self.0, a.0, b.0) })
    }
    /// `b - self * a`, rounded once.
    #[inline(always)]
    pub(super) fn subtract_from(self, a: Self, b: Self) -> Self {
        Reals(unsafe { _mm256_fnmadd_pd(self.0, a.0, b.0) })
    }
    /// The integer nearest to `self * a`, which is 2^51 at most in magnitude.
    #[inline(always)]
    pub(super) fn multiply_round(self, a: Self) -> Self {
        let magic = Self::splat(MAGIC);
        Reals(unsafe { _mm256_fmadd_pd(self.0, a.0, magic.0) }).subtract(magic)
    }
    /// The nearest integer, ties to even.
    #[inline(always)]
    pub(super) fn round(self) -> Self {
        Reals(unsafe { _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
    /// The integer next to it towards zero.
    #[inline(always)]
    pub(super) fn truncate(self) -> Self {
        Reals(unsafe { _mm256_round_pd::<{ _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC }>(self.0) })
    }
    /// `other` where this is negative, otherwise 0.
    #[inline(always)]
    pub(super) fn where_negative(self, other: Self) -> Self {
        let mask = unsafe { _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, _mm256_set1_pd(0.0)) };
        Reals(unsafe { _mm256_and_pd(mask, other.0) })
    }
    /// `other` where this is above `bound`, otherwise 0.
    #[inline(always)]
    pub(super) fn where_above(self, bound: Self, other: Self) -> Self {
        let mask = unsafe { _mm256_cmp_pd::<_CMP_GT_OQ>(self.0, bound.0) };
        Reals(unsafe { _mm256_and_pd(mask, other.0) })
    }
    /// Integers in [0, 2^52) as words.
    #[inline(always)]
    pub(super) fn words(self) -> Words {
        let shift = Self::splat(SHIFT);
        Words(unsafe { _mm256_xor_si256(_mm256_castpd_si256(self.add(shift).0), _mm256_castpd_si256(shift.0)) })
    }
    /// The last lane first.
    #[inline(always)]
    pub(super) fn reversed(self) -> Self {
        Reals(unsafe { _mm256_permute4x64_pd::<0b00_01_10_11>(self.0) })
    }
    /// Lane j of register i to lane i of register j.
    #[inline(always)]
    pub(super) fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        unsafe {
            let (even_ab, odd_ab) = (_mm256_unpacklo_pd(a.0, b.0), _mm256_unpackhi_pd(a.0, b.0));
            let (even_cd, odd_cd) = (_mm256_unpacklo_pd(c.0, d.0), _mm256_unpackhi_pd(c.0, d.0));
            [
                Reals(_mm256_permute2f128_pd::<0x20>(even_ab, even_cd)),
                Reals(_mm256_permute2f128_pd::<0x20>(odd_ab, odd_cd)),
                Reals(_mm256_permute2f128_pd::<0x31>(even_ab, even_cd)),
                Reals(_mm256_permute2f128_pd::<0x31>(odd_ab, odd_cd)),
            ]
        }
    }
}

// SAFETY: as above.
impl Words {
    #[inline(always)]
    pub(super) fn splat(x: u64) -> Self {
        Words(unsafe { _mm256_set1_epi64x(x as i64) })
    }
    #[inline(always)]
    pub(super) fn load(row: &Row) -> Self {
        Words(unsafe { _mm256_loadu_si256(row.as_ptr().cast()) })
    }
    #[inline(always)]
    pub(super) fn load_signed(row: &[i64; 4]) -> Self {
        Words(unsafe { _mm256_loadu_si256(row.as_ptr().cast()) })
    }
    #[inline(always)]
    pub(super) fn store(self, row: &mut Row) {
        unsafe { _mm256_storeu_si256(row.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Words(unsafe { _mm256_add_epi64(self.0, other.0) })
    }
    #[inline(always)]
    pub(super) fn subtract(self, other: Self) -> Self {
        Words(unsafe { _mm256_sub_epi64(self.0, other.0) })
    }
    /// Less `p` where it is not below: of numbers below 2^63.
    #[inline(always)]
    pub(super) fn reduce_once(self, p: Self) -> Self {
        let below = unsafe { _mm256_cmpgt_epi64(p.0, self.0) };
        self.subtract(Words(unsafe { _mm256_andnot_si256(below, p.0) }))
    }
    #[inline(always)]
    pub(super) fn high_half(self) -> Self {
        Words(unsafe { _mm256_srli_epi64::<32>(self.0) })
    }
    #[inline(always)]
    pub(super) fn low_half(self) -> Self {
        Words(unsafe { _mm256_and_si256(self.0, _mm256_set1_epi64x(0xffff_ffff)) })
    }
    /// Words below 2^52 as doubles.
    #[inline(always)]
    pub(super) fn reals(self) -> Reals {
        self.reals_from(Reals::splat(SHIFT))
    }
    /// Words below 2^52 as doubles, less an integer below 2^52.
    #[inline(always)]
    pub(super) fn reals_less(self, less: f64) -> Reals {
        self.reals_from(Reals::splat(SHIFT + less))
    }
    #[inline(always)]
    fn reals_from(self, zero: Reals) -> Reals {
        let shifted = unsafe { _mm256_or_si256(self.0, _mm256_castpd_si256(Reals::splat(SHIFT).0)) };
        Reals(unsafe { _mm256_castsi256_pd(shifted) }).subtract(zero)
    }
    /// Signed words of magnitude below 2^51 as doubles.
    #[inline(always)]
    pub(super) fn signed_reals(self) -> Reals {
        let magic = Reals::splat(MAGIC);
        let shifted = unsafe { _mm256_add_epi64(self.0, _mm256_castpd_si256(magic.0)) };
        Reals(unsafe { _mm256_castsi256_pd(shifted) }).subtract(magic)
    }
}
