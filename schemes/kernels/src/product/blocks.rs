//! A product in blocks of columns and chunks of inputs that stay in the cache.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::amx::Amx;
#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512::Avx512;
use super::digits::{Digits, Norms};
#[cfg(target_arch = "x86_64")]
use super::ifma::Ifma;
use super::merging::Merging;
use super::method::Method;
use super::rows::Rows;
use super::scalar::Scalar;
#[cfg(target_arch = "x86_64")]
use super::vnni::Vnni;
use super::weights::Form;
use crate::buffer::Buffer;
use crate::residue::modulus::Modulus;

/// Words of packed rows, and of sums, that a block takes at most, if it can: half a megabyte each.
const BLOCK_WORDS: usize = 1 << 17;
/// Columns of a block at most: what one row is read for at a time.
const MOST_COLUMNS: usize = 512;

/// One digit of some rows, packed, and where they belong.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// Inputs of the matrix.
    pub inputs: usize,
    /// The first row's input.
    pub first: usize,
    /// Rows.
    pub count: usize,
    pub packed: &'a [u64],
    /// Words of `sums` from one output to the next.
    pub stride: usize,
}

/// Exact integer products with one method.
pub(super) trait Engine: Send + Sync + std::fmt::Debug {
    fn method(&self) -> Method;
    /// Whether sums of that size are exact.
    fn fits(&self, _norms: &Norms) -> bool {
        true
    }
    /// How residues are cut.
    fn digits(&self, p: &Modulus, norms: &Norms) -> Digits;
    /// Inputs whose sum is kept in registers: chunks end at multiples of it.
    fn chunk(&self, form: &Form) -> usize {
        match form {
            Form::Dense(_) | Form::Bytes { .. } => 256,
            Form::Sparse(_) => 1024,
        }
    }
    /// Outputs are padded to a multiple of this.
    fn tile_outputs(&self) -> usize;
    /// Columns are padded to a multiple of this.
    fn tile_columns(&self, form: &Form) -> usize;
    /// Words of so many packed rows of padded columns.
    fn packed_words(&self, count: usize, columns: usize) -> usize {
        count * columns
    }
    /// A dense matrix, row-major.
    fn dense(&self, inputs: usize, weights: &[i32]) -> Form;
    /// A weight of a sparse matrix.
    fn word(&self, weight: i32) -> u64;
    /// Packs the digit of that index of some columns; `packed` holds [`Engine::packed_words`].
    fn pack(&self, form: &Form, rows: &Rows<'_>, columns: Range<usize>, digit: (Digits, u32), packed: &mut [u64]);
    /// `sums[o][x] += sum_i weight[o][i] * digit(row[i][x])`.
    fn multiply(&self, form: &Form, block: &Block<'_>, sums: &mut [i64]);
}

/// The engine that a dense matrix of such sums takes: the method's, or the next plainer one that can.
pub(super) fn dense_engine(method: Method, norms: &Norms) -> &'static dyn Engine {
    let fitting = |method: &Method| method.is_available() && engine(*method).fits(norms);
    method.and_plainer().find(fitting).map_or(&Scalar, engine)
}

/// The engine that a sparse matrix takes: one of single entries, not of tiles of bytes.
pub(super) fn sparse_engine(method: Method) -> &'static dyn Engine {
    let fitting = |method: &Method| method.is_available() && !method.is_of_bytes();
    method.and_plainer().find(fitting).map_or(&Scalar, engine)
}

/// The engine of a method; the scalar one where the processor lacks its instructions.
fn engine(method: Method) -> &'static dyn Engine {
    match method {
        #[cfg(target_arch = "x86_64")]
        Method::Ifma => Ifma::detect().unwrap_or(&Scalar),
        #[cfg(target_arch = "x86_64")]
        Method::Avx2 => Avx2::detect().unwrap_or(&Scalar),
        #[cfg(target_arch = "x86_64")]
        Method::Avx512 => Avx512::detect().unwrap_or(&Scalar),
        #[cfg(target_arch = "x86_64")]
        Method::Vnni => Vnni::detect().unwrap_or(&Scalar),
        #[cfg(target_arch = "x86_64")]
        Method::Amx => Amx::detect().unwrap_or(&Scalar),
        #[cfg(not(target_arch = "x86_64"))]
        Method::Avx2 | Method::Avx512 | Method::Ifma | Method::Vnni | Method::Amx => &Scalar,
        Method::Scalar => &Scalar,
    }
}

