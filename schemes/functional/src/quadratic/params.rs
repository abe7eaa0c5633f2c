//! Parameters and the plan.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::wire::{Encode, Reader, Wire, put_json, take_json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most bytes of a table of logarithms: what a server can well keep beside other things.
const MAX_TABLE_BYTES: u64 = 256 << 20;

/// Parameters of an experiment; the groups are those of BLS12-381.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Memory of the table of logarithms in GT at most, up to 256 MiB. What scores exceed it by is searched for step
    /// by step.
    #[serde(default = "table_bytes")]
    pub table_bytes: u64,
}

fn table_bytes() -> u64 {
    64 << 20
}

impl Default for Params {
    fn default() -> Self {
        Params { table_bytes: table_bytes() }
    }
}

impl Params {
    /// Refuses a table that is too large.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with both numbers.
    pub(super) fn check(&self) -> Result<()> {
        match self.table_bytes <= MAX_TABLE_BYTES {
            true => Ok(()),
            false => Err(Error::Unsupported(format!(
                "`table_bytes` is {}, but can be {MAX_TABLE_BYTES} (256 MiB) at most",
                self.table_bytes
            ))),
        }
    }

    /// The smallest table that would do, where there is one.
    pub(super) fn at_most(needed: Option<u64>) -> Option<u64> {
        needed.filter(|bytes| *bytes <= MAX_TABLE_BYTES)
    }
}

/// Parameters and network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub(super) params: Params,
    pub(super) architecture: Architecture,
    pub(super) chunk: usize,
}

impl Encode for Plan {
    const TAG: [u8; 4] = *b"QUPL";
    const NAME: &'static str = "plan of quadratic forms";

    fn put(&self, out: &mut Vec<u8>) {
        put_json(self, out);
    }
}

impl Wire<()> for Plan {
    fn take(_: &(), input: &mut Reader<'_>) -> Result<Self> {
        take_json(Self::NAME, input)
    }
}
