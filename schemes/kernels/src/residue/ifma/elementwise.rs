//! Operations slot by slot.

use super::super::modulus::{Modulus, Multiplier};
use super::field::{Factor, Field, Products};
use super::lanes::{Lanes, Reals, Row};

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn add_assign(p: &Modulus, acc: &mut [Row], x: &[Row]) {
    let f = Field::new(p);
    for (acc, x) in acc.iter_mut().zip(x) {
        f.reduce_once(Lanes::load(acc).add(Lanes::load(x))).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn add(p: &Modulus, a: &[Row], b: &[Row], out: &mut [Row]) {
    let f = Field::new(p);
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        f.reduce_once(Lanes::load(a).add(Lanes::load(b))).store(out);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn subtract_assign(p: &Modulus, acc: &mut [Row], x: &[Row]) {
    let f = Field::new(p);
    for (acc, x) in acc.iter_mut().zip(x) {
        let difference = Lanes::load(acc).sub(Lanes::load(x));
        // A negative difference is a large number.
        difference.min(difference.add(f.p)).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn negate(p: &Modulus, acc: &mut [Row]) {
    let f = Field::new(p);
    for acc in acc {
        f.reduce_once(f.p.sub(Lanes::load(acc))).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiply(p: &Modulus, a: &[Row], b: &[Row], out: &mut [Row]) {
    let (f, products) = (Field::new(p), Products::new(p));
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        f.canonical(products.multiply_add(&f, Lanes::zero(), Lanes::load(a), Lanes::load(b))).store(out);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiply_assign(p: &Modulus, acc: &mut [Row], x: &[Row]) {
    let (f, products) = (Field::new(p), Products::new(p));
    for (acc, x) in acc.iter_mut().zip(x) {
        f.canonical(products.multiply_add(&f, Lanes::zero(), Lanes::load(acc), Lanes::load(x))).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiply_add(p: &Modulus, acc: &mut [Row], a: &[Row], b: &[Row]) {
    let (f, products) = (Field::new(p), Products::new(p));
    for ((acc, a), b) in acc.iter_mut().zip(a).zip(b) {
        f.canonical(products.multiply_add(&f, Lanes::load(acc), Lanes::load(a), Lanes::load(b))).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn scale(p: &Modulus, acc: &mut [Row], factor: Multiplier) {
    let (f, factor) = (Field::new(p), Factor::splat(factor));
    for acc in acc {
        f.finish(f.scale(Lanes::load(acc), factor)).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn scale_add(p: &Modulus, acc: &mut [Row], x: &[Row], factor: Multiplier) {
    let (f, factor) = (Field::new(p), Factor::splat(factor));
    for (acc, x) in acc.iter_mut().zip(x) {
        f.canonical(Lanes::load(acc).add(f.scale(Lanes::load(x), factor))).store(acc);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn tensor(p: &Modulus, a: [&[Row]; 2], b: [&[Row]; 2], [d0, d1, d2]: [&mut [Row]; 3]) {
    let (f, products) = (Field::new(p), Products::new(p));
    let inputs = a[0].iter().zip(a[1]).zip(b[0].iter().zip(b[1]));
    for (((a0, a1), (b0, b1)), ((d0, d1), d2)) in inputs.zip(d0.iter_mut().zip(d1).zip(d2)) {
        let (a, b) = ([Lanes::load(a0), Lanes::load(a1)], [Lanes::load(b0), Lanes::load(b1)]);
        let shifted = [products.shifted(a[0]), products.shifted(a[1])];
        f.canonical(products.multiply(&f, a[0], shifted[0], b[0])).store(d0);
        f.canonical(products.cross(&f, a, shifted, b)).store(d1);
        f.canonical(products.multiply(&f, a[1], shifted[1], b[1])).store(d2);
    }
}

/// A bound on magnitudes as the least multiple of p that is no less: added, it makes integers of such
/// magnitudes nonnegative.
pub(super) fn offset(p: &Modulus, bound: u64) -> u64 {
    bound.div_ceil(p.value()) * p.value()
}

/// Reduction of signed integers of magnitude below 2^62.
struct Signed {
    positive: Lanes,
    /// 2^51 mod p.
    radix: Factor,
    mask: Lanes,
}

impl Signed {
    #[inline(always)]
    fn new(p: &Modulus) -> Self {
        Signed {
            positive: Lanes::splat(offset(p, 1 << 62)),
            radix: Factor::splat(p.multiplier(1 << 51)),
            mask: Lanes::splat((1 << 51) - 1),
        }
    }

    #[inline(always)]
    fn reduce(&self, f: &Field, value: Lanes) -> Lanes {
        let value = value.add(self.positive);
        let (high, low) = (value.shift_right::<51>(), value.and(self.mask));
        let quotient = Lanes::zero().high(low, f.reciprocal).high(high, self.radix.quotient);
        f.canonical(low.low(high, self.radix.value).low(quotient, f.minus_p))
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn reduce_signed(p: &Modulus, values: &[[i64; 8]], out: &mut [Row]) {
    let (f, signed) = (Field::new(p), Signed::new(p));
    for (out, values) in out.iter_mut().zip(values) {
        signed.reduce(&f, Lanes::load_signed(values)).store(out);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn reduce_rounded(p: &Modulus, values: &[[f64; 8]], out: &mut [Row]) {
    let (f, signed) = (Field::new(p), Signed::new(p));
    for (out, values) in out.iter_mut().zip(values) {
        signed.reduce(&f, Reals::load(values).round()).store(out);
    }
}

/// Residues modulo one number as residues modulo another.
#[derive(Clone, Copy)]
pub(super) struct Lift {
    from: Lanes,
    half: Lanes,
    positive: Lanes,
}

impl Lift {
    #[inline(always)]
    pub(super) fn new(from: &Modulus, p: &Modulus) -> Self {
        Lift {
            from: Lanes::splat(from.value()),
            half: Lanes::splat(from.value() / 2),
            positive: Lanes::splat(offset(p, from.value() / 2)),
        }
    }

    /// A representative of the centered residue, below 2^51; and below 2p where [`Lift::is_near`].
    #[inline(always)]
    pub(super) fn apply(&self, x: Lanes) -> Lanes {
        x.sub_above(self.half, x.add(self.positive), self.from)
    }

    /// Whether centered residues modulo `from` have magnitudes below p.
    pub(super) fn is_near(from: &Modulus, p: &Modulus) -> bool {
        from.value() / 2 < p.value()
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn lift(from: &Modulus, p: &Modulus, a: &[Row], out: &mut [Row]) {
    let (f, lift) = (Field::new(p), Lift::new(from, p));
    for (out, a) in out.iter_mut().zip(a) {
        f.canonical(lift.apply(Lanes::load(a))).store(out);
    }
}
