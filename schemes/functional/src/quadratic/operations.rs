//! Operations by themselves: what one image takes on a network of 784 pixels of four levels, 40 hidden neurons and 10
//! classes, weights as those of a trained one: from -3 to 3, a quarter of them 0, and from -7 to 7.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::inputs::{Operand, integers};
use blindbench_core::primitives::{Offer, OfferDescription, Prepared, Primitives, primitive};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Secret};
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::pairing::{G2, Gt, Scalar};

use super::ciphertext::Ciphertext;
use super::decryptor::Decryptor;
use super::form::Forms;
use super::keys::{self, FunctionKeys, MasterKey, PublicKey};
use super::logarithm::{self, Logarithms};
use super::params::Params;
use super::security;

const PIXELS: usize = 784;
const HIDDEN: usize = 40;
const CLASSES: usize = 10;
const PIXEL_MAX: u16 = 3;

/// How far scores reach on a trained network of this shape (784-40-10), whatever the image.
const SCORE_MAX: u64 = 123_370_534;

type Prepare = fn(&Operations, &Seed) -> Result<Box<dyn Prepared>>;

/// Names in the order of an inference.
const OPERATIONS: [(&str, Prepare); 7] = [
    ("setup_784", Operations::setup),
    ("derive_function_key_784x40", Operations::derive),
    ("encrypt_784", Operations::encrypt),
    ("project_784x40", Operations::project),
    ("pairings_40", Operations::pairings),
    ("discrete_log", Operations::discrete_log),
    ("decrypt_784x40", Operations::decrypt),
];

struct Operations {
    params: Params,
    kernel: Kernel,
    workers: Workers,
}

/// Opens the operations.
///
/// # Errors
/// [`Error::Unsupported`] for a table that is too small or too large, [`Error::Refused`] where the system gives no
/// threads.
pub(super) fn offer(params: Params, resources: &Resources) -> Result<Offer> {
    logarithm::check(SCORE_MAX, &params)?;
    let description = OfferDescription {
        family: "functional encryption (quadratic forms)".into(),
        parameters: format!("BLS12-381, scores up to {SCORE_MAX}, a table of {} bytes at most", params.table_bytes),
        error_bound: 0.0,
        log_n: None,
        log_qp: None,
        kernel: "blst: BMI2 and ADX where the processor has them".into(),
        security: security::estimate(),
        claimed: false,
    };
    let operations = Operations { params, kernel: resources.kernel, workers: Workers::new(resources.threads)? };
    Ok(Offer { description, primitives: Box::new(operations) })
}

impl Primitives for Operations {
    fn names(&self) -> Vec<String> {
        OPERATIONS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        match OPERATIONS.iter().find(|(known, _)| *known == name) {
            Some((_, prepare)) => prepare(self, seed),
            None => {
                let known = self.names().join(", ");
                Err(Error::Unsupported(format!("no operation `{name}` of quadratic forms; there are {known}")))
            }
        }
    }
}

/// 0 where a result is right, else 1.
fn error(right: bool) -> f64 {
    if right { 0.0 } else { 1.0 }
}

/// Everything of one image, decrypted as far as an operation needs.
struct Instance {
    master: Arc<Secret<MasterKey>>,
    public: PublicKey,
    forms: Forms,
    numbers: Vec<u16>,
}

impl Instance {
    fn new(seed: &Seed) -> Self {
        let length = PIXELS + 1;
        let (master, public) = keys::setup(length, &mut seed.derive("keys", 0).rng());
        let mut numbers: Vec<u16> =
            integers(seed, Operand::A, PIXELS, u64::from(PIXEL_MAX) + 1).into_iter().map(|n| n as u16).collect();
        numbers.push(1);
        Instance { master: Arc::new(Secret(master)), public, forms: forms(seed), numbers }
    }

    fn keys(&self) -> Result<FunctionKeys> {
        self.master.0.derive_function_keys(&self.forms)
    }

    fn ciphertext(&self, seed: &Seed) -> Result<Ciphertext> {
        self.public.encrypt(&self.numbers, PIXEL_MAX, &mut seed.derive("encrypt", 0).rng())
    }

    fn scores(&self) -> Vec<i64> {
        let inner = |row: &[i64], values: &[i64]| row.iter().zip(values).map(|(a, b)| a * b).sum::<i64>();
        let numbers: Vec<i64> = self.numbers.iter().map(|number| i64::from(*number)).collect();
        let squares: Vec<i64> = self.forms.projection.iter().map(|row| inner(row, &numbers).pow(2)).collect();
        self.forms.combination.iter().map(|row| inner(row, &squares)).collect()
    }
}

