//! Rings of polynomials: primes that suit them and their automorphisms.

pub mod galois;
pub mod prime;
