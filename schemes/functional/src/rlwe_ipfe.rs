//! Inner products over rings: the scheme of Mera, Karmakar, Marc and Soleimanian ("Efficient Lattice-Based Inner-Product
//! Functional Encryption", PKC 2022, section 4), over modules and with many samples a ciphertext.
//!
//! With R = Z\[X\]/(X^n + 1), rank d and dimension n d, for vectors of length l:
//! * setup: A uniform in R_q^(d x d), from a seed; master key s_i, e_i in R^d of deviation `key`; public key p_i = A s_i + e_i;
//! * encryption: r, f_0 in R^d of deviation `randomness`; c_0 = A^T r + f_0, c_i = <p_i, r> + f_i + Delta X_i with f_i of
//!   deviation `message` and X_i = sum_j x_(j,i) X^j over up to n samples j;
//! * function key of y: k = sum_i y_i s_i; it opens sum_i y_i c_i - <c_0, k> = Delta sum_j <x_j, y> X^j + noise.
//!
//! **Samples in coefficients.** A function key opens the same function of all samples of a ciphertext. That packing them in
//! coefficients is sound is our own argument: in the proof, going over from x_j to x_j' multiplies by the unit X^j, and a
//! hybrid over the samples loses a factor n. Coefficient j of the opened sum depends on coefficient j of the c_i and on all of
//! c_0: a query of B samples sends c_0 whole, but of each c_i the first B coefficients alone. Leaving out others takes nothing
//! away from security, since they can be simulated by dropping.
//!
//! **Switching.** Clients bring c_i to 256^k and c_0 to the smallest modulus that serves ([`budget`]). Both are functions of the
//! ciphertext that anybody could compute, so that security is that of the modulus q; their rounding errors are part of the
//! proof of correctness.
//!
//! **Security** is selective, against any number of keys for vectors that do not tell the two messages apart, under module-LWE
//! of dimension n d with the deviation that the rule of [`noise`] leaves ([`security`]).

pub mod budget;
mod ciphertext;
mod decryption;
mod encryption;
mod engine;
mod keys;
pub mod noise;
pub mod operations;
mod packing;
mod prime;
mod ring;
pub mod security;
pub mod setting;

#[cfg(test)]
mod tests;

pub use ciphertext::Ciphertext;
pub use decryption::Decryptor;
pub use engine::RlweIpfe;
pub use keys::{FunctionKeys, MasterKey, PublicKey};
