//! Lookups that compare a cache line at once.
#![expect(
    unsafe_code,
    reason = "calls of functions that need instructions which detection has found; loads of whole lines"
)]

use std::arch::x86_64::{
    __m128i, _mm_cvtsi32_si128, _mm512_cmpeq_epi64_mask, _mm512_load_si512, _mm512_set1_epi64, _mm512_srl_epi64,
    _mm512_test_epi64_mask,
};

use super::table::{Line, Sign, Table, find};

/// Lookups whose lines are on their way together.
const TOGETHER: usize = 64;

/// [`Table::find_all`] on a processor that has AVX-512, which the caller has asked.
pub(super) fn find_all(table: &Table, queries: &[(u64, Sign)], found: &mut [Option<i64>]) {
    assert!(table.kernel.is_available(), "a table knows a kernel that the processor has");
    // SAFETY: just asked.
    unsafe { find_batches(table, queries, found) }
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn find_batches(table: &Table, queries: &[(u64, Sign)], found: &mut [Option<i64>]) {
    queries.iter().take(TOGETHER).for_each(|(key, _)| table.prefetch(*key));
    for (k, ((key, sign), found)) in queries.iter().zip(found).enumerate() {
        if let Some((next, _)) = queries.get(k + TOGETHER) {
            table.prefetch(*next);
        }
        *found = find(table, *key, *sign, |line, fingerprint, shift| matches(line, fingerprint, shift));
    }
}

/// The entries with that fingerprint that are not empty.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn matches(line: &Line, fingerprint: u64, shift: u32) -> u8 {
    // SAFETY: a whole aligned line.
    let entries = unsafe { _mm512_load_si512(line.0.as_ptr().cast()) };
    let count: __m128i = _mm_cvtsi32_si128(shift as i32);
    let same = _mm512_cmpeq_epi64_mask(_mm512_srl_epi64(entries, count), _mm512_set1_epi64(fingerprint as i64));
    same & _mm512_test_epi64_mask(entries, entries)
}
