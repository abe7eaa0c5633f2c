//! The functions that approximate networks bootstrap through.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Sine};
use blindbench_core::network::typical::Typical;

use crate::circuit::Circuit;
use crate::parameters::Parameters;

/// What a bootstrap computes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Function {
    /// A sine over the whole torus.
    Sine(Sine),
    /// The square of sums that are like these.
    Square(Typical),
}

/// Points of the torus at which a bootstrap knows its function.
pub(super) fn points(parameters: &Parameters) -> u32 {
    2 * parameters.polynomial_size() as u32
}

impl Function {
    /// The function of a network's hidden neurons.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another function or a sine that the parameters do not carry, [`Error::Layer`] where
    /// nothing is declared of the sums that are squared.
    pub(super) fn of(circuit: &Circuit, parameters: &Parameters) -> Result<Self> {
        match &circuit.activation {
            Activation::Sine(sine) => fitting(*sine, points(parameters)).map(Function::Sine),
            Activation::Square => circuit.typical_sums().map(Function::Square),
            Activation::Polynomial(_)
            | Activation::Relu
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Sign => Err(Error::Unsupported(format!(
                "activation {}, but approximate TFHE bootstraps through a sine or a square; for sign there is tfhe-exact",
                circuit.activation.kind()
            ))),
        }
    }
}

fn fitting(sine: Sine, points: u32) -> Result<Sine> {
    if !(2..=1 << 30).contains(&sine.period) {
        return Err(Error::Unsupported(format!(
            "a sine of period {}, but sums lie on a torus of 32 bits: a period of 2 to 2^30",
            sine.period
        )));
    }
    match sine.steps {
        Some(stated) if stated != points => Err(Error::Unsupported(format!(
            "a sine sampled at {stated} points, but these parameters sample it at {points}"
        ))),
        _ => Ok(sine),
    }
}
