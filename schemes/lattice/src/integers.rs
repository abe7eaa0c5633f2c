//! What BFV and BGV share: exact arithmetic on integers modulo t.
//!
//! They are one scheme with the message at two places: BFV scales it to the high end of the modulus, BGV keeps it at
//! the low end with noise in multiples of t. Everything here is written for a [`placement::Placement`];
//! `crate::bfv` and `crate::bgv` give one each.

pub mod arithmetic;
pub mod ciphertext;
pub mod encryption;
pub mod factor;
pub mod keys;
pub mod linear;
pub mod network;
pub mod noise;
pub mod operations;
pub mod parameters;
pub mod placement;
pub mod rotation;
pub mod wire;

#[cfg(test)]
pub(crate) mod tests;
