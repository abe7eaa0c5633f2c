//! Products of 52 bits, eight at a time.
//!
//! The low half of a product is kept alone: sums of low halves are right modulo 2^52 for signed weights too, and the
//! true sum is known to be below 2^51 in magnitude.
#![expect(unsafe_code, reason = "instructions that only callers under AVX-512 IFMA reach; whole registers of slices")]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_loadu_si512, _mm512_madd52lo_epu64, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_slli_epi64, _mm512_srai_epi64, _mm512_storeu_si512,
};

use super::lane::{Lane, lane_engine};

#[derive(Clone, Copy)]
struct Words(__m512i);

// SAFETY of the instructions: the trait's contract. Loads and stores are of slices of a register's length.
impl Lane for Words {
    const WORDS: usize = 8;

    #[inline(always)]
    fn word(x: i64) -> u64 {
        x as u64
    }
    #[inline(always)]
    fn zero() -> Self {
        Words(unsafe { _mm512_setzero_si512() })
    }
    #[inline(always)]
    fn load(words: &[u64]) -> Self {
        let words = &words[..8];
        Words(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }
    #[inline(always)]
    fn broadcast(word: &u64) -> Self {
        Words(unsafe { _mm512_set1_epi64(*word as i64) })
    }
    #[inline(always)]
    fn multiply_add(self, a: Self, b: Self) -> Self {
        Words(unsafe { _mm512_madd52lo_epu64(self.0, b.0, a.0) })
    }
    #[inline(always)]
    fn add_to(self, sums: &mut [i64]) {
        let sums = &mut sums[..8];
        unsafe {
            let exact = _mm512_srai_epi64::<12>(_mm512_slli_epi64::<12>(self.0));
            let sum = _mm512_add_epi64(_mm512_loadu_si512(sums.as_ptr().cast()), exact);
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), sum);
        }
    }
}

lane_engine! {
    /// AVX-512 IFMA.
    Ifma, lane: Words, features: "avx512f,avx512ifma", dense: 8 outputs by 3 registers, sparse: 4 registers
}
