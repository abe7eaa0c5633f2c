//! `tfhe-exact`: networks with a sign whose answers equal the cleartext network's bit for bit.
//!
//! The declared bounds of both layers fix where sums and scores lie on the torus and how much noise
//! they bear; the probability that any of them is rounded wrongly stays below `2^-40` an image.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture};
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::{Case, Promise};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::circuit::Circuit;
use crate::encoding::Encoding;
use crate::noise::{Noise, deviations, tail_log2};
use crate::operations::{Decoding, Setting};
use crate::parameters::{Literal, Parameters};
use crate::scheme::EncryptedNetwork;
use crate::semantics::{Choice, Semantics};
use crate::{presets, test_networks};

/// The scheme for exact networks.
pub type TfheExact = EncryptedNetwork<Exact>;

/// log2 of the largest accepted probability that an image's answer is wrong.
const FAILURE_LOG2: f64 = -40.0;

/// Largest sum that operations by themselves take the sign of; one more is a power of two, so that sums wrap
/// where the torus does.
const OPERATIONS_LARGEST_SUM: i64 = 7;

/// Bits of the answers that operations by themselves decrypt.
const OPERATIONS_ANSWER_BITS: u32 = 16;

/// By how much cutting answers down may raise log2 of the failure probability.
const TRUNCATION_LOG2: f64 = 0.5;

/// Choices of exact TFHE; by default the cheapest preset that carries the declared bounds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The parameters; none takes the first preset that fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Literal>,
}

/// Noise is rounded away; scores are integers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exact {
    failure_log2: f64,
}

/// log2 of an upper bound of the probability that an image's answer is wrong, from the declared bounds alone.
fn failure_log2(circuit: &Circuit, parameters: &Parameters, encoding: &Encoding, answer_bits: u32) -> Result<f64> {
    let noise = Noise::new(parameters, answer_bits);
    let sum = noise.fresh * circuit.first_bounds()?.l2_squared_max as f64 + noise.modulus_switch;
    let score = noise.bootstrap * circuit.last_bounds.l2_squared_max as f64 + noise.truncation;
    let hidden = (circuit.hidden as f64).log2() + tail_log2(encoding.sign_margin() / sum.sqrt());
    let last = (circuit.classes as f64).log2() + tail_log2(encoding.score_unit() / 2.0 / score.sqrt());
    Ok((hidden.exp2() + last.exp2()).log2().max(hidden.max(last)).min(0.0))
}

fn sign_encoding(circuit: &Circuit, parameters: &Parameters) -> Result<Encoding> {
    match circuit.activation {
        Activation::Sign => {}
        Activation::Square => return Err(square(circuit)?),
        Activation::Polynomial(_) | Activation::Relu | Activation::Sigmoid | Activation::Tanh | Activation::Sine(_) => {
            return Err(Error::Unsupported(format!(
                "activation {}, but exact TFHE bootstraps through a sign; for a sine there is tfhe",
                circuit.activation.kind()
            )));
        }
    }
    let largest_sum = circuit.first_bounds()?.output_max.0 as f64;
    Ok(Encoding::sign(parameters, largest_sum, circuit.largest_score()))
}

/// Why integers are not squared: how many sums a bootstrap would tell apart, on the half of the torus that a square needs.
fn square(circuit: &Circuit) -> Result<Error> {
    let bounds = circuit.first_bounds()?;
    let tail = deviations(FAILURE_LOG2 - (circuit.hidden as f64).log2());
    let mut apart = 0.0f64;
    for literal in presets::EXACT {
        let noise = Noise::new(&Parameters::try_from(literal)?, u64::BITS);
        let sum = noise.fresh * bounds.l2_squared_max as f64 + noise.modulus_switch;
        // Half a step away, where a quarter of the torus has as many steps as the largest sum.
        apart = apart.max((8.0 * tail * sum.sqrt()).recip().floor());
    }
    Ok(Error::Unsupported(format!(
        "activation square, but exact TFHE bootstraps through a sign: presets would tell sums up to {apart} apart with \
         l2_squared_max {}, and the bounds allow {}; for squares with noise there is tfhe",
        bounds.l2_squared_max, bounds.output_max.0
    )))
}

