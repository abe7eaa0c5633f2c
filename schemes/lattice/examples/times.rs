//! Thread CPU time of every operation of CKKS, BFV and BGV, lower quartile of repeats, in microseconds:
//! `cargo run --release -p blindbench-lattice --example times -- [kernel] [scheme]`.
//!
//! For quick looks while kernels are worked on; `configs/primitives/lattice.yaml` is the record.

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::Offer;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_kernels::dispatch::Kernel;
use blindbench_lattice::bfv::Bfv;
use blindbench_lattice::bgv::Bgv;
use blindbench_lattice::ckks::operations::{self as ckks_operations, Params as CkksParams, Ring};
use blindbench_lattice::integers::operations::{self as integer_operations, Params};

/// log2 of the ring degree, sizes of ciphertext primes and of special primes.
const SIZES: [(u32, &[u32], &[u32]); 4] =
    [(13, &[50; 3], &[50]), (14, &[50; 7], &[50]), (14, &[50; 6], &[50; 2]), (13, &[28, 26, 26, 26, 26, 26], &[28; 2])];

fn cpu_us() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 * 1e-3
}

/// A fifth of a second of repeats.
fn lower_quartile_us(mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    let (start, mut times) = (cpu_us(), Vec::new());
    while times.len() < 8 || (cpu_us() - start < 2e5 && times.len() < 5000) {
        let before = cpu_us();
        work()?;
        times.push(cpu_us() - before);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 4])
}

fn show(scheme: &str, offer: Result<Offer>) -> Result<()> {
    let offer = offer?;
    println!("{scheme}: {}, {}", offer.description.parameters, offer.description.kernel);
    for name in offer.primitives.names() {
        let mut prepared = offer.primitives.prepare(&name, &Seed::from_number(1))?;
        let us = lower_quartile_us(|| prepared.run(1).map(drop))?;
        println!("  {name:<20} {us:>10.1}   off by {:.1e}", prepared.check()?);
    }
    Ok(())
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "best".into());
    let kernel = Kernel::parse(&name).ok_or_else(|| Error::Unsupported(format!("no kernel `{name}`")))?;
    let wanted = arguments.next();
    let resources = Resources { threads: 1, kernel };
    for (log_n, moduli, special) in SIZES {
        let log_scale = if moduli[0] == 50 { 45.0 } else { 26.0 };
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        let integers = Params { log_n, moduli: moduli.clone(), special: special.clone(), plaintext_modulus: 786_433 };
        let ckks = CkksParams { log_n, moduli, special, log_scale, ring: Ring::Standard };
        let is_wanted = |scheme: &str| wanted.as_deref().is_none_or(|wanted| wanted == scheme);
        if is_wanted("ckks") {
            show("ckks", ckks_operations::offer(ckks, &resources))?;
        }
        if is_wanted("bfv") {
            show("bfv", integer_operations::offer::<Bfv>(integers.clone(), &resources))?;
        }
        if is_wanted("bgv") {
            show("bgv", integer_operations::offer::<Bgv>(integers, &resources))?;
        }
    }
    Ok(())
}
