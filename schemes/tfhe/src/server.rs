//! The server: weights as residues, the key in the Fourier domain, and the evaluation.

use blindbench_core::error::Result;
use blindbench_core::network::weights::Weights;
use blindbench_core::probe::{Operation, Probe};
use blindbench_kernels::torus::{SparseMatrix, Torus, multiply};

use crate::answer::Answer;
use crate::bootstrap::Bootstrap;
use crate::circuit::Affine;
use crate::image::EncryptedImage;
use crate::keys::BootstrappingKey;
use crate::scheme::EncryptedNetwork;
use crate::semantics::Semantics;
use crate::snapshot;

/// What the server keeps between queries.
pub struct Server {
    first: Linear<u32>,
    bootstrap: Bootstrap,
    last: Linear<u64>,
}

/// A matrix and biases as residues.
struct Linear<T> {
    matrix: SparseMatrix<T>,
    bias: Vec<T>,
}

impl<T: Torus> Linear<T> {
    fn new(affine: Affine<'_>, bias: impl Fn(i64) -> T) -> Self {
        let inputs = affine.weight.len() / affine.bias.len().max(1);
        Linear {
            matrix: SparseMatrix::new(affine.weight, inputs),
            bias: affine.bias.iter().map(|&b| bias(b)).collect(),
        }
    }

    fn resident_bytes(&self) -> u64 {
        self.matrix.resident_bytes() + (self.bias.len() * size_of::<T>()) as u64
    }

    fn products(&self) -> u64 {
        self.matrix.nonzero() as u64
    }

    /// Sums of two ciphertexts: all terms of an output but the first.
    fn additions(&self) -> u64 {
        self.products().saturating_sub(self.matrix.outputs() as u64)
    }
}

impl Server {
    /// Encodes the weights and expands the key.
    ///
    /// # Errors
    /// [`blindbench_core::Error::Weights`] where the weights do not fit.
    pub fn new<S: Semantics>(network: &EncryptedNetwork<S>, weights: &Weights, key: BootstrappingKey) -> Result<Self> {
        let encoding = &network.encoding;
        let matrices = network.circuit.matrices(weights)?;
        let key = key.expand(&network.parameters, &network.workers);
        Ok(Server {
            first: Linear::new(matrices.first, |bias| encoding.hidden_bias(bias)),
            bootstrap: Bootstrap::new(
                &network.parameters,
                network.kernel,
                &key,
                &network.workers,
                encoding.accumulator(),
            ),
            last: Linear::new(matrices.last, |bias| encoding.score_bias(bias)),
        })
    }

    /// Bytes kept.
    pub fn resident_bytes(&self) -> u64 {
        self.first.resident_bytes() + self.bootstrap.resident_bytes() + self.last.resident_bytes()
    }

    /// Encrypted scores of every image.
    pub fn evaluate<S: Semantics>(
        &self,
        network: &EncryptedNetwork<S>,
        images: &[EncryptedImage],
        probe: &mut Probe<'_>,
    ) -> Answer {
        let layers = network.circuit.layers;
        let count = images.len() as u64;
        let sums = probe.layer(layers.first, |probe| {
            probe.count(Operation::PlaintextMultiply, count * self.first.products());
            probe.count(Operation::Add, count * self.first.additions());
            let sums = self.first_layer(network, images);
            probe.snapshot(|| snapshot::of_u32(&sums));
            sums
        });
        let hidden = probe.layer(layers.activation, |probe| {
            probe.count(Operation::Pbs, count * network.circuit.hidden as u64);
            let mut hidden = self.bootstrap.apply(&sums, &network.workers);
            lift(&mut hidden, network.parameters.output_dimension() + 1, network.encoding.lift_residue());
            probe.snapshot(|| snapshot::of_u64(&hidden));
            hidden
        });
        probe.layer(layers.last, |probe| {
            probe.count(Operation::PlaintextMultiply, count * self.last.products());
            probe.count(Operation::Add, count * self.last.additions());
            let scores = self.last_layer(network, &hidden);
            probe.snapshot(|| snapshot::of_u64(&scores));
            Answer::truncate(scores, network.parameters.output_dimension() + 1, network.answer_bits)
        })
    }

    fn first_layer<S: Semantics>(&self, network: &EncryptedNetwork<S>, images: &[EncryptedImage]) -> Vec<u32> {
        let width = network.parameters.lwe_dimension() + 1;
        let mut sums = vec![0; images.len() * network.circuit.hidden * width];
        network.workers.for_each_chunk(images, 1, &mut sums, network.circuit.hidden * width, |images, sums| {
            for image in images {
                let rows = image.rows(&network.parameters, network.circuit.inputs);
                multiply(network.kernel, &self.first.matrix, &rows, width, sums);
            }
            add_biases(sums, width, &self.first.bias, u32::wrapping_add);
        });
        sums
    }

    fn last_layer<S: Semantics>(&self, network: &EncryptedNetwork<S>, hidden: &[u64]) -> Vec<u64> {
        let width = network.parameters.output_dimension() + 1;
        let (inputs, outputs) = (network.circuit.hidden * width, network.circuit.classes * width);
        let mut scores = vec![0; hidden.len() / inputs * outputs];
        network.workers.for_each_chunk(hidden, inputs, &mut scores, outputs, |hidden, scores| {
            multiply(network.kernel, &self.last.matrix, hidden, width, scores);
            add_biases(scores, width, &self.last.bias, u64::wrapping_add);
        });
        scores
    }
}

/// Adds each output's bias to the body of its ciphertext.
fn add_biases<T: Torus>(ciphertexts: &mut [T], width: usize, biases: &[T], add: impl Fn(T, T) -> T) {
    for (lwe, bias) in ciphertexts.chunks_exact_mut(width).zip(biases) {
        if let Some(body) = lwe.last_mut() {
            *body = add(*body, *bias);
        }
    }
}

/// Adds the same number to the body of every ciphertext.
fn lift(ciphertexts: &mut [u64], width: usize, by: u64) {
    for body in ciphertexts.chunks_exact_mut(width).filter_map(<[u64]>::last_mut) {
        *body = body.wrapping_add(by);
    }
}
