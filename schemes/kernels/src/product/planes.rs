//! Products of a matrix of small signed integers with rows of unsigned integers of a few bytes, exact modulo 2^64.
//!
//! `sum[o][x] = sum_i weight[o][i] * row[i][x] mod 2^64`: what the ciphertexts of `rlwe-ipfe` go through, whose modulus is
//! a power of 256 once they are switched to it. Unlike those of [`Weights`](super::weights::Weights), rows are cut into
//! planes of bytes once and kept so ([`Planes`]); there is no prime and no reduction, and each byte of a row is one product
//! of bytes. With one plane it is the plain product of bytes.
//!
//! Both sides stand in *tiles* of 16 lines of 64 bytes, whatever the instructions. Of rows: line l holds inputs 4l to 4l+3
//! of each of 16 columns; of weights: line o holds output o's signed bytes for 64 inputs. All methods run in constant time.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod block;
mod matrix;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod vnni;

#[cfg(test)]
mod tests;

pub use matrix::Matrix;

use zeroize::Zeroize;

use crate::buffer::Buffer;

/// Inputs of a tile.
const INPUTS: usize = 64;
/// Outputs of a tile.
const OUTPUTS: usize = 16;
/// Words of a tile.
const TILE: usize = 128;
/// Most inputs: sums of products of bytes stay below 2^31.
pub const MOST_INPUTS: usize = 1 << 16;

/// Rows of unsigned integers of up to 8 bytes, one row an input, as planes of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    inputs: usize,
    columns: usize,
    planes: usize,
    /// `[tile of columns][plane][tile of inputs]`, each a tile.
    tiles: Buffer,
}

impl Planes {
    /// Columns of a tile.
    pub const COLUMNS: usize = 16;

    /// Rows of zeros. Panics unless there are 1 to 2^16 inputs and 1 to 8 planes.
    pub fn zeroed(inputs: usize, columns: usize, planes: usize) -> Planes {
        assert!((1..=MOST_INPUTS).contains(&inputs), "{inputs} inputs, expected 1 to {MOST_INPUTS}");
        assert!((1..=8).contains(&planes), "{planes} planes, expected 1 to 8");
        let words = columns.div_ceil(Self::COLUMNS) * planes * inputs.div_ceil(INPUTS) * TILE;
        Planes { inputs, columns, planes, tiles: Buffer::zeroed(words) }
    }

    /// Rows of the matrix.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of a number.
    pub fn planes(&self) -> usize {
        self.planes
    }

    /// Tiles of [`Planes::COLUMNS`] columns; what the last one has too many is zero.
    pub fn column_tiles(&self) -> usize {
        self.columns.div_ceil(Self::COLUMNS)
    }

    /// Bytes in memory.
    pub fn resident_bytes(&self) -> u64 {
        8 * self.tiles.len() as u64
    }

    /// The number of a row and a column. Panics where there is none.
    pub fn number(&self, input: usize, column: usize) -> u64 {
        assert!(input < self.inputs && column < self.columns, "row {input} and column {column}");
        let line = self.inputs.div_ceil(INPUTS) * TILE;
        let place = input / INPUTS * TILE + input % INPUTS / 4 * 8 + column % Self::COLUMNS / 2;
        let first = column / Self::COLUMNS * self.planes * line + place;
        let shift = (column % 2 * 4 + input % 4) * 8;
        let byte = |plane: usize| self.tiles[first + plane * line] >> shift & 0xff;
        (0..self.planes).map(|plane| byte(plane) << (8 * plane)).sum()
    }

    /// Writes up to four rows, from a multiple of four on; of each number the lowest bytes, as many as there are planes.
    ///
    /// Panics for rows that do not exist or are of another length.
    pub fn set_rows(&mut self, first: usize, rows: &[&[u64]]) {
        assert!(first.is_multiple_of(4) && rows.len() <= 4, "{} rows from {first} on", rows.len());
        assert!(first + rows.len() <= self.inputs && rows.iter().all(|row| row.len() == self.columns), "rows that fit");
        let (planes, depth) = (self.planes, self.inputs.div_ceil(INPUTS));
        let place = first / INPUTS * TILE + first % INPUTS / 4 * 8;
        for column in (0..self.columns).step_by(2) {
            let numbers = |column: usize| {
                let mut numbers = [0; 4];
                let present = numbers.iter_mut().zip(rows);
                present.for_each(|(number, row)| *number = row.get(column).copied().unwrap_or(0));
                numbers
            };
            let (even, odd) = (numbers(column), numbers(column + 1));
            let tile = column / Self::COLUMNS * planes * depth * TILE + place + column % Self::COLUMNS / 2;
            for plane in 0..planes {
                let word = side_by_side(even, plane) | side_by_side(odd, plane) << 32;
                self.tiles[tile + plane * depth * TILE] = word;
            }
        }
    }
}

/// The byte of that index of each of four numbers.
#[inline(always)]
fn side_by_side(numbers: [u64; 4], index: usize) -> u64 {
    let byte = |number: u64| number >> (8 * index) & 0xff;
    byte(numbers[0]) | byte(numbers[1]) << 8 | byte(numbers[2]) << 16 | byte(numbers[3]) << 24
}

impl Zeroize for Planes {
    fn zeroize(&mut self) {
        self.tiles.zeroize();
    }
}
