//! Polynomials in a residue number system, and their division by some of its primes.

pub mod conversion;
pub mod division;
pub mod items;
pub mod limbs;
pub mod magnitude;
pub mod polynomial;
pub mod threads;
