//! Operations by themselves: vectors of 784 numbers from 0 to 255 and weights from -127 to 127, those of a dense first layer.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::inputs::{Operand, integers};
use blindbench_core::primitives::{Offer, OfferDescription, Prepared, Primitives, of_many, primitive};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;

use super::encryptor::Encryptor;
use super::engine::{Encrypt, Engine, Open};
use super::messages::MasterKey;
use super::opener::Opener;
use super::over::Over;
use super::{Params, description};
use crate::group::Group;
use crate::group::batch::Batch;
use crate::group::choice::{GroupChoice, Visitor};
use crate::network::demand_of_vectors;

/// Numbers of a vector: the pixels of an image of 28 x 28.
const LENGTH: usize = 784;

/// Largest number of a vector.
const INPUT_MAX: u64 = 255;

/// Largest magnitude of a weight.
const WEIGHT_MAX: i64 = 127;

/// Logarithms that are computed together.
const LOGARITHMS: usize = 4096;

/// Table that checks work with: they may take their time.
const CHECKING_BYTES: u64 = 1 << 20;

type Prepare<B> = fn(&Operations<B>, &Seed) -> Result<Box<dyn Prepared>>;

/// How many samples and weight vectors go together: as many as take less than seconds.
const fn together(group: GroupChoice) -> (usize, usize) {
    match group {
        GroupChoice::Ristretto255 | GroupChoice::SafePrime256 => (16, 32),
        GroupChoice::Modp3072 => (4, 8),
    }
}

/// Results that one run of an operation gives: amortised times are per result.
fn results(group: GroupChoice, operation: &str) -> u64 {
    let (samples, rows) = together(group);
    match operation {
        "inner_products_784" | "inner_products_784_decoded" => (samples * rows) as u64,
        "discrete_logs_21" | "discrete_logs_25" => LOGARITHMS as u64,
        _ => 1,
    }
}

/// The operations over one group.
struct Operations<B: Batch> {
    batch: Arc<B>,
    params: Params,
    resources: Resources,
    list: Vec<(&'static str, Prepare<B>)>,
}

/// Opens the operations.
///
/// # Errors
/// As [`super::engine::reach`].
pub fn offer(params: &Params, resources: &Resources) -> Result<Offer> {
    super::engine::reach(params, &demand_of_vectors(LENGTH, INPUT_MAX, WEIGHT_MAX.unsigned_abs()))?;
    params.group.visit(resources.kernel, Opening { params, resources })
}

struct Opening<'a> {
    params: &'a Params,
    resources: &'a Resources,
}

impl Visitor for Opening<'_> {
    type Output = Result<Offer>;

    fn visit<B: Batch>(self) -> Result<Offer> {
        let (params, batch) = (*self.params, Arc::new(B::new(self.resources.kernel)));
        let description = OfferDescription {
            family: "functional encryption (inner product)".into(),
            parameters: description(&params, B::Group::NAME),
            error_bound: 0.0,
            log_n: None,
            log_qp: None,
            kernel: batch.instructions().into(),
            security: B::Group::security(),
            claimed: false,
        };
        let operations = Operations::<B> { batch, params, resources: *self.resources, list: list(params.group) };
        Ok(Offer { description, primitives: Box::new(operations) })
    }
}

fn list<B: Batch>(group: GroupChoice) -> Vec<(&'static str, Prepare<B>)> {
    let mut list: Vec<(&'static str, Prepare<B>)> = vec![
        ("setup_784", Operations::setup),
        ("derive_function_key_784", Operations::derive),
        ("encrypt_784", Operations::encrypt),
        ("inner_product_784", |operations, seed| operations.open(seed, 1, 1)),
        ("inner_product_784_decoded", |operations, seed| operations.open_decoded(seed, 1, 1)),
        ("inner_products_784", |operations, seed| {
            let (samples, rows) = together(operations.params.group);
            operations.open(seed, samples, rows)
        }),
        ("inner_products_784_decoded", |operations, seed| {
            let (samples, rows) = together(operations.params.group);
            operations.open_decoded(seed, samples, rows)
        }),
        ("discrete_log_21", |operations, seed| operations.logarithms(seed, 1 << 21, 1)),
        ("discrete_logs_21", |operations, seed| operations.logarithms(seed, 1 << 21, LOGARITHMS)),
    ];
    if group != GroupChoice::Modp3072 {
        list.push(("discrete_logs_25", |operations, seed| operations.logarithms(seed, 1 << 25, LOGARITHMS)));
    }
    list
}

