//! Dense products in tiles that stay in registers.

use super::blocks::Block;
use super::lane::Lane;
use super::weights::Form;
use crate::buffer::Buffer;

/// Weights in tiles of O outputs, `[tile][input][O]`, zero past the last output.
pub(super) fn pack_weights<L: Lane, const O: usize>(inputs: usize, weights: &[i32]) -> Form {
    let outputs = weights.len() / inputs;
    let mut out = Buffer::zeroed(outputs.next_multiple_of(O) * inputs);
    let tiles = out.chunks_exact_mut(O * inputs).zip(weights.chunks(O * inputs));
    for (tile, weights) in tiles {
        for (o, row) in weights.chunks_exact(inputs).enumerate() {
            row.iter().enumerate().for_each(|(i, weight)| tile[O * i + o] = L::word(i64::from(*weight)));
        }
    }
    Form::Dense(out)
}

/// Adds a block's products to `sums`, of which there are whole tiles of O outputs; its rows are packed in tiles of V
/// registers.
#[inline(always)]
pub(super) fn multiply<L: Lane, const O: usize, const V: usize>(weights: &[u64], block: &Block<'_>, sums: &mut [i64]) {
    let width = V * L::WORDS;
    for (t, rows) in block.packed.chunks_exact(block.count * width).enumerate() {
        let tiles = weights.chunks_exact(O * block.inputs).zip(sums.chunks_exact_mut(O * block.stride));
        for (weights, sums) in tiles {
            let weights = weights[O * block.first..][..O * block.count].as_chunks().0;
            tile::<L, O, V>(weights, rows, block.stride, &mut sums[t * width..]);
        }
    }
}

#[inline(always)]
fn tile<L: Lane, const O: usize, const V: usize>(weights: &[[u64; O]], rows: &[u64], stride: usize, sums: &mut [i64]) {
    let mut acc = [[L::zero(); V]; O];
    for (weights, row) in weights.iter().zip(rows.chunks_exact(V * L::WORDS)) {
        let mut x = [L::zero(); V];
        for (v, x) in x.iter_mut().enumerate() {
            *x = L::load(&row[v * L::WORDS..]);
        }
        for (acc, weight) in acc.iter_mut().zip(weights) {
            let weight = L::broadcast(weight);
            for (acc, x) in acc.iter_mut().zip(x) {
                *acc = acc.multiply_add(weight, x);
            }
        }
    }
    for (o, acc) in acc.iter().enumerate() {
        for (v, acc) in acc.iter().enumerate() {
            acc.add_to(&mut sums[o * stride + v * L::WORDS..][..L::WORDS]);
        }
    }
}
