//! `tfhe`: networks with a sine, evaluated with noise, as CKKS evaluates its networks.
//!
//! Scores are approximate: published together with exact ones they leak what decryption noise leaks
//! (Li and Micciancio, "On the Security of Homomorphic Encryption on Approximate Numbers", Eurocrypt 2021).

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Layer, Sine};
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::{Lowered, Precision};
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::{Case, Promise};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::circuit::{Circuit, Matrices};
use crate::encoding::Encoding;
use crate::noise::{Noise, deviations};
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

/// Choices of approximate TFHE; the defaults are the fastest parameters of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The parameters; none takes the preset.
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

/// Sums carry noise into the sine; scores are real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Approximate {
    period: u32,
}

fn sine(circuit: &Circuit, steps: u32) -> Result<Sine> {
    match &circuit.activation {
        Activation::Sine(sine) if !(2..=1 << 30).contains(&sine.period) => Err(Error::Unsupported(format!(
            "a sine of period {}, but sums lie on a torus of 32 bits: a period of 2 to 2^30",
            sine.period
        ))),
        Activation::Sine(sine) if sine.steps.is_some_and(|stated| stated != steps) => Err(Error::Unsupported(format!(
            "a sine sampled at {:?} points, but these parameters sample it at {steps}",
            sine.steps
        ))),
        Activation::Sine(sine) => Ok(*sine),
        Activation::Square
        | Activation::Polynomial(_)
        | Activation::Relu
        | Activation::Sigmoid
        | Activation::Tanh
        | Activation::Sign => Err(Error::Unsupported(format!(
            "activation {}, but approximate TFHE bootstraps through a sine; for sign there is tfhe-exact",
            circuit.activation.kind()
        ))),
    }
}

fn steps(parameters: &Parameters) -> u32 {
    2 * parameters.polynomial_size() as u32
}

impl Semantics for Approximate {
    type Params = Params;
    const PLAN_TAG: [u8; 4] = *b"TFAP";
    const EXACT: bool = false;
    const CLIENT_LEARNS: &'static str = "scores, and their noise, which depends on the weights";

    fn choose(params: &Params, circuit: &Circuit) -> Result<Choice> {
        let literal = params.parameters.unwrap_or(presets::APPROXIMATE);
        sine(circuit, steps(&Parameters::try_from(literal)?))?;
        Ok(Choice { literal, answer_bits: params.answer_bits })
    }

    fn encoding(circuit: &Circuit, parameters: &Parameters) -> Result<Encoding> {
        let sine = sine(circuit, steps(parameters))?;
        Ok(Encoding::sine(parameters, sine.period, circuit.largest_score()))
    }

    fn open(circuit: &Circuit, parameters: &Parameters, _: &Encoding, _: u32) -> Result<Self> {
        Ok(Approximate { period: sine(circuit, steps(parameters))?.period })
    }

    fn lowered(architecture: &Architecture, circuit: &Circuit, parameters: &Parameters) -> Lowered {
        let mut architecture = architecture.clone();
        if let Some(Layer::Activation(Activation::Sine(sine))) = architecture.layers.get_mut(circuit.layers.activation)
        {
            sine.steps = Some(steps(parameters));
        }
        Lowered { architecture, precision: Precision::F64 }
    }

    fn approximations(parameters: &Parameters, answer_bits: u32) -> String {
        let points = steps(parameters);
        format!("sine sampled at {points} points a period; noise on every sum; answers rounded to {answer_bits} bits")
    }

    fn scores(encoding: &Encoding, phases: &[u64]) -> Values {
        Values::Real(phases.iter().map(|&phase| encoding.score(phase)).collect())
    }

    fn promise(&self, network: &EncryptedNetwork<Self>, weights: &Weights) -> Result<Promise> {
        let matrices = network.circuit.matrices(weights)?;
        let union = (network.circuit.classes as f64).log2();
        let tail = deviations(FAILURE_LOG2 - union);
        let steps = f64::from(steps(&network.parameters));
        // A sum between two points is rounded by the twin and by the server, each in its own direction.
        let between = if f64::from(self.period) > steps { std::f64::consts::PI / steps } else { 0.0 };
        let error = score_deviations(&network.noise(), &network.encoding, &matrices)
            .zip(matrices.last.rows())
            .map(|(sigma, row)| tail * sigma + between * row.iter().map(|w| w.unsigned_abs() as f64).sum::<f64>())
            .fold(0.0, f64::max);
        Ok(Promise { logit_error: error, failure_log2: Some(FAILURE_LOG2) })
    }

    fn setting(params: &Params) -> Result<Setting> {
        let parameters = Parameters::try_from(params.parameters.unwrap_or(presets::APPROXIMATE))?;
        if !(1..=u64::BITS).contains(&params.answer_bits) {
            return Err(Error::Unsupported(format!("{} answer bits, expected 1 to 64", params.answer_bits)));
        }
        if steps(&parameters) < OPERATIONS_PERIOD {
            let points = steps(&parameters);
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
        test_networks::sine(8, 6, 3, 128)
            .map(|(architecture, weights)| Case { params, architecture, weights })
            .into_iter()
            .collect()
    }
}

/// An upper bound of each score's standard deviation, in units of the score, to first order in the noise.
///
/// The sine's slope is at most `2 pi` a turn. The fresh noise of a pixel reaches every neuron, so that the
/// errors of two neurons correlate as their weights do; the signs of their slopes depend on the image,
/// and the bound takes the worst: `sum_jk |v_j v_k <w_j, w_k>|` for weights `w` and `v` of the two layers.
/// All other noise is independent between neurons.
pub(crate) fn score_deviations<'a>(
    noise: &Noise,
    encoding: &Encoding,
    matrices: &Matrices<'a>,
) -> impl Iterator<Item = f64> + use<'a> {
    let gram = gram(matrices);
    let slope = std::f64::consts::TAU.powi(2);
    let unit = encoding.score_unit().powi(2);
    let noise = *noise;
    matrices.last.rows().map(move |row| {
        let size = |j: usize| row[j].unsigned_abs() as f64;
        let squares: f64 = (0..row.len()).map(|j| size(j).powi(2)).sum();
        let fresh: f64 = gram.iter().map(|&(j, k, product)| size(j) * size(k) * product).sum();
        let activation = slope * (noise.fresh * fresh + noise.modulus_switch * squares);
        (activation + (noise.bootstrap * squares + noise.truncation) / unit).sqrt()
    })
}

/// `|<w_j, w_k>|` for all pairs of hidden neurons.
fn gram(matrices: &Matrices<'_>) -> Vec<(usize, usize, f64)> {
    let product = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(x, y)| (x * y) as f64).sum::<f64>().abs();
    let rows = || matrices.first.rows().enumerate();
    rows().flat_map(|(j, a)| rows().map(move |(k, b)| (j, k, product(a, b)))).collect()
}
