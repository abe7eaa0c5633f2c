//! Bounded discrete logarithms by tables, whatever the group.
//!
//! A group gives each of its elements a key of 64 bits that looks random, such as the low bits of a coordinate, and a
//! [`Sign`]. A [`Table`] holds the keys of the powers with small exponents, eight to a cache line, and finds the exponent
//! by a key. Groups in which an element and its inverse share a key store one entry for both.

mod bytes;
mod error;
mod memory;
mod table;

#[cfg(target_arch = "x86_64")]
mod vectors;

#[cfg(test)]
mod tests;

pub use error::TableError;
pub use table::{Member, Sign, Table};
