//! What is refused.

use std::fmt;

use crate::discrete_log::TableError;

/// Why points, weights or tables are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CurveError {
    /// An encoding is not the canonical one of any element (RFC 9496, section 4.3.1).
    Malformed {
        /// The sample's place.
        sample: usize,
        /// The entry's place in the sample.
        entry: usize,
    },
    /// A vector has another length than the others, or than a sum needs.
    Length {
        /// The length wanted.
        expected: usize,
        /// The length given.
        given: usize,
    },
    /// A value to encrypt lies beyond the bound that the tables were made for.
    Value {
        /// The bound on magnitudes.
        bound: u64,
    },
    /// A bound on values or logarithms is out of range.
    Bound {
        /// The bound given.
        given: u64,
        /// The largest that would do.
        most: u64,
    },
    /// The table of logarithms cannot be had.
    Table(TableError),
}

impl fmt::Display for CurveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CurveError::Malformed { sample, entry } => {
                write!(f, "entry {entry} of sample {sample} is not a canonical encoding of ristretto255")
            }
            CurveError::Length { expected, given } => {
                write!(f, "a vector has {given} entries, but must have {expected}")
            }
            CurveError::Value { bound } => write!(f, "a value is larger than the bound of {bound} in magnitude"),
            CurveError::Bound { given, most } => write!(f, "the bound is {given}, but must be between 1 and {most}"),
            CurveError::Table(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CurveError {}

impl From<TableError> for CurveError {
    fn from(error: TableError) -> Self {
        CurveError::Table(error)
    }
}
