//! Sums of points of ristretto255 (RFC 9496) by small weights, many at a time, and their discrete logarithms.
//!
//! Eight points lie side by side in a bundle, one a lane: with AVX-512 IFMA in one register, with AVX2 in two, and one
//! after the other elsewhere. Under inner-product encryption over the group:
//!
//! - [`FixedBases`] encrypts: `r H_i + x_i B` for public points `H_i`, in constant time;
//! - [`Samples`] are received ciphertexts, decoded and checked;
//! - [`Combinations`] are the weights and negated function keys of all outputs: `s P_0 + w_1 P_1 + ... + w_n P_n`;
//! - [`Logarithms`] finds the `m` of the [`Sums`] `m B`, by a table of [`discrete_log`](crate::discrete_log).
//!
//! What is variable-time says so in its name, and takes public input only: ciphertexts, weights and function keys that
//! their holder uses on his own machine.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod bases;
mod chosen;
mod comb;
mod combination;
mod constants;
mod encoding;
mod engine;
mod error;
mod field;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod invariant;
mod lanes;
mod logarithms;
mod point;
mod portable;
mod power;
mod recoding;
mod running;
mod samples;
mod sums;
mod walk;

#[cfg(test)]
mod tests;

pub use bases::FixedBases;
pub use combination::{Combination, Combinations};
pub use error::CurveError;
pub use logarithms::{LogarithmOptions, Logarithms};
pub use samples::Samples;
pub use sums::Sums;
