//! Sums of one sample's points by small weights, other weights in each lane.
//!
//! The lanes of a table are the multiples 1 to 8 of one point; the lanes of the sum are outputs, and each takes the
//! multiple that its digit names.

use zeroize::Zeroize;

use super::lanes::{Lanes, Mask, Row};
use super::point::{Niels, NielsRows, Point, PointRows, normalized};

/// Multiples in a table, and the largest digit.
pub(super) const MULTIPLES: usize = 8;

/// Bits of a digit's place.
pub(super) const DIGIT_BITS: u32 = 4;

/// One digit of each lane, from -8 to 8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Digits {
    /// Byte `j`: the magnitude less one of lane `j`.
    bytes: u64,
    plus: Mask,
    minus: Mask,
}

impl Digits {
    /// In constant time.
    pub(super) fn set(&mut self, lane: usize, digit: i64) {
        let sign = digit >> 63;
        let magnitude = (digit ^ sign) - sign;
        let nonzero = (-magnitude >> 63) as u8 & 1;
        self.bytes |= ((magnitude - 1) as u64 & 7) << (8 * lane);
        self.plus |= (nonzero & !(sign as u8)) << lane;
        self.minus |= (nonzero & sign as u8) << lane;
    }

    /// Forgets secret digits.
    pub(super) fn clear(&mut self) {
        self.bytes.zeroize();
        self.plus.zeroize();
        self.minus.zeroize();
    }

    /// Whether all are zero.
    pub(super) fn is_zero(&self) -> bool {
        self.plus | self.minus == 0
    }

    #[inline(always)]
    pub(super) fn choose<L: Lanes>(&self, table: &NielsRows) -> Niels<L> {
        Niels::chosen(table, L::from_bytes(self.bytes), [self.plus, self.minus])
    }
}

/// The lowest digit of place 16 and what is left of the number, in constant time.
pub(super) fn split_digit(number: i64) -> (i64, i64) {
    let digit = ((number + 8) & 15) - 8;
    (digit, (number - digit) >> DIGIT_BITS)
}

/// Places that numbers up to the bound in magnitude take: all but the highest digit lie in [-8, 7].
pub(super) fn places_of(bound: u64) -> usize {
    let (mut places, mut most) = (1, 8);
    while most < bound {
        most = 16 * most + 7;
        places += 1;
    }
    places
}

/// One digit a point, in which place it counts `16^place`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) table: u32,
    pub(super) digits: Digits,
}

/// The sum by places, the highest first.
#[inline(always)]
pub(super) fn sum<L: Lanes>(tables: &[NielsRows], places: &[Vec<Choice>]) -> PointRows {
    let mut total = Point::<L>::identity();
    for (k, place) in places.iter().enumerate() {
        if k > 0 {
            for _ in 0..DIGIT_BITS {
                total = total.doubled();
            }
        }
        for choice in place {
            total = total.plus_niels(&choice.digits.choose(&tables[choice.table as usize]));
        }
    }
    total.rows()
}

/// For each bundle of points eight tables, one a lane.
#[inline(always)]
pub(super) fn tables<L: Lanes>(bundles: &[NielsRows]) -> Vec<NielsRows> {
    let mut tables = Vec::with_capacity(MULTIPLES * bundles.len());
    for bundles in bundles.chunks(32) {
        let mut multiples = Vec::with_capacity(MULTIPLES * bundles.len());
        for bundle in bundles {
            let once = Niels::<L>::load(bundle);
            let mut multiple = Point::from_niels(&once);
            for _ in 0..MULTIPLES {
                multiples.push(multiple.rows());
                multiple = multiple.plus_niels(&once);
            }
        }
        let multiples = normalized::<L>(&multiples);
        tables.extend(multiples.chunks(MULTIPLES).flat_map(transposed));
    }
    tables
}

/// Lane `j` of bundle `i` becomes lane `i` of bundle `j`.
pub(super) fn transposed(bundles: &[NielsRows]) -> [NielsRows; 8] {
    let mut out = [NielsRows::default(); 8];
    for (i, bundle) in bundles.iter().enumerate().take(8) {
        for (j, out) in out.iter_mut().enumerate() {
            copy_lane(bundle, j, out, i);
        }
    }
    out
}

/// Copies one lane to a lane of another bundle.
#[inline]
pub(super) fn copy_lane(from: &NielsRows, lane: usize, to: &mut NielsRows, to_lane: usize) {
    let rows = |rows: &[[Row; 5]; 3], part: usize, k: usize| rows[part][k].0[lane];
    for (part, to) in to.iter_mut().enumerate() {
        for (k, to) in to.iter_mut().enumerate() {
            to.0[to_lane] = rows(from, part, k);
        }
    }
}
