//! Neural networks under TFHE, on the `tfhe` crate's `core_crypto`: `tfhe` with noisy sums that go through a sine
//! or a square, `tfhe-exact` with a sign and answers that equal the cleartext network's.
//!
//! The `tfhe` crate's licence is BSD-3-Clause-Clear, which grants no patents: commercial use needs a
//! licence from Zama.

pub mod answer;
pub mod approximate;
pub mod bootstrap;
pub mod circuit;
pub mod encoding;
pub mod exact;
pub mod image;
pub mod keys;
pub mod messages;
pub mod noise;
pub mod operations;
pub mod parameters;
pub mod presets;
mod randomness;
mod rounding;
pub mod scheme;
pub mod security;
pub mod semantics;
pub mod server;
mod snapshot;
pub mod test_networks;
