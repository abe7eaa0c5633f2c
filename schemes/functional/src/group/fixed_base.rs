//! Powers of bases that are known beforehand, in constant time.

use zeroize::Zeroize;

use super::{Group, SMALL_BITS};

/// A base with its table (Lim and Lee, CRYPTO 1994, section 3): the exponent is read as a matrix of
/// [`Group::TABLE_BITS`] rows, and every column costs a squaring and a product.
#[derive(Debug)]
pub struct Comb<G: Group> {
    table: Vec<G::Element>,
}

impl<G: Group> Comb<G> {
    const COLUMNS: usize = (8 * G::SCALAR_BYTES).div_ceil(G::TABLE_BITS as usize);

    /// Computes the table of a base.
    pub fn new(base: &G::Element) -> Self {
        let mut table = vec![G::identity()];
        let mut row = base.clone();
        for bit in 0..G::TABLE_BITS {
            if bit > 0 {
                row = (0..Self::COLUMNS).fold(row, |power, _| G::square(&power));
            }
            let with: Vec<G::Element> = table.iter().map(|element| G::multiply(element, &row)).collect();
            table.extend(with);
        }
        Comb { table }
    }

    /// `base^exponent`, in constant time.
    pub fn power(&self, exponent: &ExponentBits) -> G::Element {
        (0..Self::COLUMNS).rev().fold(G::identity(), |power, column| {
            let rows = 0..G::TABLE_BITS as usize;
            let index = rows.fold(0, |index, row| index | exponent.bit(row * Self::COLUMNS + column) << row);
            G::multiply(&G::square(&power), &G::select(&self.table, index))
        })
    }
}

/// A secret exponent, bit by bit; zeroised when dropped.
pub struct ExponentBits(Vec<u8>);

impl ExponentBits {
    /// The bits of a scalar.
    pub fn of<G: Group>(scalar: &G::Scalar) -> Self {
        ExponentBits(G::encode_scalar(scalar))
    }

    /// The scalar's encoding.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bit of weight `2^at`; 0 beyond the top.
    fn bit(&self, at: usize) -> u8 {
        self.0.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1)
    }
}

impl Drop for ExponentBits {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Digits of four bits that small exponents take, their sign included.
const DIGITS: usize = (SMALL_BITS as usize + 1).div_ceil(4);

/// Tables for small powers of a base.
#[derive(Debug)]
pub struct SmallPowers<G: Group> {
    tables: [Vec<G::Element>; DIGITS],
}

impl<G: Group> SmallPowers<G> {
    /// Computes the tables: as if every exponent were larger by `2^16`, which the first table takes back.
    pub fn new(base: &G::Element) -> Self {
        let mut offset = G::invert(&G::small_power_vartime(base, 1 << SMALL_BITS));
        let mut base = base.clone();
        let tables = std::array::from_fn(|_| {
            let first = std::mem::replace(&mut offset, G::identity());
            let table: Vec<G::Element> =
                std::iter::successors(Some(first), |power| Some(G::multiply(power, &base))).take(16).collect();
            base = G::small_power_vartime(&base, 16);
            table
        });
        SmallPowers { tables }
    }

    /// `base^exponent` in constant time, for a magnitude below `2^16`.
    pub fn power(&self, exponent: i32) -> G::Element {
        let shifted = exponent.wrapping_add(1 << SMALL_BITS);
        let digit = |place: usize| (shifted >> (4 * place) & 15) as u8;
        let [first, rest @ ..] = &self.tables;
        rest.iter().zip(1..).fold(G::select(first, digit(0)), |power, (table, place)| {
            G::multiply(&power, &G::select(table, digit(place)))
        })
    }
}
