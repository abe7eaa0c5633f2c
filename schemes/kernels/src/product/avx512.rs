//! Doubles, eight at a time: as many of the processor's multipliers take them as take 52-bit integers, or twice as many.
#![expect(unsafe_code, reason = "instructions that only callers under AVX-512 reach; whole registers of slices")]

use std::arch::x86_64::{
    __m512d, _mm512_add_epi64, _mm512_add_pd, _mm512_castpd_si512, _mm512_fmadd_pd, _mm512_loadu_pd,
    _mm512_loadu_si512, _mm512_set1_pd, _mm512_setzero_pd, _mm512_storeu_si512, _mm512_sub_epi64,
};

use super::lane::{Lane, MAGIC, double, lane_engine};

#[derive(Clone, Copy)]
struct Doubles(__m512d);

// SAFETY of the instructions: the trait's contract. Loads and stores are of slices of a register's length.
impl Lane for Doubles {
    const WORDS: usize = 8;

    #[inline(always)]
    fn word(x: i64) -> u64 {
        double(x)
    }
    #[inline(always)]
    fn zero() -> Self {
        Doubles(unsafe { _mm512_setzero_pd() })
    }
    #[inline(always)]
    fn load(words: &[u64]) -> Self {
        let words = &words[..8];
        Doubles(unsafe { _mm512_loadu_pd(words.as_ptr().cast()) })
    }
    #[inline(always)]
    fn broadcast(word: &u64) -> Self {
        Doubles(unsafe { _mm512_set1_pd(f64::from_bits(*word)) })
    }
    #[inline(always)]
    fn multiply_add(self, a: Self, b: Self) -> Self {
        Doubles(unsafe { _mm512_fmadd_pd(a.0, b.0, self.0) })
    }
    #[inline(always)]
    fn add_to(self, sums: &mut [i64]) {
        let sums = &mut sums[..8];
        unsafe {
            let magic = _mm512_set1_pd(MAGIC);
            let shifted = _mm512_castpd_si512(_mm512_add_pd(self.0, magic));
            let exact = _mm512_sub_epi64(shifted, _mm512_castpd_si512(magic));
            let sum = _mm512_add_epi64(_mm512_loadu_si512(sums.as_ptr().cast()), exact);
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), sum);
        }
    }
}

lane_engine! {
    /// AVX-512 in doubles.
    Avx512, lane: Doubles, features: "avx512f,avx512dq", dense: 8 outputs by 3 registers, sparse: 4 registers
}
