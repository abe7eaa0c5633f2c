//! Operations of CKKS, one by one.

use std::sync::Arc;

use blindbench_core::error::Result;
use blindbench_core::primitives::inputs::{CIRCUIT_STEPS, Operand, circuit_of_reals, reals, rotate};
use blindbench_core::primitives::{Offer, Prepared, primitive};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ciphertext::Ciphertext;
use super::encoder::Encoder;
use super::encryption::{decrypt, encrypt, generate_evaluation_keys, generate_public_key, generate_secret_key};
use super::evaluator::Evaluator;
use super::parameters::{Literal, Parameters};
use super::plaintext::Plaintext;
use crate::operations::{Operation, Operations, description};
use crate::ring::galois;
use crate::rlwe;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::key_switch::Hoisted;
use crate::rlwe::operand::Operand::Given;
use crate::rlwe::public_key::PublicKey;
use crate::rlwe::secret_key::SecretKey;

/// Parameters of CKKS as an experiment states them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// Sizes in bits of the ciphertext primes, at most 50 each, the one that stays longest first.
    pub moduli: Vec<u32>,
    /// Sizes in bits of the special primes, which key switching alone uses.
    pub special: Vec<u32>,
    /// log2 of the scale.
    pub log_scale: f64,
    /// The ring: `standard` has N/2 complex slots, `conjugate-invariant` N real ones.
    #[serde(default)]
    pub ring: Ring,
}

/// The ring of polynomials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ring {
    /// `Z[X]/(X^N + 1)`.
    #[default]
    Standard,
    /// What X -> 1/X leaves alone of `Z[X]/(X^2N + 1)`.
    ConjugateInvariant,
}

/// Opens the operations of parameters.
///
/// # Errors
/// [`blindbench_core::error::Error::Unsupported`] with the parameter that does not fit.
pub fn offer(params: Params, resources: &Resources) -> Result<Offer> {
    let log_scale = params.log_scale;
    let params = Parameters::new(Literal::from(params), resources.kernel)?;
    let text = format!("{}, scale 2^{log_scale}", params.rlwe());
    let description = description(params.rlwe(), text, error_bound(&params));
    Ok(Offer { description, primitives: Box::new(Operations { state: Arc::new(params), list: OPERATIONS }) })
}

/// Small parameters for the conformance tests.
pub fn cases() -> Vec<Params> {
    let case = |ring, moduli: &[u32], special: &[u32], log_scale| {
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        Params { log_n: 8, moduli, special, log_scale, ring }
    };
    vec![
        case(Ring::Standard, &[50, 45, 45], &[50], 45.0),
        case(Ring::ConjugateInvariant, &[50, 40, 40], &[50, 50], 40.0),
    ]
}

/// Values are below 1 in magnitude: a product of two of them, a sum and a rotation lose a few bits of what an encryption
/// leaves, whose errors of deviation about 4 sqrt(N) grow by sqrt(N) in slots, at the smaller of the scales before and
/// after the product.
fn error_bound(params: &Parameters) -> f64 {
    let n = params.rlwe().degree() as f64;
    let after = params.scale() * params.scale() / params.prime(params.max_level());
    64.0 * n * (params.rlwe().data().len() as f64).sqrt() / params.scale().min(after)
}

const OPERATIONS: &[Operation<Parameters>] = &[
    Operation { name: "encode", prepare: encode },
    Operation { name: "encrypt", prepare: encrypt_alone },
    Operation { name: "decrypt", prepare: decrypt_alone },
    Operation { name: "add", prepare: add },
    Operation { name: "mul_plain_rescale", prepare: multiply_plain },
    Operation { name: "mul_relin_rescale", prepare: multiply },
    Operation { name: "rotate", prepare: rotate_alone },
    Operation { name: "rotate_hoisted", prepare: rotate_hoisted },
    Operation { name: "circuit", prepare: circuit },
];

/// Keys of a run, and the means to make operands and to look at results.
struct Party {
    params: Arc<Parameters>,
    seed: Seed,
    secret: SecretKey,
    public: PublicKey,
    evaluation: EvaluationKeys,
}

impl Party {
    fn new(params: &Arc<Parameters>, seed: &Seed, request: &Request) -> Result<Arc<Party>> {
        let secret = generate_secret_key(params, &seed.derive("secret", 0));
        let public = generate_public_key(params, &secret, &seed.derive("public", 0));
        let evaluation = generate_evaluation_keys(params, &secret, request, &seed.derive("evaluation", 0))?;
        Ok(Arc::new(Party { params: params.clone(), seed: seed.clone(), secret, public, evaluation }))
    }

    fn values(&self, operand: Operand) -> Vec<f64> {
        reals(&self.seed, operand, self.params.slots())
    }

    fn plaintext(&self, operand: Operand) -> Result<Plaintext> {
        let values = self.values(operand);
        Ok(Encoder::new(&self.params).encode(&values, self.params.max_level(), self.params.scale())?)
    }

    fn ciphertext(&self, operand: Operand) -> Result<Ciphertext> {
        let seed = self.seed.derive("encryption", operand as u64);
        Ok(encrypt(&self.params, &self.public, &self.plaintext(operand)?, &seed)?)
    }

    fn evaluator(&self) -> Result<Evaluator<'_>> {
        Ok(Evaluator::new(&self.params, &self.evaluation)?)
    }

    /// Largest error of a plaintext's values; infinite where it cannot be decoded.
    fn error_of_plaintext(&self, plaintext: &Plaintext, expected: &[f64]) -> f64 {
        let decoded = Encoder::new(&self.params).decode(plaintext);
        let Ok(values) = decoded else { return f64::INFINITY };
        values.iter().zip(expected).map(|(got, want)| (got - want).abs()).fold(0.0, f64::max)
    }

    fn error(&self, ciphertext: &Ciphertext, expected: &[f64]) -> f64 {
        let decrypted = decrypt(&self.params, &self.secret, ciphertext);
        decrypted.map_or(f64::INFINITY, |plaintext| self.error_of_plaintext(&plaintext, expected))
    }
}

