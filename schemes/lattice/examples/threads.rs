//! What a second thread is worth to key switching: wall time of rotations and products of CKKS at N = 2^14 on one
//! thread and on two, in turns, lower quartiles in microseconds:
//! `cargo run --release -p blindbench-lattice --example threads -- [kernel]`.
//!
//! For quick looks while kernels are worked on; `configs/primitives/lattice-threads.yaml` is the record.

use std::time::Instant;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::Prepared;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_kernels::dispatch::Kernel;
use blindbench_lattice::ckks::operations::{self, Params, Ring};

/// Sizes of ciphertext primes and of special primes.
const SIZES: [(&[u32], &[u32]); 2] = [(&[50; 7], &[50]), (&[50; 6], &[50; 2])];
const OPERATIONS: [&str; 3] = ["rotate", "mul_relin_rescale", "rotate_hoisted"];
/// Turns, and repeats a turn: caches settle in the first ones.
const TURNS: usize = 8;
const REPEATS: usize = 20;

fn turn(prepared: &mut dyn Prepared, times: &mut Vec<f64>) -> Result<()> {
    for repeat in 0..REPEATS {
        let start = Instant::now();
        prepared.run(1)?;
        if repeat >= 4 {
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    Ok(())
}

fn lower_quartile(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 20]
}

/// Each thread on a processor of its own: on a busy machine the scheduler may put both on the same one.
fn pin(thread: usize) {
    let mut processors = rustix::thread::CpuSet::new();
    processors.set(thread);
    // Where that is refused the figures are merely noisier.
    let _ = rustix::thread::sched_setaffinity(None, &processors);
}

fn main() -> Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "best".into());
    let kernel = Kernel::parse(&name).ok_or_else(|| Error::Unsupported(format!("no kernel `{name}`")))?;
    let resources = Resources { threads: 2, kernel };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).start_handler(pin).build();
    let pool = pool.map_err(|error| Error::Unsupported(error.to_string()))?;
    for (moduli, special) in SIZES {
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        let params = Params { log_n: 14, moduli, special, log_scale: 45.0, ring: Ring::Standard };
        let offer = operations::offer(params, &resources)?;
        println!("{}, {}", offer.description.parameters, offer.description.kernel);
        for name in OPERATIONS {
            let mut prepared = offer.primitives.prepare(name, &Seed::from_number(1))?;
            let [mut alone, mut shared] = [Vec::new(), Vec::new()];
            for _ in 0..TURNS {
                turn(&mut *prepared, &mut alone)?;
                pool.install(|| turn(&mut *prepared, &mut shared))?;
            }
            let [alone, shared] = [lower_quartile(&mut alone), lower_quartile(&mut shared)];
            println!("  {name:<20} {alone:>10.1} {shared:>10.1} {:>6.2}", alone / shared);
        }
    }
    Ok(())
}
