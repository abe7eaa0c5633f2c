//! CryptoNN's functional encryption for basic operations: sums, differences, products and quotients of an encrypted number
//! and a number that the server names (Xu, Joshi and Li, ICDCS 2019, section III-B).
//!
//! Master key `s`, public key `h = g^s`, ciphertext `cmt = g^r, ct = h^r g^x`. A function key is made for one ciphertext, from
//! its commitment `cmt`: `cmt^s g^(-y)` for `x + y`, `cmt^s g^y` for `x - y`, `cmt^(s y)` for `x y` and `cmt^(s / y)` for
//! `x / y`. Dividing `ct`, `ct`, `ct^y` or `ct^(1/y)` by it leaves the generator to the power of the result. Here `1 / y` is
//! taken modulo the order of the group, which exponents live in; modulo the prime, as in the authors' program, no quotient
//! would come out. A quotient is a small exponent only where `y` divides `x`.
//!
//! **There is no confidentiality against the holder of a key.** Whoever has any one function key and its `y` knows `h^r`
//! (`cmt^s` is that), divides `ct` by it and has `g^x`, and so `x` itself. The scheme hides numbers from those alone who
//! hold no key for them.
//!
//! Networks cannot be computed by it as a whole; it offers operations.

mod algebra;
mod error;
mod operations;
mod scheme;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::algebra::{Ciphertext, FunctionKey, Input, MasterKey, Operation, PublicKey};
pub use self::algebra::{decrypt, derive_function_key, encrypt, setup};
pub use self::error::Error;
pub use self::scheme::Febo;
use crate::group::choice::GroupChoice;

/// Parameters as an experiment states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Where logarithms are hard.
    pub group: GroupChoice,
    /// Largest magnitude of an operand.
    pub value_max: u16,
    /// Numbers that an operation works on.
    pub elements: u32,
    /// Most bytes that the table of logarithms takes; where results reach further, each costs giant steps.
    pub table_bytes: u64,
}

impl Default for Params {
    /// The middle of the ranges that the CryptoNN paper measures.
    fn default() -> Self {
        Params { group: GroupChoice::default(), value_max: 100, elements: 1000, table_bytes: 512 << 20 }
    }
}

impl Params {
    /// Largest magnitude that an operation results in.
    fn result_max(&self, operation: Operation) -> u64 {
        let most = u64::from(self.value_max);
        match operation {
            Operation::Add | Operation::Subtract => 2 * most,
            Operation::Multiply => most * most,
            Operation::Divide => most,
        }
    }
}
