//! What differs between approximate and exact networks.

use blindbench_core::error::Result;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::{Case, Promise};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::circuit::Circuit;
use crate::encoding::Encoding;
use crate::operations::Setting;
use crate::parameters::{Literal, Parameters};
use crate::scheme::EncryptedNetwork;

/// What a plan settles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The parameters.
    pub literal: Literal,
    /// Bits of an answer's coefficients.
    pub answer_bits: u32,
}

/// How a network is put on the torus, and what that promises.
pub trait Semantics: Sized + Send + Sync + std::fmt::Debug + 'static {
    /// Parameters as an experiment states them.
    type Params: Serialize + DeserializeOwned + JsonSchema + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Magic of the plan.
    const PLAN_TAG: [u8; 4];
    /// Whether answers equal the twin's bit for bit.
    const EXACT: bool;
    /// What the client learns beside the scores.
    const CLIENT_LEARNS: &'static str;

    /// Chooses parameters for a network.
    ///
    /// # Errors
    /// [`blindbench_core::Error::Unsupported`] where none carries it.
    fn choose(params: &Self::Params, circuit: &Circuit) -> Result<Choice>;
    /// How numbers lie on the torus.
    ///
    /// # Errors
    /// [`blindbench_core::Error::Unsupported`] for an activation or bounds that do not fit.
    fn encoding(circuit: &Circuit, parameters: &Parameters) -> Result<Encoding>;
    /// Checks a plan that came as bytes.
    ///
    /// # Errors
    /// As [`Semantics::choose`].
    fn open(circuit: &Circuit, parameters: &Parameters, encoding: &Encoding, answer_bits: u32) -> Result<Self>;
    /// The twin.
    fn lowered(architecture: &Architecture, circuit: &Circuit, parameters: &Parameters) -> Lowered;
    /// What the lowering approximates, for people.
    fn approximations(&self, network: &EncryptedNetwork<Self>) -> String;
    /// The scores at points of the torus of 64 bits.
    fn scores(encoding: &Encoding, phases: &[u64]) -> Values;
    /// What the parameters promise for weights that have been checked against the architecture.
    ///
    /// # Errors
    /// Where the weights break what the plan assumes.
    fn promise(&self, network: &EncryptedNetwork<Self>, weights: &Weights) -> Result<Promise>;
    /// Small instances for the conformance tests.
    fn cases() -> Vec<Case<Self::Params>>;
    /// What operations by themselves are done on, where no network has a say.
    ///
    /// # Errors
    /// [`blindbench_core::Error::Unsupported`] for parameters that do not fit.
    fn setting(params: &Self::Params) -> Result<Setting>;
    /// Small parameters for the conformance tests of the operations.
    fn operation_cases() -> Vec<Self::Params>;
}
