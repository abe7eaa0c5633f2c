//! Operations slot by slot.

use super::field::{Centered, Constant, Field};
use super::lanes::{Reals, Row, Words};
use crate::residue::modulus::Modulus;

#[target_feature(enable = "avx2,fma")]
pub(super) fn add(p: &Modulus, a: &[Row], b: &[Row], out: &mut [Row]) {
    let p = Words::splat(p.value());
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        Words::load(a).add(Words::load(b)).reduce_once(p).store(out);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn add_assign(p: &Modulus, acc: &mut [Row], x: &[Row]) {
    let p = Words::splat(p.value());
    for (acc, x) in acc.iter_mut().zip(x) {
        Words::load(acc).add(Words::load(x)).reduce_once(p).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn subtract_assign(p: &Modulus, acc: &mut [Row], x: &[Row]) {
    let p = Words::splat(p.value());
    for (acc, x) in acc.iter_mut().zip(x) {
        Words::load(acc).add(p).subtract(Words::load(x)).reduce_once(p).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn negate(p: &Modulus, acc: &mut [Row]) {
    let p = Words::splat(p.value());
    for acc in acc {
        p.subtract(Words::load(acc)).reduce_once(p).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn multiply(p: &Modulus, a: &[Row], b: &[Row], out: &mut [Row]) {
    let field = Field::new(p);
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        field.lifted(field.multiply(reals(a), reals(b))).store(out);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn multiply_assign(p: &Modulus, acc: &mut [Row], x: &[Row]) {
    let field = Field::new(p);
    for (acc, x) in acc.iter_mut().zip(x) {
        field.lifted(field.multiply(reals(acc), reals(x))).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn multiply_add(p: &Modulus, acc: &mut [Row], a: &[Row], b: &[Row]) {
    let field = Field::new(p);
    for ((acc, a), b) in acc.iter_mut().zip(a).zip(b) {
        field.canonical(reals(acc).add(field.multiply(reals(a), reals(b)))).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn scale(p: &Modulus, acc: &mut [Row], factor: Constant) {
    let (field, factor) = (Field::new(p), factor.splat());
    for acc in acc {
        field.lifted(field.scale(reals(acc), factor)).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn scale_add(p: &Modulus, acc: &mut [Row], x: &[Row], factor: Constant) {
    let (field, factor) = (Field::new(p), factor.splat());
    for (acc, x) in acc.iter_mut().zip(x) {
        field.canonical(reals(acc).add(field.scale(reals(x), factor))).store(acc);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn tensor(p: &Modulus, [a0, a1]: [&[Row]; 2], [b0, b1]: [&[Row]; 2], [d0, d1, d2]: [&mut [Row]; 3]) {
    let field = Field::new(p);
    let left = a0.iter().zip(a1);
    let right = b0.iter().zip(b1);
    for ((((a0, a1), (b0, b1)), d0), (d1, d2)) in left.zip(right).zip(d0).zip(d1.iter_mut().zip(d2)) {
        let (a0, a1, b0, b1) = (reals(a0), reals(a1), reals(b0), reals(b1));
        field.lifted(field.multiply(a0, b0)).store(d0);
        field.canonical(field.multiply(a0, b1).add(field.multiply(a1, b0))).store(d1);
        field.lifted(field.multiply(a1, b1)).store(d2);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn reduce_signed(p: &Modulus, values: &[[i64; 4]], out: &mut [Row]) {
    let (field, radix) = (Field::new(p), Constant::new(p, (1 << 32) % p.value()).splat());
    // Of numbers that are not negative, as adding 2^62 makes them, halves are.
    let offset = Words::splat(1 << 62);
    for (out, value) in out.iter_mut().zip(values) {
        let shifted = Words::load_signed(value).add(offset);
        let high = shifted.high_half().reals_less((1u64 << 30) as f64);
        field.canonical(field.scale(high, radix).add(shifted.low_half().reals())).store(out);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn reduce_rounded(p: &Modulus, values: &[[f64; 4]], out: &mut [Row]) {
    let field = Field::new(p);
    for (out, value) in out.iter_mut().zip(values) {
        field.canonical(Reals::load(&value.map(f64::to_bits)).round()).store(out);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn lift(from: &Modulus, p: &Modulus, a: &[Row], out: &mut [Row]) {
    let (field, centered) = (Field::new(p), Centered::new(from));
    for (out, a) in out.iter_mut().zip(a) {
        field.canonical(centered.of(a)).store(out);
    }
}

#[inline(always)]
fn reals(row: &Row) -> Reals {
    Words::load(row).reals()
}
