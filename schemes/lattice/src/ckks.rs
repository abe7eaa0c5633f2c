//! CKKS: arithmetic on vectors of real or complex numbers, approximate to a stated precision (Cheon, Kim, Kim and
//! Song, "Homomorphic encryption for arithmetic of approximate numbers", 2017; in its residue number system form,
//! Cheon, Han, Kim, Kim and Song, "A full RNS variant of approximate homomorphic encryption", 2018).
//!
//! Every plaintext and ciphertext carries its scale and a prediction of its error. Decrypted values contain that
//! error: given to others than the key holder, they leak it (Li and Micciancio, "On the security of homomorphic
//! encryption on approximate numbers", 2021).

pub mod ciphertext;
pub mod complex;
pub mod encoder;
pub mod encryption;
pub mod evaluator;
pub mod linear;
pub mod network;
pub mod noise;
pub mod operations;
pub mod parameters;
pub mod plaintext;
pub mod polynomial;
pub mod precision;
pub mod wire;

#[cfg(test)]
mod tests;
