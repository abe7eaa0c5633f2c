//! Eight lanes in a register of AVX-512, by products of 52 bits.
#![expect(
    unsafe_code,
    reason = "instructions that only callers under AVX-512 IFMA reach; loads and stores of whole rows"
)]

use std::arch::x86_64::{
    __m512i, _mm_cvtsi64_si128, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_cvtepu8_epi64,
    _mm512_load_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_blend_epi64,
    _mm512_mask_permutexvar_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
    _mm512_store_si512, _mm512_sub_epi64, _mm512_ternarylogic_epi64,
};

use super::lanes::{Lanes, Mask, Row};

/// A register. Private to the kernel: whoever names it must be compiled for AVX-512 IFMA and have asked the processor.
#[derive(Clone, Copy)]
pub(super) struct Ifma(__m512i);

// SAFETY of the instructions: the type's contract.
impl Ifma {
    #[inline(always)]
    fn zero() -> Self {
        Ifma(unsafe { _mm512_setzero_si512() })
    }

    /// `self` plus the low 52 bits of the product of the low 52 bits of `a` and `b`.
    #[inline(always)]
    fn low(self, a: Self, b: Self) -> Self {
        Ifma(unsafe { _mm512_madd52lo_epu64(self.0, a.0, b.0) })
    }

    /// `self` plus bits 52 to 103 of that product.
    #[inline(always)]
    fn high(self, a: Self, b: Self) -> Self {
        Ifma(unsafe { _mm512_madd52hi_epu64(self.0, a.0, b.0) })
    }

    #[inline(always)]
    fn twice(self) -> Self {
        self.add(self)
    }

    /// `9 x`.
    #[inline(always)]
    fn nine_times(self) -> Self {
        self.add(self.shift_left::<3>())
    }
}

// SAFETY of the instructions: the type's contract. Loads and stores take references to whole aligned rows.
impl Lanes for Ifma {
    #[inline(always)]
    fn load(row: &Row) -> Self {
        Ifma(unsafe { _mm512_load_si512(row.0.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, row: &mut Row) {
        unsafe { _mm512_store_si512(row.0.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Ifma(unsafe { _mm512_set1_epi64(word as i64) })
    }
    #[inline(always)]
    fn from_bytes(bytes: u64) -> Self {
        Ifma(unsafe { _mm512_cvtepu8_epi64(_mm_cvtsi64_si128(bytes as i64)) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Ifma(unsafe { _mm512_add_epi64(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Ifma(unsafe { _mm512_sub_epi64(self.0, other.0) })
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Ifma(unsafe { _mm512_and_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn shift_right<const COUNT: u32>(self) -> Self {
        Ifma(unsafe { _mm512_srli_epi64::<COUNT>(self.0) })
    }
    #[inline(always)]
    fn shift_left<const COUNT: u32>(self) -> Self {
        Ifma(unsafe { _mm512_slli_epi64::<COUNT>(self.0) })
    }
    #[inline(always)]
    fn select(self, mask: Mask, other: Self) -> Self {
        Ifma(unsafe { _mm512_mask_blend_epi64(mask, self.0, other.0) })
    }
    #[inline(always)]
    fn choose(self, mask: Self, other: Self) -> Self {
        // Bit 4 a + 2 b + c of the constant is what bits a, b, c give.
        Ifma(unsafe { _mm512_ternarylogic_epi64::<0b1101_1000>(self.0, other.0, mask.0) })
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Mask {
        unsafe { _mm512_cmpeq_epi64_mask(self.0, other.0) }
    }
    #[inline(always)]
    fn add_19_times(self, x: Self) -> Self {
        self.low(x, Self::splat(19))
    }
    #[inline(always)]
    fn permuted(self, mask: Mask, lanes: Self, table: Self) -> Self {
        Ifma(unsafe { _mm512_mask_permutexvar_epi64(self.0, mask, lanes.0, table.0) })
    }

    // With l and h the sums of low and high halves by weight, limb k of a product is
    //   l[k] + 2 h[k-1] + 19 x[k]   for   x[k] = l[k+5] + 2 h[k+4],
    // since a high half counts 2^52 and a limb 2^51. Each sum starts from what the next one adds to it, so that
    // doubling and folding cost five instructions a limb.
    #[inline(always)]
    fn multiply(a: &[Self; 5], b: &[Self; 5]) -> [Self; 5] {
        let [[a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]] = [*a, *b];
        let z = Self::zero();
        let x0 = z.high(a0, b4).high(a1, b3).high(a2, b2).high(a3, b1).high(a4, b0).twice();
        let x1 = z.high(a1, b4).high(a2, b3).high(a3, b2).high(a4, b1).twice();
        let x2 = z.high(a2, b4).high(a3, b3).high(a4, b2).twice();
        let x3 = z.high(a3, b4).high(a4, b3).twice();
        let x4 = z.high(a4, b4).twice();
        let x0 = x0.low(a1, b4).low(a2, b3).low(a3, b2).low(a4, b1);
        let x1 = x1.low(a2, b4).low(a3, b3).low(a4, b2);
        let x2 = x2.low(a3, b4).low(a4, b3);
        let x3 = x3.low(a4, b4);
        let y0 = x0.nine_times();
        let y1 = x1.nine_times().high(a0, b0);
        let y2 = x2.nine_times().high(a0, b1).high(a1, b0);
        let y3 = x3.nine_times().high(a0, b2).high(a1, b1).high(a2, b0);
        let y4 = x4.nine_times().high(a0, b3).high(a1, b2).high(a2, b1).high(a3, b0);
        [
            x0.add(y0.twice()).low(a0, b0),
            x1.add(y1.twice()).low(a0, b1).low(a1, b0),
            x2.add(y2.twice()).low(a0, b2).low(a1, b1).low(a2, b0),
            x3.add(y3.twice()).low(a0, b3).low(a1, b2).low(a2, b1).low(a3, b0),
            x4.add(y4.twice()).low(a0, b4).low(a1, b3).low(a2, b2).low(a3, b1).low(a4, b0),
        ]
    }

    // As above, with the products of different limbs counted once and doubled.
    #[inline(always)]
    fn square(a: &[Self; 5]) -> [Self; 5] {
        let [a0, a1, a2, a3, a4] = *a;
        let z = Self::zero();
        let x0 = z.high(a0, a4).high(a1, a3).twice().high(a2, a2);
        let x0 = x0.low(a1, a4).low(a2, a3).twice();
        let x1 = z.high(a1, a4).high(a2, a3).twice().low(a2, a4).twice().low(a3, a3);
        let x2 = z.high(a2, a4).twice().high(a3, a3).low(a3, a4).twice();
        let x3 = z.high(a3, a4).twice().twice().low(a4, a4);
        let x4 = z.high(a4, a4).twice();
        let y0 = x0.nine_times();
        let y1 = x1.nine_times().high(a0, a0);
        let y2 = x2.nine_times().add(z.high(a0, a1).twice());
        let y3 = x3.nine_times().high(a1, a1).add(z.high(a0, a2).twice());
        let y4 = x4.nine_times().add(z.high(a0, a3).high(a1, a2).twice());
        [
            x0.add(y0.twice()).low(a0, a0),
            x1.add(y1.add(z.low(a0, a1)).twice()),
            x2.add(y2.add(z.low(a0, a2)).twice()).low(a1, a1),
            x3.add(y3.add(z.low(a0, a3).low(a1, a2)).twice()),
            x4.add(y4.add(z.low(a0, a4).low(a1, a3)).twice()).low(a2, a2),
        ]
    }
}
