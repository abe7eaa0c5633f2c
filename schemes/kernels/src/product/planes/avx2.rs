//! Sums of two products of 16 bits in each of eight lanes: AVX2, whose products of bytes would saturate.
#![expect(unsafe_code, reason = "calls of functions that need instructions which detection has found; whole registers")]

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm_set1_epi32, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_cvtepu8_epi16,
    _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_permute4x64_epi64, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::block::{Block, Engine, Products, go_through};
use super::{OUTPUTS, Planes, TILE};
use crate::product::method::Method;

/// Outputs at a time.
const TOGETHER: usize = 2;
/// Registers of four columns.
const REGISTERS: usize = Planes::COLUMNS / 4;

/// There is no value of it on processors without the instructions.
#[derive(Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<&'static dyn Engine> {
        Method::Avx2.is_available().then_some(&Avx2(()))
    }
}

impl Engine for Avx2 {
    fn method(&self) -> Method {
        Method::Avx2
    }

    fn multiply(&self, block: &Block<'_>, sums: &mut [i64]) {
        // SAFETY: an engine is at hand, so the processor has the instructions.
        unsafe { multiply(block, sums) }
    }
}

#[target_feature(enable = "avx2")]
fn multiply(block: &Block<'_>, sums: &mut [i64]) {
    let line = block.depth * TILE;
    go_through::<1>(block, sums, |weights, rows, products| {
        for (rows, products) in rows.chunks_exact(line).zip(products) {
            one(weights, rows, products);
        }
    });
}

/// The products of a tile of outputs with one plane of rows.
#[inline]
#[target_feature(enable = "avx2")]
fn one(weights: &[u64], rows: &[u64], products: &mut Products) {
    for o in (0..OUTPUTS).step_by(TOGETHER) {
        let mut acc = [[_mm256_setzero_si256(); REGISTERS]; TOGETHER];
        for (weights, rows) in weights.chunks_exact(TILE).zip(rows.chunks_exact(TILE)) {
            for (l, rows) in rows.chunks_exact(8).enumerate() {
                let x: [__m256i; REGISTERS] = std::array::from_fn(|r| four_columns(&rows[2 * r..]));
                for (k, acc) in acc.iter_mut().enumerate() {
                    let weight = (weights[(o + k) * 8 + l / 2] >> (l % 2 * 32)) as i32;
                    let weight = _mm256_cvtepi8_epi16(_mm_set1_epi32(weight));
                    for (acc, x) in acc.iter_mut().zip(x) {
                        *acc = _mm256_add_epi32(*acc, _mm256_madd_epi16(x, weight));
                    }
                }
            }
        }
        for (k, [a, b, c, d]) in acc.into_iter().enumerate() {
            let products = &mut products[(o + k) * Planes::COLUMNS..];
            store(pairs(a, b), products);
            store(pairs(c, d), &mut products[8..]);
        }
    }
}

/// Four bytes of each of four columns, as sixteen numbers of 16 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn four_columns(words: &[u64]) -> __m256i {
    let words = &words[..2];
    // SAFETY: two words.
    _mm256_cvtepu8_epi16(unsafe { _mm_loadu_si128(words.as_ptr().cast()) })
}

/// Sums of neighbors: eight columns of four each.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs(a: __m256i, b: __m256i) -> __m256i {
    _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(a, b))
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(sums: __m256i, products: &mut [i32]) {
    let products = &mut products[..8];
    // SAFETY: a register's room.
    unsafe { _mm256_storeu_si256(products.as_mut_ptr().cast(), sums) }
}
