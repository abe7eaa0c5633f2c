//! Every kernel against portable code, operation by operation.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::conversion::{Conversion, Weighted};
use super::key::{Form, KeyStream, write_digit};
use super::modulus::Modulus;
use super::ntt::{Ntt, RingKind};
use super::operations::{Residues, residues};
use super::permutation::Permutation;
use super::scalar::Scalar;
use super::testing::{primes, random_residues};
use crate::dispatch::Kernel;

const RINGS: [RingKind; 2] = [RingKind::Standard, RingKind::ConjugateInvariant];

/// The kernels with an implementation of their own on this processor.
fn kernels() -> impl Iterator<Item = &'static dyn Residues> {
    Kernel::ALL.into_iter().map(residues).filter(|kernel| kernel.kernel() != Kernel::Scalar)
}

/// Primes at which quotients are estimated worst, 1 mod 2^18: the one just above 2^49, and the one just above
/// 2^52/4.98.
const AWKWARD: [u64; 2] = [562_949_964_955_649, 904_337_275_748_353];

/// Primes of 50, 36 and 26 bits, 786433, and the awkward ones; those that suit transforms of this degree.
fn moduli(log_n: u32) -> Vec<Modulus> {
    let awkward = AWKWARD.map(|p| Modulus::new(p).unwrap()).into_iter().filter(|_| log_n <= 16);
    primes(log_n).into_iter().chain(awkward).collect()
}

/// Residues: random, all zero, all p - 1, or these mixed.
fn vector(p: &Modulus, n: usize, seed: u64) -> Vec<u64> {
    let random = random_residues(p, n, seed);
    match seed % 5 {
        0 => vec![p.value() - 1; n],
        1 => vec![0; n],
        2 => random.iter().map(|x| if x % 3 == 0 { 0 } else { p.value() - 1 }).collect(),
        _ => random,
    }
}

/// Lazy ones.
fn lazy(p: &Modulus, n: usize, seed: u64) -> Vec<u64> {
    let multiples = random_residues(&Modulus::new(5).unwrap(), n, seed ^ 7);
    vector(p, n, seed).iter().zip(multiples).map(|(x, k)| x + k.min(3) * p.value()).collect()
}

fn plans(kernel: Kernel, log_n: u32) -> Vec<Ntt> {
    let plan = |p: Modulus| RINGS.map(|ring| Ntt::new(kernel, p, log_n, ring).unwrap());
    moduli(log_n).into_iter().flat_map(plan).collect()
}

fn assert_lazily_equal(p: &Modulus, slots: &[u64], expected: &[u64]) {
    assert!(slots.iter().all(|x| *x < 4 * p.value()));
    assert!(slots.iter().zip(expected).all(|(x, y)| x % p.value() == y % p.value()));
}

/// What `operation` writes over a copy of `start`.
fn written(start: &[u64], operation: impl FnOnce(&mut [u64])) -> Vec<u64> {
    let mut out = start.to_vec();
    operation(&mut out);
    out
}

