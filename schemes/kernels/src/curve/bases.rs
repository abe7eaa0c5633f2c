//! Encryptions by one secret scalar under many public points.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroize;

use super::chosen::{Digits, MULTIPLES, places_of, split_digit};
use super::comb::{Comb, Recoded};
use super::engine::{Engine, engine};
use super::error::CurveError;
use super::point::NielsRows;
use crate::dispatch::Kernel;

/// Tables of public points `H_1, ..., H_n` and of the base point `B`, for `r H_i + x_i B`.
///
/// They take 5,760 bytes a point.
#[derive(Debug)]
pub struct FixedBases {
    engine: &'static dyn Engine,
    count: usize,
    bound: u64,
    combs: Vec<Comb>,
    /// Lane `j` of table `k`: `(j + 1) 16^k B / 2`, as twice a quarter.
    multiples: Vec<NielsRows>,
}

impl FixedBases {
    /// The largest bound on values.
    pub const MAX_VALUE: u64 = 1 << 40;

    /// Tables for values up to a public bound in magnitude: every four bits of it cost an addition a point.
    ///
    /// # Errors
    ///
    /// The bound is zero or above [`FixedBases::MAX_VALUE`].
    pub fn new(kernel: Kernel, bases: &[RistrettoPoint], bound: u64) -> Result<Self, CurveError> {
        if bound == 0 || bound > Self::MAX_VALUE {
            return Err(CurveError::Bound { given: bound, most: Self::MAX_VALUE });
        }
        let engine = engine(kernel);
        let combs = doubles(engine, bases).iter().map(|bundle| engine.comb(bundle)).collect();
        let mut base = RISTRETTO_BASEPOINT_POINT * quarter();
        let mut multiples = Vec::new();
        for _ in 0..places_of(bound) {
            let lanes: Vec<_> = (1..=MULTIPLES as u64).map(|k| base * Scalar::from(k)).collect();
            multiples.extend(doubles(engine, &lanes));
            base *= Scalar::from(16u8);
        }
        Ok(FixedBases { engine, count: bases.len(), bound, combs, multiples })
    }

    /// The number of points.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of the tables.
    pub fn bytes(&self) -> usize {
        self.combs.len() * size_of::<Comb>() + self.multiples.len() * size_of::<NielsRows>()
    }

    /// The encodings of `r H_i + x_i B` for all points `H_i`, in constant time in `r` and the values `x_i`.
    ///
    /// # Errors
    ///
    /// There are not as many values as points, or one exceeds the bound in magnitude (which one is not said).
    pub fn commit(&self, r: &Scalar, values: &[i64]) -> Result<Vec<[u8; 32]>, CurveError> {
        if values.len() != self.count {
            return Err(CurveError::Length { expected: self.count, given: values.len() });
        }
        // All values are looked at, wherever the first is that is too large.
        let excess = values.iter().fold(0, |excess, value| excess | self.bound.wrapping_sub(value.unsigned_abs()));
        if excess >> 63 == 1 {
            return Err(CurveError::Value { bound: self.bound });
        }
        let mut quarter = r * quarter();
        let scalar = Recoded::new(&quarter);
        quarter.zeroize();
        let commit = |(comb, values): (&Comb, &[i64])| {
            let mut digits = digits_of(values, self.multiples.len());
            let point = self.engine.commit(comb, &scalar, &self.multiples, &digits);
            digits.iter_mut().for_each(Digits::clear);
            point
        };
        let points: Vec<_> = self.combs.iter().zip(values.chunks(8)).map(commit).collect();
        let encodings = self.engine.encode_doubled(&points);
        Ok(encodings.into_iter().flatten().take(self.count).collect())
    }
}

/// Digits of up to eight values by place, the lowest first.
fn digits_of(values: &[i64], places: usize) -> Vec<Digits> {
    let mut digits = vec![Digits::default(); places];
    for (lane, value) in values.iter().enumerate() {
        let mut rest = *value;
        for (place, digits) in digits.iter_mut().enumerate() {
            // The highest digit is what is left.
            let digit = if place + 1 == places { rest } else { split_digit(rest).0 };
            digits.set(lane, digit);
            rest = split_digit(rest).1;
        }
    }
    digits
}

/// `1 / 4`: bundles hold twice the points, and encodings come out of doubles.
fn quarter() -> Scalar {
    Scalar::from(4u8).invert()
}

/// Twice the points, as bundles of eight.
pub(super) fn doubles(engine: &dyn Engine, points: &[RistrettoPoint]) -> Vec<NielsRows> {
    let encodings: Vec<_> = points.iter().map(|point| point.compress().to_bytes()).collect();
    let mut bundles = Vec::with_capacity(points.len().div_ceil(8));
    // An element's own encoding is never refused.
    engine.decode_doubled_vartime(&encodings, &mut bundles);
    bundles
}
