//! The conjugate-invariant ring as `Z_p[X]/(X^N - i)`.

use super::super::ntt::Ntt;
use super::field::{Factor, Field};
use super::forward::Input;
use super::lanes::{Lanes, Row};

/// Lane `l` of a row's mirror image: of the row above the mirrored one for lane 0, of that one otherwise.
const MIRROR: Row = [8, 7, 6, 5, 4, 3, 2, 1];

/// `a_j - i a_(N-j)` for each coefficient, where `a_N` is 0; dirty.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn fold<I: Input>(plan: &Ntt, input: &I, rows: &mut [Row]) {
    let p = plan.modulus();
    let f = Field::new(p);
    let minus_i = Factor::splat(p.multiplier(p.negate(plan.fold().value)));
    each_pair(rows, |rows, row| input.load(&f, rows, row), |x, mirrored| add_scaled(&f, x, mirrored, minus_i));
}

/// Undoes [`fold`] up to a factor of 2: `a_j + i a_(N-j)`, and 2 a_0; canonical.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn unfold(plan: &Ntt, rows: &mut [Row]) {
    let p = plan.modulus();
    let (f, i) = (Field::new(p), Factor::splat(plan.fold()));
    let first = p.add(rows[0][0], rows[0][0]);
    each_pair(rows, |rows, row| Lanes::load(&rows[row]), |x, mirrored| f.canonical(add_scaled(&f, x, mirrored, i)));
    rows[0][0] = first;
}

/// Replaces each coefficient by what `combine` makes of it and its mirror image.
#[inline(always)]
fn each_pair(rows: &mut [Row], load: impl Fn(&[Row], usize) -> Lanes, combine: impl Fn(Lanes, Lanes) -> Lanes) {
    let mirror = Lanes::load(&MIRROR);
    let mut above = Lanes::zero();
    let last = rows.len() - 1;
    for row in 0..rows.len() / 2 {
        let (low, next, high) = (load(rows, row), load(rows, row + 1), load(rows, last - row));
        combine(low, high.permute_both(mirror, above)).store(&mut rows[row]);
        combine(high, low.permute_both(mirror, next)).store(&mut rows[last - row]);
        above = high;
    }
}

/// `x + y * factor`, below x + 2p.
#[inline(always)]
fn add_scaled(f: &Field, x: Lanes, y: Lanes, factor: Factor) -> Lanes {
    x.low(y, factor.value).low(Lanes::zero().high(y, factor.quotient), f.minus_p)
}
