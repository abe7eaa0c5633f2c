//! Operations of BFV and BGV, one by one.

use std::sync::Arc;

use blindbench_core::error::Result;
use blindbench_core::primitives::inputs::{CIRCUIT_STEPS, Operand, circuit_of_integers, integers, rotate};
use blindbench_core::primitives::{Offer, Prepared, primitive};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ciphertext::Ciphertext;
use super::factor::Factor;
use super::keys::{EvaluationKeys, PublicKey, Request, SecretKey};
use super::parameters::{Literal, Parameters};
use super::placement::Placement;
use super::rotation::Rotation;
use crate::batching::Plaintext;
use crate::operations::{Operation, Operations, description};

/// Parameters as an experiment states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// Sizes in bits of the ciphertext primes, at most 50 each, the one that stays longest first.
    pub moduli: Vec<u32>,
    /// Sizes in bits of the special primes, which key switching alone uses.
    pub special: Vec<u32>,
    /// The plaintext modulus: a prime that is 1 modulo 2N, below 2^44.
    pub plaintext_modulus: u64,
}

/// Opens the operations of parameters.
///
/// # Errors
/// [`blindbench_core::error::Error::Unsupported`] with the parameter that does not fit.
pub fn offer<P: Placement>(params: Params, resources: &Resources) -> Result<Offer> {
    let Params { log_n, moduli, special, plaintext_modulus } = params;
    let literal = Literal { log_n, moduli, special, plaintext_modulus };
    let params = Parameters::<P>::new(literal, resources.kernel)?;
    // Operands are one a slot.
    params.encoder().slot_count()?;
    let text = format!("{}, t = {plaintext_modulus}", params.rlwe());
    let description = description(params.rlwe(), text, 0.0);
    let list = const { &list::<P>() };
    Ok(Offer { description, primitives: Box::new(Operations { state: Arc::new(params), list }) })
}

/// Small parameters for the conformance tests.
pub fn cases() -> Vec<Params> {
    let case = |moduli: &[u32], special: &[u32], plaintext_modulus| {
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        Params { log_n: 8, moduli, special, plaintext_modulus }
    };
    vec![case(&[50, 50, 50], &[50], 786_433), case(&[28, 26, 26, 26, 26, 26], &[28, 28], 7681)]
}

const fn list<P: Placement>() -> [Operation<Parameters<P>>; 9] {
    [
        Operation { name: "encode", prepare: encode },
        Operation { name: "encrypt", prepare: encrypt },
        Operation { name: "decrypt", prepare: decrypt },
        Operation { name: "add", prepare: add },
        Operation { name: "mul_plain", prepare: multiply_plain },
        Operation { name: "mul_relin", prepare: multiply },
        Operation { name: "rotate", prepare: rotate_alone },
        Operation { name: "rotate_hoisted", prepare: rotate_hoisted },
        Operation { name: "circuit", prepare: circuit },
    ]
}

/// Keys of a run, and the means to make operands and to look at results.
struct Party<P: Placement> {
    params: Arc<Parameters<P>>,
    seed: Seed,
    secret: SecretKey<P>,
    public: PublicKey<P>,
    evaluation: EvaluationKeys<P>,
}

impl<P: Placement> Party<P> {
    fn new(params: &Arc<Parameters<P>>, seed: &Seed, request: &Request) -> Result<Arc<Party<P>>> {
        let secret = SecretKey::generate(params, &seed.derive("secret", 0));
        let public = secret.public_key(&seed.derive("public", 0));
        let evaluation = secret.evaluation_keys(request, &seed.derive("evaluation", 0))?;
        Ok(Arc::new(Party { params: Arc::clone(params), seed: seed.clone(), secret, public, evaluation }))
    }

    fn values(&self, operand: Operand) -> Vec<u64> {
        integers(&self.seed, operand, self.params.rlwe().degree(), self.params.plaintext_modulus())
    }

    fn plaintext(&self, operand: Operand) -> Result<Plaintext> {
        Ok(self.params.encoder().encode_unsigned(&self.values(operand))?)
    }

    fn ciphertext(&self, operand: Operand) -> Result<Ciphertext<P>> {
        let seed = self.seed.derive("encryption", operand as u64);
        Ok(self.public.encrypt(&self.plaintext(operand)?, self.params.max_level(), &seed)?)
    }

    /// 0 where the plaintext holds the expected values, the largest difference otherwise.
    fn error_of_plaintext(&self, plaintext: &Plaintext, expected: &[u64]) -> f64 {
        let decoded = self.params.encoder().decode_unsigned(plaintext);
        let Ok(values) = decoded else { return f64::INFINITY };
        values.iter().zip(expected).map(|(got, want)| got.abs_diff(*want) as f64).fold(0.0, f64::max)
    }

    fn error(&self, ciphertext: &Ciphertext<P>, expected: &[u64]) -> f64 {
        let decrypted = self.secret.decrypt(ciphertext);
        decrypted.map_or(f64::INFINITY, |plaintext| self.error_of_plaintext(&plaintext, expected))
    }
}