/// A matrix to be multiplied with, and the prime.
#[derive(Debug)]
pub(super) struct Product<'a> {
    pub engine: &'static dyn Engine,
    pub form: &'a Form,
    pub outputs: usize,
    pub inputs: usize,
    pub norms: Norms,
    pub p: &'a Modulus,
}

impl Product<'_> {
    /// Adds the products of inputs from `first` on to `acc`; the first ones write over it, and the last ones leave
    /// residues.
    pub(super) fn accumulate(&self, first: usize, rows: &Rows<'_>, acc: &mut [&mut [u64]]) {
        let columns = acc.first().map_or(0, |acc| acc.len());
        let digits = self.engine.digits(self.p, &self.norms);
        let width = self.block_columns(digits);
        let merging = Merging::new(self, digits, first, rows.count());
        let mut scratch = Scratch::new(self, digits, rows.count(), columns.min(width));
        for start in (0..columns).step_by(width) {
            let range = start..columns.min(start + width);
            let stride = self.stride(range.len());
            self.sum(digits, first, rows, range.clone(), &mut scratch);
            merging.merge(&mut scratch.sums, stride, acc.iter_mut().map(|acc| &mut acc[range.clone()]));
        }
    }

    fn padded_outputs(&self) -> usize {
        self.outputs.next_multiple_of(self.engine.tile_outputs())
    }

    /// Columns of a block.
    fn block_columns(&self, digits: Digits) -> usize {
        let tile = self.engine.tile_columns(self.form);
        let rows = self.engine.chunk(self.form).min(self.inputs).max(self.padded_outputs() * digits.count as usize);
        (BLOCK_WORDS / rows).clamp(64, MOST_COLUMNS).next_multiple_of(tile)
    }

    /// Words from one output's sums to the next's.
    fn stride(&self, columns: usize) -> usize {
        self.padded_columns(columns).next_multiple_of(Merging::ROW)
    }

    fn padded_columns(&self, columns: usize) -> usize {
        columns.next_multiple_of(self.engine.tile_columns(self.form))
    }

    /// Computes the sums of some columns.
    fn sum(&self, digits: Digits, first: usize, rows: &Rows<'_>, columns: Range<usize>, scratch: &mut Scratch) {
        let stride = self.stride(columns.len());
        let padded = self.padded_columns(columns.len());
        let chunk = self.engine.chunk(self.form);
        let words = self.padded_outputs() * stride;
        scratch.sums.iter_mut().for_each(|sums| sums[..words].fill(0));
        let end = first + rows.count();
        let mut start = first;
        while start < end {
            let stop = end.min((start + 1).next_multiple_of(chunk));
            let part = rows.part(start - first..stop - first);
            let packed = &mut scratch.packed[..self.engine.packed_words(part.count(), padded)];
            for (index, sums) in (0..).zip(&mut scratch.sums) {
                self.engine.pack(self.form, &part, columns.clone(), (digits, index), packed);
                let block = Block { inputs: self.inputs, first: start, count: part.count(), packed, stride };
                self.engine.multiply(self.form, &block, &mut sums.integers_mut()[..words]);
            }
            start = stop;
        }
    }
}

/// Memory of one block after the other.
#[derive(Debug)]
struct Scratch {
    /// `[digit][output][column]`.
    sums: Vec<Buffer>,
    packed: Buffer,
}

impl Scratch {
    fn new(product: &Product<'_>, digits: Digits, rows: usize, columns: usize) -> Self {
        let rows = product.engine.chunk(product.form).min(rows);
        let words = product.padded_outputs() * product.stride(columns);
        Scratch {
            sums: (0..digits.count).map(|_| Buffer::stale(words)).collect(),
            packed: Buffer::stale(product.engine.packed_words(rows, product.padded_columns(columns))),
        }
    }
}