impl<B: Batch> Primitives for Operations<B> {
    fn names(&self) -> Vec<String> {
        self.list.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        match self.list.iter().find(|(known, _)| *known == name) {
            Some((_, prepare)) => Ok(of_many(results(self.params.group, name), prepare(self, seed)?)),
            None => Err(Error::Unsupported(format!("no operation `{name}`; there are {}", self.names().join(", ")))),
        }
    }
}

/// Vectors, weights, and what they come to, `[sample][row]`.
struct Operands {
    samples: Vec<Vec<u16>>,
    rows: Vec<Vec<i64>>,
    products: Vec<i64>,
}

impl Operands {
    fn drawn(seed: &Seed, samples: usize, rows: usize) -> Self {
        let vectors = integers(seed, Operand::A, LENGTH * samples, INPUT_MAX + 1);
        let vectors: Vec<u16> = vectors.into_iter().map(|number| number as u16).collect();
        let weights = integers(seed, Operand::B, LENGTH * rows, 2 * WEIGHT_MAX.unsigned_abs() + 1);
        let weights: Vec<i64> = weights.into_iter().map(|number| number as i64 - WEIGHT_MAX).collect();
        let samples: Vec<Vec<u16>> = vectors.chunks(LENGTH).map(<[u16]>::to_vec).collect();
        let rows: Vec<Vec<i64>> = weights.chunks(LENGTH).map(<[i64]>::to_vec).collect();
        let product = |sample: &[u16], row: &[i64]| sample.iter().zip(row).map(|(x, y)| i64::from(*x) * y).sum::<i64>();
        let products =
            samples.iter().flat_map(|sample| rows.iter().map(move |row| product(sample, row))).collect::<Vec<i64>>();
        Operands { samples, rows, products }
    }
}

/// Operands with keys and ciphertexts.
struct Encrypted<B: Batch> {
    operands: Operands,
    master: MasterKey,
    encryptor: Encryptor<B>,
    opener: Opener<B>,
    ciphertexts: Vec<Vec<u8>>,
}

/// 0 where results are what they should be, else the largest difference.
fn error(found: &Result<Vec<i64>>, expected: &[i64]) -> f64 {
    match found {
        Ok(found) if found.len() == expected.len() => {
            found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b) as f64).fold(0.0, f64::max)
        }
        _ => f64::INFINITY,
    }
}

impl<B: Batch> Operations<B> {
    fn scheme(&self, table_bytes: u64) -> Result<Over<B>> {
        let demand = demand_of_vectors(LENGTH, INPUT_MAX, WEIGHT_MAX.unsigned_abs());
        Over::new(&Params { table_bytes, ..self.params }, &demand, &self.resources)
    }

    fn encrypted(&self, scheme: &Over<B>, seed: &Seed, samples: usize, rows: usize) -> Result<Encrypted<B>> {
        let operands = Operands::drawn(seed, samples, rows);
        let (master, public) = scheme.setup(&mut seed.derive("setup", 0).rng());
        let keys = scheme.derive(&master, &operands.rows)?;
        let encryptor = scheme.encryptor(&public)?;
        let opener = scheme.opener(&operands.rows, &keys)?;
        let ciphertexts = encryptor.encrypt(&operands.samples, &mut seed.derive("encrypt", 0).rng())?;
        Ok(Encrypted { operands, master, encryptor, opener, ciphertexts })
    }

