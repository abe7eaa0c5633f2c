//! Which group an experiment takes.

use blindbench_kernels::dispatch::Kernel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::lanes::Lanes;
use super::modp::{Modp3072, SafePrime256};
use super::portable::Portable;
use super::ristretto::Ristretto255;

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

/// Something that is done with a group whose type is not known before.
pub trait Visitor {
    /// What it results in.
    type Output;

    /// Does it with the batches of one group.
    fn visit<B: Batch>(self) -> Self::Output;
}

impl GroupChoice {
    /// Lends the group to a visitor, in the fastest implementation that `kernel` allows.
    pub fn visit<V: Visitor>(self, kernel: Kernel, visitor: V) -> V::Output {
        match self {
            GroupChoice::Ristretto255 if kernel != Kernel::Scalar => visitor.visit::<Lanes>(),
            // Without vector instructions, eight lanes cost more than they gain.
            GroupChoice::Ristretto255 => visitor.visit::<Portable<Ristretto255>>(),
            GroupChoice::SafePrime256 => visitor.visit::<Portable<SafePrime256>>(),
            GroupChoice::Modp3072 => visitor.visit::<Portable<Modp3072>>(),
        }
    }
}
