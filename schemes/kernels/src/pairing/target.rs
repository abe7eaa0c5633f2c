//! GT, and what Miller's algorithm gives before the final exponentiation.
#![expect(unsafe_code, reason = "calls into blst, which take pointers to plain data")]

use blst::{blst_fp, blst_fp6, blst_fp12};

use super::field::Field;
use super::point::{Affine, G1Affine, G2Affine};

/// Lines that Miller's algorithm evaluates for one point of G2.
const LINES: usize = 68;

/// The value of Miller loops, still to be raised to (p^12 - 1) / r: [`MillerValue::exponentiate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MillerValue(blst_fp12);

/// An element of GT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gt(blst_fp12);

/// A point of G2 with all lines of Miller's algorithm computed ahead.
#[derive(Clone)]
pub struct FixedG2 {
    lines: Box<[blst_fp6; LINES]>,
    neutral: bool,
}

impl std::fmt::Debug for FixedG2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FixedG2").field("neutral", &self.neutral).finish_non_exhaustive()
    }
}

impl FixedG2 {
    /// Bytes that a point takes.
    pub const BYTES: usize = LINES * size_of::<blst_fp6>();

    /// Computes the lines.
    pub fn new(point: &G2Affine) -> Self {
        let mut lines = Box::new([blst_fp6::default(); LINES]);
        // SAFETY: as many lines as the function writes.
        unsafe { blst::blst_precompute_lines(lines.as_mut_ptr(), &point.0) };
        FixedG2 { lines, neutral: point.is_neutral() }
    }
}

fn multiply(a: &blst_fp12, b: &blst_fp12) -> blst_fp12 {
    let mut out = blst_fp12::default();
    // SAFETY: all pointers are to field elements that live through the call.
    unsafe { blst::blst_fp12_mul(&mut out, a, b) };
    out
}

fn conjugate(a: &blst_fp12) -> blst_fp12 {
    let mut out = *a;
    // SAFETY: as above.
    unsafe { blst::blst_fp12_conjugate(&mut out) };
    out
}

impl MillerValue {
    /// 1.
    pub fn one() -> Self {
        MillerValue(blst_fp12::default())
    }

    /// The product of the Miller loops of all pairs; pairs with a neutral element count as 1.
    pub fn of_pairs(pairs: &[(G1Affine, G2Affine)]) -> Self {
        let pairs = pairs.iter().filter(|(first, second)| !first.is_neutral() && !second.is_neutral());
        let (first, second): (Vec<_>, Vec<_>) = pairs.map(|(first, second)| (first.0, second.0)).unzip();
        if first.is_empty() {
            return Self::one();
        }
        let (pointers1, pointers2) = ([first.as_ptr(), std::ptr::null()], [second.as_ptr(), std::ptr::null()]);
        let mut out = blst_fp12::default();
        // SAFETY: a null pointer behind the first says that points follow each other, as many as is stated in both.
        unsafe { blst::blst_miller_loop_n(&mut out, pointers2.as_ptr(), pointers1.as_ptr(), first.len()) };
        MillerValue(out)
    }

    /// The Miller loop with a fixed point.
    pub fn of_fixed(first: &G1Affine, second: &FixedG2) -> Self {
        if first.is_neutral() || second.neutral {
            return Self::one();
        }
        let mut out = blst_fp12::default();
        // SAFETY: as many lines as the function reads, and pointers that live through the call.
        unsafe { blst::blst_miller_loop_lines(&mut out, second.lines.as_ptr(), &first.0) };
        MillerValue(out)
    }

    /// The product.
    pub fn multiply(&self, other: &Self) -> Self {
        MillerValue(multiply(&self.0, &other.0))
    }

    /// The square.
    pub fn square(&self) -> Self {
        let mut out = blst_fp12::default();
        // SAFETY: all pointers are to field elements that live through the call.
        unsafe { blst::blst_fp12_sqr(&mut out, &self.0) };
        MillerValue(out)
    }

    /// The conjugate over the subfield of degree 6, the p^6-th power. It is no inverse yet, but becomes one: r divides
    /// p^6 + 1, so the final exponentiation takes it to the inverse of what it takes the value to.
    pub fn conjugate(&self) -> Self {
        MillerValue(conjugate(&self.0))
    }

    /// The final exponentiation, to an element of GT.
    pub fn exponentiate(&self) -> Gt {
        let mut out = blst_fp12::default();
        // SAFETY: both pointers are to field elements that live through the call.
        unsafe { blst::blst_final_exp(&mut out, &self.0) };
        Gt(out)
    }
}

impl Gt {
    /// 1.
    pub fn one() -> Self {
        Gt(blst_fp12::default())
    }

