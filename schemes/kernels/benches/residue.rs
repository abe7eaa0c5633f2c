//! Operations on one polynomial, by kernel and degree: `kernel/log2 of the degree/operation`.
#![allow(missing_docs, clippy::unwrap_used, reason = "what criterion generates is undocumented; a bench")]

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::key::{Form, KeyStream};
use blindbench_kernels::residue::modulus::Modulus;
use blindbench_kernels::residue::ntt::{Ntt, RingKind};
use blindbench_kernels::residue::permutation::Permutation;
use criterion::{Criterion, criterion_group, criterion_main};

/// Primes just below 2^50 that are 1 mod 2^16.
const PRIMES: [u64; 4] = [1_125_899_904_679_937, 1_125_899_903_827_969, 1_125_899_903_500_289, 1_125_899_903_107_073];

/// Residues in no particular order.
fn residues(p: &Modulus, n: usize, start: u64) -> Buffer {
    let mut out = Buffer::stale(n);
    out.iter_mut().zip(start..).for_each(|(x, i)| *x = p.multiply(i + 1, (1 << 47) + 1));
    out
}

fn transforms(c: &mut Criterion, plan: &Ntt, from: &Modulus, id: impl Fn(&str) -> String) {
    let (p, k, n) = (plan.modulus(), plan.kernel(), plan.degree());
    let (a, b, mut x) = (residues(p, n, 0), residues(p, n, 9), residues(p, n, 99));
    let signed: Vec<i64> = (0..n as i64).map(|i| i % 41 - 20).collect();
    let factor = p.multiplier(a[5]);
    c.bench_function(&id("forward"), |bench| bench.iter(|| k.forward(plan, &mut x)));
    c.bench_function(&id("inverse"), |bench| bench.iter(|| k.inverse(plan, &mut x)));
    c.bench_function(&id("forward_lifted"), |bench| bench.iter(|| k.forward_lifted(plan, from, &a, &mut x)));
    c.bench_function(&id("forward_signed"), |bench| bench.iter(|| k.forward_signed(plan, &signed, &mut x)));
    c.bench_function(&id("divide"), |bench| bench.iter(|| k.divide(plan, from, &a, factor, &mut x, Some(&b))));
}

fn products(c: &mut Criterion, plan: &Ntt, id: impl Fn(&str) -> String) {
    let (p, k, n) = (plan.modulus(), plan.kernel(), plan.degree());
    let (a, b, mut x, mut y, mut z) =
        (residues(p, n, 0), residues(p, n, 9), residues(p, n, 0), residues(p, n, 0), residues(p, n, 0));
    let (digits, words) = ([&a[..], &b[..], &a[..]], residues(p, 6 * n, 7));
    let key = KeyStream::new(&words, 3, Form::Apart);
    let permutation = Permutation::of_automorphism(plan, 5).unwrap();
    c.bench_function(&id("multiply"), |bench| bench.iter(|| k.multiply(p, &a, &b, &mut x)));
    c.bench_function(&id("tensor"), |bench| {
        bench.iter(|| k.tensor(p, [&a, &b], [&b, &a], [&mut x, &mut y, &mut z]));
    });
    c.bench_function(&id("inner_product"), |bench| {
        bench.iter(|| k.inner_product(p, &digits, key, [&mut x, &mut y]));
    });
    c.bench_function(&id("inner_product_permuted"), |bench| {
        bench.iter(|| k.inner_product_permuted(p, &digits, permutation.whole(), key, [&mut x, &mut y]));
    });
    c.bench_function(&id("permute"), |bench| bench.iter(|| k.permute(permutation.whole(), &a, &mut x)));
}

fn conversion(c: &mut Criterion, primes: &[Modulus], plan: &Ntt, id: impl Fn(&str) -> String) {
    let (k, n) = (plan.kernel(), plan.degree());
    let tables = Conversion::new(&primes[..2], &primes[2..]).unwrap();
    let from = [residues(&primes[0], n, 1), residues(&primes[1], n, 2)];
    let [mut x, mut y] = from.clone();
    c.bench_function(&id("convert_2_to_2"), |bench| {
        bench.iter(|| k.convert(&tables, &[&from[0], &from[1]], &mut [&mut x, &mut y]));
    });
}

fn all(c: &mut Criterion) {
    let primes = PRIMES.map(|p| Modulus::new(p).unwrap());
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available() && *kernel != Kernel::Avx512) {
        for log_n in [13, 14] {
            let id = |operation: &str| format!("{kernel}/{log_n}/{operation}");
            let plan = Ntt::new(kernel, primes[0], log_n, RingKind::Standard).unwrap();
            transforms(c, &plan, &primes[1], id);
            products(c, &plan, id);
            conversion(c, &primes, &plan, id);
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
