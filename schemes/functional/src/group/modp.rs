//! Groups modulo a safe prime `p = 2q + 1`: numbers from 1 to `q`, each standing for itself and its negative.
//!
//! These are the signed quadratic residues (Hofheinz and Kiltz, CRYPTO 2009, section 2, there for moduli of unknown
//! factorization): -1 is no square modulo `p`, so that each pair `{x, -x}` holds one quadratic residue, and the group is
//! that of the quadratic residues, of prime order `q`. Every number in the range is an element, which makes membership a
//! comparison where the residues themselves ask for a Legendre symbol.

mod moduli;

use std::marker::PhantomData;

use blindbench_core::roles::seed::Rng;
use blindbench_core::security::SecurityEstimate;
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{Choice, CtAssign, CtEq, Odd, Uint};
use rand_chacha::rand_core::Rng as _;
use zeroize::{DefaultIsZeroes, Zeroize};

pub use self::moduli::{Modp3072, SafePrime256};
use super::{Group, Inversion};

/// A safe prime, what it is called and how hard its logarithms are.
pub trait SafePrime<const LIMBS: usize>: ConstMontyParams<LIMBS> {
    /// Arithmetic modulo the group's order `(p - 1) / 2`.
    type Order: ConstMontyParams<LIMBS>;
    /// Name, for people.
    const NAME: &'static str;
    /// As [`Group::MOST_LOGARITHMS`].
    const MOST_LOGARITHMS: u64;

    /// As [`Group::security`].
    fn security() -> SecurityEstimate;
}

/// The group of a safe prime.
#[derive(Debug)]
pub struct Modp<P, const LIMBS: usize>(PhantomData<P>);

/// An element: a number modulo `p` up to its sign.
#[derive(Debug, Clone, Copy, Default)]
pub struct Residue<P: ConstMontyParams<LIMBS>, const LIMBS: usize>(ConstMontyForm<P, LIMBS>);

impl<P: ConstMontyParams<LIMBS>, const LIMBS: usize> DefaultIsZeroes for Residue<P, LIMBS> {}

impl<P: ConstMontyParams<LIMBS>, const LIMBS: usize> PartialEq for Residue<P, LIMBS> {
    fn eq(&self, other: &Self) -> bool {
        (self.0.ct_eq(&other.0) | self.0.ct_eq(&-other.0)).to_bool()
    }
}

impl<P: ConstMontyParams<LIMBS>, const LIMBS: usize> Residue<P, LIMBS> {
    /// The number from 1 to `q` that stands for the element.
    fn canonical(&self) -> Uint<LIMBS> {
        lesser(self.0.retrieve(), (-self.0).retrieve())
    }
}

fn lesser<const LIMBS: usize>(mut a: Uint<LIMBS>, b: Uint<LIMBS>) -> Uint<LIMBS> {
    let choice: Choice = crypto_bigint::CtLt::ct_lt(&b, &a);
    a.ct_assign(&b, choice);
    a
}

/// A number of exactly `LIMBS` words.
fn number<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    (bytes.len() == Uint::<LIMBS>::BYTES).then(|| Uint::from_le_slice(bytes))
}

impl<P: SafePrime<LIMBS>, const LIMBS: usize> Group for Modp<P, LIMBS> {
    type Element = Residue<P, LIMBS>;
    type Scalar = ConstMontyForm<P::Order, LIMBS>;

    const NAME: &'static str = P::NAME;
    const ELEMENT_BYTES: usize = Uint::<LIMBS>::BYTES;
    const SCALAR_BYTES: usize = Uint::<LIMBS>::BYTES;
    const INVERSION: Inversion = Inversion::Dear;
    const TABLE_BITS: u32 = 6;
    const MOST_LOGARITHMS: u64 = P::MOST_LOGARITHMS;

    fn security() -> SecurityEstimate {
        P::security()
    }

    fn identity() -> Self::Element {
        Residue(ConstMontyForm::ONE)
    }

    fn generator() -> Self::Element {
        // 2 is a square: p is 7 modulo 8.
        Residue(ConstMontyForm::ONE.double())
    }

    fn multiply(a: &Self::Element, b: &Self::Element) -> Self::Element {
        Residue(a.0.mul(&b.0))
    }

    fn square(a: &Self::Element) -> Self::Element {
        Residue(a.0.square())
    }

    fn invert(a: &Self::Element) -> Self::Element {
        // Only 0 has no inverse, and no element is 0.
        Residue(a.0.invert().unwrap_or(ConstMontyForm::ZERO))
    }

