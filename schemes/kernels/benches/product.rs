//! Matrix products by shape, columns, bits of residues and weights, and method:
//! `product/inputs x outputs/columns/residue bits x weight bits/method`.
#![allow(missing_docs, clippy::unwrap_used, reason = "what criterion generates is undocumented; a bench")]

use blindbench_kernels::product::method::Method;
use blindbench_kernels::product::rows::Rows;
use blindbench_kernels::product::weights::Weights;
use blindbench_kernels::residue::modulus::Modulus;
use criterion::{Criterion, criterion_group, criterion_main};

const COLUMNS: usize = 8192;

/// Residues in no particular order, one row for each input.
fn rows(p: &Modulus, inputs: usize) -> Vec<Vec<u64>> {
    let row = |i: u64| (1..=COLUMNS as u64).map(|x| p.multiply(x, i << 40 | 0x1234_5678_9abc)).collect();
    (1..=inputs as u64).map(row).collect()
}

/// Weights that fill so many bits.
fn weight(index: u64, bits: u32) -> i32 {
    let magnitude = (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i32 % (1 << (bits - 1));
    if index.is_multiple_of(2) { magnitude } else { -magnitude }
}

/// A convolution with 5 channels, kernels of 5 by 5, stride 2 and padding 1 over 28 by 28 pixels.
fn convolution(bits: u32) -> Vec<Vec<(u32, i32)>> {
    let window = |y: i32, x: i32| {
        let taps = (0..25).map(move |tap| (2 * y - 1 + tap / 5, 2 * x - 1 + tap % 5, weight(tap as u64, bits)));
        let inside = taps.filter(|(y, x, _)| (0..28).contains(y) && (0..28).contains(x));
        inside.map(|(y, x, weight)| ((28 * y + x) as u32, weight)).collect()
    };
    (0..5 * 169).map(|o| window(o % 169 / 13, o % 13)).collect()
}

/// The rows of one prime, in words and, if it is short, in halves.
struct Inputs {
    p: Modulus,
    words: Vec<Vec<u64>>,
    halves: Vec<Vec<u32>>,
}

impl Inputs {
    fn new(p: u64) -> Self {
        let p = Modulus::new(p).unwrap();
        let words = rows(&p, 784);
        let halve = |row: &Vec<u64>| row.iter().map(|x| *x as u32).collect();
        let halves = if p.bits() > 32 { Vec::new() } else { words.iter().map(halve).collect() };
        Inputs { p, words, halves }
    }

    fn measure(&self, c: &mut Criterion, id: &str, weights: &Weights) {
        let words: Vec<&[u64]> = self.words.iter().map(|row| &row[..]).collect();
        let halves: Vec<&[u32]> = self.halves.iter().map(|row| &row[..]).collect();
        let mut out = vec![vec![0; COLUMNS]; weights.outputs()];
        let mut out: Vec<&mut [u64]> = out.iter_mut().map(|out| &mut out[..]).collect();
        let id = format!("product/{id}/{}", weights.method());
        c.bench_function(&id, |bench| bench.iter(|| weights.multiply(&self.p, Rows::Words(&words), &mut out)));
        if !halves.is_empty() {
            c.bench_function(&format!("{id}/halves"), |bench| {
                bench.iter(|| weights.multiply(&self.p, Rows::Halves(&halves), &mut out));
            });
        }
    }
}

fn all(c: &mut Criterion) {
    for p in [(1 << 28) - 57, (1 << 36) - 5, (1 << 50) - 27] {
        let inputs = Inputs::new(p);
        for bits in [8, 10, 12] {
            let dense: Vec<i32> = (0..784 * 128).map(|i| weight(i, bits)).collect();
            for method in Method::ALL.into_iter().filter(|method| method.is_available()) {
                let id = |shape: &str| format!("{shape}/{COLUMNS}/{}x{bits}", inputs.p.bits());
                inputs.measure(c, &id("784x128"), &Weights::dense(method, 784, &dense));
                let sparse = Weights::sparse(method, 784, &convolution(bits));
                if sparse.method() == method {
                    inputs.measure(c, &id("784x845-convolution"), &sparse);
                }
            }
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
