//! Single operations of the lattice schemes, set up and checked, to be timed by themselves.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::{OfferDescription, Prepared, Primitives};
use blindbench_core::roles::seed::Seed;

use crate::rlwe::parameters::Parameters;

/// Sets an operation up from what all operations share and a seed.
pub type Prepare<S> = fn(&Arc<S>, &Seed) -> Result<Box<dyn Prepared>>;

/// An operation of a scheme whose parameters, tables and keys are an `S`.
pub struct Operation<S> {
    /// Its name, the same in every scheme and library that has it.
    pub name: &'static str,
    /// Draws the operands and encrypts them: everything that is not timed.
    pub prepare: Prepare<S>,
}

/// A scheme's operations under fixed parameters.
pub struct Operations<S: 'static> {
    /// What all operations share.
    pub state: Arc<S>,
    /// The operations, in the order they are shown.
    pub list: &'static [Operation<S>],
}

impl<S: Send + Sync> Primitives for Operations<S> {
    fn names(&self) -> Vec<String> {
        self.list.iter().map(|operation| operation.name.to_owned()).collect()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        match self.list.iter().find(|operation| operation.name == name) {
            Some(operation) => (operation.prepare)(&self.state, seed),
            None => Err(Error::Unsupported(format!("no operation `{name}`; there are {}", self.names().join(", ")))),
        }
    }
}

/// What parameters say of themselves; results may be off by `error_bound`.
pub fn description(params: &Parameters, parameters: String, error_bound: f64) -> OfferDescription {
    OfferDescription {
        family: "fully homomorphic".into(),
        parameters,
        error_bound,
        log_n: Some(f64::from(params.log_n())),
        log_qp: Some(params.log_qp()),
        kernel: params.kernel().kernel().name().into(),
        security: params.security(),
        claimed: false,
    }
}
