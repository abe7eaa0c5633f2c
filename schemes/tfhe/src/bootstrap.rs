//! Bootstraps in batches: one pass over the bootstrapping key serves a whole batch, since a lone
//! bootstrap waits for memory.

use tfhe::core_crypto::prelude::{
    CiphertextCount, CiphertextModulus, ComputationBuffers, Fft, FourierLweBootstrapKeyOwned, GlweCiphertextList,
    LweCiphertextList, batch_programmable_bootstrap_lwe_ciphertext_mem_optimized,
    batch_programmable_bootstrap_lwe_ciphertext_mem_optimized_requirement,
};

use crate::parameters::Parameters;
use crate::rounding::centering_u32;
use crate::workers::Workers;

/// Bytes of a batch's accumulators that stay in a core's second-level cache beside the key's next part.
const CACHE_BYTES: usize = 1 << 20;

/// Everything that bootstraps of one function share.
pub struct Bootstrap {
    parameters: Parameters,
    key: FourierLweBootstrapKeyOwned,
    fft: Fft,
    /// The function: mask polynomials of zeros, then the body.
    accumulator: Vec<u64>,
}

impl Bootstrap {
    /// Takes the expanded key and the coefficients of the function.
    pub fn new(parameters: &Parameters, key: FourierLweBootstrapKeyOwned, function: impl Iterator<Item = u64>) -> Self {
        let mut accumulator = vec![0; parameters.output_dimension()];
        accumulator.extend(function);
        Bootstrap { parameters: *parameters, key, fft: Fft::new(parameters.output().polynomial), accumulator }
    }

    /// Bytes that the key and the function take.
    pub fn resident_bytes(&self) -> u64 {
        let key = size_of_val(self.key.as_view().data());
        (key + self.accumulator.len() * size_of::<u64>()) as u64
    }

    /// Applies the function to every ciphertext: `n + 1` coefficients of 32 bits in, `k N + 1` of 64 out.
    pub fn apply(&self, input: &[u32], workers: &Workers) -> Vec<u64> {
        let (narrow, wide) = (self.parameters.lwe_dimension() + 1, self.parameters.output_dimension() + 1);
        let count = input.len() / narrow;
        let mut output = vec![0; count * wide];
        let batch = self.batch(count, workers.threads());
        workers.for_each_chunk(input, batch * narrow, &mut output, batch * wide, |input, output| {
            self.apply_batch(input, output);
        });
        output
    }

    /// Ciphertexts a batch: as many as the cache holds, split evenly over batches and threads.
    fn batch(&self, count: usize, threads: usize) -> usize {
        let most = (CACHE_BYTES / (2 * self.accumulator.len() * size_of::<u64>())).max(1);
        let batches = count.div_ceil(most).next_multiple_of(threads);
        count.div_ceil(batches.max(1)).max(1)
    }

    fn apply_batch(&self, input: &[u32], output: &mut [u64]) {
        let (shape, size) = (self.parameters.output(), self.parameters.input().lwe.to_lwe_size());
        let input = self.centered(input);
        let count = input.len() / size.0;
        let accumulators = GlweCiphertextList::from_container(
            self.accumulator.repeat(count),
            shape.size,
            shape.polynomial,
            shape.modulus,
        );
        let fft = self.fft.as_view();
        let mut buffers = ComputationBuffers::new();
        let needed = batch_programmable_bootstrap_lwe_ciphertext_mem_optimized_requirement::<u64>(
            shape.size,
            shape.polynomial,
            CiphertextCount(count),
            fft,
        );
        buffers.resize(needed.unaligned_bytes_required());
        batch_programmable_bootstrap_lwe_ciphertext_mem_optimized(
            &LweCiphertextList::from_container(input.as_slice(), size, CiphertextModulus::new_native()),
            &mut LweCiphertextList::from_container(output, shape.lwe.to_lwe_size(), shape.modulus),
            &accumulators,
            &self.key,
            fft,
            buffers.stack(),
        );
    }

    /// The ciphertexts with the mean error of the coming modulus switch taken off, which halves its noise's variance.
    fn centered(&self, input: &[u32]) -> Vec<u32> {
        let bits = (2 * self.parameters.polynomial_size()).ilog2();
        let mut input = input.to_vec();
        for lwe in input.chunks_exact_mut(self.parameters.lwe_dimension() + 1) {
            if let Some((body, mask)) = lwe.split_last_mut() {
                *body = body.wrapping_add(centering_u32(mask, bits));
            }
        }
        input
    }
}
