//! Sums of products: what is accumulated in split halves and reduced once.

use super::super::key::{Form, KeyStream};
use super::super::modulus::Modulus;
use super::super::permutation::Run;
use super::super::rows::rows;
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

/// How a key's pairs are read.
trait Pairs {
    /// Rows of a digit.
    const ROWS: usize;
    fn read(key: &[Row]) -> [Lanes; 2];
}

/// [`Form::Apart`].
struct Apart;

/// [`Form::Together`].
struct Together;

impl Pairs for Apart {
    const ROWS: usize = 2;

    #[inline(always)]
    fn read(key: &[Row]) -> [Lanes; 2] {
        Lanes::prefetch(&key[0], AHEAD);
        Lanes::prefetch(&key[1], AHEAD);
        [Lanes::load(&key[0]), Lanes::load(&key[1])]
    }
}

impl Pairs for Together {
    const ROWS: usize = 1;

    #[inline(always)]
    fn read(key: &[Row]) -> [Lanes; 2] {
        Lanes::prefetch(&key[0], AHEAD);
        let both = Lanes::load(&key[0]);
        [both.and(Lanes::splat(u64::from(u32::MAX))), both.shift_right::<32>()]
    }
}

/// Calls with the folding and the pairs that a prime and a key take.
macro_rules! by_form {
    ($p:expr, $digits:expr, $key:expr, $with:ident($($argument:expr),*)) => {
        match ($digits.len() <= Short::most_terms($p), $key.form()) {
            (true, Form::Apart) => $with::<Apart>($p, Short::new($p), $($argument),*),
            (true, Form::Together) => $with::<Together>($p, Short::new($p), $($argument),*),
            (false, Form::Apart) => $with::<Apart>($p, Long::new($p), $($argument),*),
            (false, Form::Together) => $with::<Together>($p, Long::new($p), $($argument),*),
        }
    };
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn inner_product(p: &Modulus, digits: &[&[Row]], key: KeyStream<'_>, out: [&mut [Row]; 2]) {
    by_form!(p, digits, key, inner_product_with(digits, key, out));
}

#[inline(always)]
fn inner_product_with<P: Pairs>(
    p: &Modulus,
    folding: impl Folding,
    digits: &[&[Row]],
    key: KeyStream<'_>,
    [out0, out1]: [&mut [Row]; 2],
) {
    let f = Field::new(p);
    let key = rows(key.words()).chunks_exact(key.stride());
    for (i, ((out0, out1), key)) in out0.iter_mut().zip(out1).zip(key).enumerate() {
        let (mut sum0, mut sum1) = (Sum::zero(), Sum::zero());
        for (digit, key) in digits.iter().zip(key.chunks_exact(P::ROWS)) {
            let (digit, [key0, key1]) = (Lanes::load(&digit[i]), P::read(key));
            sum0.add(digit, key0);
            sum1.add(digit, key1);
        }
        f.canonical(folding.fold(&f, sum0)).store(out0);
        f.canonical(folding.fold(&f, sum1)).store(out1);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn inner_product_permuted(
    p: &Modulus,
    digits: &[&[Row]],
    permutation: Run<'_>,
    key: KeyStream<'_>,
    out: [&mut [Row]; 2],
) {
    let moves = &Moves::new(permutation);
    by_form!(p, digits, key, permuted_with(digits, moves, key, out));
}

#[inline(always)]
fn permuted_with<P: Pairs>(
    p: &Modulus,
    folding: impl Folding,
    digits: &[&[Row]],
    moves: &Moves,
    key: KeyStream<'_>,
    [out0, out1]: [&mut [Row]; 2],
) {
    let f = Field::new(p);
    let mut images = vec![[[0; 8]; 8]; digits.len()];
    let blocks = out0.as_chunks_mut::<8>().0.iter_mut().zip(out1.as_chunks_mut::<8>().0);
    for ((block, (out0, out1)), key) in blocks.enumerate().zip(rows(key.words()).chunks_exact(8 * key.stride())) {
        for (image, digit) in images.iter_mut().zip(digits) {
            moves.block(block, digit, image);
        }
        inner_product_block::<P>(&f, folding, &images, key, [out0, out1]);
    }
}

#[inline(always)]
fn inner_product_block<P: Pairs>(
    f: &Field,
    folding: impl Folding,
    images: &[[Row; 8]],
    key: &[Row],
    [out0, out1]: [&mut [Row; 8]; 2],
) {
    for (i, ((out0, out1), key)) in out0.iter_mut().zip(out1).zip(key.chunks_exact(key.len() / 8)).enumerate() {
        let (mut sum0, mut sum1) = (Sum::zero(), Sum::zero());
        for (image, key) in images.iter().zip(key.chunks_exact(P::ROWS)) {
            let (digit, [key0, key1]) = (Lanes::load(&image[i]), P::read(key));
            sum0.add(digit, key0);
            sum1.add(digit, key1);
        }
        f.canonical(folding.fold(f, sum0)).store(out0);
        f.canonical(folding.fold(f, sum1)).store(out1);
    }
}