/// Weights of both layers.
fn forms(seed: &Seed) -> Forms {
    // Eighths as a trained network has them: two of 0, two each of 1 and -1, one each of 2 and -2; 3 for every other 2.
    let small = [0, 0, 1, -1, 1, -1, 2, -2, 0, 0, 1, -1, 1, -1, 3, -3];
    let draw = |operand, count, modulus| integers(seed, operand, count, modulus);
    let projection =
        draw(Operand::B, HIDDEN * (PIXELS + 1), 16).into_iter().map(|n| small[n as usize]).collect::<Vec<_>>();
    let combination = draw(Operand::C, CLASSES * HIDDEN, 15).into_iter().map(|n| n as i64 - 7).collect::<Vec<_>>();
    Forms {
        projection: projection.chunks(PIXELS + 1).map(<[i64]>::to_vec).collect(),
        combination: combination.chunks(HIDDEN).map(<[i64]>::to_vec).collect(),
    }
}

impl Operations {
    fn logarithms(&self) -> Result<Arc<Logarithms>> {
        Logarithms::new(SCORE_MAX, &self.params, self.kernel, &self.workers).map(Arc::new)
    }

    fn decryptor(&self, instance: &Instance) -> Result<Decryptor> {
        Decryptor::new(&instance.forms, &instance.keys()?, self.logarithms()?)
    }

    fn setup(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let mut rng = seed.derive("keys", 1).rng();
        Ok(primitive(
            move || Ok(keys::setup(PIXELS + 1, &mut rng)),
            |(master, public)| {
                let last = master.t.last().map(|t| G2::normalize(&[G2::of_scalar(t)]));
                error(
                    public.first.len() == PIXELS + 1
                        && last.as_deref() == public.second.last_chunk::<1>().map(|p| &p[..]),
                )
            },
        ))
    }

    fn derive(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let Instance { master, mut forms, .. } = Instance::new(seed);
        forms.combination.truncate(1);
        let (under, expanded) = (master.clone(), forms.clone());
        Ok(primitive(
            move || master.0.derive_function_keys(&forms),
            move |keys| error(keys.0 == G2::normalize(&[G2::of_scalar(&value(&under.0, &expanded))])),
        ))
    }

    fn encrypt(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let instance = Instance::new(seed);
        let (decryptor, expected) = (self.decryptor(&instance)?, instance.scores());
        let mut rng = seed.derive("encrypt", 1).rng();
        Ok(primitive(
            move || instance.public.encrypt(&instance.numbers, PIXEL_MAX, &mut rng),
            move |ciphertext| opens_to(&decryptor, ciphertext, &expected),
        ))
    }

    fn project(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let instance = Instance::new(seed);
        let (decryptor, expected) = (Arc::new(self.decryptor(&instance)?), instance.scores());
        let (ciphertext, under) = (instance.ciphertext(seed)?, decryptor.clone());
        Ok(primitive(
            move || Ok(decryptor.project(&ciphertext)),
            move |projected| error(under.scores(&under.pair(projected)).as_ref() == Ok(&expected)),
        ))
    }

    fn pairings(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let instance = Instance::new(seed);
        let (decryptor, expected) = (Arc::new(self.decryptor(&instance)?), instance.scores());
        let projected = decryptor.project(&instance.ciphertext(seed)?);
        let under = decryptor.clone();
        Ok(primitive(
            move || Ok(decryptor.pair(&projected)),
            move |paired| error(under.scores(paired).as_ref() == Ok(&expected)),
        ))
    }

    /// A logarithm that is uniform within the range of all scores; trained networks' are mostly much smaller.
    fn discrete_log(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let drawn = integers(seed, Operand::A, 1, 2 * SCORE_MAX + 1);
        let expected = drawn.first().map_or(0, |drawn| *drawn as i64 - SCORE_MAX as i64);
        let (logarithms, element) = (self.logarithms()?, Gt::generator().power_vartime(expected));
        Ok(primitive(move || Ok(logarithms.find_vartime(&element)), move |found| error(*found == Some(expected))))
    }

    fn decrypt(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let instance = Instance::new(seed);
        let (decryptor, expected) = (self.decryptor(&instance)?, instance.scores());
        let ciphertext = instance.ciphertext(seed)?;
        Ok(primitive(
            move || decryptor.scores(&decryptor.pair(&decryptor.project(&ciphertext))),
            move |scores| error(*scores == expected),
        ))
    }
}

fn opens_to(decryptor: &Decryptor, ciphertext: &Ciphertext, expected: &[i64]) -> f64 {
    let scores = decryptor.scores(&decryptor.pair(&decryptor.project(ciphertext)));
    error(scores.is_ok_and(|scores| scores == expected))
}

/// f(s, t) of the first form as its definition has it: the sum of all f_ij s_i t_j.
fn value(master: &MasterKey, forms: &Forms) -> Scalar {
    let weights = forms.combination.first().map_or(&[][..], |row| row);
    let entry = |i: usize, j: usize| -> i64 {
        forms.projection.iter().zip(weights).map(|(row, weight)| weight * row[i] * row[j]).sum()
    };
    let mut sum = Scalar::default();
    for (i, s) in master.s.iter().enumerate() {
        let row = master.t.iter().enumerate().map(|(j, t)| Scalar::from_i64(entry(i, j)).multiply(t));
        sum = sum.add(&row.fold(Scalar::default(), |sum, term| sum.add(&term)).multiply(s));
    }
    sum
}
