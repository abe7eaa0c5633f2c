//! What CKKS, BFV and BGV share: parameters, keys, ciphertexts and key switching over ring learning with
//! errors in a residue number system.

pub mod ciphertext;
mod digits;
pub mod encryption;
pub mod evaluation_keys;
pub mod flooding;
pub mod key_switch;
pub mod key_switching_key;
pub mod matrix;
pub mod operand;
pub mod packing;
pub mod parameters;
pub mod public_key;
pub mod secret_key;
pub mod security;
pub mod seeded;
pub mod switch;
pub mod tables;
mod wire;

#[cfg(test)]
mod tests;
