//! Batches of any group, element by element.

use blindbench_core::error::{Error, Result};
use blindbench_kernels::dispatch::Kernel;
use zeroize::Zeroize;

use super::Group;
use super::batch::{Batch, List};
use super::combination::{Combination, spread};
use super::fixed_base::{Comb, ExponentBits, SmallPowers};
use super::logarithm::{Extent, Logarithms};

/// A group by its own arithmetic.
pub struct Portable<G: Group> {
    /// For lookups of logarithms; the group's arithmetic is the same for all.
    kernel: Kernel,
    /// `1 / 2` modulo the order: what is encoded is the square of what is computed.
    half: G::Scalar,
    /// Powers of the generator's root.
    small: SmallPowers<G>,
}

impl<G: Group> Batch for Portable<G> {
    type Group = G;
    type Bases = Vec<Comb<G>>;
    type Samples = Vec<Vec<G::Element>>;
    type Combinations = Vec<Combination>;
    type Products = Vec<G::Element>;
    type Logarithms = Logarithms<G>;

    fn new(kernel: Kernel) -> Self {
        // The order is odd.
        let half = G::inverse_vartime(&G::scalar(2)).unwrap_or_else(|| G::scalar(0));
        Portable { kernel, half, small: SmallPowers::new(&G::power(&G::generator(), &half)) }
    }

    fn instructions(&self) -> &'static str {
        "portable"
    }

    fn bases(&self, bases: &[G::Element], _: u32) -> Result<Vec<Comb<G>>> {
        Ok(bases.iter().map(Comb::new).collect())
    }

    fn commit(&self, bases: &Vec<Comb<G>>, exponent: &G::Scalar, values: &[i32]) -> Result<Vec<u8>> {
        if bases.len() != values.len() {
            return Err(Error::Refused(format!("{} values for {} bases", values.len(), bases.len())));
        }
        let mut half = *exponent * self.half;
        let exponent = ExponentBits::of::<G>(&half);
        half.zeroize();
        let root = |(base, value): (&Comb<G>, &i32)| G::multiply(&base.power(&exponent), &self.small.power(*value));
        let roots: Vec<G::Element> = bases.iter().zip(values).map(root).collect();
        Ok(G::encode_squares(&roots))
    }

    fn decode(&self, encoded: &[&[u8]], count: usize) -> Result<Vec<Vec<G::Element>>> {
        encoded.iter().map(|bytes| elements::<G>(bytes, count)).collect()
    }

    fn combinations(&self, lists: &[List<'_, G>]) -> Result<Vec<Combination>> {
        Ok(lists.iter().map(|list| Combination::new::<G>(list.heads, list.weights)).collect())
    }

    fn combinations_bytes(&self, lists: &Vec<Combination>) -> u64 {
        lists.iter().map(Combination::bytes).sum()
    }

    fn combine_vartime(&self, samples: &Vec<Vec<G::Element>>, by: &Vec<Combination>) -> Result<Vec<G::Element>> {
        let heads = by.first().map_or(0, Combination::heads);
        let mut products = Vec::with_capacity(samples.len() * by.len());
        for sample in samples {
            let elements = spread::<G>(sample, heads);
            products.extend(by.iter().map(|list| list.apply_vartime::<G>(&elements)));
        }
        Ok(products)
    }

    fn reaches(bound: u64, bytes: u64) -> Result<()> {
        Extent::new::<G>(bound, bytes).map(drop)
    }

    fn logarithms(&self, bound: u64, bytes: u64) -> Result<Logarithms<G>> {
        Logarithms::new(self.kernel, bound, bytes)
    }

    fn logarithms_bytes(&self, table: &Logarithms<G>) -> u64 {
        table.bytes()
    }

    fn products(&self, elements: Vec<G::Element>) -> Result<Vec<G::Element>> {
        Ok(elements)
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
