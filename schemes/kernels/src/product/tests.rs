//! Every method against the schoolbook product in 128-bit integers.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::method::Method;
use super::rows::Rows;
use super::weights::Weights;
use crate::residue::modulus::Modulus;

/// Odd numbers at both ends of the sizes that primes have.
const MODULI: [u64; 8] =
    [3, 786_433, (1 << 26) - 5, (1 << 28) - 57, (1 << 32) - 5, (1 << 36) - 5, (1 << 45) - 55, (1 << 50) - 27];

fn methods() -> impl Iterator<Item = Method> {
    Method::ALL.into_iter().filter(|method| method.is_available())
}

/// A splitmix64 generator.
fn random(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A shape, a prime and how large and how extreme the numbers are.
#[derive(Debug, Clone, Copy)]
struct Case {
    outputs: usize,
    inputs: usize,
    columns: usize,
    p: u64,
    weight_bits: u32,
    extreme: bool,
    seed: u64,
}

impl Case {
    fn most(&self) -> i32 {
        ((1i64 << (self.weight_bits - 1)) - 1) as i32
    }

    fn weights(&self) -> Vec<i32> {
        let (mut next, most) = (random(self.seed), i64::from(self.most()));
        let mut weight = || match next() {
            x if self.extreme && self.seed.is_multiple_of(3) => most * (1 - 2 * (x as i64 & 1)),
            _ if self.extreme => most * (1 - 2 * (self.seed as i64 % 3 - 1)),
            x => (x >> 1) as i64 % (2 * most + 1) - most,
        };
        (0..self.outputs * self.inputs).map(|_| weight() as i32).collect()
    }

    fn rows(&self) -> Vec<Vec<u64>> {
        let mut next = random(!self.seed);
        let mut residue = || if self.extreme && !self.seed.is_multiple_of(5) { self.p - 1 } else { next() % self.p };
        (0..self.inputs).map(|_| (0..self.columns).map(|_| residue()).collect()).collect()
    }

    fn modulus(&self) -> Modulus {
        Modulus::new(self.p).unwrap()
    }
}

fn schoolbook(case: &Case, weights: &[i32], rows: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let product = |weights: &[i32], x: usize| {
        let products = weights.iter().zip(rows).map(|(weight, row)| i128::from(*weight) * i128::from(row[x]));
        products.sum::<i128>().rem_euclid(i128::from(case.p)) as u64
    };
    let rows = weights.chunks_exact(case.inputs);
    rows.map(|weights| (0..case.columns).map(|x| product(weights, x)).collect()).collect()
}

/// The product over chunks of inputs and parts of the columns; residues as halves where they fit.
fn product(case: &Case, weights: &Weights, rows: &[Vec<u64>], chunk: usize, halves: bool) -> Vec<Vec<u64>> {
    let p = case.modulus();
    let mut out = vec![vec![77; case.columns]; case.outputs];
    let cut = case.columns / 3;
    for range in [0..cut, cut..case.columns] {
        for (k, rows) in rows.chunks(chunk).enumerate() {
            let mut acc: Vec<&mut [u64]> = out.iter_mut().map(|out| &mut out[range.clone()]).collect();
            let rows: Vec<&[u64]> = rows.iter().map(|row| &row[range.clone()]).collect();
            if halves && case.p >> 32 == 0 {
                let rows: Vec<Vec<u32>> = rows.iter().map(|row| row.iter().map(|x| *x as u32).collect()).collect();
                let rows: Vec<&[u32]> = rows.iter().map(|row| &row[..]).collect();
                weights.accumulate(&p, k * chunk, Rows::Halves(&rows), &mut acc);
            } else {
                weights.accumulate(&p, k * chunk, Rows::Words(&rows), &mut acc);
            }
        }
    }
    out
}

fn assert_agreement(case: &Case) {
    let (dense, rows) = (case.weights(), case.rows());
    let expected = schoolbook(case, &dense, &rows);
    let chunk = case.inputs.next_multiple_of(Weights::GRANULE);
    for method in methods() {
        let weights = Weights::dense(method, case.inputs, &dense);
        assert!(product(case, &weights, &rows, chunk, false) == expected, "{method} {case:?}");
        assert!(product(case, &weights, &rows, Weights::GRANULE, true) == expected, "{method} {case:?}, in chunks");
    }
}

/// Keeps some of the entries: the same ones for outputs of the same index modulo 7.
fn assert_sparse_agreement(case: &Case, kept: u64) {
    let (mut dense, rows) = (case.weights(), case.rows());
    for (output, weights) in dense.chunks_exact_mut(case.inputs).enumerate() {
        let mut next = random(case.seed ^ (output as u64 % 7));
        weights.iter_mut().for_each(|weight| *weight *= i32::from(next() % 100 < kept));
    }
    let sparse: Vec<Vec<(u32, i32)>> = dense
        .chunks_exact(case.inputs)
        .map(|weights| (0..).zip(weights.iter().copied()).filter(|(_, weight)| *weight != 0).collect())
        .collect();
    let expected = schoolbook(case, &dense, &rows);
    for method in methods() {
        let weights = Weights::sparse(method, case.inputs, &sparse);
        assert!(
            product(case, &weights, &rows, case.inputs.next_multiple_of(64), true) == expected,
            "{method} {case:?}"
        );
        assert!(product(case, &weights, &rows, Weights::GRANULE, false) == expected, "{method} {case:?}, in chunks");
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let shape = (1..40usize, 1..300usize, 1..150usize);
    (shape, 0..MODULI.len(), 2..=32u32, any::<bool>(), any::<u64>()).prop_map(
        |((outputs, inputs, columns), p, weight_bits, extreme, seed)| Case {
            outputs,
            inputs,
            columns,
            p: MODULI[p],
            weight_bits,
            extreme,
            seed,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn dense_products_agree(case in cases()) {
        assert_agreement(&case);
    }

    #[test]
    fn sparse_products_agree(case in cases(), kept in 0..100u64) {
        assert_sparse_agreement(&case, kept);
    }
}

/// The largest residues times the largest weights of both signs, over more inputs than are summed at once.
#[test]
fn extremes_agree() {
    for p in MODULI {
        for weight_bits in [8, 10, 12, 16, 32] {
            for seed in 0..6 {
                let case = Case { outputs: 3, inputs: 1100, columns: 5, p, weight_bits, extreme: true, seed };
                assert_agreement(&case);
            }
        }
    }
}

#[test]
fn a_product_in_one_go_writes_over_what_was_there() {
    let p = Modulus::new(786_433).unwrap();
    let weights = Weights::dense(Method::of(crate::dispatch::Kernel::best(), 4), 2, &[1, -2, 3, 4]);
    let (mut a, mut b) = ([9u64; 3], [9u64; 3]);
    weights.multiply(&p, Rows::Words(&[&[1, 2, 3], &[1, 1, 786_432]]), &mut [&mut a, &mut b]);
    assert_eq!((a, b), ([786_432, 0, 5], [7, 10, 5]));
    assert_eq!((weights.outputs(), weights.inputs(), weights.norm()), (2, 2, 7));
}
