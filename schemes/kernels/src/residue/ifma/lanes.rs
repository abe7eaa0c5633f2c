//! Eight lanes of 64 bits and the instructions on them.
#![expect(
    unsafe_code,
    reason = "instructions that only callers under AVX-512 IFMA reach; loads and stores of whole rows"
)]

use std::arch::x86_64::{
    __m512d, __m512i, __mmask8, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _MM_HINT_T0, _mm_loadl_epi64,
    _mm_prefetch, _mm512_add_epi64, _mm512_add_pd, _mm512_and_si512, _mm512_broadcastq_epi64, _mm512_cmpgt_epu64_mask,
    _mm512_cvt_roundpd_epi64, _mm512_cvtepu8_epi64, _mm512_cvtepu64_pd, _mm512_cvttpd_epu64, _mm512_loadu_pd,
    _mm512_loadu_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_blend_epi64, _mm512_mask_sub_epi64,
    _mm512_min_epu64, _mm512_mul_pd, _mm512_permutex2var_epi64, _mm512_permutexvar_epi64, _mm512_set1_epi64,
    _mm512_set1_pd, _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_sllv_epi64, _mm512_srli_epi64,
    _mm512_storeu_si512, _mm512_sub_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

/// What one register holds.
pub(super) type Row = [u64; 8];

/// A register of integers. Private to the kernel: whoever names it must be compiled for AVX-512 IFMA
/// and DQ and have asked the processor for them.
#[derive(Clone, Copy)]
pub(super) struct Lanes(__m512i);

/// A register of doubles, under the same contract.
#[derive(Clone, Copy)]
pub(super) struct Reals(__m512d);

// SAFETY of the instructions: the types' contract. Loads and stores take references to whole rows.
impl Lanes {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Lanes(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    pub(super) fn splat(x: u64) -> Self {
        Lanes(unsafe { _mm512_set1_epi64(x as i64) })
    }

    #[inline(always)]
    pub(super) fn load(row: &Row) -> Self {
        Lanes(unsafe { _mm512_loadu_si512(row.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(super) fn load_signed(row: &[i64; 8]) -> Self {
        Lanes(unsafe { _mm512_loadu_si512(row.as_ptr().cast()) })
    }

    /// Eight rows. Arrays of registers go without `map`, which the compiler may leave a call.
    #[inline(always)]
    pub(super) fn load_block([a, b, c, d, e, f, g, h]: &[Row; 8]) -> [Self; 8] {
        let load = Self::load;
        [load(a), load(b), load(c), load(d), load(e), load(f), load(g), load(h)]
    }

    /// The same word in all lanes, by the load itself.
    #[inline(always)]
    pub(super) fn broadcast(word: &u64) -> Self {
        let word: *const u64 = word;
        Lanes(unsafe { _mm512_broadcastq_epi64(_mm_loadl_epi64(word.cast())) })
    }

    /// Eight bytes, widened.
    #[inline(always)]
    pub(super) fn load_bytes(bytes: &[u8; 8]) -> Self {
        Lanes(unsafe { _mm512_cvtepu8_epi64(_mm_loadl_epi64(bytes.as_ptr().cast())) })
    }

    /// Asks for the row that many rows after this one.
    #[inline(always)]
    pub(super) fn prefetch(row: &Row, ahead: usize) {
        // A hint, which may point anywhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().wrapping_add(8 * ahead).cast()) }
    }

    #[inline(always)]
    pub(super) fn store(self, row: &mut Row) {
        unsafe { _mm512_storeu_si512(row.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Lanes(unsafe { _mm512_add_epi64(self.0, other.0) })
    }

    #[inline(always)]
    pub(super) fn sub(self, other: Self) -> Self {
        Lanes(unsafe { _mm512_sub_epi64(self.0, other.0) })
    }

    #[inline(always)]
    pub(super) fn and(self, other: Self) -> Self {
        Lanes(unsafe { _mm512_and_si512(self.0, other.0) })
    }

    /// The lesser of each two, unsigned.
    #[inline(always)]
    pub(super) fn min(self, other: Self) -> Self {
        Lanes(unsafe { _mm512_min_epu64(self.0, other.0) })
    }

    /// `self` plus the low 52 bits of the products of the low 52 bits of `a` and `b`.
    #[inline(always)]
    pub(super) fn low(self, a: Self, b: Self) -> Self {
        Lanes(unsafe { _mm512_madd52lo_epu64(self.0, a.0, b.0) })
    }

    /// `self` plus bits 52 to 103 of the products of the low 52 bits of `a` and `b`.
    #[inline(always)]
    pub(super) fn high(self, a: Self, b: Self) -> Self {
        Lanes(unsafe { _mm512_madd52hi_epu64(self.0, a.0, b.0) })
    }

    #[inline(always)]
    pub(super) fn shift_left(self, counts: Self) -> Self {
        Lanes(unsafe { _mm512_sllv_epi64(self.0, counts.0) })
    }

    #[inline(always)]
    pub(super) fn shift_right<const COUNT: u32>(self) -> Self {
        Lanes(unsafe { _mm512_srli_epi64::<COUNT>(self.0) })
    }

    /// `self - other` where `self > bound`, unsigned.
    #[inline(always)]
    pub(super) fn sub_above(self, bound: Self, value: Self, other: Self) -> Self {
        Lanes(unsafe { _mm512_mask_sub_epi64(value.0, _mm512_cmpgt_epu64_mask(self.0, bound.0), value.0, other.0) })
    }

    /// `other` in the lanes of the mask.
    #[inline(always)]
    pub(super) fn blend(self, mask: u8, other: Self) -> Self {
        Lanes(unsafe { _mm512_mask_blend_epi64(mask as __mmask8, self.0, other.0) })
    }

    /// Lane `i` of the result is lane `lanes[i]`.
    #[inline(always)]
    pub(super) fn permute(self, lanes: Self) -> Self {
        Lanes(unsafe { _mm512_permutexvar_epi64(lanes.0, self.0) })
    }

    /// Lane `i` of the result is lane `lanes[i]` of the two registers together.
    #[inline(always)]
    pub(super) fn permute_both(self, lanes: Self, other: Self) -> Self {
        Lanes(unsafe { _mm512_permutex2var_epi64(self.0, lanes.0, other.0) })
    }

    #[inline(always)]
    pub(super) fn to_reals(self) -> Reals {
        Reals(unsafe { _mm512_cvtepu64_pd(self.0) })
    }

    /// Holds the compiler back from computing anything from these before all of them: it would go depth
    /// first, one operand after the other, and the processor finds too little to do at once.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn settled(mut a: [Lanes; 8], mut b: [Lanes; 8]) -> ([Lanes; 8], [Lanes; 8]) {
        let ([a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]) = (&mut a, &mut b);
        // No instruction at all.
        unsafe {
            std::arch::asm!(
                "/* {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} */",
                inout(zmm_reg) a0.0, inout(zmm_reg) a1.0, inout(zmm_reg) a2.0, inout(zmm_reg) a3.0,
                inout(zmm_reg) a4.0, inout(zmm_reg) a5.0, inout(zmm_reg) a6.0, inout(zmm_reg) a7.0,
                inout(zmm_reg) b0.0, inout(zmm_reg) b1.0, inout(zmm_reg) b2.0, inout(zmm_reg) b3.0,
                inout(zmm_reg) b4.0, inout(zmm_reg) b5.0, inout(zmm_reg) b6.0, inout(zmm_reg) b7.0,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        (a, b)
    }

    /// [`Lanes::settled`] under the type's contract.
    #[inline(always)]
    pub(super) fn settle(a: [Lanes; 8], b: [Lanes; 8]) -> ([Lanes; 8], [Lanes; 8]) {
        unsafe { Self::settled(a, b) }
    }

    /// Lane `i` of register `j` becomes lane `j` of register `i`.
    #[inline(always)]
    pub(super) fn transpose(rows: [Lanes; 8]) -> [Lanes; 8] {
        let [Lanes(a), Lanes(b), Lanes(c), Lanes(d), Lanes(e), Lanes(f), Lanes(g), Lanes(h)] = rows;
        unsafe {
            // Pairs of lanes of pairs of rows.
            let (ab0, ab1) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
            let (cd0, cd1) = (_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
            let (ef0, ef1) = (_mm512_unpacklo_epi64(e, f), _mm512_unpackhi_epi64(e, f));
            let (gh0, gh1) = (_mm512_unpacklo_epi64(g, h), _mm512_unpackhi_epi64(g, h));
            // Quarters 0 and 2, then 1 and 3, of two pairs.
            let (abcd0, abcd4) = quarters(ab0, cd0);
            let (abcd1, abcd5) = quarters(ab1, cd1);
            let (efgh0, efgh4) = quarters(ef0, gh0);
            let (efgh1, efgh5) = quarters(ef1, gh1);
            let halves = |x, y| {
                (Lanes(_mm512_shuffle_i64x2::<0b10_00_10_00>(x, y)), Lanes(_mm512_shuffle_i64x2::<0b11_01_11_01>(x, y)))
            };
            let (r0, r2) = halves(abcd0, efgh0);
            let (r1, r3) = halves(abcd1, efgh1);
            let (r4, r6) = halves(abcd4, efgh4);
            let (r5, r7) = halves(abcd5, efgh5);
            [r0, r1, r2, r3, r4, r5, r6, r7]
        }
    }
}

/// Lower and upper halves of two registers, each pair interleaved by quarters.
#[inline(always)]
unsafe fn quarters(x: __m512i, y: __m512i) -> (__m512i, __m512i) {
    // SAFETY: the caller's contract.
    unsafe { (_mm512_shuffle_i64x2::<0b01_00_01_00>(x, y), _mm512_shuffle_i64x2::<0b11_10_11_10>(x, y)) }
}

// SAFETY of the instructions: the types' contract.
impl Reals {
    #[inline(always)]
    pub(super) fn splat(x: f64) -> Self {
        Reals(unsafe { _mm512_set1_pd(x) })
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Reals(unsafe { _mm512_add_pd(self.0, other.0) })
    }

    #[inline(always)]
    pub(super) fn mul(self, other: Self) -> Self {
        Reals(unsafe { _mm512_mul_pd(self.0, other.0) })
    }

    /// The integer parts of numbers that are not negative.
    #[inline(always)]
    pub(super) fn truncate(self) -> Lanes {
        Lanes(unsafe { _mm512_cvttpd_epu64(self.0) })
    }

    #[inline(always)]
    pub(super) fn load(row: &[f64; 8]) -> Self {
        Reals(unsafe { _mm512_loadu_pd(row.as_ptr()) })
    }

    /// The nearest signed integers, ties to even.
    #[inline(always)]
    pub(super) fn round(self) -> Lanes {
        Lanes(unsafe { _mm512_cvt_roundpd_epi64::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
}
