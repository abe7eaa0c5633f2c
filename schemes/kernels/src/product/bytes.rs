//! Residues and weights as planes of bytes, in the order that VNNI and AMX read alike.
//!
//! A *tile* is 16 lines of 64 bytes. Of rows: line l holds byte b of inputs 4l to 4l+3 for each of 16 columns; of
//! weights: line o holds output o's signed bytes for 64 inputs. A weight is the sum of its bytes times powers of 256,
//! each byte from -128 to 127.
#![expect(unsafe_code, reason = "instructions that only callers under AVX-512 reach; whole registers of slices")]

use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_cvtsi32_si128, _mm_prefetch, _mm512_add_epi64, _mm512_castsi512_si256,
    _mm512_cvtepi32_epi64, _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_permutex2var_epi32, _mm512_set1_epi32,
    _mm512_setr_epi32, _mm512_setzero_si512, _mm512_sll_epi64, _mm512_slli_epi32, _mm512_slli_epi64, _mm512_srli_epi32,
    _mm512_storeu_si512, _mm512_ternarylogic_epi32,
};
use std::ops::Range;

use super::blocks::Block;
use super::digits::{Digits, Norms, bits};
use super::rows::Rows;
use super::weights::Form;
use crate::buffer::Buffer;
use crate::residue::modulus::Modulus;

/// Inputs, outputs and columns of a tile.
pub(super) const INPUTS: usize = 64;
pub(super) const OUTPUTS: usize = 16;
pub(super) const COLUMNS: usize = 16;
/// Byte planes of a digit of a residue.
pub(super) const PLANES: usize = 4;
/// Words of a line, and of a tile.
pub(super) const LINE: usize = 8;
pub(super) const TILE: usize = 16 * LINE;
/// Inputs whose sums are kept in 32-bit accumulators: their packed rows fill two thirds of the first cache.
pub(super) const CHUNK: usize = 512;
/// Weights are below 2^30 summed over an output, so that sums of 32-bit digits stay below 2^62.
const MOST_NORM_BITS: u32 = 30;

/// Whether sums of 32-bit digits are exact.
pub(super) fn fit(norms: &Norms) -> bool {
    bits(norms.row) <= MOST_NORM_BITS
}

/// Digits of four bytes.
pub(super) fn digits(p: &Modulus) -> Digits {
    Digits { bits: 32, count: p.bits().div_ceil(32) }
}

/// Words of packed rows from one tile of columns to the next: an odd number of lines, or all tiles would fall
/// on the same few sets of the cache.
pub(super) fn stride(count: usize) -> usize {
    count.div_ceil(INPUTS) * PLANES * TILE + LINE
}

/// Bytes that weights of these magnitudes take: 1, or else an even number.
fn planes(weights: &[i32]) -> usize {
    let fits = |planes: usize| weights.iter().all(|weight| split(*weight, planes).1 == 0);
    [1, 2, 4].into_iter().find(|planes| fits(*planes)).unwrap_or(6)
}

/// The bytes of a weight, the lowest first, and what is left above them.
fn split(weight: i32, planes: usize) -> ([i8; 6], i64) {
    let (mut bytes, mut rest) = ([0; 6], i64::from(weight));
    for byte in &mut bytes[..planes] {
        *byte = rest as i8;
        rest = (rest - i64::from(*byte)) >> 8;
    }
    (bytes, rest)
}

/// `[tile of outputs][tile of inputs][plane]`, each a tile.
pub(super) fn pack_weights(inputs: usize, weights: &[i32]) -> Form {
    let planes = planes(weights);
    let outputs = weights.len() / inputs;
    let tiles = inputs.div_ceil(INPUTS);
    let mut out = Buffer::zeroed(outputs.div_ceil(OUTPUTS) * tiles * planes * TILE);
    for (o, row) in weights.chunks_exact(inputs).enumerate() {
        for (i, weight) in row.iter().enumerate() {
            let tile = ((o / OUTPUTS) * tiles + i / INPUTS) * planes;
            let place = (o % OUTPUTS) * LINE + i % INPUTS / 8;
            for (plane, byte) in split(*weight, planes).0[..planes].iter().enumerate() {
                out[(tile + plane) * TILE + place] |= u64::from(*byte as u8) << (i % 8 * 8);
            }
        }
    }
    Form::Bytes { planes, tiles: out }
}

