//! Kinds of experiments: what is done with a cell. The runner takes turns and writes; a kind measures.

pub mod inference;
pub mod leakage;
pub mod primitives;

use std::sync::Arc;

use blindbench_core::adapter::{Description, DynScheme, Environment};
use blindbench_core::error::Error;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::Clock;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Leakage, Promise, Resources};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use blindbench_results::cell::{self, Memory, Security, Status, Terms};
use blindbench_results::sample::Line;

use self::inference::Inference;
use self::leakage::{Attackers, KeyLeakage};
use self::primitives::Operations;
use crate::executor::Servers;
use crate::experiment::{CellSpec, Kind, Measure};
use crate::models::Model;

/// Everything that a cell is measured with.
#[derive(Clone)]
pub struct Task<'a> {
    /// The cell.
    pub cell: &'a CellSpec,
    /// How it is measured.
    pub measure: &'a Measure,
    /// The network; none where operations are timed that need none.
    pub network: Option<&'a Model>,
    /// The images.
    pub images: &'a LabelledImages,
    /// Who tries what keys give away, where the experiment asks for it.
    pub attackers: Option<&'a Attackers>,
    /// What the cell's randomness is derived from.
    pub seed: Seed,
    /// What the operands of operations are drawn from, the same for all cells.
    pub shared_seed: Seed,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where servers run.
    pub servers: &'a dyn Servers,
    /// Threads of the client's side.
    pub workers: Arc<Workers>,
}

impl<'a> Task<'a> {
    /// The network.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the cell names none.
    pub fn network(&self) -> Result<&'a Model, Error> {
        self.network.ok_or_else(|| Error::Unsupported("this cell has no network; name one under `models:`".into()))
    }

    /// What the cell may use.
    pub fn resources(&self) -> Resources {
        Resources { threads: self.cell.threads, kernel: self.cell.kernel }
    }

    /// Plans the network for the cell's scheme.
    ///
    /// # Errors
    /// Where the scheme refuses it, or its parameters are weak and no reason is stated.
    pub fn plan(&self) -> Result<Box<dyn DynScheme>, Error> {
        plan(self.cell, &self.network()?.architecture, &self.environment())
    }

    /// Opens the operations of the cell's scheme that need no network.
    ///
    /// # Errors
    /// Where the scheme has none, or its parameters are weak and no reason is stated.
    pub fn offer(&self) -> Result<Offer, Error> {
        offer(self.cell, &self.environment())
    }

    fn environment(&self) -> Environment {
        Environment { resources: self.resources(), clock: self.clock.clone() }
    }
}

/// Plans a network for a cell's scheme.
///
/// # Errors
/// Where the scheme refuses it, or its parameters are weak and no reason is stated.
pub fn plan(
    cell: &CellSpec,
    architecture: &Architecture,
    environment: &Environment,
) -> Result<Box<dyn DynScheme>, Error> {
    require_kernel(cell)?;
    let scheme = cell.scheme.planner.plan(architecture, cell.batch, environment)?;
    let description = scheme.describe();
    description.security.require(&description.profile.parameters, cell.scheme.insecure.as_deref())?;
    Ok(scheme)
}

/// Opens the operations of a cell's scheme that need no network.
///
/// # Errors
/// Where the scheme has none, or its parameters are weak and no reason is stated.
pub fn offer(cell: &CellSpec, environment: &Environment) -> Result<Offer, Error> {
    require_kernel(cell)?;
    let offer = cell.scheme.planner.operations(environment)?;
    let description = &offer.description;
    description.security.require(&description.parameters, cell.scheme.insecure.as_deref())?;
    Ok(offer)
}

/// Whether this processor has what a cell's kernel needs.
///
/// # Errors
/// [`Error::Unsupported`] with the kernels that it has.
pub fn require_kernel(cell: &CellSpec) -> Result<(), Error> {
    if cell.kernel.is_available() {
        return Ok(());
    }
    let available: Vec<&str> =
        Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()).map(Kernel::name).collect();
    let (kernel, available) = (cell.kernel, available.join(", "));
    Err(Error::Unsupported(format!("this processor lacks what kernel `{kernel}` needs; it has {available}")))
}

/// Starts the work of a cell; `before` are the lines that an interrupted process left of it.
///
/// # Errors
/// How the cell ends before it has begun.
pub fn open<'a>(kind: Kind, task: Task<'a>, before: &[Line]) -> Result<Box<dyn Work + 'a>, Failure> {
    Ok(match kind {
        Kind::Inference => Box::new(Inference::open(task, before)?),
        Kind::Primitives => Box::new(Operations::open(task, before)?),
        Kind::Leakage => Box::new(KeyLeakage::open(&task, before)?),
    })
}

/// What stands beside every number of a cell whose queries hold `chunk` images.
fn terms(description: &Description, promise: Promise, chunk: usize) -> Terms {
    let (profile, security) = (description.profile.clone(), description.security.clone());
    Terms {
        family: profile.family,
        parameters: profile.parameters,
        approximations: profile.approximations,
        chunk: chunk as u64,
        security: recorded(security),
        exact: profile.exact,
        error_bound: promise.logit_error,
        failure_log2: promise.failure_log2,
        log_n: profile.log_n,
        log_qp: profile.log_qp,
        predicted_operations: description.predicted_operations,
        leakage: None,
        server_learns: profile.server_learns,
        client_learns: profile.client_learns,
        key_holder_learns: profile.key_holder_learns,
        kernel: profile.kernel,
        claimed_by_peer: description.claimed,
    }
}

/// What function keys span, as it is recorded.
fn spanned(leakage: Leakage) -> cell::Leakage {
    cell::Leakage { rank: leakage.rank as u64, dimension: leakage.dimension as u64 }
}

fn recorded(estimate: SecurityEstimate) -> Security {
    let SecurityEstimate { bits, core_svp_bits, attack, source } = estimate;
    Security { bits, core_svp_bits, attack, source }
}

/// A refusal of network or weights says what the scheme cannot do; anything else went wrong.
fn unsupported(error: Error) -> Failure {
    if matches!(error, Error::Process { .. } | Error::TimedOut { .. }) {
        return error.into();
    }
    Failure::new(Status::Unsupported, error.to_string())
}

/// Images and what they show.
#[derive(Debug, Clone)]
pub struct LabelledImages {
    /// The images.
    pub images: Images,
    /// One label an image.
    pub labels: Vec<u8>,
}

/// A cell under way.
pub trait Work {
    /// What stands beside every number of the cell.
    fn terms(&self) -> Terms;
    /// Turns that are left for certain, for progress.
    fn expected_turns(&self) -> u64;
    /// Does the next piece of work; the lines to be kept, or none once the cell is complete.
    ///
    /// # Errors
    /// How the cell ends otherwise.
    fn turn(&mut self) -> Result<Option<Vec<Line>>, Failure>;
    /// Memory used so far.
    fn memory(&self) -> Memory;
}

/// How a cell ends when it does not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In one word.
    pub status: Status,
    /// In a sentence.
    pub reason: String,
}

impl Failure {
    /// A failure without evidence.
    pub fn new(status: Status, reason: impl Into<String>) -> Self {
        Failure { status, reason: reason.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = if matches!(error, Error::TimedOut { .. }) { Status::TimedOut } else { Status::Crashed };
        Failure::new(status, error.to_string())
    }
}
