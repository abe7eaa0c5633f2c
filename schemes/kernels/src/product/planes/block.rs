//! Products of tiles, and their sums put together.

use super::{OUTPUTS, Planes, TILE};
use crate::product::method::Method;

/// Products of bytes of one tile of outputs and one plane of a tile of columns, `[output][column]`.
pub(super) type Products = [i32; OUTPUTS * Planes::COLUMNS];

/// One byte of each weight, some tiles of columns, and where their products belong.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// `[tile of outputs][tile of inputs]`.
    pub weights: &'a [u64],
    /// `[tile of columns][plane][tile of inputs]`.
    pub rows: &'a [u64],
    /// Tiles of inputs.
    pub depth: usize,
    /// Bytes of a row's number.
    pub planes: usize,
    /// Place of the weights' byte.
    pub shift: u32,
    /// Rows of the matrix.
    pub outputs: usize,
}

/// Products of bytes with one method.
pub(super) trait Engine: Send + Sync + std::fmt::Debug {
    fn method(&self) -> Method;
    /// Adds a block's products to `sums`, `[output][column]`, modulo 2^64.
    fn multiply(&self, block: &Block<'_>, sums: &mut [i64]);
}

/// Tiles of columns whose products are kept at once at most, all their planes together.
const MOST_TOGETHER: usize = 16;

/// Goes through a block in groups of tiles of columns, and through the outputs in groups of `N` tiles: `multiply` is given
/// the weights of a group of outputs, the rows of a group of columns, and room for `[tile of outputs][tile of columns][plane]`.
#[inline(always)]
pub(super) fn go_through<const N: usize>(
    block: &Block<'_>,
    sums: &mut [i64],
    mut multiply: impl FnMut(&[u64], &[u64], &mut [Products]),
) {
    let (line, tile) = (block.depth * TILE, block.planes * block.depth * TILE);
    let stride = block.rows.len() / tile * Planes::COLUMNS;
    // An even number of planes, so that engines which take two at a time leave none over.
    let together = (MOST_TOGETHER / block.planes).max(2) & !1;
    let mut products = vec![[0; OUTPUTS * Planes::COLUMNS]; N * together * block.planes];
    for (group, rows) in block.rows.chunks(together * tile).enumerate() {
        let planes = rows.len() / line;
        for (o, weights) in block.weights.chunks(N * line).enumerate() {
            let outputs = weights.len() / line;
            let products = &mut products[..outputs * planes];
            multiply(weights, rows, products);
            for (t, products) in products.chunks_exact(planes).enumerate() {
                let first = (o * N + t) * OUTPUTS;
                let last = block.outputs.min(first + OUTPUTS);
                let sums = &mut sums[first * stride..last * stride];
                merge(block, products, &mut sums[group * together * Planes::COLUMNS..], stride);
            }
        }
    }
}

/// Adds products, `[tile of columns][plane]`, to the sums of one tile of outputs.
#[inline(always)]
fn merge(block: &Block<'_>, products: &[Products], sums: &mut [i64], stride: usize) {
    for (t, planes) in products.chunks_exact(block.planes).enumerate() {
        let lines = sums[t * Planes::COLUMNS..].chunks_mut(stride);
        for (o, line) in lines.enumerate() {
            let Some(line) = line.first_chunk_mut::<{ Planes::COLUMNS }>() else { break };
            let mut total = [0i64; Planes::COLUMNS];
            for products in planes.iter().rev() {
                let products = &products[o * Planes::COLUMNS..][..Planes::COLUMNS];
                total
                    .iter_mut()
                    .zip(products)
                    .for_each(|(total, x)| *total = (*total << 8).wrapping_add(i64::from(*x)));
            }
            line.iter_mut().zip(total).for_each(|(sum, x)| *sum = sum.wrapping_add(x << block.shift));
        }
    }
}
