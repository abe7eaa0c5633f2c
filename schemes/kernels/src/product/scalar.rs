//! The product as it is defined, in portable code: what the other methods are tested against.

use std::ops::Range;

use super::blocks::{Block, Engine};
use super::digits::{Digits, Norms, SUM_BITS};
use super::method::Method;
use super::rows::{Residue, Rows};
use super::weights::Form;
use crate::buffer::Buffer;
use crate::residue::modulus::Modulus;

/// Portable code.
#[derive(Debug)]
pub(super) struct Scalar;

impl Engine for Scalar {
    fn method(&self) -> Method {
        Method::Scalar
    }

    fn digits(&self, p: &Modulus, norms: &Norms) -> Digits {
        Digits::new(p, norms, SUM_BITS)
    }

    fn tile_outputs(&self) -> usize {
        1
    }

    fn tile_columns(&self, _form: &Form) -> usize {
        64
    }

    fn dense(&self, _inputs: usize, weights: &[i32]) -> Form {
        let mut out = Buffer::stale(weights.len());
        out.iter_mut().zip(weights).for_each(|(out, weight)| *out = self.word(*weight));
        Form::Dense(out)
    }

    fn word(&self, weight: i32) -> u64 {
        i64::from(weight) as u64
    }

    fn pack(&self, _form: &Form, rows: &Rows<'_>, columns: Range<usize>, digit: (Digits, u32), packed: &mut [u64]) {
        match rows {
            Rows::Words(rows) => pack(rows, columns, digit, packed),
            Rows::Halves(rows) => pack(rows, columns, digit, packed),
        }
    }

    fn multiply(&self, form: &Form, block: &Block<'_>, sums: &mut [i64]) {
        let width = block.packed.len() / block.count;
        let mut add = |output: usize, input: usize, weight: u64| {
            let row = &block.packed[input * width..][..width];
            let sums = &mut sums[output * block.stride..][..width];
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight as i64 * *x as i64);
        };
        match form {
            Form::Dense(weights) => {
                for (output, weights) in weights.chunks_exact(block.inputs).enumerate() {
                    let weights = &weights[block.first..][..block.count];
                    weights.iter().enumerate().for_each(|(input, weight)| add(output, input, *weight));
                }
            }
            Form::Bytes { .. } => unreachable!("weights are packed by their own engine"),
            Form::Sparse(groups) => {
                for group in groups {
                    for k in group.within(block.first, block.count) {
                        let weights = &group.weights[k * group.outputs.len()..];
                        for (output, weight) in group.outputs.iter().zip(weights) {
                            add(*output as usize, group.inputs[k] as usize - block.first, *weight);
                        }
                    }
                }
            }
        }
    }
}

/// `[row][column]`.
fn pack<R: Residue>(rows: &[&[R]], columns: Range<usize>, (digits, index): (Digits, u32), packed: &mut [u64]) {
    let width = packed.len() / rows.len();
    for (packed, row) in packed.chunks_exact_mut(width).zip(rows) {
        let row = &row[columns.clone()];
        packed[row.len()..].fill(0);
        packed.iter_mut().zip(row).for_each(|(packed, x)| *packed = digits.of(x.word(), index));
    }
}