    fn setup(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let scheme = Arc::new(self.scheme(CHECKING_BYTES.min(self.params.table_bytes))?);
        let (operands, checked, mut rng) = (Operands::drawn(seed, 1, 1), scheme.clone(), seed.derive("setup", 0).rng());
        let encrypt = seed.derive("encrypt", 0);
        let open = move |master: &MasterKey, public: &[u8]| {
            let opener = checked.opener(&operands.rows, &checked.derive(master, &operands.rows)?)?;
            let ciphertexts = checked.encryptor(public)?.encrypt(&operands.samples, &mut encrypt.rng())?;
            Ok((opener.open_vartime(&slices(&ciphertexts))?, operands.products.clone()))
        };
        Ok(primitive(
            move || Ok(scheme.setup(&mut rng)),
            move |(master, public)| match open(master, public) {
                Ok((found, expected)) => error(&Ok(found), &expected),
                Err(refused) => error(&Err(refused), &[]),
            },
        ))
    }

    fn derive(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let scheme = Arc::new(self.scheme(CHECKING_BYTES.min(self.params.table_bytes))?);
        let Encrypted { operands, master, ciphertexts, .. } = self.encrypted(&scheme, seed, 1, 1)?;
        let (checked, rows) = (scheme.clone(), operands.rows.clone());
        Ok(primitive(
            move || scheme.derive(&master, &rows),
            move |keys: &Vec<u8>| {
                let opener = checked.opener(&operands.rows, keys);
                error(&opener.and_then(|opener| opener.open_vartime(&slices(&ciphertexts))), &operands.products)
            },
        ))
    }

    fn encrypt(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let scheme = self.scheme(CHECKING_BYTES.min(self.params.table_bytes))?;
        let Encrypted { operands, encryptor, opener, .. } = self.encrypted(&scheme, seed, 1, 1)?;
        let (Operands { samples, products, .. }, mut rng) = (operands, seed.derive("encrypt", 1).rng());
        Ok(primitive(
            move || encryptor.encrypt(&samples, &mut rng),
            move |ciphertexts: &Vec<Vec<u8>>| error(&opener.open_vartime(&slices(ciphertexts)), &products),
        ))
    }

    fn open(&self, seed: &Seed, samples: usize, rows: usize) -> Result<Box<dyn Prepared>> {
        let scheme = self.scheme(self.params.table_bytes)?;
        let Encrypted { operands, opener, ciphertexts, .. } = self.encrypted(&scheme, seed, samples, rows)?;
        Ok(primitive(
            move || opener.open_vartime(&slices(&ciphertexts)),
            move |found: &Vec<i64>| error(&Ok(found.clone()), &operands.products),
        ))
    }

    fn open_decoded(&self, seed: &Seed, samples: usize, rows: usize) -> Result<Box<dyn Prepared>> {
        let scheme = self.scheme(self.params.table_bytes)?;
        let Encrypted { operands, opener, ciphertexts, .. } = self.encrypted(&scheme, seed, samples, rows)?;
        let decoded = opener.decode(&slices(&ciphertexts))?;
        Ok(primitive(
            move || opener.open_decoded_vartime(&decoded),
            move |found: &Vec<i64>| error(&Ok(found.clone()), &operands.products),
        ))
    }

    /// Logarithms of magnitudes up to `bound`.
    fn logarithms(&self, seed: &Seed, bound: u64, count: usize) -> Result<Box<dyn Prepared>> {
        let batch = self.batch.clone();
        let table = batch.logarithms(bound, self.params.table_bytes)?;
        let numbers = integers(seed, Operand::A, count, 2 * bound + 1);
        let numbers: Vec<i64> = numbers.into_iter().map(|number| number as i64 - bound as i64).collect();
        let element = |number: &i64| B::Group::signed_power_vartime(&B::Group::generator(), *number);
        let products = batch.products(numbers.iter().map(element).collect())?;
        Ok(primitive(
            move || Ok(batch.logarithms_vartime(&table, &products)),
            move |found: &Vec<Option<i64>>| {
                let found = found.iter().copied().collect::<Option<Vec<i64>>>();
                error(&found.ok_or_else(|| Error::Refused("a logarithm is missing".into())), &numbers)
            },
        ))
    }
}

fn slices(ciphertexts: &[Vec<u8>]) -> Vec<&[u8]> {
    ciphertexts.iter().map(Vec::as_slice).collect()
}
