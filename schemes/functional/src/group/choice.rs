//! Which group an experiment takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A group that discrete logarithms are computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupChoice {
    /// ristretto255: 128 bits of security.
    #[default]
    #[serde(rename = "ristretto255")]
    Ristretto255,
    /// A safe prime of 256 bits, as in the CryptoNN paper: broken within hours.
    #[serde(rename = "safe_prime_256")]
    SafePrime256,
    /// Group 15 of RFC 3526: what 128 bits cost modulo a prime.
    #[serde(rename = "modp_3072")]
    Modp3072,
}
