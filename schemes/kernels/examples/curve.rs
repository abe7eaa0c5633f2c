//! Times of points of ristretto255: decoding, weighted sums, logarithms and encryption, by kernel.
//!
//! `cargo run --release -p blindbench-kernels --example curve`

use std::time::Instant;

use blindbench_kernels::curve::{Combination, Combinations, FixedBases, LogarithmOptions, Logarithms, Samples};
use blindbench_kernels::dispatch::Kernel;
use curve25519_dalek::{RistrettoPoint, Scalar};

const LENGTH: usize = 784;
const SAMPLES: usize = 64;
const OUTPUTS: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = |k: usize| Scalar::from_bytes_mod_order([k as u8 | 1; 32]) * Scalar::from(k as u64 + 3);
    let bases: Vec<RistrettoPoint> = (0..=LENGTH).map(|k| RistrettoPoint::mul_base(&secret(k))).collect();
    let weights: Vec<Vec<i32>> =
        (0..OUTPUTS).map(|o| (0..LENGTH).map(|i| ((i * 37 + o * 101) % 255) as i32 - 127).collect()).collect();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        let fixed = FixedBases::new(kernel, &bases, 255)?;
        let values: Vec<i64> = (0..=LENGTH as i64).map(|i| i % 256).collect();
        let encrypted = repeated(kernel, "encryption of 785 elements, us", 1e6, || fixed.commit(&secret(9), &values))?;
        let samples: Vec<&[[u8; 32]]> = vec![&encrypted; SAMPLES];
        let decoded = repeated(kernel, "decoding an element, ns", 1e9 / (SAMPLES * encrypted.len()) as f64, || {
            Samples::decode_vartime(kernel, &samples)
        })?;
        let scalars = [secret(77)];
        let lists: Vec<Combination<'_>> =
            weights.iter().map(|weights| Combination { scalars: &scalars, weights }).collect();
        let lists = Combinations::new_vartime(&lists)?;
        let each = 1e6 / (SAMPLES * OUTPUTS) as f64;
        let sums = repeated(kernel, "inner product of 784, us", each, || lists.apply_vartime(&decoded))?;
        for bits in [21, 25] {
            let table = Logarithms::new(LogarithmOptions { kernel, bound: 1 << bits, max_bytes: 1 << 30 })?;
            let (name, each) = (format!("logarithm up to 2^{bits}, ns"), 1e9 / sums.len() as f64);
            repeated(kernel, &name, each, || Ok::<_, std::convert::Infallible>(table.find_vartime(&sums)))?;
        }
    }
    Ok(())
}

/// The best of five, printed.
fn repeated<T, E>(kernel: Kernel, name: &str, unit: f64, mut work: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        std::hint::black_box(work()?);
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{kernel:>7}  {name}: {:.1}", best * unit);
    work()
}
