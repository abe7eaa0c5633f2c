//! Schemes of named operations on a made-up clock, and a desk to measure them at.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use blindbench::executor::thread::InThisProcess;
use blindbench::experiment::Experiment;
use blindbench::filter::Filter;
use blindbench::interrupt::Interrupt;
use blindbench::kinds::LabelledImages;
use blindbench::progress::Progress;
use blindbench::run::assignment::Assignment;
use blindbench::run::group::Runner;
use blindbench_core::adapter::{DynScheme, Entry, Environment};
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::primitives::{Offer, OfferDescription, Prepared, Primitives, primitive};
use blindbench_core::probe::Clock;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Case;
use blindbench_core::security::SecurityEstimate;
use blindbench_results::SCHEMA_VERSION;
use blindbench_results::cell::Machine;
use blindbench_results::derive::derive;
use blindbench_results::run::{Config, Dataset, Run};
use blindbench_results::store::RunFolder;
use blindbench_results::tables::Tables;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

thread_local! {
    // A test measures on its own thread.
    static NOW: Cell<u64> = const { Cell::new(0) };
    static CALLS: RefCell<Vec<Call>> = const { RefCell::new(Vec::new()) };
}

/// One call of an operation, however often it repeats the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub scheme: &'static str,
    pub operation: &'static str,
    pub seed: [u8; 32],
}

/// A scheme of this program.
pub enum Ours {}

/// A scheme of somebody else's.
pub enum Theirs {}

/// How the operations behave.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Nanoseconds that each takes.
    pub ns: u64,
    /// Error of each result.
    #[serde(default)]
    pub off_by: f64,
    /// An operation that is not there, or `all`.
    #[serde(default)]
    pub lacks: String,
    /// Bits that are claimed.
    #[serde(default = "enough")]
    pub bits: f64,
}

fn enough() -> f64 {
    129.0
}

struct Made {
    scheme: &'static str,
    params: Params,
}

const NAMES: [&str; 3] = ["add", "encode", "rotate"];

impl Primitives for Made {
    fn names(&self) -> Vec<String> {
        let there = |name: &&&str| self.params.lacks != "all" && **name != self.params.lacks;
        NAMES.iter().filter(there).map(|&name| name.to_owned()).collect()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let found = NAMES.into_iter().find(|known| *known == name && *known != self.params.lacks);
        let operation = found.ok_or_else(|| Error::Unsupported(format!("no operation `{name}`")))?;
        let call = Call { scheme: self.scheme, operation, seed: *seed.expose() };
        let off_by = self.params.off_by;
        Ok(Box::new(Noted { call, ns: self.params.ns, work: primitive(|| Ok(()), move |()| off_by) }))
    }
}

/// Moves the clock and writes the call down.
struct Noted {
    call: Call,
    ns: u64,
    work: Box<dyn Prepared>,
}

impl Prepared for Noted {
    fn run(&mut self, times: u32) -> Result<Option<blindbench_core::primitives::Measured>> {
        CALLS.with_borrow_mut(|calls| calls.push(self.call));
        NOW.set(NOW.get() + self.ns * u64::from(times));
        self.work.run(1)
    }

    fn check(&self) -> Result<f64> {
        self.work.check()
    }
}

fn offer(scheme: &'static str, params: Params) -> Result<Offer> {
    if params.off_by < 0.0 {
        return Err(Error::Unsupported("off_by is negative; take 0 or more".into()));
    }
    let security = SecurityEstimate { bits: Some(params.bits), ..SecurityEstimate::none() };
    let description = OfferDescription {
        family: "made up".into(),
        parameters: "made up".into(),
        error_bound: 0.0,
        log_n: Some(13.0),
        log_qp: Some(200.0),
        kernel: "scalar".into(),
        security,
        claimed: false,
    };
    Ok(Offer { description, primitives: Box::new(Made { scheme, params }) })
}

fn no_network<T>() -> Result<T> {
    Err(Error::Unsupported("this scheme runs no network".into()))
}

macro_rules! made {
    ($entry:ident, $name:literal, $foreign:literal) => {
        impl Entry for $entry {
            type Params = Params;
            const FOREIGN: bool = $foreign;

            fn plan(_: Params, _: &Architecture, _: usize, _: &Environment) -> Result<Box<dyn DynScheme>> {
                no_network()
            }

            fn open(_: &[u8], _: &Environment) -> Result<Box<dyn DynScheme>> {
                no_network()
            }

            fn cases() -> Vec<Case<Params>> {
                Vec::new()
            }

            fn operations(params: Params, _: &Environment) -> Result<Offer> {
                offer($name, params)
            }

            fn operation_cases() -> Vec<Params> {
                vec![Params { ns: 1, off_by: 0.0, lacks: "add".into(), bits: 20.0 }]
            }
        }
    };
}

made!(Ours, "ours", false);
made!(Theirs, "theirs", true);

struct MadeUp;

impl Clock for MadeUp {
    fn wall_ns(&self) -> u64 {
        NOW.get()
    }

    fn cpu_ns(&self) -> u64 {
        NOW.get()
    }
}

/// Measures an experiment to its end: its tables, and every call in order.
pub fn measure(experiment: Experiment) -> (Tables, Vec<Call>) {
    CALLS.take();
    let images = LabelledImages { images: Images { shape: Shape::grey(1, 1), pixels: Vec::new() }, labels: Vec::new() };
    let dataset = Dataset { name: "none".into(), split: "none".into(), images: 0, sha256: "0".into() };
    let assignment = Assignment::new(experiment, images, dataset, &Filter::default()).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(temporary.path(), run(&assignment)).unwrap();
    let runner = Runner {
        folder: &folder,
        assignment: &assignment,
        clock: Arc::new(MadeUp),
        servers: &InThisProcess,
        progress: &Progress::Silent,
        interrupt: &Interrupt::default(),
        machine: &Machine::default(),
        binary_sha256: "",
    };
    for group in &assignment.groups {
        runner.run(group).unwrap();
    }
    (derive(&folder).unwrap(), CALLS.take())
}

fn run(assignment: &Assignment) -> Run {
    Run {
        schema_version: SCHEMA_VERSION,
        name: "operations".into(),
        kind: "primitives".into(),
        config: Config { text: String::new(), sha256: String::new() },
        toolchain: String::new(),
        commit: None,
        dirty: false,
        created_utc: "2026-01-31T12:00:00Z".into(),
        dataset: assignment.dataset.clone(),
        seed: Some(5),
        benchmark_only_keys: true,
        binary_sha256: String::new(),
        cells: assignment.cells().count() as u32,
        confidence: 0.95,
    }
}