fn encode<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (values, params) = (party.values(Operand::A), Arc::clone(params));
    let expected = values.clone();
    Ok(primitive(
        move || Ok(params.encoder().encode_unsigned(&values)?),
        move |plaintext| party.error_of_plaintext(plaintext, &expected),
    ))
}

fn encrypt<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (checker, expected, plaintext) = (Arc::clone(&party), party.values(Operand::A), party.plaintext(Operand::A)?);
    let mut count = 0;
    let work = move || {
        count += 1;
        let seed = party.seed.derive("timed encryption", count);
        Ok(party.public.encrypt(&plaintext, party.params.max_level(), &seed)?)
    };
    Ok(primitive(work, move |ciphertext| checker.error(ciphertext, &expected)))
}

fn decrypt<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (checker, expected, ciphertext) = (Arc::clone(&party), party.values(Operand::A), party.ciphertext(Operand::A)?);
    Ok(primitive(
        move || Ok(party.secret.decrypt(&ciphertext)?),
        move |plaintext| checker.error_of_plaintext(plaintext, &expected),
    ))
}

/// An operation on ciphertexts with its expected values.
fn evaluated<P: Placement>(
    party: Arc<Party<P>>,
    expected: Vec<u64>,
    work: impl Fn(&EvaluationKeys<P>) -> crate::error::Result<Ciphertext<P>> + Send + 'static,
) -> Box<dyn Prepared> {
    let checker = Arc::clone(&party);
    primitive(move || Ok(work(&party.evaluation)?), move |ciphertext| checker.error(ciphertext, &expected))
}

fn combined<P: Placement>(party: &Party<P>, f: impl Fn(u128, u128) -> u128) -> Vec<u64> {
    let t = u128::from(party.params.plaintext_modulus());
    let pairs = party.values(Operand::A).into_iter().zip(party.values(Operand::B));
    pairs.map(|(a, b)| (f(a.into(), b.into()) % t) as u64).collect()
}

fn add<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let (a, b) = (party.ciphertext(Operand::A)?, party.ciphertext(Operand::B)?);
    let expected = combined(&party, |a, b| a + b);
    Ok(evaluated(party, expected, move |_| {
        let mut sum = a.clone();
        sum.add_assign(&b)?;
        Ok(sum)
    }))
}

fn multiply_plain<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let party = Party::new(params, seed, &Request::default())?;
    let a = party.ciphertext(Operand::A)?;
    let factor = Factor::new(params, &party.plaintext(Operand::B)?, params.max_level())?;
    let expected = combined(&party, |a, b| a * b);
    Ok(evaluated(party, expected, move |_| a.multiply_plain(&factor)))
}

fn multiply<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let request = Request { relinearization: Some(params.max_level()), ..Request::default() };
    let party = Party::new(params, seed, &request)?;
    let (a, b) = (party.ciphertext(Operand::A)?, party.ciphertext(Operand::B)?);
    let expected = combined(&party, |a, b| a * b);
    Ok(evaluated(party, expected, move |keys| a.multiply_relinearize(&b, keys)))
}

/// Keys, a ciphertext to be rotated and the slots of the result.
type Rotated<P> = (Arc<Party<P>>, Ciphertext<P>, Vec<u64>);

/// The first operand under a key for rotations by one step, and what such a rotation gives.
fn rotated<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Rotated<P>> {
    let mut request = Request::default();
    params.request_rotations(&mut request, &[Rotation::Rows(1)], params.max_level());
    let party = Party::new(params, seed, &request)?;
    let (a, mut expected) = (party.ciphertext(Operand::A)?, party.values(Operand::A));
    let half = expected.len() / 2;
    expected.chunks_exact_mut(half).for_each(|row| rotate(row, 1));
    Ok((party, a, expected))
}

fn rotate_alone<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let (party, a, expected) = rotated(params, seed)?;
    Ok(evaluated(party, expected, move |keys| a.rotate_rows(1, keys)))
}

/// One of many rotations of a ciphertext: its decomposition, which they share, is not timed.
fn rotate_hoisted<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let (party, a, expected) = rotated(params, seed)?;
    let hoisted = a.into_hoisted()?;
    Ok(evaluated(party, expected, move |keys| hoisted.rotate(Rotation::Rows(1), keys)))
}

/// `a * b + c`, rotated: the same in every library, so that their results can be held against each other.
fn circuit<P: Placement>(params: &Arc<Parameters<P>>, seed: &Seed) -> Result<Box<dyn Prepared>> {
    let (top, rotation) = (params.max_level(), Rotation::Rows(CIRCUIT_STEPS as i64));
    let mut request = Request { relinearization: Some(top), ..Request::default() };
    params.request_rotations(&mut request, &[rotation], top);
    let party = Party::new(params, seed, &request)?;
    let expected = circuit_of_integers(&party.seed, params.rlwe().degree(), params.plaintext_modulus());
    let (a, b, c) = (party.ciphertext(Operand::A)?, party.ciphertext(Operand::B)?, party.ciphertext(Operand::C)?);
    Ok(evaluated(party, expected, move |keys| {
        let mut sum = a.multiply_relinearize(&b, keys)?;
        sum.add_assign(&c)?;
        sum.rotate(rotation, keys)
    }))
}
