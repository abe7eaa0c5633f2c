//! Decryption under function keys.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};

use super::engine::Open;
use super::over::Shared;
use crate::group::batch::Batch;

/// Samples that one thread takes at a time.
const TOGETHER: usize = 8;

/// Function keys with the table of logarithms.
pub struct Opener<B: Batch> {
    pub(super) shared: Arc<Shared<B>>,
    pub(super) combinations: B::Combinations,
    pub(super) rows: usize,
}

impl<B: Batch> Opener<B> {
    /// Decodes ciphertexts.
    pub fn decode(&self, ciphertexts: &[&[u8]]) -> Result<B::Samples> {
        self.shared.batch.decode(ciphertexts, self.shared.sizes.elements())
    }

    /// The inner products of decoded ciphertexts, `[sample][row]`.
    pub fn open_decoded_vartime(&self, samples: &B::Samples) -> Result<Vec<i64>> {
        let products = self.shared.batch.combine_vartime(samples, &self.combinations)?;
        let found = self.shared.batch.logarithms_vartime(self.shared.logarithms()?, &products);
        found.into_iter().enumerate().map(|(place, found)| found.ok_or_else(|| self.foreign(place))).collect()
    }

    fn foreign(&self, place: usize) -> Error {
        Error::Refused(format!(
            "function key {} opens a ciphertext to no number within ±{}: key and ciphertext belong to different \
             authorities, or the ciphertext holds numbers beyond the declared range",
            place % self.rows.max(1),
            self.shared.demand.result_max
        ))
    }
}

impl<B: Batch> Open for Opener<B> {
    fn open_vartime(&self, ciphertexts: &[&[u8]]) -> Result<Vec<i64>> {
        let chunks: Vec<&[&[u8]]> = ciphertexts.chunks(TOGETHER).collect();
        let opened = self.shared.workers.try_map(&chunks, |chunk| self.open_decoded_vartime(&self.decode(chunk)?))?;
        Ok(opened.concat())
    }

    fn resident_bytes(&self) -> u64 {
        let batch = &self.shared.batch;
        let table = self.shared.logarithms.get().map_or(0, |table| batch.logarithms_bytes(table));
        table + batch.combinations_bytes(&self.combinations)
    }
}
