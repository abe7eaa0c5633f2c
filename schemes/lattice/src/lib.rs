//! CKKS, BFV and BGV: neural networks and their parts under homomorphic encryption from ring learning
//! with errors.
//!
//! In layers, each on the one below alone: [`ring`] (primes, Galois elements), [`rns`] (polynomials in a residue
//! number system, division by moduli), [`rlwe`] (parameters, keys, ciphertexts, key switching, matrices), and on
//! top of it the schemes: [`ckks`], and [`bfv`] and [`bgv`] over what they share ([`integers`], [`batching`]).
//! [`network`] says once for all of them how a network is computed; each scheme's own `network` module gives it
//! what differs.

pub mod batching;
pub mod bfv;
pub mod bgv;
pub mod ckks;
pub mod error;
pub mod integers;
pub mod linear;
pub mod network;
pub mod operations;
pub mod ring;
pub mod rlwe;
pub mod rns;
