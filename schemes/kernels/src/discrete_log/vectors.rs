//! Lookups that compare a cache line at once, by AVX-512 or in halves by AVX2.
#![expect(
    unsafe_code,
    reason = "calls of functions that need instructions which detection has found; loads of whole lines"
)]

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm256_andnot_si256, _mm256_castsi256_pd, _mm256_cmpeq_epi64, _mm256_load_si256,
    _mm256_movemask_pd, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_srl_epi64, _mm512_cmpeq_epi64_mask,
    _mm512_load_si512, _mm512_set1_epi64, _mm512_srl_epi64, _mm512_test_epi64_mask,
};

use super::table::{Line, Sign, Table, find_each};
use crate::dispatch::Kernel;

/// [`Table::find_all`], if the table's kernel has instructions for it.
pub(super) fn find_all(table: &Table, queries: &[(u64, Sign)], found: &mut [Option<i64>]) -> bool {
    if !table.kernel.is_available() {
        return false;
    }
    // SAFETY: just asked.
    match table.kernel {
        Kernel::Scalar => return false,
        Kernel::Avx2 => unsafe { find_by_avx2(table, queries, found) },
        Kernel::Avx512 | Kernel::Ifma => unsafe { find_by_avx512(table, queries, found) },
    }
    true
}

#[target_feature(enable = "avx2")]
fn find_by_avx2(table: &Table, queries: &[(u64, Sign)], found: &mut [Option<i64>]) {
    find_each(table, queries, found, |line, fingerprint, shift| four_and_four(line, fingerprint, shift));
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn find_by_avx512(table: &Table, queries: &[(u64, Sign)], found: &mut [Option<i64>]) {
    find_each(table, queries, found, |line, fingerprint, shift| all_eight(line, fingerprint, shift));
}

/// The entries with that fingerprint that are not empty.
#[inline]
#[target_feature(enable = "avx2")]
fn four_and_four(Line(entries): &Line, fingerprint: u64, shift: u32) -> u8 {
    let (fingerprint, count) = (_mm256_set1_epi64x(fingerprint as i64), _mm_cvtsi32_si128(shift as i32));
    let matches = |entries: __m256i| {
        let same = _mm256_cmpeq_epi64(_mm256_srl_epi64(entries, count), fingerprint);
        let empty = _mm256_cmpeq_epi64(entries, _mm256_setzero_si256());
        _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_andnot_si256(empty, same))) as u8
    };
    // SAFETY: both halves of an aligned line.
    let (first, second) =
        unsafe { (_mm256_load_si256(entries.as_ptr().cast()), _mm256_load_si256(entries.as_ptr().add(4).cast())) };
    matches(first) | matches(second) << 4
}

/// The entries with that fingerprint that are not empty.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn all_eight(Line(entries): &Line, fingerprint: u64, shift: u32) -> u8 {
    // SAFETY: a whole aligned line.
    let entries = unsafe { _mm512_load_si512(entries.as_ptr().cast()) };
    let (fingerprint, count) = (_mm512_set1_epi64(fingerprint as i64), _mm_cvtsi32_si128(shift as i32));
    let same = _mm512_cmpeq_epi64_mask(_mm512_srl_epi64(entries, count), fingerprint);
    same & _mm512_test_epi64_mask(entries, entries)
}
