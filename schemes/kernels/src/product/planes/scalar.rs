//! The product as it is defined, in portable code: what the other methods are tested against.

use super::block::{Block, Engine, Products, go_through};
use super::{OUTPUTS, Planes, TILE};
use crate::product::method::Method;

/// Portable code.
#[derive(Debug)]
pub(super) struct Scalar;

impl Engine for Scalar {
    fn method(&self) -> Method {
        Method::Scalar
    }

    fn multiply(&self, block: &Block<'_>, sums: &mut [i64]) {
        let line = block.depth * TILE;
        go_through::<1>(block, sums, |weights, rows, products| {
            for (rows, products) in rows.chunks_exact(line).zip(products) {
                multiply(weights, rows, products);
            }
        });
    }
}

fn multiply(weights: &[u64], rows: &[u64], products: &mut Products) {
    products.fill(0);
    for (weights, rows) in weights.chunks_exact(TILE).zip(rows.chunks_exact(TILE)) {
        for o in 0..OUTPUTS {
            let products = &mut products[o * Planes::COLUMNS..][..Planes::COLUMNS];
            for (l, rows) in rows.chunks_exact(8).enumerate() {
                let weights = (weights[o * 8 + l / 2] >> (l % 2 * 32)).to_le_bytes();
                for (x, product) in products.iter_mut().enumerate() {
                    let rows = (rows[x / 2] >> (x % 2 * 32)).to_le_bytes();
                    let four = weights.iter().zip(rows).take(4);
                    *product += four.map(|(weight, row)| i32::from(*weight as i8) * i32::from(row)).sum::<i32>();
                }
            }
        }
    }
}
