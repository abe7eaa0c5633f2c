//! Bootstraps in batches: one pass over the bootstrapping key serves a whole batch, since a lone
//! bootstrap waits for memory.

use blindbench_core::workers::Workers;
use blindbench_kernels::blind_rotation::{FourierKey, Shape};
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::fourier::LANES;
use tfhe::core_crypto::prelude::{
    CiphertextCount, CiphertextModulus, ComputationBuffers, Fft, FourierLweBootstrapKeyOwned, GlweCiphertextList,
    LweBootstrapKeyOwned, LweCiphertextList, batch_programmable_bootstrap_lwe_ciphertext_mem_optimized,
    batch_programmable_bootstrap_lwe_ciphertext_mem_optimized_requirement,
    convert_standard_lwe_bootstrap_key_to_fourier, par_convert_standard_lwe_bootstrap_key_to_fourier,
};

use crate::parameters::Parameters;
use crate::rounding::centering_u32;

/// Bytes of a batch's accumulators that stay in a core's second-level cache beside the key's next part.
const CACHE_BYTES: usize = 1 << 20;

/// Everything that bootstraps of one function share.
pub struct Bootstrap {
    parameters: Parameters,
    function: Vec<u64>,
    engine: Engine,
}

/// Who does the external products.
enum Engine {
    /// This project's kernel, eight ciphertexts at once.
    Lanes(FourierKey, Kernel),
    /// The `tfhe` crate, where the processor lacks what the kernel needs.
    Library(FourierLweBootstrapKeyOwned, Fft),
}

/// The instructions that bootstraps use with this kernel, and whose code they run in.
pub fn instructions(kernel: Kernel) -> String {
    if FourierKey::suits(kernel) {
        format!("{kernel} (bootstraps)")
    } else {
        format!("{} (bootstraps, by tfhe-fft)", fft_instructions())
    }
}

/// The instructions that the `tfhe` crate's Fourier transform dispatches to by itself.
fn fft_instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        // As tfhe-fft with its feature `avx512` asks the processor.
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            return "avx512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "avx2";
        }
    }
    "scalar"
}

impl Bootstrap {
    /// Takes the key in the standard domain and the values of the function at the first `N` of `2N` points.
    pub fn new(
        parameters: &Parameters,
        kernel: Kernel,
        key: &LweBootstrapKeyOwned<u64>,
        workers: &Workers,
        function: impl Iterator<Item = u64>,
    ) -> Self {
        let engine = if FourierKey::suits(kernel) {
            Engine::Lanes(FourierKey::new(lanes_shape(parameters), key.as_ref()), kernel)
        } else {
            Engine::Library(library_key(parameters, key, workers), Fft::new(parameters.output().polynomial))
        };
        Bootstrap { parameters: *parameters, function: function.collect(), engine }
    }

    /// Bytes that the key and the function take.
    pub fn resident_bytes(&self) -> u64 {
        let key = match &self.engine {
            Engine::Lanes(key, _) => key.resident_bytes(),
            Engine::Library(key, _) => size_of_val(key.as_view().data()) as u64,
        };
        key + size_of_val(self.function.as_slice()) as u64
    }

    /// Applies the function to every ciphertext: `n + 1` coefficients of 32 bits in, `k N + 1` of 64 out.
    pub fn apply(&self, input: &[u32], workers: &Workers) -> Vec<u64> {
        let (narrow, wide) = (self.parameters.lwe_dimension() + 1, self.parameters.output_dimension() + 1);
        let count = input.len() / narrow;
        let mut output = vec![0; count * wide];
        let batch = self.batch(count, workers.threads());
        workers.for_each_chunk(input, batch * narrow, &mut output, batch * wide, |input, output| {
            let input = self.centered(input);
            match &self.engine {
                Engine::Lanes(key, kernel) => key.bootstrap(*kernel, &input, &self.function, output),
                Engine::Library(key, fft) => self.apply_library(key, fft, &input, output),
            }
        });
        output
    }

    /// Ciphertexts a batch: as many as the cache holds, split evenly over batches and threads.
    fn batch(&self, count: usize, threads: usize) -> usize {
        let bytes = (self.parameters.output_dimension() + self.parameters.polynomial_size()) * size_of::<u64>();
        let (copies, unit) = match self.engine {
            Engine::Lanes(..) => (1, LANES),
            Engine::Library(..) => (2, 1),
        };
        let most = (CACHE_BYTES / (copies * bytes)).max(unit);
        let batches = count.div_ceil(most).next_multiple_of(threads);
        count.div_ceil(batches.max(1)).max(1).next_multiple_of(unit)
    }

    fn apply_library(&self, key: &FourierLweBootstrapKeyOwned, fft: &Fft, input: &[u32], output: &mut [u64]) {
        let (shape, size) = (self.parameters.output(), self.parameters.input().lwe.to_lwe_size());
        let count = input.len() / size.0;
        // Trivial ciphertexts of the function: mask polynomials of zeros, then the body.
        let accumulator = [vec![0; self.parameters.output_dimension()], self.function.clone()].concat();
        let accumulators =
            GlweCiphertextList::from_container(accumulator.repeat(count), shape.size, shape.polynomial, shape.modulus);
        let fft = fft.as_view();
        let mut buffers = ComputationBuffers::new();
        let needed = batch_programmable_bootstrap_lwe_ciphertext_mem_optimized_requirement::<u64>(
            shape.size,
            shape.polynomial,
            CiphertextCount(count),
            fft,
        );
        buffers.resize(needed.unaligned_bytes_required());
        batch_programmable_bootstrap_lwe_ciphertext_mem_optimized(
            &LweCiphertextList::from_container(input, size, CiphertextModulus::new_native()),
            &mut LweCiphertextList::from_container(output, shape.lwe.to_lwe_size(), shape.modulus),
            &accumulators,
            key,
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

fn lanes_shape(parameters: &Parameters) -> Shape {
    let literal = parameters.literal();
    Shape {
        lwe_dimension: parameters.lwe_dimension(),
        glwe_dimension: literal.glwe_dimension,
        polynomial_size: literal.polynomial_size,
        base_log: literal.decomposition_base_log as u32,
        level_count: literal.decomposition_level_count,
    }
}

fn library_key(
    parameters: &Parameters,
    key: &LweBootstrapKeyOwned<u64>,
    workers: &Workers,
) -> FourierLweBootstrapKeyOwned {
    let (shape, input) = (parameters.output(), parameters.input().lwe);
    let mut fourier =
        FourierLweBootstrapKeyOwned::new(input, shape.size, shape.polynomial, shape.base_log, shape.levels);
    workers.choose(
        &mut fourier,
        |fourier| convert_standard_lwe_bootstrap_key_to_fourier(key, fourier),
        |fourier| par_convert_standard_lwe_bootstrap_key_to_fourier(key, fourier),
    );
    fourier
}