fn encode(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let values = party.values(Operand::A);
    let (expected, params) = (values.clone(), params.clone());
    Ok(primitive(
        move || Ok(Encoder::new(&params).encode(&values, params.max_level(), params.scale())?),
        move |plaintext| party.error_of_plaintext(plaintext, &expected),
    ))
}

fn encrypt_alone(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (checker, expected, plaintext) = (party.clone(), party.values(Operand::A), party.plaintext(Operand::A)?);
    let mut count = 0;
    let work = move || {
        count += 1;
        let seed = party.seed.derive("timed encryption", count);
        Ok(encrypt(&party.params, &party.public, &plaintext, &seed)?)
    };
    Ok(primitive(work, move |ciphertext| checker.error(ciphertext, &expected)))
}

fn decrypt_alone(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (checker, expected, ciphertext) = (party.clone(), party.values(Operand::A), party.ciphertext(Operand::A)?);
    Ok(primitive(
        move || Ok(decrypt(&party.params, &party.secret, &ciphertext)?),
        move |plaintext| checker.error_of_plaintext(plaintext, &expected),
    ))
}

/// An operation on ciphertexts with its expected values.
fn evaluated(
    party: Arc<Party>,
    expected: Vec<f64>,
    work: impl Fn(&Evaluator<'_>) -> crate::error::Result<Ciphertext> + Send + 'static,
) -> Box<dyn Prepared> {
    let checker = party.clone();
    primitive(move || Ok(work(&party.evaluator()?)?), move |ciphertext| checker.error(ciphertext, &expected))
}

fn combined(party: &Party, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    party.values(Operand::A).iter().zip(party.values(Operand::B)).map(|(a, b)| f(*a, b)).collect()
}

fn rotation(params: &Parameters, steps: usize, level: usize) -> (usize, usize) {
    (galois::rotation(params.rlwe().ring(), params.rlwe().log_n(), steps as i64), level)
}

fn add(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (a, b) = (party.ciphertext(Operand::A)?, party.ciphertext(Operand::B)?);
    let expected = combined(&party, |a, b| a + b);
    Ok(evaluated(party, expected, move |evaluator| evaluator.add(&a, &b)))
}

fn multiply_plain(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (a, b) = (party.ciphertext(Operand::A)?, party.plaintext(Operand::B)?);
    let expected = combined(&party, |a, b| a * b);
    Ok(evaluated(party, expected, move |evaluator| evaluator.multiply_plain_rescale(&a, &b)))
}

fn multiply(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let request = Request { relinearization: Some(params.max_level()), ..Request::default() };
    let party = Party::new(params, seed, &request)?;
    let (a, b) = (party.ciphertext(Operand::A)?, party.ciphertext(Operand::B)?);
    let expected = combined(&party, |a, b| a * b);
    Ok(evaluated(party, expected, move |evaluator| evaluator.multiply_relinearize_rescale(&a, &b)))
}

/// The first operand under a key for rotations by one step, and what such a rotation gives.
fn rotated(params: &Arc<Parameters>, seed: &Seed) -> Result<(Arc<Party>, Ciphertext, Vec<f64>)> {
    let galois = [rotation(params, 1, params.max_level())].into();
    let party = Party::new(params, seed, &Request { galois, ..Request::default() })?;
    let (a, mut expected) = (party.ciphertext(Operand::A)?, party.values(Operand::A));
    rotate(&mut expected, 1);
    Ok((party, a, expected))
}

fn rotate_alone(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let (party, a, expected) = rotated(params, seed)?;
    Ok(evaluated(party, expected, move |evaluator| evaluator.rotate(&a, 1)))
}

/// One of many rotations of a ciphertext: its decomposition, which they share, is not timed.
fn rotate_hoisted(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let (party, a, expected) = rotated(params, seed)?;
    let (digits, element) = (Hoisted::new(params.rlwe(), &Given(&a.inner.parts[1].limbs)), rotation(params, 1, 0).0);
    let (checker, result) = (party.clone(), a.clone());
    let work = move || Ok(party.evaluation.galois(element)?.apply_hoisted(party.params.rlwe(), &a.inner, &digits)?);
    Ok(primitive(work, move |inner: &rlwe::ciphertext::Ciphertext| {
        checker.error(&Ciphertext { inner: inner.clone(), ..result.clone() }, &expected)
    }))
}

/// `a * b + c`, rotated: the same in every library, so that their results can be held against each other.
fn circuit(params: &Arc<Parameters>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let top = params.max_level();
    let galois = [rotation(params, CIRCUIT_STEPS, top)].into();
    let party = Party::new(params, seed, &Request { relinearization: Some(top), galois })?;
    let (a, b) = (party.ciphertext(Operand::A)?, party.ciphertext(Operand::B)?);
    let expected = circuit_of_reals(&party.seed, params.slots());
    let product = party.evaluator()?.multiply_relinearize_rescale(&a, &b)?;
    let c = Encoder::new(params).encode(&party.values(Operand::C), product.level(), product.scale())?;
    let c = encrypt(params, &party.public, &c, &party.seed.derive("encryption", Operand::C as u64))?;
    Ok(evaluated(party, expected, move |evaluator| {
        let mut sum = evaluator.multiply_relinearize_rescale(&a, &b)?;
        evaluator.add_assign(&mut sum, &c)?;
        evaluator.rotate(&sum, CIRCUIT_STEPS as i64)
    }))
}
