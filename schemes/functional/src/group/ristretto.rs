//! ristretto255 (RFC 9496): the group of prime order 2^252 + 27742317777372353535851937790883648493 over edwards25519.

use blindbench_core::roles::seed::Rng;
use blindbench_core::security::SecurityEstimate;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use rand_chacha::rand_core::Rng as _;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use super::{Group, Inversion};

/// The group.
#[derive(Debug, Clone, Copy)]
pub enum Ristretto255 {}

impl Group for Ristretto255 {
    type Element = RistrettoPoint;
    type Scalar = Scalar;

    const NAME: &'static str = "ristretto255";
    const ELEMENT_BYTES: usize = 32;
    const SCALAR_BYTES: usize = 32;
    const INVERSION: Inversion = Inversion::Free;
    const TABLE_BITS: u32 = 4;
    const MOST_LOGARITHMS: u64 = (1 << 22) + 1;

    fn security() -> SecurityEstimate {
        SecurityEstimate {
            bits: Some(128.0),
            core_svp_bits: None,
            attack: "discrete logarithm by Pollard's rho with negation, about 2^125.8 additions of points".into(),
            source: "RFC 7748, section 7 (the 128-bit level); Bernstein, Lange and Schwabe, PKC 2011 (rho)".into(),
        }
    }

    fn identity() -> RistrettoPoint {
        RistrettoPoint::identity()
    }

    fn generator() -> RistrettoPoint {
        RISTRETTO_BASEPOINT_POINT
    }

    fn multiply(a: &RistrettoPoint, b: &RistrettoPoint) -> RistrettoPoint {
        a + b
    }

    fn square(a: &RistrettoPoint) -> RistrettoPoint {
        a + a
    }

    fn invert(a: &RistrettoPoint) -> RistrettoPoint {
        -a
    }

    fn divide(a: &RistrettoPoint, b: &RistrettoPoint) -> RistrettoPoint {
        a - b
    }

    fn power(base: &RistrettoPoint, exponent: &Scalar) -> RistrettoPoint {
        base * exponent
    }

    fn select(table: &[RistrettoPoint], index: u8) -> RistrettoPoint {
        let mut chosen = RistrettoPoint::identity();
        for (place, element) in (0u8..=u8::MAX).zip(table) {
            chosen.conditional_assign(element, place.ct_eq(&index));
        }
        chosen
    }

    fn encode(elements: &[RistrettoPoint]) -> Vec<u8> {
        elements.iter().flat_map(|point| point.compress().0).collect()
    }

    fn encode_squares(elements: &[RistrettoPoint]) -> Vec<u8> {
        // One inversion for all of them.
        RistrettoPoint::double_and_compress_batch(elements).into_iter().flat_map(|point| point.0).collect()
    }

    fn decode(bytes: &[u8]) -> Option<RistrettoPoint> {
        CompressedRistretto::from_slice(bytes).ok()?.decompress()
    }

    fn fingerprints_vartime(elements: &[RistrettoPoint]) -> Vec<u64> {
        // Squares are as many as elements, the order being odd.
        let squares = Self::encode_squares(elements);
        squares.chunks(32).map(|bytes| bytes.first_chunk().map_or(0, |low| u64::from_le_bytes(*low))).collect()
    }

    fn draw(rng: &mut Rng) -> Scalar {
        let mut wide = [0; 64];
        rng.fill_bytes(&mut wide);
        let scalar = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        scalar
    }

    fn scalar(number: i64) -> Scalar {
        let magnitude = Scalar::from(number.unsigned_abs());
        Scalar::conditional_select(&magnitude, &-magnitude, subtle::Choice::from((number < 0) as u8))
    }

    fn inverse_vartime(a: &Scalar) -> Option<Scalar> {
        (*a != Scalar::ZERO).then(|| a.invert())
    }

    fn reduce(words: &[u64]) -> Scalar {
        let mut wide = [0; 64];
        wide.as_chunks_mut::<8>().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        let scalar = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        scalar
    }

    fn encode_scalar(a: &Scalar) -> Vec<u8> {
        a.to_bytes().to_vec()
    }

    fn decode_scalar(bytes: &[u8]) -> Option<Scalar> {
        Scalar::from_canonical_bytes(bytes.try_into().ok()?).into_option()
    }
}
