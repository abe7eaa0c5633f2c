//! Thread CPU time of key switching and what it is made of, lower quartile of repeats, in microseconds:
//! `cargo run --release -p blindbench-lattice --example times -- [kernel]`.

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::ntt::RingKind;
use blindbench_lattice::error::Result;
use blindbench_lattice::ring::galois;
use blindbench_lattice::rlwe::encryption::{Noise, encrypt_by_public_key};
use blindbench_lattice::rlwe::evaluation_keys::{EvaluationKeys, Request, special_constants};
use blindbench_lattice::rlwe::key_switch::{Hoisted, key_switch};
use blindbench_lattice::rlwe::parameters::{Literal, Parameters};
use blindbench_lattice::rlwe::public_key::PublicKey;
use blindbench_lattice::rlwe::secret_key::SecretKey;
use blindbench_lattice::rns::polynomial::Polynomial;

fn cpu_us() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 * 1e-3
}

fn time(name: &str, mut work: impl FnMut()) {
    work();
    let (start, mut times) = (cpu_us(), Vec::new());
    while times.len() < 8 || (cpu_us() - start < 3e5 && times.len() < 5000) {
        let before = cpu_us();
        work();
        times.push(cpu_us() - before);
    }
    times.sort_by(f64::total_cmp);
    println!("  {name:<28} {:>10.1}", times[times.len() / 4]);
}

fn set(kernel: Kernel, log_n: u32, moduli: &[u32], special: &[u32]) -> Result<()> {
    let literal = Literal { log_n, ring: RingKind::Standard, moduli: moduli.to_vec(), special: special.to_vec() };
    let params = Parameters::new(literal, kernel)?;
    println!("{params}, {kernel}");
    let seed = Seed::from_number(1);
    let top = params.max_level();
    let secret = SecretKey::generate(&params, &seed);
    let public = PublicKey::generate(&params, &secret, Noise::PLAIN, &seed);
    let element = galois::rotation(params.ring(), log_n, 1);
    let request = Request { relinearization: Some(top), galois: [(element, top)].into() };
    let constants = |level| special_constants(&params, level);
    let keys = EvaluationKeys::generate(&params, &secret, &request, constants, &seed)?;
    let message = Polynomial::zero(params.degree(), top + 1);
    let ciphertext = encrypt_by_public_key(&params, &public, &message, Noise::PLAIN, &seed);
    let (plan, k) = (&params.data()[0], params.kernel());
    let mut limb = Buffer::copy_of(&ciphertext.parts[0].limbs[0]);
    time("16 forward", || (0..16).for_each(|_| k.forward(plan, &mut limb)));
    time("16 inverse", || (0..16).for_each(|_| k.inverse(plan, &mut limb)));
    time("encrypt, public key", || {
        std::hint::black_box(encrypt_by_public_key(&params, &public, &message, Noise::PLAIN, &seed));
    });
    let galois = keys.galois(element)?;
    time("rotate", || drop(std::hint::black_box(galois.apply(&params, &ciphertext))));
    time("key switch, undivided", || {
        drop(std::hint::black_box(key_switch(&params, &ciphertext.parts[1].limbs, galois.key())));
    });
    let accumulator = key_switch(&params, &ciphertext.parts[1].limbs, galois.key())?;
    time("clone and divide", || {
        std::hint::black_box(accumulator.clone().divide(&params, [None, None]));
    });
    time("clone", || drop(std::hint::black_box(accumulator.clone())));
    time("hoist", || drop(std::hint::black_box(Hoisted::new(&params, &ciphertext.parts[1].limbs))));
    let hoisted = Hoisted::new(&params, &ciphertext.parts[1].limbs);
    time("rotate, hoisted", || drop(std::hint::black_box(galois.apply_hoisted(&params, &ciphertext, &hoisted))));
    time("rotate, hoisted, undivided", || {
        drop(std::hint::black_box(galois.accumulate_hoisted(&params, &ciphertext, &hoisted)));
    });
    time("tensor", || drop(std::hint::black_box(ciphertext.tensor(&params, &ciphertext))));
    Ok(())
}

fn main() -> Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "best".into());
    let kernel = Kernel::parse(&name).unwrap_or(Kernel::Scalar);
    set(kernel, 13, &[50; 3], &[50])?;
    set(kernel, 13, &[28, 26, 26, 26, 26, 26], &[28, 28])?;
    set(kernel, 14, &[50; 7], &[50])?;
    set(kernel, 14, &[50; 6], &[50; 2])
}
