//! The two ways to pack images.

use blindbench_core::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How images are packed into ciphertexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// One image a ciphertext: the shortest way to a single answer.
    Latency,
    /// One image a slot, a ciphertext for each pixel: the most answers in a time.
    Batch,
}

impl Strategy {
    /// Images from which a batch is taken unless something else is stated: a batch takes as long however many images are
    /// in it, about as long as a hundred queries of one image.
    pub const BATCH_FROM: usize = 128;

    /// The stated way, or the one that such a batch takes.
    pub fn of(stated: Option<Strategy>, batch: usize) -> Strategy {
        let fitting = if batch >= Self::BATCH_FROM { Strategy::Batch } else { Strategy::Latency };
        stated.unwrap_or(fitting)
    }

    /// Images of a query where the harness asks for `batch` of them.
    pub fn chunk(self, batch: usize, slots: usize) -> usize {
        match self {
            Strategy::Latency => 1,
            Strategy::Batch => batch.clamp(1, slots),
        }
    }

    /// Refuses a chunk that does not fit the slots.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the number that would do.
    pub fn require_chunk(self, chunk: usize, slots: usize) -> Result<()> {
        let most = self.chunk(slots, slots);
        if (1..=most).contains(&chunk) {
            return Ok(());
        }
        Err(Error::Unsupported(format!("{chunk} images a query, but it holds 1 to {most}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Strategy::{Batch, Latency};
    use super::*;

    #[test]
    fn the_batch_decides_where_nothing_is_stated() {
        assert_eq!(
            [1, 2, 127, 128, 10_000].map(|batch| Strategy::of(None, batch)),
            [Latency, Latency, Latency, Batch, Batch]
        );
        assert_eq!(Strategy::of(Some(Batch), 1), Batch);
        assert_eq!(Strategy::of(Some(Latency), 8192), Latency);
        assert_eq!([0, 5, 10_000].map(|batch| Batch.chunk(batch, 8192)), [1, 5, 8192]);
        assert!(Batch.require_chunk(8193, 8192).is_err() && Latency.require_chunk(2, 8192).is_err());
        assert!(Batch.require_chunk(8192, 8192).is_ok());
    }
}
