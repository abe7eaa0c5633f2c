//! Products of a matrix of small signed integers with rows of residues: what the linear layers of a network
//! are when every slot of a ciphertext holds another image.
//!
//! `out[o][x] = sum_i weight[o][i] * row[i][x] mod p`, for every column x (a coefficient or a slot), one prime and one
//! polynomial of the ciphertexts at a time. No transform and no key takes part.
//!
//! [`weights::Weights`] are packed once and then applied to many rows, chunk by chunk of inputs if memory
//! asks for it. Whatever the instructions ([`method::Method`]), the sums are computed as exact integers: residues
//! are cut into digits so short that a sum over a chunk fits an accumulator ([`digits`]), and reduced as late as
//! possible. With floating-point or 52-bit multiplication a digit is mostly the whole residue; byte
//! multiplication (VNNI, AMX) has 32-bit digits of four bytes.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocks;
#[cfg(target_arch = "x86_64")]
mod bytes;
#[cfg(target_arch = "x86_64")]
mod dense;
pub mod digits;
#[cfg(target_arch = "x86_64")]
mod ifma;
#[cfg(target_arch = "x86_64")]
mod lane;
mod merging;
pub mod method;
pub mod planes;
pub mod rows;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sparse;
mod support;
#[cfg(target_arch = "x86_64")]
mod vnni;
pub mod weights;

#[cfg(test)]
mod tests;
