#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::{Matrix, Planes};
use crate::product::method::Method;

/// A generator of small noise for operands.
fn draws(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

fn packed(rows: &[Vec<u64>], planes: usize) -> Planes {
    let mut packed = Planes::zeroed(rows.len(), rows[0].len(), planes);
    for (group, rows) in rows.chunks(4).enumerate() {
        let rows: Vec<&[u64]> = rows.iter().map(Vec::as_slice).collect();
        packed.set_rows(4 * group, &rows);
    }
    packed
}

fn agree(weights: &[i32], rows: &[Vec<u64>], planes: usize) {
    let (inputs, columns) = (rows.len(), rows[0].len());
    let packed = packed(rows, planes);
    let mask = u64::MAX >> (64 - 8 * planes);
    let last = (inputs - 1, columns - 1);
    assert_eq!(packed.number(last.0, last.1), rows[last.0][last.1] & mask);
    for method in Method::ALL.into_iter().filter(|method| method.is_available()) {
        let matrix = Matrix::new(method, inputs, weights);
        let tiles = packed.column_tiles();
        for range in [0..tiles, tiles / 2..tiles] {
            let width = range.len() * Planes::COLUMNS;
            let mut sums = vec![1; matrix.outputs() * width];
            matrix.multiply(&packed, range.clone(), &mut sums);
            for (o, weights) in weights.chunks_exact(inputs).enumerate() {
                for x in range.start * Planes::COLUMNS..columns {
                    let products =
                        weights.iter().zip(rows).map(|(w, row)| i64::from(*w).wrapping_mul((row[x] & mask) as i64));
                    let sum = products.fold(0i64, i64::wrapping_add);
                    assert_eq!(sums[o * width + x - range.start * Planes::COLUMNS], sum, "{method}, {o}, {x}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn products_are_those_of_the_integers(
        outputs in 1usize..40, inputs in 1usize..200, columns in 1usize..70, planes in 1usize..=8,
        size in prop::sample::select(vec![127i64, 128, 300, 40_000, i64::from(i32::MAX)]), seed: u64,
    ) {
        let mut draw = draws(seed);
        let weights: Vec<i32> = (0..outputs * inputs)
            .map(|_| ((draw() % (2 * size as u64 + 1)) as i64 - size).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
            .collect();
        let rows: Vec<Vec<u64>> = (0..inputs).map(|_| (0..columns).map(|_| draw()).collect()).collect();
        agree(&weights, &rows, planes);
    }
}

#[test]
fn the_largest_sums_of_bytes_do_not_overflow() {
    let inputs = super::MOST_INPUTS;
    let rows = vec![vec![u64::MAX]; inputs];
    agree(&vec![-128; inputs], &rows, 2);
    agree(&vec![127; inputs], &rows, 1);
}

#[test]
fn columns_beyond_the_last_are_zero() {
    let rows = packed(&vec![vec![3; 5]; 7], 1);
    let matrix = Matrix::new(Method::Scalar, 7, &[1; 7]);
    let mut sums = [7; 16];
    matrix.multiply(&rows, 0..1, &mut sums);
    assert_eq!(sums, [21, 21, 21, 21, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}
