//! Thread CPU time of operations on one polynomial, lower quartile of repeats, in microseconds:
//! `cargo run --release -p blindbench-kernels --example residues -- [kernel] [log2 of the degree] [bits]`.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::key::{Form, KeyStream};
use blindbench_kernels::residue::modulus::Modulus;
use blindbench_kernels::residue::ntt::{Ntt, RingKind};
use blindbench_kernels::residue::permutation::Permutation;
use rustix::time::{ClockId, clock_gettime};

/// Digits of the inner product, and primes on each side of the conversion.
const DIGITS: usize = 3;

fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 * 1e-3
}

/// Of one call, out of batches of eight.
fn time(name: &str, mut work: impl FnMut()) {
    work();
    let (start, mut times) = (cpu_us(), Vec::new());
    while times.len() < 8 || (cpu_us() - start < 2e5 && times.len() < 2000) {
        let before = cpu_us();
        (0..8).for_each(|_| work());
        times.push((cpu_us() - before) / 8.0);
    }
    times.sort_by(f64::total_cmp);
    println!("  {name:<24} {:>10.2}", times[times.len() / 4]);
}

/// Whether a number near a power of two is prime, by a strong test to a few bases.
fn is_prime(p: &Modulus) -> bool {
    let n = p.value();
    let twos = (n - 1).trailing_zeros();
    [2, 3, 5, 7, 11, 13, 17].into_iter().all(|base| {
        let mut x = p.power_vartime(base, (n - 1) >> twos);
        x == 1
            || x == n - 1
            || (1..twos).any(|_| {
                x = p.multiply(x, x);
                x == n - 1
            })
    })
}

fn primes(bits: u32, log_n: u32) -> Vec<Modulus> {
    let step = 4u64 << log_n;
    let candidates = (1..(1u64 << (bits - 1)) / step).map(|k| (1u64 << bits) - k * step + 1);
    candidates.filter_map(Modulus::new).filter(is_prime).take(2 * DIGITS).collect()
}

fn measure(kernel: Kernel, log_n: u32, bits: u32, ring: RingKind) -> Option<()> {
    let primes = primes(bits, log_n);
    let plan = Ntt::new(kernel, *primes.first()?, log_n, ring)?;
    println!("{kernel}, N = 2^{log_n}, {bits} bits, {ring:?}");
    let (p, q, k, n) = (plan.modulus(), primes.get(1)?, plan.kernel(), plan.degree());
    let fill = |m: &Modulus, seed: u64| {
        let mut out = Buffer::stale(n);
        out.iter_mut().enumerate().for_each(|(i, x)| *x = m.multiply(i as u64 + 1, seed | 1 << 47));
        out
    };
    let (a, b) = (fill(p, 1), fill(p, 2));
    let [mut x, mut y, mut z] = [fill(p, 3), fill(p, 4), fill(p, 5)];
    let factor = p.multiplier(a[1]);
    time("forward", || k.forward(&plan, &mut x));
    time("inverse", || k.inverse(&plan, &mut x));
    time("inverse from", || k.inverse_from(&plan, &a, &mut x));
    time("forward lifted", || k.forward_lifted(&plan, q, &a, &mut x));
    let signed: Vec<i64> = a.iter().map(|a| (a % 64) as i64 - 32).collect();
    time("forward signed", || k.forward_signed(&plan, &signed, &mut x));
    time("divide and add", || k.divide(&plan, q, &a, factor, &mut x, Some(&b)));
    time("multiply", || k.multiply(p, &a, &b, &mut x));
    time("multiply and add", || k.multiply_add(p, &mut x, &a, &b));
    time("scale", || k.scale(p, &mut x, factor));
    time("tensor", || k.tensor(p, [&a, &b], [&b, &a], [&mut x, &mut y, &mut z]));
    let digits: Vec<Buffer> = (0..DIGITS).map(|i| fill(p, 10 + i as u64)).collect();
    let digits: Vec<&[u64]> = digits.iter().map(|x| &x[..]).collect();
    let mut words = Buffer::stale(2 * DIGITS * n);
    words.chunks_exact_mut(n).for_each(|part| part.copy_from_slice(&a));
    let key = KeyStream::new(&words, DIGITS, Form::Apart);
    time("inner product", || k.inner_product(p, &digits, key, [&mut x, &mut y]));
    let permutation = Permutation::of_automorphism(&plan, 5)?;
    time("inner product, permuted", || {
        k.inner_product_permuted(p, &digits, permutation.whole(), key, [&mut x, &mut y])
    });
    time("permute", || k.permute(permutation.whole(), &a, &mut x));
    let (from, to) = (primes.get(..DIGITS)?, primes.get(DIGITS..)?);
    let tables = Conversion::new(from, to)?;
    let residues: Vec<Buffer> = from.iter().map(|q| fill(q, 20)).collect();
    let residues: Vec<&[u64]> = residues.iter().map(|x| &x[..]).collect();
    time("convert, by target", || k.convert(&tables, &residues, &mut [&mut x, &mut y, &mut z]));
    println!("  (that is {DIGITS} primes to {DIGITS})");
    time("combine, forward", || k.forward_combined(&plan, &tables, 0, &residues, &b, &mut x));
    Some(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|a| a.parse().ok());
    let one = arguments.first().filter(|name| *name != "all").and_then(|name| Kernel::parse(name));
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available() && one.is_none_or(|one| one == *kernel))
    {
        for log_n in number(1).map_or(vec![13, 14], |log_n| vec![log_n]) {
            for bits in number(2).map_or(vec![50], |bits| vec![bits]) {
                measure(kernel, log_n, bits, RingKind::Standard);
            }
        }
    }
    if let Some(kernel) = one {
        measure(kernel, 13, 26, RingKind::ConjugateInvariant);
    }
}
