//! `tfhe`: networks with a sine or a square, evaluated with noise, as CKKS evaluates its networks.
//!
//! A sine is negacyclic by itself. A square is looked up on half of the torus, which holds the sums that the
//! architecture calls typical; what is promised of scores holds for images with such sums and scores.
//!
//! Scores are approximate: published together with exact ones they leak what decryption noise leaks
//! (Li and Micciancio, "On the Security of Homomorphic Encryption on Approximate Numbers", Eurocrypt 2021).

mod error;
mod function;
mod square;

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Layer};
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::{Lowered, Precision};
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::{Case, Promise};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::function::{Function, points};
use crate::circuit::Circuit;
use crate::encoding::Encoding;
use crate::operations::{Decoding, Setting};
use crate::parameters::{Literal, Parameters};
use crate::scheme::EncryptedNetwork;
use crate::semantics::{Choice, Semantics};
use crate::{presets, test_networks};

/// The scheme for approximate networks.
pub type Tfhe = EncryptedNetwork<Approximate>;

/// log2 of the probability that an image's scores are off by more than promised.
const FAILURE_LOG2: f64 = -40.0;

/// Period of the sine that operations by themselves bootstrap through.
const OPERATIONS_PERIOD: u32 = 128;

/// Choices of approximate TFHE; by default the fastest parameters of 128 bits whose noise the network bears.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The parameters; none takes the preset for a sine, or the cheapest for a square that is quiet enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Literal>,
    /// Bits of an answer's coefficients: fewer make answers shorter and scores noisier.
    #[serde(default = "default_answer_bits")]
    pub answer_bits: u32,
}

impl Default for Params {
    fn default() -> Self {
        Params { parameters: None, answer_bits: default_answer_bits() }
    }
}

fn default_answer_bits() -> u32 {
    16
}

/// Sums carry noise into the function; scores are real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Approximate {
    function: Function,
}

impl Semantics for Approximate {
    type Params = Params;
    const PLAN_TAG: [u8; 4] = *b"TFAP";
    const EXACT: bool = false;
    const CLIENT_LEARNS: &'static str = "scores, and their noise, which depends on the weights";

    fn choose(params: &Params, circuit: &Circuit) -> Result<Choice> {
        let literal = match params.parameters {
            Some(stated) => stated,
            None if circuit.activation == Activation::Square => square::preset(circuit, params.answer_bits)?,
            None => presets::APPROXIMATE,
        };
        Function::of(circuit, &Parameters::try_from(literal)?)?;
        Ok(Choice { literal, answer_bits: params.answer_bits })
    }

    fn encoding(circuit: &Circuit, parameters: &Parameters) -> Result<Encoding> {
        Ok(match Function::of(circuit, parameters)? {
            Function::Sine(sine) => Encoding::sine(parameters, sine.period, circuit.largest_score()),
            Function::Square(sums) => Encoding::square(parameters, sums.largest, circuit.typical_scores().largest),
        })
    }

    fn open(circuit: &Circuit, parameters: &Parameters, _: &Encoding, _: u32) -> Result<Self> {
        Ok(Approximate { function: Function::of(circuit, parameters)? })
    }

    fn lowered(architecture: &Architecture, circuit: &Circuit, parameters: &Parameters) -> Lowered {
        let mut architecture = architecture.clone();
        match architecture.layers.get_mut(circuit.layers.activation) {
            Some(Layer::Activation(Activation::Sine(sine))) => {
                sine.steps = Some(points(parameters));
                Lowered { architecture, precision: Precision::F64 }
            }
            // A table's square of a sum is off by as much as the modulus switch rounds the sum: that counts as noise.
            _ => Lowered::model(&architecture),
        }
    }

    fn approximations(&self, network: &EncryptedNetwork<Self>) -> String {
        let function = match self.function {
            Function::Sine(_) => {
                format!("sine sampled at {} points a period; noise on every sum", points(&network.parameters))
            }
            Function::Square(sums) => square::approximation(network, sums),
        };
        format!("{function}; answers rounded to {} bits", network.answer_bits)
    }

    fn scores(encoding: &Encoding, phases: &[u64]) -> Values {
        Values::Real(phases.iter().map(|&phase| encoding.score(phase)).collect())
    }

    fn promise(&self, network: &EncryptedNetwork<Self>, weights: &Weights) -> Result<Promise> {
        let matrices = network.circuit.matrices(weights)?;
        let logit_error = match self.function {
            Function::Sine(sine) => error::of_sine(network, &matrices, sine),
            Function::Square(sums) => error::of_square(network, &matrices, sums)?,
        };
        Ok(Promise { logit_error, failure_log2: Some(FAILURE_LOG2) })
    }

    fn setting(params: &Params) -> Result<Setting> {
        let parameters = Parameters::try_from(params.parameters.unwrap_or(presets::APPROXIMATE))?;
        if !(1..=u64::BITS).contains(&params.answer_bits) {
            return Err(Error::Unsupported(format!("{} answer bits, expected 1 to 64", params.answer_bits)));
        }
        if points(&parameters) < OPERATIONS_PERIOD {
            let points = points(&parameters);
            return Err(Error::Unsupported(format!(
                "a sine of period {OPERATIONS_PERIOD}, but these parameters sample it at {points} points; take a larger \
                 polynomial_size"
            )));
        }
        Ok(Setting {
            encoding: Encoding::sine(&parameters, OPERATIONS_PERIOD, 1.0),
            parameters,
            answer_bits: params.answer_bits,
            modulus: OPERATIONS_PERIOD,
            values: 0..=i64::from(OPERATIONS_PERIOD) - 1,
            function: |value| (std::f64::consts::TAU * value as f64 / f64::from(OPERATIONS_PERIOD)).sin(),
            decoding: Decoding::None,
        })
    }

    fn operation_cases() -> Vec<Params> {
        vec![Params { parameters: Some(presets::TOY), answer_bits: 20 }]
    }

    fn cases() -> Vec<Case<Params>> {
        let params = Params { parameters: Some(presets::TOY), answer_bits: 20 };
        [test_networks::sine(8, 6, 3, 128), test_networks::square(8, 6, 3)]
            .into_iter()
            .flatten()
            .map(|(architecture, weights)| Case { params, architecture, weights })
            .collect()
    }
}
