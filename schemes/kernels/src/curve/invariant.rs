//! A number by which a point of ristretto255 is known, whichever member of its coset stands for it.
//!
//! The coset of a point is the point plus the 4-torsion `(0, 1), (0, -1), (i, 0), (-i, 0)`; doubling leaves `(0, ±1)` of
//! it, which keeps the product `t = x y`. So `t` of the double tells points of the group apart, up to `t(-P) = -t(P)`:
//! its sign (RFC 9496: odd is negative) tells a point from its negative.

use super::constants::D;
use super::field::Field;
use super::lanes::{Lanes, Limbs, Mask, Row};
use super::point::{AffineRows, PointRows};
use super::power::invert_all;

/// The low 64 bits of `|t|` and the lanes where `t` is negative.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Keys {
    pub(super) words: Row,
    pub(super) negative: Mask,
}

impl Keys {
    #[inline(always)]
    fn of<L: Lanes>(t: Field<L>) -> Self {
        let t = t.canonical();
        let negative = t.odd();
        let word = t.0[0].add(t.0[1].shift_left::<51>());
        // p - t modulo 2^64, to which p counts -19.
        let word = word.select(negative, L::splat(19u64.wrapping_neg()).sub(word));
        let mut words = Row::default();
        word.store(&mut words);
        Keys { words, negative }
    }
}

/// The keys of points whose doubles are given.
#[inline(always)]
pub(super) fn keys<L: Lanes>(doubles: &[PointRows]) -> Vec<Keys> {
    let mut inverses: Vec<Limbs> = doubles.iter().map(|[.., z, _]| *z).collect();
    invert_all::<L>(&mut inverses);
    let mut out = Vec::with_capacity(doubles.len());
    for ([.., t], inverse) in doubles.iter().zip(&inverses) {
        out.push(Keys::of(Field::<L>::load(t).times(&Field::load(inverse))));
    }
    out
}

/// A known affine point in all lanes: `x`, `y`, `x y`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stride(pub(super) [[u64; 5]; 3]);

/// The keys of points whose doubles are `center + stride` and `center - stride`, for all strides in turn. Both share
/// their denominators: 13 products for two keys.
#[inline(always)]
pub(super) fn surroundings<L: Lanes>([x, y]: &AffineRows, strides: &[Stride]) -> Vec<Keys> {
    let (x, y) = (Field::<L>::load(x), Field::load(y));
    let dt = x.times(&y).times(&Field::splat(&D));
    let mut inverses = vec![Limbs::default(); strides.len()];
    for (stride, inverse) in strides.iter().zip(&mut inverses) {
        let e = dt.times(&Field::splat(&stride.0[2]));
        Field::one().wide().minus(e.squared()).carry().store(inverse);
    }
    invert_all::<L>(&mut inverses);
    let mut out = Vec::with_capacity(2 * strides.len());
    for (stride, inverse) in strides.iter().zip(&inverses) {
        let (sx, sy) = (Field::splat(&stride.0[0]), Field::splat(&stride.0[1]));
        let inverse = Field::load(inverse);
        let (a, b) = (x.product(&sy), y.product(&sx));
        let (c, g) = (y.product(&sy), x.product(&sx));
        for [e, h] in [[a.plus(b), c.plus(g)], [a.minus(b), c.minus(g)]] {
            out.push(Keys::of(e.carry().times(&h.carry()).times(&inverse)));
        }
    }
    out
}

/// The key of points whose doubles are affine.
#[inline(always)]
pub(super) fn key_of_double<L: Lanes>([x, y]: &AffineRows) -> Keys {
    Keys::of(Field::<L>::load(x).times(&Field::load(y)))
}
