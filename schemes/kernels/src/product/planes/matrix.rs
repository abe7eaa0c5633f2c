//! The matrix that rows of bytes are multiplied with.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::amx::Amx;
#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::block::{Block, Engine};
use super::scalar::Scalar;
#[cfg(target_arch = "x86_64")]
use super::vnni::Vnni;
use super::{INPUTS, MOST_INPUTS, OUTPUTS, Planes, TILE};
use crate::buffer::Buffer;
use crate::product::method::Method;

/// A matrix of signed integers, outputs by inputs, packed once for products with many rows.
#[derive(Debug, Clone)]
pub struct Matrix {
    engine: &'static dyn Engine,
    outputs: usize,
    inputs: usize,
    /// For each byte of a weight, the lowest first: `[tile of outputs][tile of inputs]`, each a tile.
    bytes: Vec<Buffer>,
}

impl Matrix {
    /// Packs a matrix given row by row: one row of `inputs` weights for every output.
    ///
    /// The method that is used is [`Matrix::method`]: a plainer one where the processor or this product lacks the given
    /// one's instructions. Panics unless there are whole rows of 1 to 2^16 inputs.
    pub fn new(method: Method, inputs: usize, weights: &[i32]) -> Matrix {
        assert!((1..=MOST_INPUTS).contains(&inputs), "{inputs} inputs, expected 1 to {MOST_INPUTS}");
        assert!(weights.len().is_multiple_of(inputs), "{} weights are no whole rows of {inputs}", weights.len());
        let outputs = weights.len() / inputs;
        let mut bytes = Vec::new();
        let mut rest = weights.to_vec();
        while bytes.is_empty() || rest.iter().any(|weight| *weight != 0) {
            bytes.push(lowest_bytes(inputs, outputs, &mut rest));
        }
        Matrix { engine: engine(method), outputs, inputs, bytes }
    }

    /// The method that is used.
    pub fn method(&self) -> Method {
        self.engine.method()
    }

    /// Rows of the matrix.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Columns of the matrix, rows of what it is multiplied with.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Bytes in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.bytes.iter().map(|bytes| 8 * bytes.len() as u64).sum()
    }

    /// `sums[o][x] = sum_i weight[o][i] * rows[i][x] mod 2^64` for some tiles of columns, on the calling thread; `sums`
    /// holds [`Planes::COLUMNS`] numbers for each tile and output.
    ///
    /// Panics unless the shapes agree.
    pub fn multiply(&self, rows: &Planes, tiles: Range<usize>, sums: &mut [i64]) {
        assert_eq!(rows.inputs, self.inputs, "rows and inputs");
        assert!(tiles.end <= rows.column_tiles(), "tiles {tiles:?} of {}", rows.column_tiles());
        assert_eq!(sums.len(), self.outputs * tiles.len() * Planes::COLUMNS, "room for all sums");
        let depth = self.inputs.div_ceil(INPUTS);
        let tile = rows.planes * depth * TILE;
        sums.fill(0);
        for (shift, weights) in (0..).step_by(8).zip(&self.bytes) {
            let rows = &rows.tiles[tiles.start * tile..tiles.end * tile];
            let planes = rows.len() / (tiles.len().max(1) * depth * TILE);
            self.engine.multiply(&Block { weights, rows, depth, planes, shift, outputs: self.outputs }, sums);
        }
    }
}

/// Takes the lowest byte, from -128 to 127, off every weight and packs those bytes.
fn lowest_bytes(inputs: usize, outputs: usize, rest: &mut [i32]) -> Buffer {
    let depth = inputs.div_ceil(INPUTS);
    let mut out = Buffer::zeroed(outputs.div_ceil(OUTPUTS) * depth * TILE);
    for (o, row) in rest.chunks_exact_mut(inputs).enumerate() {
        for (i, weight) in row.iter_mut().enumerate() {
            let byte = *weight as i8;
            // One more than 32 bits may hold, before the shift makes room.
            *weight = ((i64::from(*weight) - i64::from(byte)) >> 8) as i32;
            let word = (o / OUTPUTS * depth + i / INPUTS) * TILE + o % OUTPUTS * 8 + i % INPUTS / 8;
            out[word] |= u64::from(byte as u8) << (i % 8 * 8);
        }
    }
    out
}

/// The engine of a method, or of the next plainer one that there is.
fn engine(method: Method) -> &'static dyn Engine {
    let of = |method| match method {
        #[cfg(target_arch = "x86_64")]
        Method::Amx => Amx::detect(),
        #[cfg(target_arch = "x86_64")]
        Method::Vnni => Vnni::detect(),
        #[cfg(target_arch = "x86_64")]
        Method::Avx2 => Avx2::detect(),
        #[cfg(not(target_arch = "x86_64"))]
        Method::Amx | Method::Vnni | Method::Avx2 => None,
        Method::Ifma | Method::Avx512 | Method::Scalar => None,
    };
    method.and_plainer().find_map(of).unwrap_or(&Scalar)
}
