//! Encodings of ristretto255 (RFC 9496, section 4.3), eight lanes at a time.

use super::constants::{D, INVERSE_SQRT_A_MINUS_D, SQRT_MINUS_ONE};
use super::field::{Field, LOW};
use super::lanes::{Lanes, Limbs, Mask, Row};
use super::point::{AffineRows, Double, NielsRows, PointRows, doubled};
use super::power::{invert_all, root_power};

/// The bytes of an encoding.
pub(super) type Encoding = [u8; 32];

/// Bundles decoded together.
const TOGETHER: usize = 4;

/// The bytes as limbs of 51 bits; the top bit is dropped.
fn limbs_of(bytes: &Encoding) -> [u64; 5] {
    let (words, _) = bytes.as_chunks::<8>();
    let mut w = [0; 4];
    w.iter_mut().zip(words).for_each(|(w, bytes)| *w = u64::from_le_bytes(*bytes));
    let [a, b, c, d] = w;
    [a & LOW, (a >> 51 | b << 13) & LOW, (b >> 38 | c << 26) & LOW, (c >> 25 | d << 39) & LOW, (d >> 12) & LOW]
}

/// The bytes of canonical limbs.
fn bytes_of([a, b, c, d, e]: [u64; 5]) -> Encoding {
    let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12];
    let mut bytes = [0; 32];
    bytes.as_chunks_mut::<8>().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
    bytes
}

/// Whether the bytes are an even number below p.
fn is_canonical(bytes: &Encoding) -> bool {
    let [a, b, c, d, e] = limbs_of(bytes);
    let below = a < LOW - 18 || [b, c, d, e].into_iter().any(|limb| limb != LOW);
    below && bytes[31] >> 7 == 0 && a & 1 == 0
}

/// Numbers by lane as rows of limbs.
pub(super) fn rows_of(numbers: impl IntoIterator<Item = [u64; 5]>) -> Limbs {
    let mut rows = [Row::default(); 5];
    for (lane, number) in numbers.into_iter().enumerate().take(8) {
        rows.iter_mut().zip(number).for_each(|(row, limb)| row.0[lane] = limb);
    }
    rows
}

/// Encodings of canonical elements by lane.
pub(super) fn encodings_of(rows: &Limbs) -> [Encoding; 8] {
    std::array::from_fn(|lane| bytes_of(rows.map(|row| row.0[lane])))
}

/// Decodes each eight encodings to a bundle of twice their points; the lanes past the end hold the identity. Gives the places
/// of those refused. Variable time.
///
/// Twice the points, since all members of a coset but for their signs become one, once for all sums of them: then
/// [`keys`](super::invariant::keys) need no double.
#[inline(always)]
pub(super) fn decode_doubled_vartime<L: Lanes>(encodings: &[Encoding], out: &mut Vec<NielsRows>) -> Vec<usize> {
    let mut points: Vec<AffineRows> = Vec::with_capacity(encodings.len().div_ceil(8));
    let mut refused = Vec::new();
    for (block, encodings) in encodings.chunks(8 * TOGETHER).enumerate() {
        let mut numbers = [Field::zero(); TOGETHER];
        for (number, encodings) in numbers.iter_mut().zip(encodings.chunks(8)) {
            *number = Field::load(&rows_of(encodings.iter().map(limbs_of)));
        }
        let bundles = encodings.len().div_ceil(8);
        for (bundle, ([x, y], valid)) in decode_bundles::<L>(&numbers).into_iter().enumerate().take(bundles) {
            let mut rows = AffineRows::default();
            x.store(&mut rows[0]);
            y.store(&mut rows[1]);
            points.push(rows);
            let start = 8 * bundle;
            for (lane, encoding) in encodings[start..].iter().enumerate().take(8) {
                if valid >> lane & 1 == 0 || !is_canonical(encoding) {
                    refused.push(8 * TOGETHER * block + start + lane);
                }
            }
        }
    }
    doubled::<L>(&points, out);
    refused
}

