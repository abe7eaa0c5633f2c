//! Four doubles in one register.
#![expect(unsafe_code, reason = "instructions that only functions compiled for them reach")]

use std::arch::x86_64::{
    __m256d, _mm256_add_pd, _mm256_fmadd_pd, _mm256_fnmadd_pd, _mm256_loadu_pd, _mm256_mul_pd, _mm256_permute2f128_pd,
    _mm256_permute4x64_pd, _mm256_set1_pd, _mm256_storeu_pd, _mm256_sub_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd,
};

use super::lanes::Lanes;
use super::plan::Transform;
use crate::dispatch::Kernel;

/// Private to the kernels: whoever names it must be compiled for AVX2 and have asked the processor for it.
#[derive(Clone, Copy)]
struct Four(__m256d);

// SAFETY of the instructions: the type's contract; loads and stores are of arrays of four doubles.
impl Lanes<4> for Four {
    #[inline(always)]
    fn load(from: &[f64; 4]) -> Self {
        Four(unsafe { _mm256_loadu_pd(from.as_ptr()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f64; 4]) {
        unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Four(unsafe { _mm256_set1_pd(x) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Four(unsafe { _mm256_add_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn subtract(self, other: Self) -> Self {
        Four(unsafe { _mm256_sub_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn multiply(self, other: Self) -> Self {
        Four(unsafe { _mm256_mul_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn multiply_add(self, a: Self, b: Self) -> Self {
        Four(unsafe { _mm256_fmadd_pd(self.0, a.0, b.0) })
    }
    #[inline(always)]
    fn multiply_subtract(self, a: Self, b: Self) -> Self {
        Four(unsafe { _mm256_fnmadd_pd(self.0, a.0, b.0) })
    }
    #[inline(always)]
    fn transpose(rows: [Self; 4]) -> [Self; 4] {
        let [Four(r0), Four(r1), Four(r2), Four(r3)] = rows;
        unsafe {
            let (even01, odd01) = (_mm256_unpacklo_pd(r0, r1), _mm256_unpackhi_pd(r0, r1));
            let (even23, odd23) = (_mm256_unpacklo_pd(r2, r3), _mm256_unpackhi_pd(r2, r3));
            [
                Four(_mm256_permute2f128_pd::<0x20>(even01, even23)),
                Four(_mm256_permute2f128_pd::<0x20>(odd01, odd23)),
                Four(_mm256_permute2f128_pd::<0x31>(even01, even23)),
                Four(_mm256_permute2f128_pd::<0x31>(odd01, odd23)),
            ]
        }
    }
    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        unsafe {
            let (even, odd) = (_mm256_unpacklo_pd(self.0, other.0), _mm256_unpackhi_pd(self.0, other.0));
            [Four(_mm256_permute2f128_pd::<0x20>(even, odd)), Four(_mm256_permute2f128_pd::<0x31>(even, odd))]
        }
    }
    #[inline(always)]
    fn separate(self, next: Self) -> [Self; 2] {
        unsafe {
            let low = _mm256_permute2f128_pd::<0x20>(self.0, next.0);
            let high = _mm256_permute2f128_pd::<0x31>(self.0, next.0);
            [Four(_mm256_unpacklo_pd(low, high)), Four(_mm256_unpackhi_pd(low, high))]
        }
    }
    #[inline(always)]
    fn reverse(self) -> Self {
        Four(unsafe { _mm256_permute4x64_pd::<0b00_01_10_11>(self.0) })
    }
}

/// [`Transform::inverse`].
pub(crate) fn inverse<T: Transform<4>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
    #[target_feature(enable = "avx2,fma")]
    fn inner<T: Transform<4>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
        plan.inverse::<Four>(first, second);
    }
    assert!(Kernel::Avx2.is_available());
    // SAFETY: the line above found every instruction of the inner function available.
    unsafe { inner(plan, first, second) }
}

/// [`Transform::forward`].
pub(crate) fn forward<T: Transform<4>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
    #[target_feature(enable = "avx2,fma")]
    fn inner<T: Transform<4>>(plan: &T, first: &mut [f64], second: &mut [f64]) {
        plan.forward::<Four>(first, second);
    }
    assert!(Kernel::Avx2.is_available());
    // SAFETY: the line above found every instruction of the inner function available.
    unsafe { inner(plan, first, second) }
}