/// Residues that are stored in words or in halves.
trait Stored: Copy + Default {
    /// Sixteen of them: their digit of an index.
    ///
    /// # Safety
    /// The processor has AVX-512 F.
    unsafe fn load(row: &[Self; 16], index: u32) -> __m512i;
}

impl Stored for u64 {
    #[inline(always)]
    unsafe fn load(row: &[u64; 16], index: u32) -> __m512i {
        // SAFETY: the caller's contract; both halves are within the row.
        unsafe {
            let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            let places = _mm512_add_epi64(even, _mm512_set1_epi32(index as i32));
            let (low, high) = (_mm512_loadu_si512(row.as_ptr().cast()), _mm512_loadu_si512(row[8..].as_ptr().cast()));
            _mm512_permutex2var_epi32(low, places, high)
        }
    }
}

impl Stored for u32 {
    #[inline(always)]
    unsafe fn load(row: &[u32; 16], _index: u32) -> __m512i {
        // SAFETY: the caller's contract.
        unsafe { _mm512_loadu_si512(row.as_ptr().cast()) }
    }
}

/// Packs a digit of rows: `[tile of columns][tile of inputs][plane]`, each a tile, [`stride`] words from one tile of
/// columns to the next. What is missing to whole tiles is zero.
#[target_feature(enable = "avx512f")]
pub(super) fn pack(rows: &Rows<'_>, columns: Range<usize>, index: u32, out: &mut [u64]) {
    match rows {
        Rows::Words(rows) => pack_rows(rows, columns, index, out),
        Rows::Halves(rows) => pack_rows(rows, columns, index, out),
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn pack_rows<R: Stored>(rows: &[&[R]], columns: Range<usize>, index: u32, out: &mut [u64]) {
    let stride = stride(rows.len());
    for group in 0..rows.len().div_ceil(INPUTS) * INPUTS / 4 {
        let place = group / 16 * PLANES * TILE + group % 16 * LINE;
        let mut four: [&[R]; 4] = [&[]; 4];
        four.iter_mut().zip(rows.iter().skip(4 * group)).for_each(|(four, row)| *four = &row[columns.clone()]);
        let next = rows.iter().skip(4 * (group + 1)).take(4);
        for (tile, start) in out.chunks_exact_mut(stride).zip((0..).step_by(COLUMNS)) {
            next.clone().for_each(|row| prefetch(&row[columns.clone()], start));
            let mut x = [_mm512_setzero_si512(); 4];
            for (x, row) in x.iter_mut().zip(four) {
                if let Some(row) = row.get(start..).and_then(<[R]>::first_chunk) {
                    // SAFETY: this function is compiled for AVX-512 F.
                    *x = unsafe { R::load(row, index) };
                } else if let Some(row) = row.get(start..) {
                    let mut padded = [R::default(); 16];
                    padded[..row.len()].copy_from_slice(row);
                    // SAFETY: as above.
                    *x = unsafe { R::load(&padded, index) };
                }
            }
            for (plane, line) in interleave(x).into_iter().enumerate() {
                store(line, &mut tile[place + plane * TILE..]);
            }
        }
    }
}

/// Asks for sixteen columns: rows lie far apart, and no processor foresees the way from one to the next.
#[inline]
#[target_feature(enable = "avx512f")]
fn prefetch<R>(row: &[R], start: usize) {
    for line in 0..size_of::<R>() / 4 {
        // A hint, which may point anywhere.
        _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().wrapping_add(start + 8 * line).cast());
    }
}

/// Of four rows of dwords, plane by plane: the four rows' bytes side by side.
#[inline]
#[target_feature(enable = "avx512f")]
fn interleave([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let bytes = _mm512_set1_epi32(0x00ff_00ff);
    let halves = _mm512_set1_epi32(0x0000_ffff);
    // Bytes 0 and 2, then 1 and 3, of two rows.
    let even = |x, y| select(bytes, x, _mm512_slli_epi32::<8>(y));
    let odd = |x, y| select(bytes, _mm512_srli_epi32::<8>(x), y);
    let (ab02, ab13, cd02, cd13) = (even(a, b), odd(a, b), even(c, d), odd(c, d));
    let low = |x, y| select(halves, x, _mm512_slli_epi32::<16>(y));
    let high = |x, y| select(halves, _mm512_srli_epi32::<16>(x), y);
    [low(ab02, cd02), low(ab13, cd13), high(ab02, cd02), high(ab13, cd13)]
}

/// Bits of `x` where the mask has ones, of `y` elsewhere.
#[inline]
#[target_feature(enable = "avx512f")]
fn select(mask: __m512i, x: __m512i, y: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xca>(mask, x, y)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(line: __m512i, out: &mut [u64]) {
    let out = &mut out[..LINE];
    // SAFETY: a line's room.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), line) }
}

/// `sums[x] += sum_k acc[k][x] * 2^(8 k + shift)` for sixteen columns.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn add_planes<const K: usize>(acc: [__m512i; K], shift: u32, sums: &mut [i64]) {
    let sums = &mut sums[..16];
    let [mut low, mut high] = [_mm512_setzero_si512(); 2];
    for acc in acc.into_iter().rev() {
        let (low_acc, high_acc) = (_mm512_castsi512_si256(acc), _mm512_extracti64x4_epi64::<1>(acc));
        low = _mm512_add_epi64(_mm512_slli_epi64::<8>(low), _mm512_cvtepi32_epi64(low_acc));
        high = _mm512_add_epi64(_mm512_slli_epi64::<8>(high), _mm512_cvtepi32_epi64(high_acc));
    }
    let shift = _mm_cvtsi32_si128(shift as i32);
    for (half, sums) in [low, high].into_iter().zip(sums.chunks_exact_mut(8)) {
        let half = _mm512_sll_epi64(half, shift);
        // SAFETY: eight words each.
        unsafe {
            let sum = _mm512_add_epi64(_mm512_loadu_si512(sums.as_ptr().cast()), half);
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), sum);
        }
    }
}

