//! Stages of a transform on registers.
//!
//! With B standing for the largest magnitude that comes in, in units of p (of 2^50 for signed input), the
//! bounds of [`super::field`] are kept as follows.
//!
//! Forward, of `x, y` come `x + t y` and `x - t y`: each stage adds a product, 3/4 at most. Where a
//! register's first product comes after one stage at most, B may be 3.2; after two, in the second of eight, it
//! is reduced first. The first register, never multiplied, is reduced; out comes 1/2 and a product for each
//! stage, 2.5 at most.
//!
//! Inverse, of `x, y` come `x + y` and `t (x - y)`: sums double. B is 3/4; sums of four are 3, and are
//! reduced before they double again. What leaves as a sum of products is reduced.

use super::field::{Factor, Field};
use super::lanes::Reals;

/// `log2 R` stages, R being 4 or 8, the longest first; twiddles as in [`super::tables::Tail`].
#[inline(always)]
pub(super) fn forward<const R: usize>(field: &Field, x: &mut [Reals; R], twiddles: &[Factor; R]) {
    x[0] = field.reduce(x[0]);
    if R == 8 {
        x[1] = field.reduce(x[1]);
    }
    // Stage by stage, since the compiler keeps nothing in registers through a loop over stages.
    if R == 8 {
        forward_stage(field, x, twiddles, 4);
    }
    forward_stage(field, x, twiddles, 2);
    forward_stage(field, x, twiddles, 1);
}

/// The stage on blocks of `2 half` registers.
#[inline(always)]
fn forward_stage<const R: usize>(field: &Field, x: &mut [Reals; R], twiddles: &[Factor; R], half: usize) {
    for pair in 0..R / 2 {
        let (block, low) = (pair / half, pair / half * 2 * half + pair % half);
        let product = field.scale(x[low + half], twiddles[R / 2 / half + block]);
        (x[low], x[low + half]) = (x[low].add(product), x[low].subtract(product));
    }
}

/// `log2 R` stages, the shortest first.
#[inline(always)]
pub(super) fn inverse<const R: usize>(field: &Field, x: &mut [Reals; R], twiddles: &[Factor; R]) {
    inverse_but_last(field, x, twiddles);
    for low in 0..R / 2 {
        let (a, b) = (x[low], x[low + R / 2]);
        x[low] = field.reduce(a.add(b));
        x[low + R / 2] = field.scale(a.subtract(b), twiddles[1]);
    }
}

/// [`inverse`] with everything multiplied by `scale`, and `last` the last stage's twiddle times it.
#[inline(always)]
pub(super) fn inverse_scaled<const R: usize>(
    field: &Field,
    x: &mut [Reals; R],
    twiddles: &[Factor; R],
    [scale, last]: [Factor; 2],
) {
    inverse_but_last(field, x, twiddles);
    for low in 0..R / 2 {
        let (a, b) = (x[low], x[low + R / 2]);
        x[low] = field.scale(a.add(b), scale);
        x[low + R / 2] = field.scale(a.subtract(b), last);
    }
}

#[inline(always)]
fn inverse_but_last<const R: usize>(field: &Field, x: &mut [Reals; R], twiddles: &[Factor; R]) {
    inverse_stage(field, x, twiddles, 1);
    if R == 8 {
        inverse_stage(field, x, twiddles, 2);
        (x[0], x[4]) = (field.reduce(x[0]), field.reduce(x[4]));
    }
}

/// The stage on blocks of `2 half` registers.
#[inline(always)]
fn inverse_stage<const R: usize>(field: &Field, x: &mut [Reals; R], twiddles: &[Factor; R], half: usize) {
    for pair in 0..R / 2 {
        let (block, low) = (pair / half, pair / half * 2 * half + pair % half);
        let (a, b) = (x[low], x[low + half]);
        x[low] = a.add(b);
        x[low + half] = field.scale(a.subtract(b), twiddles[R / 2 / half + block]);
    }
}
