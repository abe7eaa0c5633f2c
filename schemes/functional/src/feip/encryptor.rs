//! Encryption under a public key.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Rng;
use zeroize::Zeroize;

use super::engine::Encrypt;
use super::over::{Scalar, Shared};
use crate::group::Group;
use crate::group::batch::Batch;
use crate::network::engine::Demand;

/// A public key with its tables.
pub struct Encryptor<B: Batch> {
    pub(super) shared: Arc<Shared<B>>,
    pub(super) bases: B::Bases,
}

impl<B: Batch> Encryptor<B> {
    /// The values of one sample in the order of a ciphertext's elements.
    fn values(&self, sample: &[u16]) -> Result<Vec<i32>> {
        let Demand { length, input_max, .. } = self.shared.demand;
        let largest = sample.iter().copied().max().unwrap_or(0);
        if sample.len() != length || u64::from(largest) > input_max {
            return Err(Error::Images {
                expected: format!("vectors of {length} numbers up to {input_max}"),
                found: format!("one of {} up to {largest}", sample.len()),
            });
        }
        let heads = std::iter::repeat_n(0, self.shared.sizes.heads);
        Ok(heads.chain(sample.iter().map(|value| i32::from(*value))).collect())
    }
}

impl<B: Batch> Encrypt for Encryptor<B> {
    fn encrypt(&self, samples: &[Vec<u16>], rng: &mut Rng) -> Result<Vec<Vec<u8>>> {
        let work = samples.iter().map(|sample| Ok((self.values(sample)?, B::Group::draw(rng))));
        let mut work = work.collect::<Result<Vec<(Vec<i32>, Scalar<B>)>>>()?;
        let commit =
            |(values, exponent): &(Vec<i32>, Scalar<B>)| self.shared.batch.commit(&self.bases, exponent, values);
        let ciphertexts = self.shared.workers.try_map(&work, commit);
        for (values, exponent) in &mut work {
            values.zeroize();
            exponent.zeroize();
        }
        ciphertexts
    }
}
