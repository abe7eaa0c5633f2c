//! Maps as modular matrix products: rows of residues, one for each ciphertext, times small integers.

use blindbench_kernels::product::method::Method;
use blindbench_kernels::product::rows::Rows;
use blindbench_kernels::product::weights::Weights;

use super::size::Size;
use crate::rlwe::ciphertext::Ciphertext;
use crate::rlwe::parameters::Parameters;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// Columns that a thread works on at a time.
const BLOCK: usize = 2048;

/// Entries by output: inputs, ascending, with their weights.
pub type Integers = [Vec<(u32, i32)>];

/// Whether a matrix is multiplied entry by entry: one costs about as much as four of a dense matrix.
pub fn is_sparse(size: Size) -> bool {
    4 * size.entries < size.inputs * size.outputs
}

/// Packs a matrix for a product: entry by entry where most of it is zero, as in convolutions.
pub fn packed(params: &Parameters, inputs: usize, rows: &Integers) -> Weights {
    let entries: usize = rows.iter().map(Vec::len).sum();
    let largest = rows.iter().flatten().map(|(_, weight)| weight.unsigned_abs()).max().unwrap_or(0);
    let method = Method::of(params.instructions(), largest);
    if is_sparse(Size { inputs, entries, outputs: rows.len() }) {
        return Weights::sparse(method, inputs, rows);
    }
    let mut dense = vec![0; inputs * rows.len()];
    for (row, terms) in dense.chunks_exact_mut(inputs).zip(rows) {
        terms.iter().for_each(|(input, weight)| row[*input as usize] = *weight);
    }
    Weights::dense(method, inputs, &dense)
}

/// Sums that are being made, of ciphertexts that come chunk by chunk.
#[derive(Debug)]
pub struct Sums<'a> {
    params: &'a Parameters,
    weights: &'a Weights,
    outputs: Vec<Ciphertext>,
    inputs: usize,
}

/// A block of columns of one limb.
struct Job<'a> {
    part: usize,
    limb: usize,
    first: usize,
    sums: Vec<&'a mut [u64]>,
}

impl<'a> Sums<'a> {
    /// Sums of ciphertexts of `parts` polynomials at a level.
    pub fn new(params: &'a Parameters, weights: &'a Weights, parts: usize, level: usize) -> Sums<'a> {
        let output = || {
            let part = |_| Polynomial::stale(params.degree(), level + 1);
            Ciphertext { parts: (0..parts).map(part).collect() }
        };
        Sums { params, weights, outputs: (0..weights.outputs()).map(|_| output()).collect(), inputs: 0 }
    }

    /// Adds the next inputs: a multiple of [`Weights::GRANULE`] of them but for the last ones. They have the parts and
    /// the limbs that the sums have, or more limbs.
    pub fn add(&mut self, inputs: &[&Ciphertext]) {
        let (params, weights, first_input) = (self.params, self.weights, self.inputs);
        each_mut(&mut jobs(&mut self.outputs), |_, job| {
            let columns = job.first..job.first + job.sums.first().map_or(0, |sums| sums.len());
            let rows: Vec<&[u64]> =
                inputs.iter().map(|input| &input.parts[job.part].limbs[job.limb][columns.clone()]).collect();
            let p = params.data()[job.limb].modulus();
            weights.accumulate(p, first_input, Rows::Words(&rows), &mut job.sums);
        });
        self.inputs += inputs.len();
    }

    /// The sums, once all inputs were added.
    pub fn into_ciphertexts(self) -> Vec<Ciphertext> {
        self.outputs
    }
}

fn jobs(outputs: &mut [Ciphertext]) -> Vec<Job<'_>> {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (output, ciphertext) in outputs.iter_mut().enumerate() {
        let mut place = 0;
        for (part, polynomial) in ciphertext.parts.iter_mut().enumerate() {
            for (limb, residues) in polynomial.limbs.iter_mut().enumerate() {
                for (block, sums) in residues.chunks_mut(BLOCK).enumerate() {
                    if output == 0 {
                        jobs.push(Job { part, limb, first: block * BLOCK, sums: Vec::new() });
                    }
                    jobs[place].sums.push(sums);
                    place += 1;
                }
            }
        }
    }
    jobs
}
