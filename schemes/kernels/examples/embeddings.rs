//! Thread CPU time of the canonical embedding, lower quartile of repeats, in microseconds:
//! `cargo run --release -p blindbench-kernels --example embeddings -- [kernel] [log2 of the real slots]`.
//!
//! N real slots next to N and N/2 complex ones, in turns, so that they are measured at the same speed of the processor.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::embedding::Embedding;
use blindbench_kernels::embedding::real::RealEmbedding;
use rustix::time::{ClockId, clock_gettime};

/// Batches of each transform, and calls in a batch.
const BATCHES: usize = 400;
const CALLS: usize = 8;

/// A transform of a vector, or of two as real and imaginary parts.
type Transform<'a> = Box<dyn FnMut(&mut [f64], &mut [f64]) + 'a>;

fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 * 1e-3
}

fn batch_us(mut work: impl FnMut()) -> f64 {
    let before = cpu_us();
    (0..CALLS).for_each(|_| work());
    (cpu_us() - before) / CALLS as f64
}

fn measure(kernel: Kernel, log_n: u32) -> Option<()> {
    let real = RealEmbedding::new(kernel, log_n)?;
    let (whole, half) = (Embedding::new(kernel, log_n)?, Embedding::new(kernel, log_n - 1)?);
    // Zeros take as long as other numbers, and stay what they are however often they are transformed.
    let mut buffer = Buffer::zeroed(2 * real.slots());
    let mut works: [(&str, Transform<'_>); 6] = [
        ("N real, inverse", Box::new(|x, _| real.inverse(x))),
        ("N real, forward", Box::new(|x, _| real.forward(x))),
        (
            "N/2 complex, inverse",
            Box::new(|x, _| {
                let (x, y) = x.split_at_mut(half.slots());
                half.inverse(x, y);
            }),
        ),
        (
            "N/2 complex, forward",
            Box::new(|x, _| {
                let (x, y) = x.split_at_mut(half.slots());
                half.forward(x, y);
            }),
        ),
        ("N complex, inverse", Box::new(|x, y| whole.inverse(x, y))),
        ("N complex, forward", Box::new(|x, y| whole.forward(x, y))),
    ];
    let mut times = [const { Vec::new() }; 6];
    for _ in 0..BATCHES {
        for ((_, work), times) in works.iter_mut().zip(&mut times) {
            let (x, y) = buffer.reals_mut().split_at_mut(real.slots());
            times.push(batch_us(|| work(x, y)));
        }
    }
    println!("{kernel}, N = 2^{log_n}");
    for ((name, _), times) in works.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        println!("  {name:<24} {:>10.2}", times[times.len() / 4]);
    }
    Some(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let kernel = arguments.first().map_or(Some(Kernel::best()), |name| Kernel::parse(name));
    let log_n = arguments.get(1).map_or(Some(13), |log_n| log_n.parse().ok());
    let done = kernel.zip(log_n).and_then(|(kernel, log_n)| measure(kernel, log_n));
    if done.is_none() {
        eprintln!("arguments: a kernel, and log2 of the real slots (1 to {})", RealEmbedding::MOST_LOG_N);
    }
}
