//! Operations by themselves: what an authority, a client and a server do for a layer of 784 inputs and 128 outputs, with bytes
//! for inputs and weights, and the same product in the clear.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::inputs::{Operand, integers};
use blindbench_core::primitives::{Offer, OfferDescription, Prepared, Primitives, of_many, primitive};
use blindbench_core::probe::{Detail, NoClock, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Secret};
use blindbench_kernels::product::method::Method;
use blindbench_kernels::product::planes::{Matrix, Planes};

use super::ciphertext::Ciphertext;
use super::decryption::Decryptor;
use super::engine::RlweIpfe;
use super::keys::{FunctionKeys, MasterKey, PublicKey};
use super::setting::{Derived, Params};
use crate::network::demand_of_vectors;
use crate::network::engine::{Demand, InnerProduct};

/// Numbers of a vector.
const LENGTH: usize = 784;
/// Weight vectors.
const ROWS: usize = 128;
/// Largest input and weight.
const INPUT_MAX: u64 = 255;
const WEIGHT_MAX: u64 = 127;

type Prepare = fn(&Operations, &Seed) -> Result<Box<dyn Prepared>>;

/// Names, and how many results each gives for every vector: inner products, or ciphertexts and keys. `N` is a full ring of
/// vectors, [`RlweIpfe::full`].
const OPERATIONS: [(&str, Results, Prepare); 7] = [
    ("setup_784", Results::Fixed(1), Operations::setup),
    ("derive_function_keys_784x128", Results::Fixed(ROWS as u64), Operations::derive),
    ("encrypt_784", Results::Fixed(1), |operations, seed| operations.encrypt(seed, Batch::Single)),
    ("encrypt_784xN", Results::EachOfN(1), |operations, seed| operations.encrypt(seed, Batch::Full)),
    ("inner_products_784x128", Results::Fixed(ROWS as u64), |operations, seed| operations.open(seed, Batch::Single)),
    ("inner_products_784x128xN", Results::EachOfN(ROWS as u64), |operations, seed| operations.open(seed, Batch::Full)),
    ("plaintext_784x128xN", Results::EachOfN(ROWS as u64), Operations::plaintext),
];

/// Results of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Results {
    /// So many.
    Fixed(u64),
    /// So many for each vector of a full ring.
    EachOfN(u64),
}

