//! Networks on encrypted images, for all schemes of the family.
//!
//! A network is affine maps with squares between them ([`affine`]). With one image a ciphertext, its maps become
//! diagonals and rotations ([`layout`], [`packing`], [`plan`]), which a [`track`] computes: parameters of a scheme with
//! the means to encode, encrypt and evaluate. Exact schemes may take several tracks, one for each plaintext modulus,
//! whose results are joined. [`scheme`] gives the roles their messages.
//!
//! There are two ways to pack ([`strategy`]): [`latency`], and [`batch`] with one image a slot. A [`service`] may also
//! take [`encrypted`] weights, or [`flood`] the noise of its answers.

pub mod affine;
pub mod batch;
pub mod cases;
mod cost;
pub mod encrypted;
pub mod flood;
pub mod grid;
pub mod latency;
pub mod layout;
pub mod messages;
pub mod packing;
pub mod plan;
pub mod scheme;
pub mod service;
pub mod strategy;
pub mod track;

#[cfg(test)]
mod tests;
