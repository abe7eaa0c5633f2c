//! Where operations come from: a network's plan, or parameters alone.

use blindbench_core::adapter::DynScheme;
use blindbench_core::error::Error;
use blindbench_core::primitives::{Offer, OfferDescription, Primitives};
use blindbench_core::scheme::Promise;
use blindbench_results::cell::{Status, Terms};

use super::super::{Failure, Task, recorded, terms};

/// Operations with what stands beside their numbers.
pub(super) enum Source {
    /// Operations of a scheme that was planned for a network.
    Plan(Box<dyn DynScheme>, Promise),
    /// Operations that belong to the parameters.
    Parameters(Offer),
}

impl Source {
    /// Plans the cell's network, or opens the parameters where the cell names none.
    ///
    /// # Errors
    /// Where the scheme refuses either.
    pub fn open(task: &Task<'_>) -> Result<Self, Error> {
        let Some(network) = task.network else { return task.offer().map(Source::Parameters) };
        let scheme = task.plan()?;
        let promise = scheme.promise(&network.weights)?;
        Ok(Source::Plan(scheme, promise))
    }

    /// The operations.
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the scheme offers none.
    pub fn primitives(&self) -> Result<&dyn Primitives, Failure> {
        match self {
            Source::Parameters(offer) => Ok(&*offer.primitives),
            Source::Plan(scheme, _) => scheme
                .primitives()
                .ok_or_else(|| Failure::new(Status::Unsupported, "this scheme offers no operations by name")),
        }
    }

    /// The largest error that is promised.
    pub fn error_bound(&self) -> f64 {
        match self {
            Source::Plan(_, promise) => promise.logit_error,
            Source::Parameters(offer) => offer.description.error_bound,
        }
    }

    /// Whether a result may be off by that much. An approximate scheme's promise about a network is about
    /// its scores, not about one operation's result: there any finite error is recorded as it is.
    pub fn tolerates(&self, error: f64) -> bool {
        let any_finite = match self {
            Source::Plan(scheme, _) => !scheme.describe().profile.exact,
            Source::Parameters(_) => false,
        };
        error <= self.error_bound() || (any_finite && error.is_finite())
    }

    /// What stands beside every number of the cell.
    pub fn terms(&self) -> Terms {
        match self {
            Source::Plan(scheme, promise) => terms(scheme.describe(), *promise, 1),
            Source::Parameters(offer) => of_parameters(offer.description.clone()),
        }
    }
}

/// Terms without a network: nobody's images or weights are there to be learned.
fn of_parameters(description: OfferDescription) -> Terms {
    Terms {
        family: description.family,
        parameters: description.parameters,
        approximations: String::new(),
        chunk: 1,
        security: recorded(description.security),
        exact: description.error_bound == 0.0,
        error_bound: description.error_bound,
        failure_log2: None,
        log_n: description.log_n,
        log_qp: description.log_qp,
        predicted_operations: None,
        leakage: None,
        server_learns: String::new(),
        client_learns: String::new(),
        key_holder_learns: String::new(),
        kernel: description.kernel,
        claimed_by_peer: description.claimed,
    }
}
