//! Sparse products: outputs that read the same inputs share the loads.

use super::blocks::Block;
use super::lane::Lane;
use super::support::Group;

/// As [`super::dense::multiply`], for groups of outputs.
#[inline(always)]
pub(super) fn multiply<L: Lane, const V: usize>(groups: &[Group], block: &Block<'_>, sums: &mut [i64]) {
    let width = V * L::WORDS;
    for (t, rows) in block.packed.chunks_exact(block.count * width).enumerate() {
        let sums = &mut sums[t * width..];
        for group in groups {
            match group.outputs.len() {
                1 => tile::<L, 1, V>(group, block, rows, sums),
                2 => tile::<L, 2, V>(group, block, rows, sums),
                3 => tile::<L, 3, V>(group, block, rows, sums),
                4 => tile::<L, 4, V>(group, block, rows, sums),
                5 => tile::<L, 5, V>(group, block, rows, sums),
                _ => tile::<L, 6, V>(group, block, rows, sums),
            }
        }
    }
}

#[inline(always)]
fn tile<L: Lane, const O: usize, const V: usize>(group: &Group, block: &Block<'_>, rows: &[u64], sums: &mut [i64]) {
    let within = group.within(block.first, block.count);
    let weights = group.weights.as_chunks::<O>().0;
    let mut acc = [[L::zero(); V]; O];
    for (input, weights) in group.inputs[within.clone()].iter().zip(&weights[within]) {
        let row = &rows[(*input as usize - block.first) * V * L::WORDS..][..V * L::WORDS];
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
    for (output, acc) in group.outputs.iter().zip(acc) {
        for (v, acc) in acc.iter().enumerate() {
            acc.add_to(&mut sums[*output as usize * block.stride + v * L::WORDS..][..L::WORDS]);
        }
    }
}
