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
    /// A number of two words more than a scalar, modulo the order; the lowest word first.
    fn reduce(words: &[u64]) -> Self::Scalar;
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

    /// The sum of `weight * scalar` over encoded scalars; takes time by their number alone, but for the signs of the weights.
    ///
    /// Sums of either sign are integers of two words more than a scalar, reduced once.
    fn weighted_sum(weights: &[i64], encoded: &[u8]) -> Self::Scalar {
        let mut sums = [0, 1].map(|_| vec![0u64; Self::SCALAR_BYTES / 8 + 2]);
        for (weight, scalar) in weights.iter().zip(encoded.chunks_exact(Self::SCALAR_BYTES)) {
            add_multiple(&mut sums[usize::from(*weight < 0)], weight.unsigned_abs(), scalar);
        }
        let difference = Self::reduce(&sums[0]) - Self::reduce(&sums[1]);
        sums.zeroize();
        difference
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

/// `sum += factor * number`, a number of two words less; time depends on lengths alone.
fn add_multiple(sum: &mut [u64], factor: u64, number: &[u8]) {
    let words = number.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).chain([0, 0]);
    let mut carry = 0;
    for (place, word) in sum.iter_mut().zip(words) {
        // (2^64 - 1)^2 and twice 2^64 - 1 are 2^128 - 1.
        let wide = u128::from(factor) * u128::from(word) + u128::from(*place) + carry;
        *place = wide as u64;
        carry = wide >> 64;
    }
}
