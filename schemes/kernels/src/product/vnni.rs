//! Sums of four products of bytes in each of sixteen lanes: AVX-512 VNNI.
#![expect(unsafe_code, reason = "calls of functions that need instructions which detection has found; whole registers")]

use std::arch::x86_64::{__m512i, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512};

use super::blocks::Block;
use super::bytes::{self, COLUMNS, INPUTS, LINE, OUTPUTS, PLANES, TILE, add_planes, bytes_engine};

/// Outputs at a time.
const TOGETHER: usize = 4;

#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply(planes: usize, weights: &[u64], block: &Block<'_>, sums: &mut [i64]) {
    for (t, rows) in block.packed.chunks_exact(bytes::stride(block.count)).enumerate() {
        let outputs = bytes::within(planes, weights, block).zip(sums.chunks_exact_mut(OUTPUTS * block.stride));
        for (weights, sums) in outputs {
            for o in (0..OUTPUTS).step_by(TOGETHER) {
                let sums = &mut sums[o * block.stride + t * COLUMNS..];
                let weights = &weights[o * LINE..];
                if planes == 1 {
                    few::<1, PLANES>(weights, (planes, 0), rows, block.stride, sums);
                } else {
                    for plane in (0..planes).step_by(2) {
                        few::<2, { PLANES + 1 }>(weights, (planes, plane), rows, block.stride, sums);
                    }
                }
            }
        }
    }
}

/// The products of W planes of weights, from one of theirs on, that start with the few outputs' lines; there are K
/// places of bytes in the products.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn few<const W: usize, const K: usize>(
    weights: &[u64],
    (planes, plane): (usize, usize),
    rows: &[u64],
    stride: usize,
    sums: &mut [i64],
) {
    let mut acc = [[_mm512_setzero_si512(); K]; TOGETHER];
    for (weights, rows) in weights.chunks(planes * TILE).zip(rows.chunks_exact(PLANES * TILE)) {
        for line in 0..INPUTS / 4 {
            let mut x = [_mm512_setzero_si512(); PLANES];
            for (b, x) in x.iter_mut().enumerate() {
                *x = load(&rows[b * TILE + line * LINE..]);
            }
            for (o, acc) in acc.iter_mut().enumerate() {
                for w in 0..W {
                    let word = weights[(plane + w) * TILE + o * LINE + line / 2];
                    let weight = _mm512_set1_epi32((word >> (line % 2 * 32)) as i32);
                    for (b, x) in x.iter().enumerate() {
                        acc[b + w] = _mm512_dpbusd_epi32(acc[b + w], *x, weight);
                    }
                }
            }
        }
    }
    for (o, acc) in acc.into_iter().enumerate() {
        add_planes(acc, 8 * plane as u32, &mut sums[o * stride..]);
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(line: &[u64]) -> __m512i {
    let line = &line[..LINE];
    // SAFETY: a line's words.
    unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
}

bytes_engine!(Vnni, multiply);