/// DECODE of RFC 9496, section 4.3.1, to affine coordinates, and the lanes that hold encodings, but for being canonical.
#[inline(always)]
fn decode_bundles<L: Lanes>(s: &[Field<L>; TOGETHER]) -> [([Field<L>; 2], Mask); TOGETHER] {
    let one = Field::one();
    let (mut terms, mut radicands) = ([[one; 3]; TOGETHER], [one; TOGETHER]);
    for ((s, terms), radicand) in s.iter().zip(&mut terms).zip(&mut radicands) {
        let square = s.square();
        let (u1, u2) = (one.minus(square), one.plus(square));
        let u2_squared = u2.square();
        let v = u1.square().product(&Field::splat(&D)).plus(u2_squared.wide()).negated().carry();
        *terms = [u1, u2, v];
        *radicand = v.times(&u2_squared);
    }
    let roots = inverse_roots(&radicands);
    let mut out = [([one; 2], 0); TOGETHER];
    for (k, out) in out.iter_mut().enumerate() {
        let ([u1, u2, v], (root, valid)) = (terms[k], roots[k]);
        let dx = root.times(&u2);
        let x = s[k].product(&dx).twice().carry().canonical();
        let x = x.select(x.odd(), x.negated());
        let y = u1.times(&root).product(&dx.times(&v)).carry();
        let t = x.times(&y).canonical();
        let is_zero = y.canonical().equal(Field::zero());
        *out = ([x, y], valid & !t.odd() & !is_zero);
    }
    out
}

/// A root of `1 / w` up to its sign where there is one, and the lanes where there is: SQRT_RATIO_M1(1, w) of RFC 9496,
/// section 4.2.
#[inline(always)]
fn inverse_roots<L: Lanes>(w: &[Field<L>; TOGETHER]) -> [(Field<L>, Mask); TOGETHER] {
    let mut bases = *w;
    for base in &mut bases {
        *base = base.square().times(base).square().times(base);
    }
    let powers = root_power(&bases);
    let (one, i) = (Field::one(), Field::splat(&SQRT_MINUS_ONE));
    let [minus_one, minus_i] = [one.negated().canonical(), i.negated().canonical()];
    let mut out = [(one, 0); TOGETHER];
    for ((out, w), power) in out.iter_mut().zip(w).zip(powers) {
        let root = w.square().times(w).times(&power);
        let check = root.square().times(w).canonical();
        let flipped = check.equal(minus_one);
        let root = root.select(flipped | check.equal(minus_i), root.times(&i));
        *out = (root, check.equal(one) | flipped);
    }
    out
}

/// The encodings of twice the points, by one inversion and no root (Hamburg's trick, as in curve25519-dalek's
/// `double_and_compress_batch`). Constant time.
#[inline(always)]
pub(super) fn encode_doubled<L: Lanes>(points: &[PointRows]) -> Vec<[Encoding; 8]> {
    let mut zeros: Vec<Mask> = Vec::with_capacity(points.len());
    let mut inverses: Vec<Limbs> = Vec::with_capacity(points.len());
    for point in points {
        let Double { e, f, g, h } = Double::<L>::load(point);
        let all = e.times(&g).times(&f.times(&h)).canonical();
        let zero = all.equal(Field::zero());
        let mut rows = Limbs::default();
        all.select(zero, Field::one()).store(&mut rows);
        zeros.push(zero);
        inverses.push(rows);
    }
    invert_all::<L>(&mut inverses);
    let mut out = Vec::with_capacity(points.len());
    for ((point, inverse), zero) in points.iter().zip(&inverses).zip(zeros) {
        let inverse = Field::<L>::load(inverse).select(zero, Field::zero());
        let mut rows = Limbs::default();
        encode_double(Double::load(point), inverse).store(&mut rows);
        out.push(encodings_of(&rows));
    }
    out
}

/// The canonical `s` of ENCODE (RFC 9496, section 4.3.2) from the inverse of `E F G H`.
#[inline(always)]
fn encode_double<L: Lanes>(Double { e, f, g, h }: Double<L>, inverse: Field<L>) -> Field<L> {
    let eg = e.times(&g);
    let (z_inverse, t_inverse) = (eg.times(&inverse), f.times(&h).times(&inverse));
    // The coset's member in the right quarter: a rotation multiplies by i and swaps x and y.
    let rotated = eg.times(&z_inverse).canonical().odd();
    let i = Field::splat(&SQRT_MINUS_ONE);
    let magic = Field::splat(&INVERSE_SQRT_A_MINUS_D).select(rotated, i);
    let (e, g, h) = (e.select(rotated, g), g.select(rotated, e.negated()), h.select(rotated, f.times(&i)));
    let negative = h.times(&e).times(&z_inverse).canonical().odd();
    let g = g.select(negative, g.negated());
    let s = h.minus(g).times(&magic).times(&g.times(&t_inverse)).canonical();
    s.select(s.odd(), s.negated().canonical())
}
