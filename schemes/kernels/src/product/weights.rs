//! Weights, packed for a method.

use super::blocks::{self, Engine, Product};
use super::digits::Norms;
use super::method::Method;
use super::rows::Rows;
use super::support::{self, Group};
use crate::buffer::Buffer;
use crate::residue::modulus::Modulus;

/// A matrix as an engine reads it.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// In an order and an encoding of the engine's own.
    Dense(Buffer),
    /// Tiles of bytes, with so many bytes for each weight.
    Bytes { planes: usize, tiles: Buffer },
    /// Entry by entry.
    Sparse(Vec<Group>),
}

/// A matrix of signed integers, outputs by inputs, packed once for products with many rows.
///
/// The inputs are given at once ([`Weights::multiply`]) or in chunks ([`Weights::accumulate`]), so that they need
/// not all be in memory.
#[derive(Debug, Clone)]
pub struct Weights {
    engine: &'static dyn Engine,
    outputs: usize,
    inputs: usize,
    norms: Norms,
    form: Form,
}

impl Weights {
    /// Inputs of a chunk are a multiple of this, except in the last one.
    pub const GRANULE: usize = 64;

    /// A dense matrix, given row by row: one row of `inputs` weights for every output.
    ///
    /// The method that is used is [`Weights::method`]: a plainer one where the processor lacks the given one's
    /// instructions. Panics unless there are whole rows and fewer than 2^20 inputs.
    pub fn dense(method: Method, inputs: usize, weights: &[i32]) -> Weights {
        assert!(
            inputs > 0 && weights.len().is_multiple_of(inputs),
            "{} weights are no whole rows of {inputs}",
            weights.len()
        );
        let rows = weights.chunks_exact(inputs);
        let row = rows.clone().map(norm).max().unwrap_or(0);
        let engine = blocks::dense_engine(method, &Norms { row, chunk: row });
        let form = engine.dense(inputs, weights);
        let chunk = rows.flat_map(|row| row.chunks(engine.chunk(&form)).map(norm)).max().unwrap_or(0);
        let norms = Norms { row, chunk };
        Self::new(engine, weights.len() / inputs, inputs, norms, form)
    }

    /// A sparse matrix: for every output its inputs and their weights. Outputs that read the same inputs, as
    /// the channels of a convolution do, are multiplied together.
    ///
    /// Panics if an input is out of range, or beyond 2^20.
    pub fn sparse(method: Method, inputs: usize, rows: &[Vec<(u32, i32)>]) -> Weights {
        let within = rows.iter().flatten().all(|(input, _)| (*input as usize) < inputs);
        assert!(within, "a weight's input is not below {inputs}");
        let engine = blocks::sparse_engine(method);
        let row = rows.iter().map(|row| row.iter().map(|(_, weight)| u64::from(weight.unsigned_abs())).sum()).max();
        let norms = Norms { row: row.unwrap_or(0), chunk: row.unwrap_or(0) };
        let form = Form::Sparse(support::groups(rows, |weight| engine.word(weight)));
        Self::new(engine, rows.len(), inputs, norms, form)
    }

    fn new(engine: &'static dyn Engine, outputs: usize, inputs: usize, norms: Norms, form: Form) -> Weights {
        assert!(inputs < 1 << 20, "{inputs} inputs: sums are exact for fewer than 2^20");
        Weights { engine, outputs, inputs, norms, form }
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

    /// The largest sum of magnitudes of an output's weights.
    pub fn norm(&self) -> u64 {
        self.norms.row
    }

    /// Bytes in memory.
    pub fn resident_bytes(&self) -> u64 {
        let bytes = match &self.form {
            Form::Dense(words) | Form::Bytes { tiles: words, .. } => 8 * words.len(),
            Form::Sparse(groups) => groups.iter().map(Group::bytes).sum(),
        };
        bytes as u64
    }

    /// `acc[o][x] += sum_i weight[o][first + i] * rows[i][x]`, on the calling thread.
    ///
    /// Chunks are given in order: the one from input 0 on writes over what `acc` held, and the one that ends with the
    /// last input leaves residues in [0, p). In between `acc` holds what is congruent to the sums so far,
    /// reduced only if it must be; no size of chunks overflows it. `acc` has one slice for every output, each the
    /// length of the rows; any part of the columns may be given, so that threads can share them.
    ///
    /// Panics unless the shapes agree and `first` is a multiple of [`Weights::GRANULE`].
    pub fn accumulate(&self, p: &Modulus, first: usize, rows: Rows<'_>, acc: &mut [&mut [u64]]) {
        let columns = acc.first().map_or(0, |acc| acc.len());
        assert!(first.is_multiple_of(Self::GRANULE), "inputs from {first} on: no multiple of {}", Self::GRANULE);
        assert!(first + rows.count() <= self.inputs, "{} rows from {first} on of {}", rows.count(), self.inputs);
        assert_eq!(acc.len(), self.outputs, "accumulators and outputs");
        let fit = matches!(rows, Rows::Words(_)) || p.bits() <= 32;
        assert!(fit, "rows in halves hold residues of 32 bits, and the prime has {}", p.bits());
        assert!(rows.have_length(columns) && acc.iter().all(|acc| acc.len() == columns), "rows of unequal lengths");
        self.product(p).accumulate(first, &rows, acc);
    }

    /// `out[o][x] = sum_i weight[o][i] * rows[i][x] mod p`: all inputs at once.
    pub fn multiply(&self, p: &Modulus, rows: Rows<'_>, out: &mut [&mut [u64]]) {
        assert_eq!(rows.count(), self.inputs, "rows and inputs");
        self.accumulate(p, 0, rows, out);
    }

    fn product<'a>(&'a self, p: &'a Modulus) -> Product<'a> {
        Product {
            engine: self.engine,
            form: &self.form,
            outputs: self.outputs,
            inputs: self.inputs,
            norms: self.norms,
            p,
        }
    }
}

fn norm(weights: &[i32]) -> u64 {
    weights.iter().map(|weight| u64::from(weight.unsigned_abs())).sum()
}
