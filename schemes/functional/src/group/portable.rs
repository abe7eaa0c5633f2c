//! Batches of any group, element by element.

use blindbench_core::error::{Error, Result};
use blindbench_kernels::dispatch::Kernel;
use zeroize::Zeroize;

use super::Group;
use super::batch::Batch;
use super::combination::{Combination, spread};
use super::fixed_base::{Comb, ExponentBits, SmallPowers};
use super::logarithm::Logarithms;

/// A group by its own arithmetic.
pub struct Portable<G: Group> {
    /// `1 / 2` modulo the order: what is encoded is the square of what is computed.
    half: G::Scalar,
    /// Powers of the generator's root.
    small: SmallPowers<G>,
}

impl<G: Group> Batch for Portable<G> {
    type Group = G;
    type Bases = Vec<Comb<G>>;
    type Samples = Vec<Vec<G::Element>>;
    type Combination = Combination;
    type Products = Vec<G::Element>;
    type Logarithms = Logarithms<G>;

    fn new(_: Kernel) -> Self {
        // The order is odd.
        let half = G::inverse_vartime(&G::scalar(2)).unwrap_or_else(|| G::scalar(0));
        Portable { half, small: SmallPowers::new(&G::power(&G::generator(), &half)) }
    }

    fn instructions(&self) -> &'static str {
        "portable"
    }

    fn bases(&self, bases: &[G::Element]) -> Vec<Comb<G>> {
        bases.iter().map(Comb::new).collect()
    }

    fn commit(&self, bases: &Vec<Comb<G>>, exponent: &G::Scalar, values: &[i32]) -> Vec<u8> {
        let mut half = *exponent * self.half;
        let exponent = ExponentBits::of::<G>(&half);
        half.zeroize();
        let commitment =
            |(base, value): (&Comb<G>, &i32)| G::multiply(&base.power(&exponent), &self.small.power(*value));
        let roots: Vec<G::Element> = bases.iter().zip(values).map(commitment).collect();
        G::encode_squares(&roots)
    }

    fn decode(&self, encoded: &[&[u8]], count: usize) -> Result<Vec<Vec<G::Element>>> {
        encoded.iter().map(|bytes| elements::<G>(bytes, count)).collect()
    }

    fn combination(&self, heads: &[G::Scalar], weights: &[i64]) -> Combination {
        Combination::new::<G>(heads, weights)
    }

    fn combination_bytes(&self, combination: &Combination) -> u64 {
        combination.bytes()
    }

    fn combine_vartime(&self, samples: &Vec<Vec<G::Element>>, heads: usize, by: &[Combination]) -> Vec<G::Element> {
        let of = |sample: &Vec<G::Element>| {
            let elements = spread::<G>(sample, heads);
            by.iter().map(move |combination| combination.apply_vartime::<G>(&elements)).collect::<Vec<_>>()
        };
        samples.iter().flat_map(of).collect()
    }

    fn logarithms(&self, bound: u64, bytes: u64) -> Result<Logarithms<G>> {
        Logarithms::new(bound, bytes)
    }

    fn logarithms_bytes(&self, table: &Logarithms<G>) -> u64 {
        table.bytes()
    }

    fn products(&self, elements: Vec<G::Element>) -> Vec<G::Element> {
        elements
    }

    fn logarithms_vartime(&self, table: &Logarithms<G>, products: &Vec<G::Element>) -> Vec<Option<i64>> {
        table.of_vartime(products)
    }
}

/// Exactly `count` elements.
///
/// # Errors
/// [`Error::Wire`] where there are more or fewer, or bytes that encode none.
pub fn elements<G: Group>(bytes: &[u8], count: usize) -> Result<Vec<G::Element>> {
    let malformed = |reason| Error::wire("group elements", reason);
    if bytes.len() != count * G::ELEMENT_BYTES {
        let reason = format!("{} bytes, expected {count} elements of {} bytes", bytes.len(), G::ELEMENT_BYTES);
        return Err(malformed(reason));
    }
    let decoded = bytes.chunks(G::ELEMENT_BYTES).enumerate().map(|(index, bytes)| {
        G::decode(bytes).ok_or_else(|| malformed(format!("element {index} is not in the group ({})", G::NAME)))
    });
    decoded.collect()
}
