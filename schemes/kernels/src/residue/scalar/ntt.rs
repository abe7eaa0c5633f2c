//! Transforms, butterfly by butterfly.

use super::super::modulus::{Modulus, Multiplier};
use super::super::ntt::{Ntt, RingKind};

/// Coefficients to slots.
pub fn forward(plan: &Ntt, data: &mut [u64]) {
    let p = plan.modulus();
    if plan.ring() == RingKind::ConjugateInvariant {
        fold(p, plan.fold(), data);
    }
    for stage in 0..plan.log_n() {
        let half = plan.degree() >> (stage + 1);
        let twiddles = &plan.forward_twiddles()[1 << stage..];
        for (block, &t) in data.chunks_exact_mut(2 * half).zip(twiddles) {
            let (low, high) = block.split_at_mut(half);
            for (x, y) in low.iter_mut().zip(high) {
                let product = p.scale(*y, t);
                (*x, *y) = (p.add(*x, product), p.subtract(*x, product));
            }
        }
    }
    transpose_blocks(data);
}

/// Slots to coefficients.
pub fn inverse(plan: &Ntt, data: &mut [u64]) {
    let p = plan.modulus();
    transpose_blocks(data);
    for stage in (0..plan.log_n()).rev() {
        let half = plan.degree() >> (stage + 1);
        let twiddles = &plan.inverse_twiddles()[1 << stage..];
        for (block, &t) in data.chunks_exact_mut(2 * half).zip(twiddles) {
            let (low, high) = block.split_at_mut(half);
            for (x, y) in low.iter_mut().zip(high) {
                (*x, *y) = (p.add(*x, *y), p.scale(p.subtract(*x, *y), t));
            }
        }
    }
    if plan.ring() == RingKind::ConjugateInvariant {
        unfold(p, plan.fold(), data);
    }
    data.iter_mut().for_each(|x| *x = p.scale(*x, plan.scale()));
}

/// Each block of 64 as an 8 by 8 matrix, transposed.
fn transpose_blocks(data: &mut [u64]) {
    for block in data.chunks_exact_mut(64) {
        for row in 0..8 {
            for column in row + 1..8 {
                block.swap(8 * row + column, 8 * column + row);
            }
        }
    }
}

/// Reduces a conjugate-invariant polynomial modulo X^N - i: there X^-k = -i X^(N-k), so coefficient j
/// becomes `a_j - i a_(N-j)`.
fn fold(p: &Modulus, i: Multiplier, data: &mut [u64]) {
    let n = data.len();
    for j in 1..=n / 2 {
        let (a, b) = (data[j], data[n - j]);
        data[j] = p.subtract(a, p.scale(b, i));
        data[n - j] = p.subtract(b, p.scale(a, i));
    }
}

/// Undoes [`fold`], up to a factor of 2.
fn unfold(p: &Modulus, i: Multiplier, data: &mut [u64]) {
    let n = data.len();
    data[0] = p.add(data[0], data[0]);
    for j in 1..=n / 2 {
        let (a, b) = (data[j], data[n - j]);
        data[j] = p.add(a, p.scale(b, i));
        data[n - j] = p.add(b, p.scale(a, i));
    }
}
