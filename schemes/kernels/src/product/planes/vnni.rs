//! Sums of four products of bytes in each of sixteen lanes: AVX-512 VNNI.
#![expect(unsafe_code, reason = "calls of functions that need instructions which detection has found; whole registers")]

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::block::{Block, Engine, Products, go_through};
use super::{OUTPUTS, Planes, TILE};
use crate::product::method::Method;

/// Outputs at a time.
const TOGETHER: usize = 4;

/// There is no value of it on processors without the instructions.
#[derive(Debug)]
pub(super) struct Vnni(());

impl Vnni {
    pub(super) fn detect() -> Option<&'static dyn Engine> {
        Method::Vnni.is_available().then_some(&Vnni(()))
    }
}

impl Engine for Vnni {
    fn method(&self) -> Method {
        Method::Vnni
    }

    fn multiply(&self, block: &Block<'_>, sums: &mut [i64]) {
        // SAFETY: an engine is at hand, so the processor has the instructions.
        unsafe { multiply(block, sums) }
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512vnni")]
fn multiply(block: &Block<'_>, sums: &mut [i64]) {
    let line = block.depth * TILE;
    go_through::<1>(block, sums, |weights, rows, products| {
        let mut done = 0;
        while done < products.len() {
            let left = products.len() - done;
            // As even as it goes: few planes leave registers idle.
            let count = if (6..9).contains(&left) { left.div_ceil(2) } else { left.min(5) };
            let (rows, products) = (&rows[done * line..], &mut products[done..done + count]);
            match count {
                5 => few::<5>(weights, rows, line, products),
                4 => few::<4>(weights, rows, line, products),
                3 => few::<3>(weights, rows, line, products),
                2 => few::<2>(weights, rows, line, products),
                _ => few::<1>(weights, rows, line, products),
            }
            done += count;
        }
    });
}

/// The products of a tile of outputs with K planes of rows, `line` words each.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512vnni")]
fn few<const K: usize>(weights: &[u64], rows: &[u64], line: usize, products: &mut [Products]) {
    let planes: [&[u64]; K] = std::array::from_fn(|plane| &rows[plane * line..][..line]);
    for o in (0..OUTPUTS).step_by(TOGETHER) {
        let mut acc = [[_mm512_setzero_si512(); K]; TOGETHER];
        for (tile, weights) in weights.chunks_exact(TILE).enumerate() {
            let weights: [&[u64]; TOGETHER] = std::array::from_fn(|k| &weights[(o + k) * 8..][..8]);
            for l in 0..16 {
                let x: [__m512i; K] = std::array::from_fn(|plane| load(&planes[plane][tile * TILE + l * 8..]));
                for (acc, weights) in acc.iter_mut().zip(weights) {
                    let weight = _mm512_set1_epi32((weights[l / 2] >> (l % 2 * 32)) as i32);
                    for (acc, x) in acc.iter_mut().zip(x) {
                        *acc = _mm512_dpbusd_epi32(*acc, x, weight);
                    }
                }
            }
        }
        for (k, acc) in acc.into_iter().enumerate() {
            for (acc, products) in acc.into_iter().zip(products.iter_mut()) {
                store(acc, &mut products[(o + k) * Planes::COLUMNS..]);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(line: &[u64]) -> __m512i {
    let line = &line[..8];
    // SAFETY: a line's words.
    unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(acc: __m512i, products: &mut [i32]) {
    let products = &mut products[..16];
    // SAFETY: a line's room.
    unsafe { _mm512_storeu_si512(products.as_mut_ptr().cast(), acc) }
}
