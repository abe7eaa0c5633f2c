//! Multiples of fixed points by one secret scalar, the same in all lanes: a signed comb of several tables, as in Hamburg,
//! Fast and compact elliptic-curve cryptography (2012), section 3.3.
//!
//! All digits of an odd-like recoding are 1 or -1, so no digit is zero and every entry of a table is one of 16 sums.

use curve25519_dalek::Scalar;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::chosen::Digits;
use super::lanes::{Lanes, Mask};
use super::point::{Niels, NielsRows, Point, PointRows, normalized};

/// Bits that make one digit.
const TEETH: usize = 5;
/// Tables.
const TABLES: usize = 3;
/// Doublings, and one more: digits of a table.
const COLUMNS: usize = 17;
/// Bits between two teeth.
const SPACING: usize = TABLES * COLUMNS;
/// Bits of a recoded scalar.
const BITS: usize = TEETH * SPACING;
/// Entries of a table: the sign of the last tooth is that of the digit.
const ENTRIES: usize = 1 << (TEETH - 1);

/// A digit of the comb: which entry, by masks to look at all of them, and its sign.
#[derive(Clone, Copy)]
struct Digit {
    entries: [Mask; ENTRIES],
    negative: Mask,
}

/// A secret scalar's digits.
pub(super) struct Recoded(Vec<Digit>);

impl Drop for Recoded {
    fn drop(&mut self) {
        for Digit { entries, negative } in &mut self.0 {
            entries.zeroize();
            negative.zeroize();
        }
    }
}

impl Recoded {
    /// In constant time.
    pub(super) fn new(scalar: &Scalar) -> Self {
        // Bits b of (s + 2^BITS - 1) / 2 make s the sum of (2 b - 1) 2^k.
        let mut ones = [0xff; 32];
        ones[31] = 0x7f;
        let half = Scalar::from(2u8).invert();
        let mut recoded = (scalar + Scalar::from_bytes_mod_order(ones)) * half;
        let mut bytes = recoded.to_bytes();
        let bit = |k: usize| bytes[k / 8] >> (k % 8) & 1;
        let digit = |column: usize, table: usize| {
            let tooth = |t: usize| bit(t * SPACING + table * COLUMNS + column);
            let negative = (tooth(TEETH - 1) ^ 1).wrapping_neg();
            let index = (0..TEETH - 1).fold(0, |index, t| index | (tooth(t) ^ (negative & 1)) << t);
            let entries = std::array::from_fn(|k| index.ct_eq(&(k as u8)).unwrap_u8().wrapping_neg());
            Digit { entries, negative }
        };
        let columns = (0..COLUMNS).rev();
        let digits = columns.flat_map(|column| (0..TABLES).map(move |table| (column, table)));
        let digits = digits.map(|(column, table)| digit(column, table)).collect();
        bytes.zeroize();
        recoded.zeroize();
        Recoded(digits)
    }
}

/// Table entries of each bundle.
pub(super) const COMB: usize = TABLES * ENTRIES;

/// The tables of a bundle of points.
#[inline(always)]
pub(super) fn comb<L: Lanes>(bundle: &NielsRows) -> Vec<NielsRows> {
    let mut power = Point::<L>::from_niels(&Niels::load(bundle));
    let mut teeth = Vec::with_capacity(TEETH * TABLES);
    for bit in 0..BITS {
        if bit % COLUMNS == 0 {
            teeth.push(power.rows());
        }
        power = power.doubled();
    }
    // By tooth, then table.
    let teeth = normalized::<L>(&teeth);
    let mut entries = Vec::with_capacity(COMB);
    for table in 0..TABLES {
        let tooth = |t: usize| Niels::<L>::load(&teeth[TABLES * t + table]);
        for entry in 0..ENTRIES {
            let mut sum = Point::from_niels(&tooth(TEETH - 1));
            for t in 0..TEETH - 1 {
                let sign = if entry >> t & 1 == 1 { 0 } else { 0xff };
                sum = sum.plus_niels(&tooth(t).negated(sign));
            }
            entries.push(sum.rows());
        }
    }
    normalized::<L>(&entries)
}

/// `r H + v B` for a bundle of points `H` by its comb, and the digits of `v` with the multiples of `16^k B`. Constant
/// time: all entries are read, and lanes chosen within registers.
#[inline(always)]
pub(super) fn commit<L: Lanes>(
    comb: &[NielsRows],
    scalar: &Recoded,
    multiples: &[NielsRows],
    values: &[Digits],
) -> PointRows {
    let mut total = Point::<L>::identity();
    for (k, digits) in scalar.0.chunks(TABLES).enumerate() {
        if k > 0 {
            total = total.doubled();
        }
        for (digit, table) in digits.iter().zip(comb.chunks(ENTRIES)) {
            total = total.plus_niels(&scan(table, &digit.entries).negated(digit.negative));
        }
    }
    for (digits, table) in values.iter().zip(multiples) {
        total = total.plus_niels(&digits.choose(table));
    }
    total.rows()
}

/// The entry whose mask is set.
#[inline(always)]
fn scan<L: Lanes>(table: &[NielsRows], masks: &[Mask; ENTRIES]) -> Niels<L> {
    let mut found = Niels::identity();
    for (entry, mask) in table.iter().zip(masks) {
        let entry = Niels::load(entry);
        found = Niels {
            plus: found.plus.select(*mask, entry.plus),
            minus: found.minus.select(*mask, entry.minus),
            product: found.product.select(*mask, entry.product),
        };
    }
    found
}
