//! Eight lanes in one register.
#![expect(unsafe_code, reason = "instructions that only callers under AVX-512 reach; a gather within checked bounds")]

use std::arch::x86_64::{
    __m512d, __m512i, _mm512_add_epi64, _mm512_add_pd, _mm512_and_si512, _mm512_cmpge_epi64_mask, _mm512_fmadd_pd,
    _mm512_fnmadd_pd, _mm512_i64gather_epi64, _mm512_mask_sub_epi64, _mm512_mul_pd, _mm512_set1_epi64, _mm512_set1_pd,
    _mm512_setzero_si512, _mm512_slli_epi64, _mm512_sub_pd,
};

use super::{Isa, LANES, Lanes};

/// AVX-512. Private to the kernels: whoever names it must be compiled for AVX-512 and have asked the
/// processor for it.
pub(crate) enum Avx512 {}

#[inline(always)]
fn register(x: Lanes) -> __m512d {
    // SAFETY: both are 64 bytes of eight doubles.
    unsafe { std::mem::transmute(x) }
}

#[inline(always)]
fn lanes(x: __m512d) -> Lanes {
    // SAFETY: both are 64 bytes of eight doubles.
    unsafe { std::mem::transmute(x) }
}

// SAFETY of the instructions: the type's contract.
impl Isa for Avx512 {
    #[inline(always)]
    fn splat(x: f64) -> Lanes {
        lanes(unsafe { _mm512_set1_pd(x) })
    }
    #[inline(always)]
    fn add(a: Lanes, b: Lanes) -> Lanes {
        lanes(unsafe { _mm512_add_pd(register(a), register(b)) })
    }
    #[inline(always)]
    fn subtract(a: Lanes, b: Lanes) -> Lanes {
        lanes(unsafe { _mm512_sub_pd(register(a), register(b)) })
    }
    #[inline(always)]
    fn multiply(a: Lanes, b: Lanes) -> Lanes {
        lanes(unsafe { _mm512_mul_pd(register(a), register(b)) })
    }
    #[inline(always)]
    fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        lanes(unsafe { _mm512_fmadd_pd(register(a), register(b), register(c)) })
    }
    #[inline(always)]
    fn fused_negated(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        lanes(unsafe { _mm512_fnmadd_pd(register(a), register(b), register(c)) })
    }
    #[inline(always)]
    fn rotate(polynomial: &[[u64; LANES]], exponents: &[u32; LANES], rotated: &mut [[u64; LANES]]) {
        let size = polynomial.len();
        assert!(size.is_power_of_two());
        let start: [i64; LANES] =
            std::array::from_fn(|lane| ((2 * size) as i64 - i64::from(exponents[lane])) & (2 * size as i64 - 1));
        let lane_numbers: [i64; LANES] = std::array::from_fn(|lane| lane as i64);
        // SAFETY: 64 bytes of eight integers each; every gathered index is `place * 8 + lane` with
        // `place < size` by the mask, inside `polynomial`; a chunk of `rotated` is 64 bytes.
        unsafe {
            let mut place: __m512i = std::mem::transmute(start);
            let lane: __m512i = std::mem::transmute(lane_numbers);
            let (whole, half) = (_mm512_set1_epi64(2 * size as i64 - 1), _mm512_set1_epi64(size as i64));
            let (inside, one) = (_mm512_set1_epi64(size as i64 - 1), _mm512_set1_epi64(1));
            for to in rotated.iter_mut().take(size) {
                let index = _mm512_add_epi64(_mm512_slli_epi64::<3>(_mm512_and_si512(place, inside)), lane);
                let value = _mm512_i64gather_epi64::<8>(index, polynomial.as_ptr().cast());
                let negative = _mm512_cmpge_epi64_mask(place, half);
                let value = _mm512_mask_sub_epi64(value, negative, _mm512_setzero_si512(), value);
                *to = std::mem::transmute::<__m512i, [u64; LANES]>(value);
                place = _mm512_and_si512(_mm512_add_epi64(place, one), whole);
            }
        }
    }
}
