//! The residues that a matrix is multiplied with.

use std::ops::Range;

/// One row for every input, all of one length; residues in [0, p).
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// Any prime.
    Words(&'a [&'a [u64]]),
    /// Primes below 2^32, in half the memory.
    Halves(&'a [&'a [u32]]),
}

impl<'a> Rows<'a> {
    /// The number of rows.
    pub fn count(&self) -> usize {
        match self {
            Rows::Words(rows) => rows.len(),
            Rows::Halves(rows) => rows.len(),
        }
    }

    /// Whether every row has that length.
    pub fn have_length(&self, columns: usize) -> bool {
        match self {
            Rows::Words(rows) => rows.iter().all(|row| row.len() == columns),
            Rows::Halves(rows) => rows.iter().all(|row| row.len() == columns),
        }
    }

    /// Some of the rows.
    pub fn part(&self, range: Range<usize>) -> Rows<'a> {
        match self {
            Rows::Words(rows) => Rows::Words(&rows[range]),
            Rows::Halves(rows) => Rows::Halves(&rows[range]),
        }
    }
}

/// A residue as it is stored.
pub(super) trait Residue: Copy {
    fn word(self) -> u64;
}

impl Residue for u64 {
    #[inline(always)]
    fn word(self) -> u64 {
        self
    }
}

impl Residue for u32 {
    #[inline(always)]
    fn word(self) -> u64 {
        u64::from(self)
    }
}