impl Results {
    /// How many with so many vectors in a full ring: what a run's time is divided by for the time of each.
    fn count(self, full: u64) -> u64 {
        match self {
            Results::Fixed(count) => count,
            Results::EachOfN(count) => count * full,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Batch {
    Single,
    Full,
}

struct Operations {
    engine: Arc<RlweIpfe>,
}

/// Opens the operations.
///
/// # Errors
/// [`Error::Unsupported`] for parameters that carry no layer of that size.
pub fn offer(params: &Params, resources: &Resources) -> Result<Offer> {
    let demand = Demand { rows: ROWS, samples: 1 << 10, ..demand_of_vectors(LENGTH, INPUT_MAX, WEIGHT_MAX) };
    let setting = Derived::choose(params, &demand)?.setting;
    let engine = RlweIpfe::open(setting, &demand, resources)?;
    let described = engine.describe();
    let description = OfferDescription {
        family: "functional encryption (inner product)".into(),
        parameters: format!("{}; N = {}", described.parameters, engine.full()),
        error_bound: 0.0,
        log_n: described.log_n,
        log_qp: described.log_qp,
        kernel: described.kernel,
        security: engine.security(),
        claimed: false,
    };
    Ok(Offer { description, primitives: Box::new(Operations { engine: Arc::new(engine) }) })
}

impl Primitives for Operations {
    fn names(&self) -> Vec<String> {
        OPERATIONS.iter().map(|(name, ..)| (*name).to_owned()).collect()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        match OPERATIONS.iter().find(|(known, ..)| *known == name) {
            Some((_, results, prepare)) => Ok(of_many(results.count(self.engine.full() as u64), prepare(self, seed)?)),
            None => {
                let known = self.names().join(", ");
                Err(Error::Unsupported(format!("no operation `{name}` under rlwe-ipfe; there are {known}")))
            }
        }
    }
}

/// Weight vectors, vectors and what they come to.
struct Operands {
    weights: Vec<Vec<i64>>,
    samples: Vec<Vec<u16>>,
    expected: Vec<i64>,
}

impl Operands {
    fn new(seed: &Seed, samples: usize) -> Operands {
        let weights: Vec<i64> = integers(seed, Operand::B, ROWS * LENGTH, 2 * WEIGHT_MAX + 1)
            .into_iter()
            .map(|weight| weight as i64 - WEIGHT_MAX as i64)
            .collect();
        let inputs = integers(seed, Operand::A, samples * LENGTH, INPUT_MAX + 1);
        let inputs: Vec<u16> = inputs.into_iter().map(|input| input as u16).collect();
        let product = |row: &[i64], sample: &[u16]| row.iter().zip(sample).map(|(w, x)| w * i64::from(*x)).sum::<i64>();
        let products = inputs.chunks(LENGTH).flat_map(|sample| weights.chunks(LENGTH).map(move |row| (row, sample)));
        let expected = products.map(|(row, sample)| product(row, sample)).collect();
        let rows = |row: &[i64]| row.to_vec();
        Operands {
            expected,
            samples: inputs.chunks(LENGTH).map(<[u16]>::to_vec).collect(),
            weights: weights.chunks(LENGTH).map(rows).collect(),
        }
    }
}

/// Largest distance; infinite where there are not as many results as expected.
fn distance(found: &[i64], expected: &[i64]) -> f64 {
    let farthest = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(u64::MAX);
    if found.len() == expected.len() { farthest as f64 } else { f64::INFINITY }
}

/// Everything that an operation starts from.
struct Party {
    operands: Operands,
    master: Secret<MasterKey>,
    public: PublicKey,
}

impl Operations {
    fn party(&self, seed: &Seed, batch: Batch) -> Result<Party> {
        let samples = match batch {
            Batch::Single => 1,
            Batch::Full => self.engine.full(),
        };
        let (master, public) = self.engine.setup(&mut seed.derive("keys", 0).rng())?;
        Ok(Party { operands: Operands::new(seed, samples), master: Secret(master), public })
    }

    fn decryptor(&self, party: &Party) -> Result<Decryptor> {
        let keys = self.engine.derive_function_keys(&party.master.0, &party.operands.weights)?;
        self.engine.prepare(party.operands.weights.clone(), keys)
    }

    fn setup(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let (engine, operands) = (self.engine.clone(), Operands::new(seed, 1));
        let (work, mut rng, encrypt) = (engine.clone(), seed.derive("keys", 0).rng(), seed.derive("encrypt", 0));
        let check = move |(master, public): &(Secret<MasterKey>, PublicKey)| {
            let opened = || {
                let keys = engine.derive_function_keys(&master.0, &operands.weights)?;
                let decryptor = engine.prepare(operands.weights.clone(), keys)?;
                let ciphertext = engine.encrypt_together(public, &operands.samples, &mut encrypt.rng())?;
                open(&engine, &decryptor, &ciphertext)
            };
            opened().map_or(f64::INFINITY, |found| distance(&found, &operands.expected))
        };
        Ok(primitive(move || work.setup(&mut rng).map(|(master, public)| (Secret(master), public)), check))
    }

    fn derive(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let Party { operands, master, public } = self.party(seed, Batch::Single)?;
        let ciphertext =
            self.engine.encrypt_together(&public, &operands.samples, &mut seed.derive("encrypt", 0).rng())?;
        let (engine, work, rows) = (self.engine.clone(), self.engine.clone(), operands.weights.clone());
        let check = move |keys: &FunctionKeys| {
            let decryptor = engine.prepare_keys(&operands.weights, keys);
            let opened = decryptor.and_then(|decryptor| open(&engine, &decryptor, &ciphertext));
            opened.map_or(f64::INFINITY, |found| distance(&found, &operands.expected))
        };
        Ok(primitive(move || work.derive_function_keys(&master.0, &rows), check))
    }

    fn encrypt(&self, seed: &Seed, batch: Batch) -> Result<Box<dyn Prepared>> {
        let party = self.party(seed, batch)?;
        let decryptor = self.decryptor(&party)?;
        let Party { operands, public, .. } = party;
        let (engine, work, samples) = (self.engine.clone(), self.engine.clone(), operands.samples);
        let mut rng = seed.derive("encrypt", 0).rng();
        let check = move |ciphertext: &Ciphertext| {
            open(&engine, &decryptor, ciphertext).map_or(f64::INFINITY, |found| distance(&found, &operands.expected))
        };
        Ok(primitive(move || work.encrypt_together(&public, &samples, &mut rng), check))
    }

    fn open(&self, seed: &Seed, batch: Batch) -> Result<Box<dyn Prepared>> {
        let party = self.party(seed, batch)?;
        let decryptor = self.decryptor(&party)?;
        let Party { operands, public, .. } = party;
        let ciphertext =
            self.engine.encrypt_together(&public, &operands.samples, &mut seed.derive("encrypt", 0).rng())?;
        let engine = self.engine.clone();
        let check = move |found: &Vec<i64>| distance(found, &operands.expected);
        Ok(primitive(move || open(&engine, &decryptor, &ciphertext), check))
    }

    /// The same product by the same kernel on one plane of bytes, with results in the same order of rows, then vectors, that
    /// the kernel gives.
    fn plaintext(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let operands = Operands::new(seed, self.engine.full());
        let matrix = self.engine.matrix(&operands.weights)?;
        let columns: Vec<Vec<u64>> =
            (0..LENGTH).map(|i| operands.samples.iter().map(|sample| sample[i].into()).collect()).collect();
        let mut rows = Planes::zeroed(LENGTH, operands.samples.len(), 1);
        for (group, four) in columns.chunks(4).enumerate() {
            rows.set_rows(4 * group, &four.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        let samples = operands.samples.len();
        let check = move |found: &Vec<i64>| {
            let in_order =
                |(place, expected): (usize, &i64)| found.get(place % ROWS * samples + place / ROWS) == Some(expected);
            if operands.expected.iter().enumerate().all(in_order) { 0.0 } else { f64::INFINITY }
        };
        Ok(primitive(move || Ok(product(&matrix, &rows)), check))
    }
}

fn product(matrix: &Matrix, rows: &Planes) -> Vec<i64> {
    let mut sums = vec![0; matrix.outputs() * rows.column_tiles() * Planes::COLUMNS];
    matrix.multiply(rows, 0..rows.column_tiles(), &mut sums);
    sums
}

fn open(engine: &RlweIpfe, decryptor: &Decryptor, ciphertext: &Ciphertext) -> Result<Vec<i64>> {
    let mut probe = Probe::new(&NoClock, Detail::Counts);
    let mut out = Vec::new();
    probe.layer(0, |probe| engine.open_together(decryptor, ciphertext, probe, &mut out))?;
    Ok(out)
}

/// The method that products of bytes really use where so much is allowed.
pub(super) fn method(method: Method) -> Method {
    Matrix::new(method, 1, &[1]).method()
}