/// Compares what an operation writes over `$start`.
macro_rules! agree {
    ($kernel:ident, $start:expr, |$k:ident, $out:ident| $call:expr) => {
        let [expected, given] = [&Scalar as &dyn Residues, $kernel].map(|$k| written($start, |$out| $call));
        prop_assert_eq!(expected, given, "{} {}", $kernel.kernel(), stringify!($call));
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn slotwise_operations_agree(which in 0..6usize, seeds: [u64; 4], blocks in 1usize..5) {
        let p = &moduli(14)[which];
        let n = 64 * blocks;
        let [a, b, c, d] = seeds.map(|seed| vector(p, n, seed));
        let factor = p.multiplier(d[0]);
        for kernel in kernels() {
            agree!(kernel, &a, |k, out| k.add_assign(p, out, &b));
            agree!(kernel, &a, |k, out| k.add(p, &b, &c, out));
            agree!(kernel, &a, |k, out| k.subtract_assign(p, out, &b));
            agree!(kernel, &a, |k, out| k.negate(p, out));
            agree!(kernel, &a, |k, out| k.multiply(p, &b, &c, out));
            agree!(kernel, &a, |k, out| k.multiply_assign(p, out, &b));
            agree!(kernel, &a, |k, out| k.multiply_add(p, out, &b, &c));
            agree!(kernel, &a, |k, out| k.scale(p, out, factor));
            agree!(kernel, &a, |k, out| k.scale_add(p, out, &b, factor));
            agree!(kernel, &vec![0; 3 * n], |k, out| {
                let (d0, rest) = out.split_at_mut(n);
                let (d1, d2) = rest.split_at_mut(n);
                k.tensor(p, [&a, &b], [&c, &d], [d0, d1, d2]);
            });
        }
    }

    #[test]
    fn sums_of_products_agree(which in 0..6usize, seed: u64, digits in 1usize..20, more in 0usize..3) {
        let p = &moduli(14)[which];
        let n = 128;
        let left: Vec<Vec<u64>> = (0..digits).map(|d| lazy(p, n, seed ^ d as u64)).collect();
        let right: Vec<Vec<u64>> = (0..digits).map(|d| vector(p, n, !seed ^ d as u64)).collect();
        let left: Vec<&[u64]> = left.iter().map(|x| &x[..]).collect();
        let right: Vec<&[u64]> = right.iter().map(|x| &x[..]).collect();
        let halves = |digit: usize, half: u64| vector(p, n, seed.rotate_left(9) ^ (2 * digit as u64 + half));
        let key = |form: Form| {
            let mut words = vec![0; form.words() * (digits + more) * n];
            for digit in 0..digits + more {
                write_digit(&mut words, form, digits + more, digit, [&halves(digit, 0), &halves(digit, 1)]);
            }
            words
        };
        let forms = if p.bits() <= 32 { vec![Form::Apart, Form::Together] } else { vec![Form::Apart] };
        let plan = Ntt::new(Kernel::Scalar, primes(7)[0], 7, RINGS[(seed % 2) as usize]).unwrap();
        let permutation = Permutation::of_automorphism(&plan, 2 * ((seed >> 8) as usize % 256) + 1).unwrap();
        for kernel in kernels() {
            agree!(kernel, &[1; 128], |k, out| k.dot(p, &left, &right, out));
            for form in &forms {
                let words = key(*form);
                let key = KeyStream::new(&words, digits + more, *form);
                agree!(kernel, &[1; 256], |k, out| {
                    let (out0, out1) = out.split_at_mut(n);
                    k.inner_product(p, &left, key, [out0, out1]);
                });
                agree!(kernel, &[1; 256], |k, out| {
                    let (out0, out1) = out.split_at_mut(n);
                    k.inner_product_permuted(p, &left, permutation.whole(), key, [out0, out1]);
                });
                agree!(kernel, &[1; 128], |k, out| {
                    let (out0, out1) = out.split_at_mut(64);
                    k.inner_product_permuted(p, &left, permutation.run(64..128), key.run(64..128), [out0, out1]);
                });
            }
            let mut sums = vec![vec![0; 2 * n]; forms.len()];
            for (form, sums) in forms.iter().zip(&mut sums) {
                let (out0, out1) = sums.split_at_mut(n);
                Scalar.inner_product(p, &left, KeyStream::new(&key(*form), digits + more, *form), [out0, out1]);
            }
            prop_assert!(sums.iter().all(|sum| *sum == sums[0]), "forms of a key differ");
            agree!(kernel, &[1; 128], |k, out| k.permute(permutation.whole(), left[0], out));
        }
    }

    #[test]
    fn reductions_agree(which in 0..6usize, other in 0..6usize, seed: u64, shift in 0u32..62) {
        let p = &moduli(14)[which];
        let words = random_residues(&Modulus::new((1 << 50) - 1).unwrap(), 64, seed);
        let signed = |bits: u32| -> Vec<i64> {
            let most = (1i64 << bits) - 1;
            words.iter().enumerate().map(|(i, x)| match i {
                0 => most,
                1 => -most,
                _ => ((x << 14) as i64 >> 1) >> (62 - bits),
            }).collect()
        };
        let integers = signed(62 - shift);
        let reals: Vec<f64> = signed(50).iter().map(|x| *x as f64 / 2.0_f64.powi(shift as i32) * 1.999).collect();
        let from = &moduli(14)[other];
        let a = vector(from, 64, seed);
        for kernel in kernels() {
            agree!(kernel, &[1; 64], |k, out| k.reduce_signed(p, &integers, out));
            agree!(kernel, &[1; 64], |k, out| k.reduce_rounded(p, &reals, out));
            agree!(kernel, &[1; 64], |k, out| k.lift(from, p, &a, out));
        }
    }

    #[test]
    fn conversions_agree(from in 1usize..6, to in 1usize..6, seed: u64) {
        let mut primes: Vec<Modulus> = moduli(14);
        primes.rotate_left((seed % 6) as usize);
        let from: Vec<Modulus> = primes.iter().copied().take(from).collect();
        let to: Vec<Modulus> = primes.iter().rev().copied().take(to).collect();
        let tables = Conversion::new(&from, &to).unwrap();
        let n = 64;
        let mut residues: Vec<Vec<u64>> = from.iter().enumerate().map(|(i, q)| vector(q, n, seed ^ i as u64)).collect();
        let slices: Vec<&[u64]> = residues.iter().map(|x| &x[..]).collect();
        for kernel in kernels() {
            agree!(kernel, &vec![1; to.len() * n], |k, out| {
                k.convert(&tables, &slices, &mut out.chunks_exact_mut(n).collect::<Vec<_>>());
            });
            agree!(kernel, &vec![1; (from.len() + 1) * n], |k, out| {
                let (overflow, weighted) = out.split_at_mut(n);
                weighted.copy_from_slice(&residues.concat());
                k.weigh(&tables, &mut weighted.chunks_exact_mut(n).collect::<Vec<_>>(), overflow);
            });
        }
        let mut overflow = vec![0; n];
        Scalar.weigh(&tables, &mut residues.iter_mut().map(|x| &mut x[..]).collect::<Vec<_>>(), &mut overflow);
        let weighted: Vec<&[u64]> = residues.iter().map(|x| &x[..]).collect();
        for kernel in kernels() {
            for j in 0..to.len() {
                agree!(kernel, &[1; 64], |k, out| k.combine(&tables, j, &weighted, &overflow, out));
            }
        }
    }

    #[test]
    fn transforms_agree(log_n in 6u32..12, seed: u64) {
        for kernel in kernels() {
            transforms_agree_at(kernel, log_n, seed);
        }
    }
}

/// All transforms, for every prime and both rings.
fn transforms_agree_at(kernel: &'static dyn Residues, log_n: u32, seed: u64) {
    let n = 1 << log_n;
    for plan in plans(kernel.kernel(), log_n) {
        let p = plan.modulus();
        let a = vector(p, n, seed);
        let compare = |operation: &dyn Fn(&dyn Residues, &mut [u64])| {
            let [expected, given] = [&Scalar as &dyn Residues, kernel].map(|k| written(&a, |out| operation(k, out)));
            assert!(expected == given, "{} {log_n} {p:?} {:?} {seed}", kernel.kernel(), plan.ring());
        };
        compare(&|k, out| k.forward(&plan, out));
        compare(&|k, out| k.inverse(&plan, out));
        compare(&|k, out| k.inverse_from(&plan, &vector(p, n, !seed), out));
        let signed: Vec<i64> = random_residues(&Modulus::new((1 << 50) - 1).unwrap(), n, seed)
            .iter()
            .map(|x| *x as i64 - (1 << 49) + 1)
            .collect();
        compare(&|k, out| k.forward_signed(&plan, &signed, out));
        for from in moduli(14) {
            let coefficients = vector(&from, n, seed.rotate_left(5));
            let factor = p.multiplier(a[1]);
            compare(&|k, out| k.divide(&plan, &from, &coefficients, factor, out, None));
            compare(&|k, out| k.divide(&plan, &from, &coefficients, factor, out, Some(&a)));
            let expected = written(&a, |out| Scalar.forward_lifted(&plan, &from, &coefficients, out));
            let given = written(&a, |out| kernel.forward_lifted(&plan, &from, &coefficients, out));
            assert_lazily_equal(p, &given, &expected);
        }
        combined_agree_at(kernel, &plan, seed);
    }
}

fn combined_agree_at(kernel: &'static dyn Residues, plan: &Ntt, seed: u64) {
    let (n, p) = (plan.degree(), *plan.modulus());
    let from: Vec<Modulus> = moduli(14).into_iter().filter(|q| *q != p).collect();
    let tables = Conversion::new(&from, &[p]).unwrap();
    let weighted: Vec<Vec<u64>> = from.iter().enumerate().map(|(i, q)| vector(q, n, seed ^ i as u64)).collect();
    let weighted: Vec<&[u64]> = weighted.iter().map(|x| &x[..]).collect();
    let overflow = random_residues(&Modulus::new(7).unwrap(), n, seed);
    let [expected, given] = [&Scalar as &dyn Residues, kernel]
        .map(|k| written(overflow.as_slice(), |out| k.forward_combined(plan, &tables, 0, &weighted, &overflow, out)));
    assert_lazily_equal(&p, &given, &expected);
    let remainder = Weighted { tables: &tables, to: 0, residues: &weighted, overflow: &overflow };
    let (acc, factor) = (vector(&p, n, !seed), p.multiplier(p.value() / 3));
    for add in [None, Some(&acc[..])] {
        let [expected, given] = [&Scalar as &dyn Residues, kernel]
            .map(|k| written(&acc, |out| k.divide_combined(plan, &remainder, factor, out, add)));
        assert!(expected == given, "{} {n} {p:?} {:?} {seed}", kernel.kernel(), plan.ring());
    }
}

#[test]
fn large_transforms_agree() {
    for kernel in kernels() {
        for log_n in 12..=14 {
            for seed in [2, 3] {
                transforms_agree_at(kernel, log_n, seed);
            }
        }
    }
}

#[test]
fn the_largest_transforms_agree() {
    for kernel in kernels() {
        for log_n in 15..=17 {
            for plan in plans(kernel.kernel(), log_n) {
                let a = vector(plan.modulus(), 1 << log_n, 3);
                let slots = written(&a, |out| kernel.forward(&plan, out));
                assert!(slots == written(&a, |out| Scalar.forward(&plan, out)), "{log_n} {plan:?}");
                assert!(a == written(&slots, |out| kernel.inverse(&plan, out)), "{log_n} {plan:?}");
            }
        }
    }
}
