//! Matrices by their diagonals.

use std::collections::BTreeMap;

use crate::ckks::complex::Complex;
use crate::error::{Error, Result};
use crate::linear::plan::Plan;

/// A matrix on vectors of slots, by its diagonals that are not zero: `out[i] = sum_k diagonal_k[i] x[i + k]`, indices
/// modulo the number of slots (Halevi and Shoup, "Algorithms in HElib", 2014, section 4.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Diagonals {
    slots: usize,
    /// By `k`; each as long as there are slots.
    diagonals: BTreeMap<usize, Vec<Complex>>,
}

impl Diagonals {
    /// A matrix of these diagonals.
    ///
    /// # Errors
    /// [`Error::Slots`] for diagonals that are not as long as there are slots or lie beyond them, [`Error::Refused`]
    /// where there are none.
    pub fn new(slots: usize, diagonals: BTreeMap<usize, Vec<Complex>>) -> Result<Diagonals> {
        if diagonals.is_empty() {
            return Err(Error::Refused(
                "a matrix without diagonals maps all to zero: give one of them at least".into(),
            ));
        }
        let short = diagonals.iter().find(|(k, diagonal)| **k >= slots || diagonal.len() != slots);
        match short {
            Some((k, diagonal)) => Err(Error::Slots { given: (*k + 1).max(diagonal.len()), slots }),
            None => Ok(Diagonals { slots, diagonals }),
        }
    }

    /// A matrix of `rows` by `columns` numbers, from the first `columns` slots to the first `rows`; what is in other
    /// slots is left out, and other slots of the result are zero. It has up to `rows + columns - 1` diagonals.
    ///
    /// # Errors
    /// [`Error::Slots`] for more rows or columns than slots.
    pub fn of_matrix(
        slots: usize,
        [rows, columns]: [usize; 2],
        entry: impl Fn(usize, usize) -> f64,
    ) -> Result<Diagonals> {
        require_fit(rows.max(columns), slots)?;
        let mut diagonals = BTreeMap::new();
        for i in 0..rows {
            for j in 0..columns {
                set(&mut diagonals, slots, (j + slots - i) % slots, i, entry(i, j));
            }
        }
        Self::of_nonzero(slots, diagonals)
    }

    /// A matrix of `rows` by `columns` numbers on a vector that is repeated every `period` slots, which leaves a
    /// result that is repeated likewise. It has up to `period` diagonals: half as many as
    /// [`Diagonals::of_matrix`] for a square one.
    ///
    /// # Errors
    /// [`Error::Slots`] for more rows or columns than a period has slots, [`Error::Refused`] where periods
    /// do not fill the slots.
    pub fn of_repeated(
        slots: usize,
        period: usize,
        [rows, columns]: [usize; 2],
        entry: impl Fn(usize, usize) -> f64,
    ) -> Result<Diagonals> {
        if period == 0 || !slots.is_multiple_of(period) {
            return Err(Error::Refused(format!("{period} slots do not fill {slots} evenly: take a power of two")));
        }
        require_fit(rows.max(columns), period)?;
        let mut diagonals = BTreeMap::new();
        for i in (0..slots).filter(|i| i % period < rows) {
            for j in 0..columns {
                let row = i % period;
                set(&mut diagonals, slots, (j + period - row) % period, i, entry(row, j));
            }
        }
        Self::of_nonzero(slots, diagonals)
    }

    fn of_nonzero(slots: usize, mut diagonals: BTreeMap<usize, Vec<Complex>>) -> Result<Diagonals> {
        diagonals.retain(|_, diagonal| diagonal.iter().any(|value| value.magnitude() != 0.0));
        Self::new(slots, diagonals)
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The diagonals, by their distance from the main one.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[Complex])> {
        self.diagonals.iter().map(|(k, diagonal)| (*k, &diagonal[..]))
    }

    /// The plan with the least work.
    pub fn plan(&self) -> Plan {
        Plan::new(self.slots, self.diagonals.keys().copied())
    }

    /// The product with a vector in the clear.
    pub fn apply(&self, x: &[Complex]) -> Vec<Complex> {
        let at = |i: usize| x.get(i % self.slots).copied().unwrap_or_default();
        let row = |i: usize| self.iter().fold(Complex::default(), |sum, (k, d)| sum + d[i] * at(i + k));
        (0..self.slots).map(row).collect()
    }

    /// The largest of the rows' sums `sum_k f(|diagonal_k[i]|)`.
    pub(crate) fn largest_row(&self, f: impl Fn(f64) -> f64) -> f64 {
        let row = |i: usize| self.diagonals.values().map(|diagonal| f(diagonal[i].magnitude())).sum::<f64>();
        (0..self.slots).map(row).fold(0.0, f64::max)
    }
}

fn set(diagonals: &mut BTreeMap<usize, Vec<Complex>>, slots: usize, k: usize, place: usize, value: f64) {
    diagonals.entry(k).or_insert_with(|| vec![Complex::default(); slots])[place] = value.into();
}

fn require_fit(given: usize, slots: usize) -> Result<()> {
    if given <= slots { Ok(()) } else { Err(Error::Slots { given, slots }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn entry(i: usize, j: usize) -> f64 {
        (i * 10 + j) as f64 - 7.0
    }

    #[test]
    fn diagonals_are_the_matrix() {
        let x: Vec<Complex> = (0..16).map(|j| Complex::from(j as f64 * 0.5 - 1.0)).collect();
        let product = |row: usize, columns: usize| (0..columns).map(|j| entry(row, j) * x[j].re).sum::<f64>();
        for [rows, columns] in [[3, 5], [5, 3], [16, 16], [1, 16], [16, 1]] {
            let matrix = Diagonals::of_matrix(16, [rows, columns], entry).unwrap();
            assert!(matrix.iter().count() < rows + columns);
            for (i, value) in matrix.apply(&x).iter().enumerate() {
                assert_eq!(value.re, if i < rows { product(i, columns) } else { 0.0 });
            }
        }
        let repeated: Vec<Complex> = (0..16).map(|j| x[j % 4]).collect();
        for [rows, columns] in [[3, 4], [4, 2], [4, 4]] {
            let matrix = Diagonals::of_repeated(16, 4, [rows, columns], entry).unwrap();
            assert!(matrix.iter().count() <= 4);
            for (i, value) in matrix.apply(&repeated).iter().enumerate() {
                assert_eq!(value.re, if i % 4 < rows { product(i % 4, columns) } else { 0.0 });
            }
        }
    }

    #[test]
    fn what_is_no_matrix_of_slots_is_refused() {
        let refused = |matrix: Result<Diagonals>, part: &str| {
            let text = matrix.unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        };
        refused(Diagonals::of_matrix(16, [17, 2], entry), "17 values do not fit 16 slots");
        refused(Diagonals::of_repeated(16, 3, [2, 2], entry), "3 slots do not fill 16");
        refused(Diagonals::of_repeated(16, 4, [5, 2], entry), "5 values do not fit 4 slots");
        refused(Diagonals::of_matrix(16, [2, 2], |_, _| 0.0), "without diagonals");
        refused(Diagonals::new(16, [(16, vec![Complex::default(); 16])].into()), "17 values");
    }
}
