//! What other programs computed from the same secrets and randomness, for the schemes to be held to: `tests/known_answers`
//! has the files, and says where they come from.

#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use num_bigint::BigUint;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::group::Group;
use crate::group::modp::Modp3072;
use crate::group::ristretto::Ristretto255;

/// The cases of a file, one a group.
pub fn cases<T: DeserializeOwned>(json: &str) -> Vec<T> {
    serde_json::from_str(json).unwrap()
}

/// The case of a group.
pub fn case<G: Stated, T: DeserializeOwned>(json: &str) -> T {
    #[derive(Deserialize)]
    struct Named {
        group: String,
    }
    let place = cases::<Named>(json).iter().position(|named| named.group == G::STATED).unwrap();
    cases::<T>(json).swap_remove(place)
}

/// Bytes of hexadecimal digits.
pub fn bytes(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(byte).collect()
}

/// A group as the files state it.
pub trait Stated: Group {
    /// Its name there.
    const STATED: &'static str;

    /// The encoding of a stated element.
    fn stated_element(digits: &str) -> Vec<u8>;
    /// The encoding of a stated number modulo the order.
    fn stated_scalar(digits: &str) -> Vec<u8>;

    /// The encodings of elements, one after another.
    fn stated_elements(list: &[String]) -> Vec<u8> {
        list.iter().flat_map(|digits| Self::stated_element(digits)).collect()
    }

    /// The encodings of numbers, one after another.
    fn stated_scalars(list: &[String]) -> Vec<u8> {
        list.iter().flat_map(|digits| Self::stated_scalar(digits)).collect()
    }

    /// A stated number modulo the order.
    fn scalar_of(digits: &str) -> Self::Scalar {
        Self::decode_scalar(&Self::stated_scalar(digits)).unwrap()
    }

    /// The encoding of the generator's power.
    fn encoded_power(exponent: i64) -> Vec<u8> {
        Self::encode(&[Self::signed_power_vartime(&Self::generator(), exponent)])
    }
}

impl Stated for Ristretto255 {
    const STATED: &'static str = "ristretto255";

    fn stated_element(digits: &str) -> Vec<u8> {
        bytes(digits)
    }

    fn stated_scalar(digits: &str) -> Vec<u8> {
        bytes(digits)
    }
}

/// The files have squares modulo p; here the lesser of a number and its negative stands for both.
impl Stated for Modp3072 {
    const STATED: &'static str = "modp3072";

    fn stated_element(digits: &str) -> Vec<u8> {
        let square = BigUint::from_bytes_be(&bytes(digits));
        // The order is one more than -1 modulo itself, and the prime one more than twice the order.
        let order = BigUint::from_bytes_le(&Self::encode_scalar(&-Self::scalar(1))) + 1u8;
        let prime: BigUint = order * 2u8 + 1u8;
        let negative = &prime - &square;
        let mut encoded = square.min(negative).to_bytes_le();
        encoded.resize(Self::ELEMENT_BYTES, 0);
        encoded
    }

    fn stated_scalar(digits: &str) -> Vec<u8> {
        bytes(digits).into_iter().rev().collect()
    }
}