/// The fewest bits of an answer that cost next to nothing in failure probability.
fn fewest_answer_bits(circuit: &Circuit, parameters: &Parameters, encoding: &Encoding) -> Result<u32> {
    let whole = failure_log2(circuit, parameters, encoding, u64::BITS)?;
    let enough = (whole + TRUNCATION_LOG2).min(FAILURE_LOG2).max(whole);
    for bits in 1..u64::BITS {
        if failure_log2(circuit, parameters, encoding, bits)? <= enough {
            return Ok(bits);
        }
    }
    Ok(u64::BITS)
}

impl Semantics for Exact {
    type Params = Params;
    const PLAN_TAG: [u8; 4] = *b"TFEX";
    const EXACT: bool = true;
    const CLIENT_LEARNS: &'static str = "scores, and their noise, which depends on the weights' norms";

    fn choose(params: &Params, circuit: &Circuit) -> Result<Choice> {
        let stated = params.parameters.as_slice();
        let literals = if stated.is_empty() { &presets::EXACT[..] } else { stated };
        let mut best = f64::INFINITY;
        for &literal in literals {
            let parameters = Parameters::try_from(literal)?;
            let encoding = sign_encoding(circuit, &parameters)?;
            let failure = failure_log2(circuit, &parameters, &encoding, u64::BITS)?;
            if failure <= FAILURE_LOG2 {
                return Ok(Choice { literal, answer_bits: fewest_answer_bits(circuit, &parameters, &encoding)? });
            }
            best = best.min(failure);
        }
        Err(too_likely(circuit, best))
    }

    fn encoding(circuit: &Circuit, parameters: &Parameters) -> Result<Encoding> {
        sign_encoding(circuit, parameters)
    }

    fn open(circuit: &Circuit, parameters: &Parameters, encoding: &Encoding, answer_bits: u32) -> Result<Self> {
        let failure_log2 = failure_log2(circuit, parameters, encoding, answer_bits)?;
        if failure_log2 > FAILURE_LOG2 {
            return Err(too_likely(circuit, failure_log2));
        }
        Ok(Exact { failure_log2 })
    }

    fn lowered(architecture: &Architecture, _: &Circuit, _: &Parameters) -> Lowered {
        Lowered::model(architecture)
    }

    fn approximations(&self, _: &EncryptedNetwork<Self>) -> String {
        String::new()
    }

    fn scores(encoding: &Encoding, phases: &[u64]) -> Values {
        Values::Integer(phases.iter().map(|&phase| encoding.integer_score(phase)).collect())
    }

    fn promise(&self, _: &EncryptedNetwork<Self>, _: &Weights) -> Result<Promise> {
        Ok(Promise { logit_error: 0.0, failure_log2: Some(self.failure_log2) })
    }

    fn setting(params: &Params) -> Result<Setting> {
        let parameters = Parameters::try_from(params.parameters.unwrap_or(presets::EXACT[0]))?;
        let largest = OPERATIONS_LARGEST_SUM;
        Ok(Setting {
            encoding: Encoding::sign(&parameters, largest as f64, 1.0),
            parameters,
            answer_bits: OPERATIONS_ANSWER_BITS,
            modulus: 2 * (largest as u32 + 1),
            values: -largest..=largest,
            function: |value| if value < 0 { -1.0 } else { 1.0 },
            decoding: Decoding::ToIntegers,
        })
    }

    fn operation_cases() -> Vec<Params> {
        vec![Params { parameters: Some(presets::TOY) }]
    }

    fn cases() -> Vec<Case<Params>> {
        let params = Params { parameters: Some(presets::TOY) };
        test_networks::sign(8, 6, 3, 12)
            .map(|(architecture, weights)| Case { params, architecture, weights })
            .into_iter()
            .collect()
    }
}

fn too_likely(circuit: &Circuit, failure_log2: f64) -> Error {
    let sums = circuit.first_bounds.map_or_else(String::new, |b| {
        format!("sums up to {} with l2_squared_max {}, ", b.output_max.0, b.l2_squared_max)
    });
    Error::Unsupported(format!(
        "an answer would be wrong with probability 2^{failure_log2:.1}, at most 2^{FAILURE_LOG2} is accepted: {sums}\
         scores up to {} with l2_squared_max {}; declare smaller bounds (presets carry sums up to about 30 at \
         N=2048 and 50 at N=4096)",
        circuit.last_bounds.output_max.0, circuit.last_bounds.l2_squared_max
    ))
}
