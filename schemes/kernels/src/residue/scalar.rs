//! The operations as they are defined, in portable code: what the other kernels are tested against.

mod ntt;

use super::conversion::Conversion;
use super::key::{Form, KeyStream};
use super::modulus::{Modulus, Multiplier};
use super::ntt::Ntt;
use super::operations::Residues;
use super::permutation::Run;
use crate::dispatch::Kernel;

/// Portable code.
#[derive(Debug, Clone, Copy)]
pub struct Scalar;

impl Residues for Scalar {
    fn kernel(&self) -> Kernel {
        Kernel::Scalar
    }

    fn add_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]) {
        acc.iter_mut().zip(x).for_each(|(acc, x)| *acc = p.add(*acc, *x));
    }

    fn add(&self, p: &Modulus, a: &[u64], b: &[u64], out: &mut [u64]) {
        map(out, a, b, |a, b| p.add(a, b));
    }

    fn subtract_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]) {
        acc.iter_mut().zip(x).for_each(|(acc, x)| *acc = p.subtract(*acc, *x));
    }

    fn negate(&self, p: &Modulus, acc: &mut [u64]) {
        acc.iter_mut().for_each(|acc| *acc = p.negate(*acc));
    }

    fn multiply(&self, p: &Modulus, a: &[u64], b: &[u64], out: &mut [u64]) {
        map(out, a, b, |a, b| p.multiply(a, b));
    }

    fn multiply_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]) {
        acc.iter_mut().zip(x).for_each(|(acc, x)| *acc = p.multiply(*acc, *x));
    }

    fn multiply_add(&self, p: &Modulus, acc: &mut [u64], a: &[u64], b: &[u64]) {
        for ((acc, a), b) in acc.iter_mut().zip(a).zip(b) {
            *acc = p.add(*acc, p.multiply(*a, *b));
        }
    }

    fn scale(&self, p: &Modulus, acc: &mut [u64], factor: Multiplier) {
        acc.iter_mut().for_each(|acc| *acc = p.scale(*acc, factor));
    }

    fn tensor(&self, p: &Modulus, [a0, a1]: [&[u64]; 2], [b0, b1]: [&[u64]; 2], out: [&mut [u64]; 3]) {
        let [d0, d1, d2] = out;
        map(d0, a0, b0, |a, b| p.multiply(a, b));
        map(d1, a0, b1, |a, b| p.multiply(a, b));
        self.multiply_add(p, d1, a1, b0);
        map(d2, a1, b1, |a, b| p.multiply(a, b));
    }

    fn dot(&self, p: &Modulus, left: &[&[u64]], right: &[&[u64]], out: &mut [u64]) {
        for (i, out) in out.iter_mut().enumerate() {
            let products = left.iter().zip(right).map(|(l, r)| u128::from(l[i]) * u128::from(r[i]));
            *out = p.reduce(products.sum());
        }
    }

    fn inner_product(&self, p: &Modulus, digits: &[&[u64]], key: KeyStream<'_>, out: [&mut [u64]; 2]) {
        inner_product(p, digits, |slot| slot, key, out);
    }

    fn inner_product_permuted(
        &self,
        p: &Modulus,
        digits: &[&[u64]],
        permutation: Run<'_>,
        key: KeyStream<'_>,
        out: [&mut [u64]; 2],
    ) {
        inner_product(p, digits, |slot| permutation.sources()[slot] as usize, key, out);
    }

    fn permute(&self, permutation: Run<'_>, a: &[u64], out: &mut [u64]) {
        out.iter_mut().zip(permutation.sources()).for_each(|(out, source)| *out = a[*source as usize]);
    }

    fn reduce_signed(&self, p: &Modulus, values: &[i64], out: &mut [u64]) {
        out.iter_mut().zip(values).for_each(|(out, value)| *out = p.reduce_signed(*value));
    }

    fn reduce_rounded(&self, p: &Modulus, values: &[f64], out: &mut [u64]) {
        out.iter_mut().zip(values).for_each(|(out, value)| *out = p.reduce_signed(value.round_ties_even() as i64));
    }

    fn lift(&self, from: &Modulus, p: &Modulus, a: &[u64], out: &mut [u64]) {
        out.iter_mut().zip(a).for_each(|(out, a)| *out = p.lift(from, *a));
    }

    fn convert(&self, tables: &Conversion, from: &[&[u64]], to: &mut [&mut [u64]]) {
        let mut weighted = [0; Conversion::MOST];
        let weighted = &mut weighted[..tables.from.len()];
        for slot in 0..from[0].len() {
            weighted.iter_mut().zip(from).for_each(|(weighted, from)| *weighted = from[slot]);
            let overflow = weigh_one(tables, weighted.iter_mut());
            for (j, to) in to.iter_mut().enumerate() {
                to[slot] = combine_one(tables, j, weighted.iter(), overflow);
            }
        }
    }

    fn forward(&self, plan: &Ntt, data: &mut [u64]) {
        ntt::forward(plan, data);
    }

    fn inverse(&self, plan: &Ntt, data: &mut [u64]) {
        ntt::inverse(plan, data);
    }

    fn inverse_from(&self, plan: &Ntt, slots: &[u64], out: &mut [u64]) {
        out.copy_from_slice(slots);
        ntt::inverse(plan, out);
    }

    fn forward_lifted(&self, plan: &Ntt, from: &Modulus, coefficients: &[u64], out: &mut [u64]) {
        self.lift(from, plan.modulus(), coefficients, out);
        ntt::forward(plan, out);
    }

    fn forward_signed(&self, plan: &Ntt, coefficients: &[i64], out: &mut [u64]) {
        self.reduce_signed(plan.modulus(), coefficients, out);
        ntt::forward(plan, out);
    }

    fn divide(
        &self,
        plan: &Ntt,
        from: &Modulus,
        coefficients: &[u64],
        factor: Multiplier,
        acc: &mut [u64],
        add: Option<&[u64]>,
    ) {
        let p = plan.modulus();
        let mut lifted = vec![0; acc.len()];
        self.forward_lifted(plan, from, coefficients, &mut lifted);
        self.subtract_assign(p, acc, &lifted);
        self.scale(p, acc, factor);
        if let Some(add) = add {
            self.add_assign(p, acc, add);
        }
    }
}

