//! Doubles, four at a time: integers below 2^53 are exact, and signed.
#![expect(unsafe_code, reason = "instructions that only callers under AVX2 and FMA reach; whole registers of slices")]

use std::arch::x86_64::{
    __m256d, _mm256_add_epi64, _mm256_add_pd, _mm256_castpd_si256, _mm256_fmadd_pd, _mm256_loadu_pd,
    _mm256_loadu_si256, _mm256_set1_pd, _mm256_setzero_pd, _mm256_storeu_si256, _mm256_sub_epi64,
};

use super::lane::{Lane, MAGIC, double, lane_engine};

#[derive(Clone, Copy)]
struct Doubles(__m256d);

// SAFETY of the instructions: the trait's contract. Loads and stores are of slices of a register's length.
impl Lane for Doubles {
    const WORDS: usize = 4;

    #[inline(always)]
    fn word(x: i64) -> u64 {
        double(x)
    }
    #[inline(always)]
    fn zero() -> Self {
        Doubles(unsafe { _mm256_setzero_pd() })
    }
    #[inline(always)]
    fn load(words: &[u64]) -> Self {
        let words = &words[..4];
        Doubles(unsafe { _mm256_loadu_pd(words.as_ptr().cast()) })
    }
    #[inline(always)]
    fn broadcast(word: &u64) -> Self {
        Doubles(unsafe { _mm256_set1_pd(f64::from_bits(*word)) })
    }
    #[inline(always)]
    fn multiply_add(self, a: Self, b: Self) -> Self {
        Doubles(unsafe { _mm256_fmadd_pd(a.0, b.0, self.0) })
    }
    #[inline(always)]
    fn add_to(self, sums: &mut [i64]) {
        let sums = &mut sums[..4];
        unsafe {
            let magic = _mm256_set1_pd(MAGIC);
            let shifted = _mm256_castpd_si256(_mm256_add_pd(self.0, magic));
            let exact = _mm256_sub_epi64(shifted, _mm256_castpd_si256(magic));
            let sum = _mm256_add_epi64(_mm256_loadu_si256(sums.as_ptr().cast()), exact);
            _mm256_storeu_si256(sums.as_mut_ptr().cast(), sum);
        }
    }
}

lane_engine! {
    /// AVX2 with FMA.
    Avx2, lane: Doubles, features: "avx2,fma", dense: 6 outputs by 2 registers, sparse: 2 registers
}
