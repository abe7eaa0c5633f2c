//! Arithmetic on vectors of residues modulo primes below 2^50, with number-theoretic transforms: what
//! RLWE schemes in a residue number system spend their time on.
//!
//! Every prime is below 2^50, so that products fit the 52-bit lanes of AVX-512 IFMA and that a
//! residue is exact in a double. All operations come in one small trait, [`operations::Residues`],
//! with an implementation for each [`crate::dispatch::Kernel`]; they agree bit for bit.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
pub mod conversion;
#[cfg(target_arch = "x86_64")]
pub mod ifma;
pub mod key;
pub mod modulus;
pub mod ntt;
pub mod operations;
pub mod permutation;
#[cfg(target_arch = "x86_64")]
mod rows;
pub mod scalar;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod testing;
