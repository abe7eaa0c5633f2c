//! Operations by themselves, under parameters alone: what one image's client and server do, step by step.
//!
//! Operands are the numbers that every scheme of an experiment shares. Errors are shares of the torus;
//! under `tfhe-exact` a result counts as exact where it decodes to the right integer.

mod setting;

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::inputs::{Operand, integers};
use blindbench_core::primitives::{Offer, OfferDescription, Prepared, Primitives, primitive};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Secret};
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::torus::{SparseMatrix, multiply};

pub use self::setting::{Decoding, Setting};
use crate::answer::Answer;
use crate::bootstrap::{self, Bootstrap};
use crate::image::EncryptedImage;
use crate::keys::SecretKey;
use crate::security;

/// Outputs of the linear layer and bootstraps of a batch: the hidden neurons of a small network.
const NEURONS: usize = 32;

/// Scores of an answer.
const CLASSES: usize = 10;

type Prepare = fn(&Operations, &Seed) -> Result<Box<dyn Prepared>>;

/// Names in the order of an inference. As many pixels are encrypted as the input key has bits; a layer has
/// weights of 1 and -1 on all of them.
const OPERATIONS: [(&str, Prepare); 6] = [
    ("encrypt", Operations::encrypt),
    ("extract", Operations::extract),
    ("layer_32", Operations::layer),
    ("bootstrap", |operations, seed| operations.bootstrap(seed, 1)),
    ("bootstrap_32", |operations, seed| operations.bootstrap(seed, NEURONS)),
    ("decrypt", Operations::decrypt),
];

/// The operations of a setting.
struct Operations {
    setting: Setting,
    kernel: Kernel,
    workers: Arc<Workers>,
}

/// Opens the operations of a setting.
///
/// # Errors
/// [`Error::Unsupported`] for parameters under which results would be wrong, [`Error::Refused`] where the
/// system gives no threads.
pub fn offer(setting: Setting, resources: &Resources) -> Result<Offer> {
    let parameters = setting.parameters;
    let kernel = resources.kernel;
    let description = OfferDescription {
        family: "fully homomorphic (TFHE)".into(),
        parameters: parameters.to_string(),
        error_bound: setting.error_bound()?,
        log_n: Some((parameters.lwe_dimension() as f64).log2()),
        log_qp: Some(64.0),
        kernel: format!("{kernel} (matrices), {}", bootstrap::instructions(kernel)),
        security: security::estimate(&parameters),
        claimed: false,
    };
    let workers = Arc::new(Workers::new(resources.threads)?);
    Ok(Offer { description, primitives: Box::new(Operations { setting, kernel, workers }) })
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
                Err(Error::Unsupported(format!("no operation `{name}` under TFHE; there are {known}")))
            }
        }
    }
}

/// Numbers modulo [`Setting::modulus`] that are encrypted as the pixels of an image.
struct Pixels {
    key: Arc<Secret<SecretKey>>,
    levels: Vec<u16>,
    image: EncryptedImage,
}

impl Operations {
    fn key(&self, seed: &Seed) -> Arc<Secret<SecretKey>> {
        Arc::new(Secret(SecretKey::generate(&self.setting.parameters, &mut seed.derive("keys", 0).rng())))
    }

    fn pixels(&self, seed: &Seed) -> Pixels {
        let Setting { parameters, modulus, .. } = self.setting;
        let levels = integers(seed, Operand::A, parameters.lwe_dimension(), u64::from(modulus));
        let levels: Vec<u16> = levels.into_iter().map(|level| level as u16).collect();
        let key = self.key(seed);
        let mut rng = seed.derive("encrypt", 0).rng();
        let image = EncryptedImage::encrypt(&parameters, &key.0, &levels, self.setting.encoding.step, &mut rng);
        Pixels { key, levels, image }
    }

    fn encrypt(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let Pixels { key, levels, .. } = self.pixels(seed);
        let (setting, expected) = (self.setting.clone(), whole(&levels));
        let (parameters, step, under) = (setting.parameters, setting.encoding.step, key.clone());
        let mut rng = seed.derive("encrypt", 1).rng();
        Ok(primitive(
            move || Ok(EncryptedImage::encrypt(&parameters, &key.0, &levels, step, &mut rng)),
            move |image| setting.error_of_sums(&under.0, &image.rows(&parameters, expected.len()), &expected),
        ))
    }

