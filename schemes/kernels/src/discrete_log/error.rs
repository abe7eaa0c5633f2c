//! What is refused.

use std::fmt;

/// Why a table cannot be built or read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// The bound is too large for a table.
    Bound {
        /// The bound given.
        given: u64,
        /// The largest that would do.
        most: u64,
    },
    /// A member lies beyond the bound that the table was to have.
    Magnitude {
        /// The member's magnitude.
        given: u64,
        /// The table's bound.
        bound: u64,
    },
    /// Two members have the same key, or too few bits tell them apart for any seed that was tried.
    Collision {
        /// The magnitudes of two such members.
        members: [u64; 2],
    },
    /// More members than the bound allows.
    Full,
    /// The bytes are not those of a table.
    NotATable,
    /// The bytes are of another version of the format.
    Version {
        /// The version wanted.
        expected: u32,
        /// The version given.
        given: u32,
    },
    /// The table is of another group.
    Group {
        /// The group wanted.
        expected: String,
        /// The group given.
        given: String,
    },
    /// The table has another bound.
    OtherBound {
        /// The bound wanted.
        expected: u64,
        /// The bound given.
        given: u64,
    },
    /// There are more or fewer bytes than the header says.
    Length {
        /// The bytes wanted.
        expected: u64,
        /// The bytes given.
        given: u64,
    },
    /// The bytes do not have the sum that the header says.
    Checksum,
    /// The memory allowed is too small for any table, or for one with few enough steps beyond it.
    Memory {
        /// The bytes needed.
        needed: u64,
        /// The bytes allowed.
        allowed: u64,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bound { given, most } => write!(f, "the table's bound is {given}, but can be {most} at most"),
            Self::Magnitude { given, bound } => write!(f, "the member {given} exceeds the table's bound of {bound}"),
            Self::Collision { members: [a, b] } => write!(f, "the keys of {a} and {b} cannot be told apart"),
            Self::Full => write!(f, "there are more members than the table's bound allows"),
            Self::NotATable => write!(f, "these are not the bytes of a table of logarithms"),
            Self::Version { expected, given } => {
                write!(f, "the table has version {given}, but must have version {expected}")
            }
            Self::Group { expected, given } => {
                write!(f, "the table is of group {given:?}, but must be of {expected:?}")
            }
            Self::OtherBound { expected, given } => {
                write!(f, "the table has the bound {given}, but must have {expected}")
            }
            Self::Length { expected, given } => write!(f, "the table has {given} bytes, but must have {expected}"),
            Self::Checksum => write!(f, "the table's bytes have changed: build it anew"),
            Self::Memory { needed, allowed } => {
                write!(
                    f,
                    "a table needs {needed} bytes, but only {allowed} are allowed: allow more, or lower the bound"
                )
            }
        }
    }
}

impl std::error::Error for TableError {}
