//! Multiples of fixed points by one secret scalar, the same in all lanes: a signed comb of several tables, as in Hamburg,
//! Fast and compact elliptic-curve cryptography (2012), section 3.3.
//!
//! All digits of an odd-like recoding are 1 or -1, so no digit is zero and every entry of a table is one of 16 sums.

use curve25519_dalek::Scalar;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::chosen::Digits;
use super::lanes::{Lanes, Mask, Row};
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
/// Columns whose entries are found together: a table is read once for all of them.
const TOGETHER: usize = 6;
/// Columns without digits, before the highest, which fill its group.
const PADDING: usize = COLUMNS.next_multiple_of(TOGETHER) - COLUMNS;

/// A digit of the comb: which entry, by masks of all bits to look at all of them, and its sign.
#[derive(Clone, Copy)]
struct Digit {
    entries: [u64; ENTRIES],
    negative: Mask,
}

impl Digit {
    const NONE: Digit = Digit { entries: [0; ENTRIES], negative: 0 };
}

/// The digits of each column's tables.
type Columns = [[Digit; TABLES]; TOGETHER];

/// A secret scalar's digits, by columns from the highest.
pub(super) struct Recoded(Vec<Columns>);

impl Drop for Recoded {
    fn drop(&mut self) {
        for Digit { entries, negative } in self.0.as_flattened_mut().as_flattened_mut() {
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
            let entries = std::array::from_fn(|k| u64::from(index.ct_eq(&(k as u8)).unwrap_u8()).wrapping_neg());
            Digit { entries, negative }
        };
        let mut groups = vec![[[Digit::NONE; TABLES]; TOGETHER]; COLUMNS.div_ceil(TOGETHER)];
        for (column, digits) in (0..COLUMNS).zip(groups.as_flattened_mut().iter_mut().rev()) {
            *digits = std::array::from_fn(|table| digit(column, table));
        }
        bytes.zeroize();
        recoded.zeroize();
        Recoded(groups)
    }
}

/// The entries of a table by row, the order in which they are looked at.
pub(super) type Table = [[[Row; ENTRIES]; 5]; 3];

/// The tables of a bundle of points.
pub(super) type Comb = [Table; TABLES];

/// Entries by row.
fn table(entries: &[NielsRows]) -> Table {
    let mut table = [[[Row::default(); ENTRIES]; 5]; 3];
    for (part, rows) in table.iter_mut().enumerate() {
        for (limb, rows) in rows.iter_mut().enumerate() {
            rows.iter_mut().zip(entries).for_each(|(row, entry)| *row = entry[part][limb]);
        }
    }
    table
}

/// The tables of a bundle of points.
#[inline(always)]
pub(super) fn comb<L: Lanes>(bundle: &NielsRows) -> Comb {
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
    let mut entries = Vec::with_capacity(TABLES * ENTRIES);
    for table in 0..TABLES {
        let tooth = |t: usize| &teeth[TABLES * t + table];
        for entry in 0..ENTRIES {
            let mut sum = Point::<L>::from_niels(&Niels::load(tooth(TEETH - 1)));
            for t in 0..TEETH - 1 {
                // Which entry it is, is no secret.
                sum = sum.plus_niels(&Niels::load_signed_vartime(tooth(t), entry >> t & 1 == 0));
            }
            entries.push(sum.rows());
        }
    }
    let entries = normalized::<L>(&entries);
    std::array::from_fn(|k| table(&entries[k * ENTRIES..][..ENTRIES]))
}

/// `r H + v B` for a bundle of points `H` by its comb, and the digits of `v` with the multiples of `16^k B`. Constant
/// time: all entries are read, and lanes chosen within registers.
#[inline(always)]
pub(super) fn commit<L: Lanes>(comb: &Comb, scalar: &Recoded, multiples: &[NielsRows], values: &[Digits]) -> PointRows {
    let mut total = Point::<L>::identity();
    let mut found = [[NielsRows::default(); TABLES]; TOGETHER];
    for (group, columns) in scalar.0.iter().enumerate() {
        for (k, table) in comb.iter().enumerate() {
            find::<L>(table, columns, k, &mut found);
        }
        let skipped = if group == 0 { PADDING } else { 0 };
        for (digits, found) in columns.iter().zip(&found).skip(skipped) {
            total = total.doubled();
            for (digit, entry) in digits.iter().zip(found) {
                total = total.plus_niels(&Niels::load(entry).negated(digit.negative));
            }
        }
    }
    found.zeroize();
    for (digits, table) in values.iter().zip(multiples) {
        total = total.plus_niels(&digits.choose(table));
    }
    total.rows()
}

/// Finds the entries of the table with number `k` that its digits of all columns name, by looking at all entries.
#[inline(always)]
fn find<L: Lanes>(table: &Table, columns: &Columns, k: usize, found: &mut [[NielsRows; TABLES]; TOGETHER]) {
    for (part, limbs) in table.iter().enumerate() {
        for (limb, rows) in limbs.iter().enumerate() {
            let mut chosen = [L::splat(0); TOGETHER];
            for (entry, row) in rows.iter().enumerate() {
                let row = L::load(row);
                for (chosen, digits) in chosen.iter_mut().zip(columns) {
                    *chosen = chosen.choose(L::splat(digits[k].entries[entry]), row);
                }
            }
            for (chosen, found) in chosen.iter().zip(&mut *found) {
                chosen.store(&mut found[k][part][limb]);
            }
        }
    }
}
