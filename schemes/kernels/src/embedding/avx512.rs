//! Eight doubles in one register.
#![expect(unsafe_code, reason = "instructions that only functions compiled for them reach")]

use std::arch::x86_64::{
    __m512d, _mm512_add_pd, _mm512_fmadd_pd, _mm512_fnmadd_pd, _mm512_loadu_pd, _mm512_mul_pd, _mm512_permutex2var_pd,
    _mm512_permutexvar_pd, _mm512_set_epi64, _mm512_set1_pd, _mm512_shuffle_f64x2, _mm512_storeu_pd, _mm512_sub_pd,
    _mm512_unpackhi_pd, _mm512_unpacklo_pd,
};

use super::lanes::Lanes;
use super::plan::Transform;
use crate::dispatch::Kernel;

/// Private to the kernels: whoever names it must be compiled for AVX-512 and have asked the processor for it.
#[derive(Clone, Copy)]
struct Eight(__m512d);

// SAFETY of the instructions: the type's contract; loads and stores are of arrays of eight doubles.
impl Lanes<8> for Eight {
    #[inline(always)]
    fn load(from: &[f64; 8]) -> Self {
        Eight(unsafe { _mm512_loadu_pd(from.as_ptr()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f64; 8]) {
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Eight(unsafe { _mm512_set1_pd(x) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Eight(unsafe { _mm512_add_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn subtract(self, other: Self) -> Self {
        Eight(unsafe { _mm512_sub_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn multiply(self, other: Self) -> Self {
        Eight(unsafe { _mm512_mul_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn multiply_add(self, a: Self, b: Self) -> Self {
        Eight(unsafe { _mm512_fmadd_pd(self.0, a.0, b.0) })
    }
    #[inline(always)]
    fn multiply_subtract(self, a: Self, b: Self) -> Self {
        Eight(unsafe { _mm512_fnmadd_pd(self.0, a.0, b.0) })
    }
    #[inline(always)]
    fn transpose(rows: [Self; 8]) -> [Self; 8] {
        let [Eight(r0), Eight(r1), Eight(r2), Eight(r3), Eight(r4), Eight(r5), Eight(r6), Eight(r7)] = rows;
        unsafe {
            // Quarter q of a register holds column 2q, or 2q + 1, of two rows.
            let (a0, b0) = (_mm512_unpacklo_pd(r0, r1), _mm512_unpacklo_pd(r2, r3));
            let (c0, d0) = (_mm512_unpacklo_pd(r4, r5), _mm512_unpacklo_pd(r6, r7));
            let (a1, b1) = (_mm512_unpackhi_pd(r0, r1), _mm512_unpackhi_pd(r2, r3));
            let (c1, d1) = (_mm512_unpackhi_pd(r4, r5), _mm512_unpackhi_pd(r6, r7));
            let [column0, column2, column4, column6] = gather_quarters(a0, b0, c0, d0);
            let [column1, column3, column5, column7] = gather_quarters(a1, b1, c1, d1);
            [column0, column1, column2, column3, column4, column5, column6, column7]
        }
    }
    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        unsafe {
            let (low, high) =
                (_mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4));
            [Eight(_mm512_permutex2var_pd(self.0, low, other.0)), Eight(_mm512_permutex2var_pd(self.0, high, other.0))]
        }
    }
    #[inline(always)]
    fn separate(self, next: Self) -> [Self; 2] {
        unsafe {
            let (even, odd) =
                (_mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1));
            [Eight(_mm512_permutex2var_pd(self.0, even, next.0)), Eight(_mm512_permutex2var_pd(self.0, odd, next.0))]
        }
    }
    #[inline(always)]
    fn reverse(self) -> Self {
        Eight(unsafe { _mm512_permutexvar_pd(_mm512_set_epi64(0, 1, 2, 3, 4, 5, 6, 7), self.0) })
    }
}

/// Quarter q of each of four registers into one, for every q.
#[inline]
#[target_feature(enable = "avx512f")]
fn gather_quarters(a: __m512d, b: __m512d, c: __m512d, d: __m512d) -> [Eight; 4] {
    let (ab02, ab13) = (_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0xdd>(a, b));
    let (cd02, cd13) = (_mm512_shuffle_f64x2::<0x88>(c, d), _mm512_shuffle_f64x2::<0xdd>(c, d));
    [
        Eight(_mm512_shuffle_f64x2::<0x88>(ab02, cd02)),
        Eight(_mm512_shuffle_f64x2::<0x88>(ab13, cd13)),
        Eight(_mm512_shuffle_f64x2::<0xdd>(ab02, cd02)),
        Eight(_mm512_shuffle_f64x2::<0xdd>(ab13, cd13)),
    ]
}

/// [`Transform::inverse`].
pub(crate) fn inverse<T: Transform<8>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
    fn inner<T: Transform<8>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
        plan.inverse::<Eight>(first, second);
    }
    assert!(Kernel::Avx512.is_available());
    // SAFETY: the line above found every instruction of the inner function available.
    unsafe { inner(plan, first, second) }
}

/// [`Transform::forward`].
pub(crate) fn forward<T: Transform<8>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
    fn inner<T: Transform<8>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
        plan.forward::<Eight>(first, second);
    }
    assert!(Kernel::Avx512.is_available());
    // SAFETY: the line above found every instruction of the inner function available.
    unsafe { inner(plan, first, second) }
}