    /// The pairing of the generators.
    pub fn generator() -> Self {
        MillerValue::of_pairs(&[(G1Affine::generator(), G2Affine::generator())]).exponentiate()
    }

    /// The product.
    pub fn multiply(&self, other: &Self) -> Self {
        Gt(multiply(&self.0, &other.0))
    }

    /// The square, by the formulas for elements of norm 1 (Granger, Scott, PKC 2010, section 3).
    pub fn square(&self) -> Self {
        let mut out = blst_fp12::default();
        // SAFETY: both pointers are to field elements that live through the call.
        unsafe { blst::blst_fp12_cyclotomic_sqr(&mut out, &self.0) };
        Gt(out)
    }

    /// The inverse: the conjugate.
    pub fn inverse(&self) -> Self {
        Gt(conjugate(&self.0))
    }

    /// The power of a public exponent; the time depends on it.
    pub fn power_vartime(&self, exponent: i64) -> Self {
        let base = if exponent < 0 { self.inverse() } else { *self };
        let magnitude = exponent.unsigned_abs();
        let bits = (0..u64::BITS - magnitude.leading_zeros()).rev();
        bits.fold(Gt::one(), |power, bit| match magnitude >> bit & 1 {
            1 => power.square().multiply(&base),
            _ => power.square(),
        })
    }

    /// 64 bits that an element and its inverse share, of a coordinate that is uniform in GT.
    pub fn fingerprint(&self) -> u64 {
        self.0.fp6[0].fp2[0].fp[0].l[0]
    }

    /// Whether the element has order r or 1, as all of GT have.
    pub fn is_in_group(&self) -> bool {
        // SAFETY: the pointer is to a field element that lives through the call.
        unsafe { blst::blst_fp12_in_group(&self.0) }
    }

    /// The encoding's 576 bytes: coordinates from the lowest on, each big-endian.
    pub fn to_bytes(&self) -> [u8; 576] {
        let mut out = [0; 576];
        // SAFETY: as many bytes as the function writes.
        unsafe { blst::blst_bendian_from_fp12(out.as_mut_ptr(), &self.0) };
        out
    }
}

/// The two halves of one coordinate of products a b and a b^-1, as linear forms of b.
///
/// GT lies in F\[w\] / (w^2 - v) over the field F of degree 6, and b^-1 is the conjugate of b. With a = a0 + a1 w and
/// b = b0 + b1 w the even part of a b is a0 b0 + v a1 b1, and that of a b^-1 is a0 b0 - v a1 b1. So two inner products
/// of six numbers give the fingerprints of two products.
#[derive(Debug, Clone)]
pub struct Tower {
    even: [blst_fp; 6],
    odd: [blst_fp; 6],
}

impl Tower {
    /// The linear forms of products with `a`.
    pub fn of(a: &Gt) -> Self {
        let [low, high] = &a.0.fp6;
        // F = K[v] / (v^3 - xi) over the quadratic field K, xi = 1 + u: the lowest coordinate of a product is
        // a0 b0 + xi (a1 b2 + a2 b1), that of v times a product is xi (a0 b2 + a1 b1 + a2 b0).
        let xi = |x: &blst::blst_fp2| -> blst::blst_fp2 {
            let [re, im] = &x.fp;
            blst::blst_fp2 { fp: [re.subtract(im), re.add(im)] }
        };
        let even = [low.fp2[0], xi(&low.fp2[2]), xi(&low.fp2[1])];
        let odd = [xi(&high.fp2[2]), xi(&high.fp2[1]), xi(&high.fp2[0])];
        Tower { even: real_form(&even), odd: real_form(&odd) }
    }

    /// The fingerprints of a b and of a b^-1.
    pub fn fingerprints(&self, b: &Gt) -> [u64; 2] {
        let [low, high] = &b.0.fp6;
        let (even, odd) = (inner_product(&self.even, low), inner_product(&self.odd, high));
        [even.add(&odd).l[0], even.subtract(&odd).l[0]]
    }
}

/// The real part of a product in K is re re - im im.
fn real_form(coordinates: &[blst::blst_fp2; 3]) -> [blst_fp; 6] {
    let mut out = [blst_fp::default(); 6];
    for (pair, coordinate) in out.as_chunks_mut::<2>().0.iter_mut().zip(coordinates) {
        *pair = [coordinate.fp[0], coordinate.fp[1].negate()];
    }
    out
}

fn inner_product(form: &[blst_fp; 6], value: &blst_fp6) -> blst_fp {
    let coordinates = value.fp2.iter().flat_map(|pair| &pair.fp);
    form.iter().zip(coordinates).fold(blst_fp::default(), |sum, (a, b)| sum.add(&a.multiply(b)))
}
