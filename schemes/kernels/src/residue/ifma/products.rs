//! Sums of products: what is accumulated in split halves and reduced once.

use super::super::modulus::Modulus;
use super::super::permutation::Permutation;
use super::field::{Field, Folding, Long, Short, Sum};
use super::lanes::{Lanes, Row};
use super::permutation::Moves;

/// Rows that the key stream is fetched ahead of its use: 2 kB.
const AHEAD: usize = 32;

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn dot(p: &Modulus, left: &[&[Row]], right: &[&[Row]], out: &mut [Row]) {
    if left.len() <= Short::most_terms(p) {
        dot_with(p, Short::new(p), left, right, out);
    } else {
        dot_with(p, Long::new(p), left, right, out);
    }
}

#[inline(always)]
fn dot_with(p: &Modulus, folding: impl Folding, left: &[&[Row]], right: &[&[Row]], out: &mut [Row]) {
    let f = Field::new(p);
    for (i, out) in out.iter_mut().enumerate() {
        let mut sum = Sum::zero();
        for (left, right) in left.iter().zip(right) {
            sum.add(Lanes::load(&left[i]), Lanes::load(&right[i]));
        }
        f.canonical(folding.fold(&f, sum)).store(out);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn inner_product(p: &Modulus, digits: &[&[Row]], key: &[Row], out: [&mut [Row]; 2]) {
    if digits.len() <= Short::most_terms(p) {
        inner_product_with(p, Short::new(p), digits, key, out);
    } else {
        inner_product_with(p, Long::new(p), digits, key, out);
    }
}

#[inline(always)]
fn inner_product_with(
    p: &Modulus,
    folding: impl Folding,
    digits: &[&[Row]],
    key: &[Row],
    [out0, out1]: [&mut [Row]; 2],
) {
    let f = Field::new(p);
    let stride = key.len() / out0.len();
    for (i, ((out0, out1), key)) in out0.iter_mut().zip(out1).zip(key.chunks_exact(stride)).enumerate() {
        let (mut sum0, mut sum1) = (Sum::zero(), Sum::zero());
        for (digit, [key0, key1]) in digits.iter().zip(key.as_chunks().0) {
            let digit = Lanes::load(&digit[i]);
            Lanes::prefetch(key0, AHEAD);
            Lanes::prefetch(key1, AHEAD);
            sum0.add(digit, Lanes::load(key0));
            sum1.add(digit, Lanes::load(key1));
        }
        f.canonical(folding.fold(&f, sum0)).store(out0);
        f.canonical(folding.fold(&f, sum1)).store(out1);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn inner_product_permuted(
    p: &Modulus,
    digits: &[&[Row]],
    permutation: &Permutation,
    key: &[Row],
    out: [&mut [Row]; 2],
) {
    let moves = &Moves::new(permutation);
    if digits.len() <= Short::most_terms(p) {
        permuted_with(p, Short::new(p), digits, moves, key, out);
    } else {
        permuted_with(p, Long::new(p), digits, moves, key, out);
    }
}

#[inline(always)]
fn permuted_with(
    p: &Modulus,
    folding: impl Folding,
    digits: &[&[Row]],
    moves: &Moves,
    key: &[Row],
    [out0, out1]: [&mut [Row]; 2],
) {
    let f = Field::new(p);
    let rows = out0.len();
    let mut images = vec![[[0; 8]; 8]; digits.len()];
    let blocks = out0.as_chunks_mut::<8>().0.iter_mut().zip(out1.as_chunks_mut::<8>().0);
    for ((block, (out0, out1)), key) in blocks.enumerate().zip(key.chunks_exact(8 * (key.len() / rows))) {
        for (image, digit) in images.iter_mut().zip(digits) {
            moves.block(block, digit, image);
        }
        inner_product_block(&f, folding, &images, key, [out0, out1]);
    }
}

#[inline(always)]
fn inner_product_block(
    f: &Field,
    folding: impl Folding,
    images: &[[Row; 8]],
    key: &[Row],
    [out0, out1]: [&mut [Row; 8]; 2],
) {
    for (i, ((out0, out1), key)) in out0.iter_mut().zip(out1).zip(key.chunks_exact(key.len() / 8)).enumerate() {
        let (mut sum0, mut sum1) = (Sum::zero(), Sum::zero());
        for (image, [key0, key1]) in images.iter().zip(key.as_chunks().0) {
            let digit = Lanes::load(&image[i]);
            Lanes::prefetch(key0, AHEAD);
            Lanes::prefetch(key1, AHEAD);
            sum0.add(digit, Lanes::load(key0));
            sum1.add(digit, Lanes::load(key1));
        }
        f.canonical(folding.fold(f, sum0)).store(out0);
        f.canonical(folding.fold(f, sum1)).store(out1);
    }
}