/// Of each tile of outputs, the tiles that a block's inputs meet.
pub(super) fn within<'a>(
    planes: usize,
    weights: &'a [u64],
    block: &Block<'_>,
) -> impl Iterator<Item = &'a [u64]> + use<'a> {
    let tile = planes * TILE;
    let range = block.first / INPUTS * tile..(block.first + block.count).div_ceil(INPUTS) * tile;
    weights.chunks_exact(block.inputs.div_ceil(INPUTS) * tile).map(move |weights| &weights[range.clone()])
}

/// An engine of bytes around its multiplication of tiles.
macro_rules! bytes_engine {
    ($name:ident, $multiply:ident) => {
        /// There is no value of it on processors without the instructions.
        #[derive(Debug)]
        pub(super) struct $name(());

        impl $name {
            pub(super) fn detect() -> Option<&'static dyn $crate::product::blocks::Engine> {
                $crate::product::method::Method::$name.is_available().then_some(&$name(()))
            }
        }

        const _: () = {
            use std::ops::Range;

            use $crate::product::blocks::{Block, Engine};
            use $crate::product::bytes;
            use $crate::product::digits::{Digits, Norms};
            use $crate::product::method::Method;
            use $crate::product::rows::Rows;
            use $crate::product::weights::Form;
            use $crate::residue::modulus::Modulus;

            // SAFETY of the calls: an engine is at hand, so the processor has the instructions.
            impl Engine for $name {
                fn method(&self) -> Method {
                    Method::$name
                }

                fn fits(&self, norms: &Norms) -> bool {
                    bytes::fit(norms)
                }

                fn digits(&self, p: &Modulus, _norms: &Norms) -> Digits {
                    bytes::digits(p)
                }

                fn chunk(&self, _form: &Form) -> usize {
                    bytes::CHUNK
                }

                fn tile_outputs(&self) -> usize {
                    bytes::OUTPUTS
                }

                fn tile_columns(&self, _form: &Form) -> usize {
                    bytes::COLUMNS
                }

                fn packed_words(&self, count: usize, columns: usize) -> usize {
                    columns / bytes::COLUMNS * bytes::stride(count)
                }

                fn dense(&self, inputs: usize, weights: &[i32]) -> Form {
                    bytes::pack_weights(inputs, weights)
                }

                fn word(&self, weight: i32) -> u64 {
                    i64::from(weight) as u64
                }

                fn pack(
                    &self,
                    _form: &Form,
                    rows: &Rows<'_>,
                    columns: Range<usize>,
                    (_, index): (Digits, u32),
                    packed: &mut [u64],
                ) {
                    unsafe { bytes::pack(rows, columns, index, packed) }
                }

                fn multiply(&self, form: &Form, block: &Block<'_>, sums: &mut [i64]) {
                    match form {
                        Form::Bytes { planes, tiles } => unsafe { $multiply(*planes, tiles, block, sums) },
                        Form::Dense(_) | Form::Sparse(_) => unreachable!("weights are packed by their own engine"),
                    }
                }
            }
        };
    };
}

pub(super) use bytes_engine;