    fn extract(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let Pixels { key, levels, image } = self.pixels(seed);
        let (setting, expected) = (self.setting.clone(), whole(&levels));
        let parameters = setting.parameters;
        Ok(primitive(
            move || Ok(image.rows(&parameters, levels.len())),
            move |rows| setting.error_of_sums(&key.0, rows, &expected),
        ))
    }

    fn layer(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let Pixels { key, levels, image } = self.pixels(seed);
        let inputs = levels.len();
        let bits = integers(seed, Operand::B, NEURONS * inputs, 2);
        let weights: Vec<i64> = bits.into_iter().map(|bit| 2 * bit as i64 - 1).collect();
        let product = |row: &[i64]| row.iter().zip(whole(&levels)).map(|(weight, level)| weight * level).sum();
        let expected: Vec<i64> = weights.chunks(inputs).map(product).collect();
        let (setting, kernel) = (self.setting.clone(), self.kernel);
        let (width, matrix) = (setting.parameters.lwe_dimension() + 1, SparseMatrix::new(&weights, inputs));
        let rows = image.rows(&setting.parameters, inputs);
        Ok(primitive(
            move || {
                let mut sums = vec![0; NEURONS * width];
                multiply(kernel, &matrix, &rows, width, &mut sums);
                Ok(sums)
            },
            move |sums| setting.error_of_sums(&key.0, sums, &expected),
        ))
    }

    /// Hidden values, encrypted, and everything that bootstraps them.
    fn hidden(&self, seed: &Seed, key: &SecretKey, count: usize) -> (Vec<i64>, Vec<u32>, Bootstrap) {
        let Setting { parameters, encoding, values, .. } = &self.setting;
        let levels = integers(seed, Operand::A, count, values.clone().count() as u64);
        let hidden = levels.iter().map(|&level| values.start() + level as i64).collect();
        let levels: Vec<u16> = levels.into_iter().map(|level| level as u16).collect();
        let mut rng = seed.derive("encrypt", 0).rng();
        let mut rows =
            EncryptedImage::encrypt(parameters, key, &levels, encoding.step, &mut rng).rows(parameters, count);
        for body in rows.chunks_exact_mut(parameters.lwe_dimension() + 1).filter_map(<[u32]>::last_mut) {
            *body = body.wrapping_add(encoding.hidden_bias(*values.start()));
        }
        let sent = key.bootstrapping_key(parameters, &self.workers, &mut seed.derive("server key", 0).rng());
        let expanded = sent.expand(parameters, &self.workers);
        let bootstrap = Bootstrap::new(parameters, self.kernel, &expanded, &self.workers, encoding.accumulator());
        (hidden, rows, bootstrap)
    }

    fn bootstrap(&self, seed: &Seed, count: usize) -> Result<Box<dyn Prepared>> {
        let key = self.key(seed);
        let (hidden, rows, bootstrap) = self.hidden(seed, &key.0, count);
        let (setting, workers) = (self.setting.clone(), self.workers.clone());
        Ok(primitive(
            move || Ok(bootstrap.apply(&rows, &workers)),
            move |outputs: &Vec<u64>| {
                let width = setting.parameters.output_dimension() + 1;
                let answer = Answer::truncate(outputs.clone(), width, u64::BITS);
                setting.error_of_scores(&answer.phases(&key.0), &hidden)
            },
        ))
    }

    fn decrypt(&self, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let key = self.key(seed);
        let (hidden, rows, bootstrap) = self.hidden(seed, &key.0, CLASSES);
        let setting = self.setting.clone();
        let width = setting.parameters.output_dimension() + 1;
        let answer = Answer::truncate(bootstrap.apply(&rows, &self.workers), width, setting.answer_bits);
        Ok(primitive(
            move || Ok(answer.phases(&key.0)),
            move |phases: &Vec<u64>| setting.error_of_scores(phases, &hidden),
        ))
    }
}

fn whole(levels: &[u16]) -> Vec<i64> {
    levels.iter().map(|&level| i64::from(level)).collect()
}
