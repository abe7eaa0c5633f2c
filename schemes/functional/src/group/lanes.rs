//! ristretto255 eight points at a time, for machines with AVX-512 IFMA or AVX2; elsewhere [`super::portable::Portable`] is
//! faster.

use blindbench_core::error::{Error, Result};
use blindbench_kernels::curve::{self, CurveError, FixedBases, LogarithmOptions, Sums};
use blindbench_kernels::discrete_log::Table;
use blindbench_kernels::dispatch::Kernel;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;

use super::Group;
use super::batch::{Batch, List};
use super::ristretto::Ristretto255;

/// Most giant steps of a logarithm: what [`curve::Logarithms`] allows.
const MOST_STEPS: u64 = 1 << 18;

/// Bytes of a recoded digit: a place in a sum of samples and a share of one in a sum of eight lists.
const DIGIT_BYTES: u64 = 6;

/// ristretto255 by bundles of eight points.
#[derive(Debug)]
pub struct Lanes {
    kernel: Kernel,
}

/// Recoded lists of exponents.
pub struct Combinations {
    lists: curve::Combinations,
    bytes: u64,
}

/// A table of logarithms and the bound that was asked for.
pub struct Logarithms {
    table: curve::Logarithms,
    bound: u64,
}

impl Batch for Lanes {
    type Group = Ristretto255;
    type Bases = FixedBases;
    type Samples = curve::Samples;
    type Combinations = Combinations;
    type Products = Sums;
    type Logarithms = Logarithms;

    fn new(kernel: Kernel) -> Self {
        Lanes { kernel }
    }

    fn instructions(&self) -> &'static str {
        match self.kernel {
            Kernel::Ifma => "ifma",
            Kernel::Avx2 | Kernel::Avx512 => "avx2",
            Kernel::Scalar => "portable",
        }
    }

    fn bases(&self, bases: &[RistrettoPoint], value_max: u32) -> Result<FixedBases> {
        FixedBases::new(self.kernel, bases, u64::from(value_max).max(1)).map_err(refused)
    }

    fn commit(&self, bases: &FixedBases, exponent: &Scalar, values: &[i32]) -> Result<Vec<u8>> {
        let values: Vec<i64> = values.iter().map(|value| i64::from(*value)).collect();
        Ok(bases.commit(exponent, &values).map_err(refused)?.into_flattened())
    }

    fn decode(&self, encoded: &[&[u8]], count: usize) -> Result<curve::Samples> {
        let elements = |bytes: &&'_ [u8]| bytes.len() == count * Ristretto255::ELEMENT_BYTES;
        if let Some(bytes) = encoded.iter().find(|bytes| !elements(bytes)) {
            let reason = format!("{} bytes, expected {count} elements of 32 bytes", bytes.len());
            return Err(Error::wire("group elements", reason));
        }
        let samples: Vec<&[[u8; 32]]> = encoded.iter().map(|bytes| bytes.as_chunks().0).collect();
        curve::Samples::decode_vartime(self.kernel, &samples).map_err(refused)
    }

    fn combinations(&self, lists: &[List<'_, Ristretto255>]) -> Result<Combinations> {
        let weights = lists.iter().map(|list| small(list.weights)).collect::<Result<Vec<_>>>()?;
        let combinations: Vec<curve::Combination<'_>> = lists
            .iter()
            .zip(&weights)
            .map(|(list, weights)| curve::Combination { scalars: list.heads, weights })
            .collect();
        let digits = lists.iter().map(|list| list.weights.len() + list.heads.len() * Ristretto255::SCALAR_BYTES);
        let bytes = DIGIT_BYTES * digits.sum::<usize>() as u64;
        Ok(Combinations { lists: curve::Combinations::new_vartime(&combinations).map_err(refused)?, bytes })
    }

    fn combinations_bytes(&self, lists: &Combinations) -> u64 {
        lists.bytes
    }

    fn combine_vartime(&self, samples: &curve::Samples, by: &Combinations) -> Result<Sums> {
        by.lists.apply_vartime(samples).map_err(refused)
    }

    fn reaches(bound: u64, bytes: u64) -> Result<()> {
        match Table::bound_within(bound.max(1), bytes) {
            Some(own) if bound.div_ceil(MOST_STEPS) <= own && bound <= curve::Logarithms::MAX_BOUND => Ok(()),
            _ => Err(Error::Unsupported(format!(
                "results reach {bound}, which a table of {bytes} bytes does not within {MOST_STEPS} giant steps: raise \
                 `table_bytes` or take a network with smaller bounds"
            ))),
        }
    }

    fn logarithms(&self, bound: u64, bytes: u64) -> Result<Logarithms> {
        let options = LogarithmOptions { kernel: self.kernel, bound: bound.max(1), max_bytes: bytes };
        Ok(Logarithms { table: curve::Logarithms::new(options).map_err(refused)?, bound })
    }

    fn logarithms_bytes(&self, table: &Logarithms) -> u64 {
        table.table.resident_bytes()
    }

    fn products(&self, elements: Vec<RistrettoPoint>) -> Result<Sums> {
        let samples: Vec<&[RistrettoPoint]> = elements.chunks(1).collect();
        let samples = curve::Samples::from_points_vartime(self.kernel, &samples).map_err(refused)?;
        let once = curve::Combinations::new_vartime(&[curve::Combination { scalars: &[], weights: &[1] }]);
        once.and_then(|once| once.apply_vartime(&samples)).map_err(refused)
    }

    fn logarithms_vartime(&self, table: &Logarithms, products: &Sums) -> Vec<Option<i64>> {
        let within = |found: Option<i64>| found.filter(|found| found.unsigned_abs() <= table.bound);
        table.table.find_vartime(products).into_iter().map(within).collect()
    }
}

/// Exponents of 32 bits.
fn small(weights: &[i64]) -> Result<Vec<i32>> {
    let narrow = |weight: &i64| {
        i32::try_from(*weight).map_err(|_| Error::Unsupported(format!("a weight of {weight} is beyond 31 bits")))
    };
    weights.iter().map(narrow).collect()
}

fn refused(error: CurveError) -> Error {
    if let CurveError::Malformed { entry, .. } = error {
        return Error::wire("group elements", format!("element {entry} is not in the group (ristretto255)"));
    }
    Error::Unsupported(error.to_string())
}
