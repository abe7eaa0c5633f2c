//! Thread CPU time of BFV and BGV, lower quartile of repeats, in microseconds:
//! `cargo run --release -p blindbench-lattice --example integer_times -- [kernel]`.

use std::sync::Arc;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use blindbench_lattice::bfv::Bfv;
use blindbench_lattice::bgv::Bgv;
use blindbench_lattice::error::Result;
use blindbench_lattice::integers::factor::Factor;
use blindbench_lattice::integers::keys::{Request, SecretKey};
use blindbench_lattice::integers::parameters::{Literal, Parameters};
use blindbench_lattice::integers::placement::Placement;
use blindbench_lattice::integers::rotation::Rotation;

fn cpu_us() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 * 1e-3
}

fn time<T>(name: &str, mut work: impl FnMut() -> T) {
    drop(work());
    let (start, mut times) = (cpu_us(), Vec::new());
    while times.len() < 8 || (cpu_us() - start < 4e5 && times.len() < 2000) {
        let before = cpu_us();
        drop(std::hint::black_box(work()));
        times.push(cpu_us() - before);
    }
    times.sort_by(f64::total_cmp);
    println!("  {name:<28} {:>10.1}", times[times.len() / 4]);
}

fn set<P: Placement>(kernel: Kernel, log_n: u32, moduli: &[u32], special: &[u32]) -> Result<()> {
    let (moduli, special) = (moduli.to_vec(), special.to_vec());
    let literal = Literal { log_n, moduli, special, plaintext_modulus: 786_433 };
    let params = Arc::new(Parameters::<P>::new(literal, kernel)?);
    println!("{params}, {kernel}");
    let (seed, top) = (Seed::from_number(1), params.max_level());
    let secret = SecretKey::generate(&params, &seed);
    let public = secret.public_key(&seed);
    let mut request = Request { relinearization: Some(top), galois: [].into() };
    params.request_rotations(&mut request, &[Rotation::Rows(1)], top);
    let keys = secret.evaluation_keys(&request, &seed)?;
    let values: Vec<u64> = (0..1 << log_n).map(|i| i * i % 786_433).collect();
    let plaintext = params.encoder().encode_unsigned(&values)?;
    let (a, b) = (public.encrypt(&plaintext, top, &seed)?, public.encrypt(&plaintext, top, &seed.derive("b", 0))?);
    let factor = Factor::new(&params, &plaintext, top)?;
    time("encode", || params.encoder().encode_unsigned(&values));
    time("encrypt, public key", || public.encrypt(&plaintext, top, &seed));
    time("encrypt, secret key", || secret.encrypt(&plaintext, top, &seed));
    time("decrypt", || secret.decrypt(&a));
    time("multiply", || a.multiply(&b));
    time("multiply and relinearize", || a.multiply_relinearize(&b, &keys));
    time("multiply by plaintext", || a.multiply_plain(&factor));
    time("rotate rows", || a.rotate_rows(1, &keys));
    time("switch modulus and copy", || {
        let mut switched = a.clone();
        switched.switch_modulus().map(|()| switched)
    });
    Ok(())
}

fn main() -> Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "best".into());
    let kernel = Kernel::parse(&name).unwrap_or(Kernel::Scalar);
    for (log_n, count) in [(13, 3), (14, 7)] {
        set::<Bfv>(kernel, log_n, &vec![50; count], &[50])?;
        set::<Bgv>(kernel, log_n, &vec![50; count], &[50])?;
    }
    Ok(())
}