    fn divide_vartime(a: &Self::Element, b: &Self::Element) -> Self::Element {
        Residue(a.0.mul(&b.0.invert_vartime().unwrap_or(ConstMontyForm::ZERO)))
    }

    fn power(base: &Self::Element, exponent: &Self::Scalar) -> Self::Element {
        let mut exponent = exponent.retrieve();
        let power = base.0.pow(&exponent);
        exponent.zeroize();
        Residue(power)
    }

    fn select(table: &[Self::Element], index: u8) -> Self::Element {
        let mut chosen = Self::identity();
        for (place, element) in (0u8..=u8::MAX).zip(table) {
            chosen.0.ct_assign(&element.0, place.ct_eq(&index));
        }
        chosen
    }

    fn encode(elements: &[Self::Element]) -> Vec<u8> {
        elements.iter().flat_map(|element| element.canonical().to_le_bytes().as_ref().to_vec()).collect()
    }

    fn decode(bytes: &[u8]) -> Option<Self::Element> {
        let number = number(bytes)?;
        let order = P::Order::PARAMS.modulus().as_ref();
        (!bool::from(number.is_zero()) && number <= *order).then(|| Residue(ConstMontyForm::new(&number)))
    }

    fn fingerprints_vartime(elements: &[Self::Element]) -> Vec<u64> {
        // Montgomery form is as unique as the number itself. Of odd numbers x and p - x one is even.
        let of = |element: &Self::Element| {
            let form = element.0.to_montgomery();
            let even = if bool::from(form.is_odd()) { (-element.0).to_montgomery() } else { form };
            mixed(&even)
        };
        elements.iter().map(of).collect()
    }

    fn draw(rng: &mut Rng) -> Self::Scalar {
        let order: &Odd<Uint<LIMBS>> = P::Order::PARAMS.modulus();
        let mut bytes = vec![0; Uint::<LIMBS>::BYTES];
        loop {
            rng.fill_bytes(&mut bytes);
            // The order fills all bits but the top one: what is turned away says nothing of what is kept.
            if let Some(top) = bytes.last_mut() {
                *top &= 0x7f;
            }
            let mut drawn = Uint::from_le_slice(&bytes);
            if drawn < *order.as_ref() {
                bytes.zeroize();
                let scalar = ConstMontyForm::new(&drawn);
                drawn.zeroize();
                return scalar;
            }
        }
    }

    fn scalar(number: i64) -> Self::Scalar {
        let mut scalar = ConstMontyForm::new(&Uint::from_u64(number.unsigned_abs()));
        scalar.ct_assign(&-scalar, Choice::from_u8_lsb((number < 0) as u8));
        scalar
    }

    fn inverse_vartime(a: &Self::Scalar) -> Option<Self::Scalar> {
        a.invert_vartime().into_option()
    }

    fn reduce(words: &[u64]) -> Self::Scalar {
        let part = |words: &[u64]| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let mut padded = zeroize::Zeroizing::new(vec![0; Uint::<LIMBS>::BYTES]);
            padded.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
            // Montgomery products take any number of as many words as the order.
            ConstMontyForm::<P::Order, LIMBS>::new(&Uint::from_le_slice(&padded))
        };
        let (low, high) = words.split_at(words.len().min(Uint::<LIMBS>::BYTES / 8));
        // What stands for 1 in Montgomery form is the weight of the higher words.
        let weight = ConstMontyForm::<P::Order, LIMBS>::new(&ConstMontyForm::<P::Order, LIMBS>::ONE.to_montgomery());
        part(low) + part(high) * weight
    }

    fn encode_scalar(a: &Self::Scalar) -> Vec<u8> {
        a.retrieve().to_le_bytes().as_ref().to_vec()
    }

    fn decode_scalar(bytes: &[u8]) -> Option<Self::Scalar> {
        let number = number(bytes)?;
        (number < *P::Order::PARAMS.modulus().as_ref()).then(|| ConstMontyForm::new(&number))
    }
}

/// 64 bits of a number that all of its words have a say in; powers of 2 differ in few bits.
fn mixed<const LIMBS: usize>(number: &Uint<LIMBS>) -> u64 {
    number.to_le_bytes().as_ref().as_chunks::<8>().0.iter().fold(0x9e37_79b9_7f4a_7c15, |mix: u64, word| {
        let product = u128::from(mix ^ u64::from_le_bytes(*word)) * 0xd6e8_feb8_6659_fd93;
        (product >> 64) as u64 ^ (product as u64).rotate_left(29)
    })
}