/// [`Residues::weigh`] in portable code.
pub fn weigh(tables: &Conversion, from: &mut [&mut [u64]], overflow: &mut [u64]) {
    for (slot, overflow) in overflow.iter_mut().enumerate() {
        *overflow = weigh_one(tables, from.iter_mut().map(|from| &mut from[slot]));
    }
}

/// [`Residues::combine`] in portable code.
pub fn combine(tables: &Conversion, to: usize, weighted: &[&[u64]], overflow: &[u64], out: &mut [u64]) {
    for (slot, (out, overflow)) in out.iter_mut().zip(overflow).enumerate() {
        *out = combine_one(tables, to, weighted.iter().map(|weighted| &weighted[slot]), *overflow);
    }
}

fn weigh_one<'a>(tables: &Conversion, residues: impl Iterator<Item = &'a mut u64>) -> u64 {
    // Multiplication and addition are rounded each by itself: so do all kernels.
    let mut overflow = 0.5;
    for (((residue, q), weight), reciprocal) in residues.zip(&tables.from).zip(&tables.weights).zip(&tables.reciprocals)
    {
        *residue = q.scale(*residue, *weight);
        overflow += *residue as f64 * reciprocal;
    }
    overflow as u64
}

fn combine_one<'a>(tables: &Conversion, to: usize, weighted: impl Iterator<Item = &'a u64>, overflow: u64) -> u64 {
    let terms = weighted.zip(&tables.products[to]).map(|(w, q)| u128::from(*w) * u128::from(*q));
    let correction = u128::from(overflow) * u128::from(tables.corrections[to]);
    tables.to[to].reduce(terms.sum::<u128>() + correction)
}

fn map(out: &mut [u64], a: &[u64], b: &[u64], f: impl Fn(u64, u64) -> u64) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}

fn inner_product(
    p: &Modulus,
    digits: &[&[u64]],
    source: impl Fn(usize) -> usize,
    key: KeyStream<'_>,
    [out0, out1]: [&mut [u64]; 2],
) {
    key.assert_fit(digits.len(), out0.len());
    let streamed = key.words().chunks_exact(8 * key.stride());
    let blocks = out0.chunks_exact_mut(8).zip(out1.chunks_exact_mut(8)).zip(streamed);
    let pair = |words: &[u64], lane: usize| match key.form() {
        Form::Apart => [words[lane], words[8 + lane]],
        Form::Together => [words[lane] & u64::from(u32::MAX), words[lane] >> 32],
    };
    for (block, ((out0, out1), words)) in blocks.enumerate() {
        for (lane, (out0, out1)) in out0.iter_mut().zip(out1).enumerate() {
            let (mut sum0, mut sum1) = (0u128, 0u128);
            for (digit, words) in digits.iter().zip(words.chunks_exact(8 * key.form().words())) {
                let (digit, [key0, key1]) = (u128::from(digit[source(8 * block + lane)]), pair(words, lane));
                sum0 += digit * u128::from(key0);
                sum1 += digit * u128::from(key1);
            }
            *out0 = p.reduce(sum0);
            *out1 = p.reduce(sum1);
        }
    }
}
