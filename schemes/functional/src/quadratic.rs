//! Networks with one square, computed from end to end by functional encryption for quadratic forms.
//!
//! The scheme is that of Dufour-Sans, Gay, Pointcheval, "Reading in the Dark: Classifying Encrypted Digits with
//! Functional Encryption" (2018, eprint 2018/206), section 3, on BLS12-381. The scores of a dense layer P, squares and
//! a dense layer D are quadratic forms of the pixels x, to which a constant 1 is added for P's bias:
//! `f_c(x) = sum_k D_ck (P x)_k^2`. A function key for each class opens its score and nothing else; D's bias is added
//! in the clear.
//!
//! - The master key is s, t in Z_r^n; the public key g1^s, g2^t ([`keys`]).
//! - A ciphertext of x under a random gamma and an invertible 2x2 matrix W is g1^gamma with
//!   `a_i = g1^((W^-1)^T (x_i, gamma s_i))` and `b_i = g2^(W (x_i, -t_i))` ([`ciphertext`]).
//! - The function key of f is g2^f(s, t).
//! - e(g1^gamma, g2^f(s,t)) times the product of all e(a_i, b_j)^f_ij is e(g1, g2)^f(x): the product over i and j is
//!   taken by projecting both sides with P first, so that each hidden neuron takes one product of two pairings
//!   ([`decryptor`]); the score is its logarithm ([`logarithm`]).
//!
//! The original proves security in the generic group model (section 4). An authority's keys open their forms for every
//! image that is ever encrypted under its public key.

pub mod ciphertext;
pub mod decryptor;
mod form;
pub mod keys;
pub mod logarithm;
mod messages;
mod operations;
mod params;
mod scheme;
mod security;

#[cfg(test)]
mod tests;

pub use self::form::{Forms, QuadraticNetwork};
pub use self::messages::Of;
pub use self::params::{Params, Plan};
pub use self::scheme::{Quadratic, Server};
