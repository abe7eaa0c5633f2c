//! Groups of prime order in which discrete logarithms are hard, written multiplicatively.
//!
//! [`Group`] is the arithmetic, element by element. [`batch::Batch`] is what encryption of whole vectors needs: any group
//! offers it as [`portable::Portable`]; a vector implementation of one group can take its place. Functions take constant time in
//! exponents unless their name says `vartime`.

pub mod batch;
pub mod choice;
pub mod combination;
pub mod fixed_base;
pub mod lanes;
pub mod logarithm;
pub mod modp;
pub mod portable;
pub mod ristretto;

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};

use blindbench_core::roles::seed::Rng;
use blindbench_core::security::SecurityEstimate;
use zeroize::Zeroize;

/// Bits of the magnitudes that [`fixed_base::SmallPowers`] raises to.
pub const SMALL_BITS: u32 = 16;

/// What inverting an element costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inversion {
    /// Less than a product.
    Free,
    /// As much as many products: sums keep their negative terms apart.
    Dear,
}

/// Integers modulo the order of a group.
pub trait Exponent:
    Copy
    + PartialEq
    + Zeroize
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + 'static
{
}

impl<T> Exponent for T where
    T: Copy
        + PartialEq
        + Zeroize
        + Add<Output = T>
        + Sub<Output = T>
        + Mul<Output = T>
        + Neg<Output = T>
        + Send
        + Sync
        + 'static
{
}

/// A group of prime order with a generator.
pub trait Group: Sized + Send + Sync + Debug + 'static {
    /// An element; equality is that of elements, not of representations.
    type Element: Clone + PartialEq + Zeroize + Debug + Send + Sync + 'static;
    /// An integer modulo the order.
    type Scalar: Exponent;

    /// Name, for people.
    const NAME: &'static str;
    /// Bytes of an encoded element.
    const ELEMENT_BYTES: usize;
    /// Bytes of an encoded scalar, little-endian; the top bit is never set.
    const SCALAR_BYTES: usize;
    /// What inverting an element costs.
    const INVERSION: Inversion;
    /// log2 of the entries of a base's table for exponentiation.
    const TABLE_BITS: u32;
    /// Most entries of a table of logarithms that save more than they cost to compute.
    const MOST_LOGARITHMS: u64;

    /// The cheapest known attack on discrete logarithms.
    fn security() -> SecurityEstimate;

    /// The neutral element.
    fn identity() -> Self::Element;
    /// The generator that plaintexts are exponents of.
    fn generator() -> Self::Element;
    /// The product.
    fn multiply(a: &Self::Element, b: &Self::Element) -> Self::Element;
    /// The product with itself.
    fn square(a: &Self::Element) -> Self::Element;
    /// The inverse.
    fn invert(a: &Self::Element) -> Self::Element;
    /// `base^exponent`, in constant time.
    fn power(base: &Self::Element, exponent: &Self::Scalar) -> Self::Element;
    /// `table[index]`, in constant time; the identity where the index lies outside.
    fn select(table: &[Self::Element], index: u8) -> Self::Element;

    /// The encodings, one after another.
    fn encode(elements: &[Self::Element]) -> Vec<u8>;
    /// The element with exactly this encoding; none where there is none in the group.
    fn decode(bytes: &[u8]) -> Option<Self::Element>;
    /// 64 bits of each element that tell it from others.
    fn fingerprints_vartime(elements: &[Self::Element]) -> Vec<u64>;

    /// A uniform scalar.
    fn draw(rng: &mut Rng) -> Self::Scalar;
    /// A number modulo the order.
    fn scalar(number: i64) -> Self::Scalar;
    /// `1 / a` modulo the order, a prime; none for 0. Takes variable time.
    fn inverse_vartime(a: &Self::Scalar) -> Option<Self::Scalar>;
    /// The encoding of a scalar, little-endian.
    fn encode_scalar(a: &Self::Scalar) -> Vec<u8>;
    /// The scalar with exactly this encoding.
    fn decode_scalar(bytes: &[u8]) -> Option<Self::Scalar>;

    /// `a / b`.
    fn divide(a: &Self::Element, b: &Self::Element) -> Self::Element {
        Self::multiply(a, &Self::invert(b))
    }

    /// `a / b`; may take variable time.
    fn divide_vartime(a: &Self::Element, b: &Self::Element) -> Self::Element {
        Self::divide(a, b)
    }

    /// The encodings of the elements' squares, which may cost less than those of the elements.
    fn encode_squares(elements: &[Self::Element]) -> Vec<u8> {
        let squares: Vec<Self::Element> = elements.iter().map(Self::square).collect();
        Self::encode(&squares)
    }

    /// The sum of `weight * scalar`; takes time by the weights, but not by the scalars.
    ///
    /// In the order of falling weights, a running sum enters the result once for every step that they fall.
    fn weighted_sum(weights: &[i64], scalars: &[Self::Scalar]) -> Self::Scalar {
        let mut terms: Vec<(i64, &Self::Scalar)> = weights.iter().copied().zip(scalars).collect();
        terms.sort_by_key(|(weight, _)| std::cmp::Reverse(weight.unsigned_abs()));
        let (mut total, mut running, mut level) = (Self::scalar(0), Self::scalar(0), 0);
        for (weight, scalar) in terms {
            total = total + Self::multiple(running, level - weight.unsigned_abs().min(level));
            level = weight.unsigned_abs();
            running = if weight < 0 { running - *scalar } else { running + *scalar };
        }
        let sum = total + Self::multiple(running, level);
        running.zeroize();
        sum
    }

    /// `times * scalar`; takes time by `times`, but not by the scalar.
    fn multiple(scalar: Self::Scalar, times: u64) -> Self::Scalar {
        match times {
            0 => Self::scalar(0),
            1 => scalar,
            _ => {
                // Halves, since `times` may be beyond the largest signed number.
                let half = times / 2;
                scalar * (Self::scalar(half as i64) + Self::scalar((times - half) as i64))
            }
        }
    }

    /// `base^exponent`; takes time by the exponent.
    fn small_power_vartime(base: &Self::Element, exponent: u64) -> Self::Element {
        let bits = u64::BITS - exponent.leading_zeros();
        (0..bits).rev().fold(Self::identity(), |power, bit| {
            let square = Self::square(&power);
            if exponent >> bit & 1 == 1 { Self::multiply(&square, base) } else { square }
        })
    }

    /// `base^exponent` for an exponent of either sign; takes time by the exponent.
    fn signed_power_vartime(base: &Self::Element, exponent: i64) -> Self::Element {
        let power = Self::small_power_vartime(base, exponent.unsigned_abs());
        if exponent < 0 { Self::invert(&power) } else { power }
    }
}
