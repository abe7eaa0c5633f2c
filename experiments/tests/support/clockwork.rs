//! A scheme that computes in cleartext and whose every step moves a made-up clock by a fixed time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use blindbench::executor::thread::InThisProcess;
use blindbench::experiment::{
    CellSpec, DatasetRequest, Experiment, Group, Isolation, Kind, Measure, ModelReference, Order, Scenario, Split,
};
use blindbench::filter::Filter;
use blindbench::interrupt::Interrupt;
use blindbench::kinds::LabelledImages;
use blindbench::models::{self, Model};
use blindbench::progress::Progress;
use blindbench::run::assignment::Assignment;
use blindbench::run::group::Runner;
use blindbench_core::adapter::{Description, DynClient, DynKeyHolder, DynScheme, DynServer, Entry, Environment};
use blindbench_core::conformance::{made_up_images, made_up_weights};
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::{Logits, Values};
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Primitives;
use blindbench_core::probe::{Clock, Detail, Trace};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Inspection, Promise};
use blindbench_kernels::dispatch::Kernel;
use blindbench_results::SCHEMA_VERSION;
use blindbench_results::cell::{Machine, Status};
use blindbench_results::run::{Config, Dataset, Run};
use blindbench_results::store::RunFolder;
use blindbench_schemes::cleartext::{Cleartext, Params};
use blindbench_schemes::registry::{Chosen, Comparison};

/// Time of [`DynScheme::key_holder`].
pub const KEYGEN: u64 = 5_000_000;
/// Time of [`DynServer::setup`].
pub const SETUP: u64 = 7_000_000;
/// Time of [`DynClient::encrypt`].
pub const ENCRYPT: u64 = 300_000;
/// Time of [`DynServer::evaluate`].
pub const EVALUATE: u64 = 11_000_000;
/// Time of [`DynClient::decrypt`].
pub const DECRYPT: u64 = 40_000;

/// How a cell differs from one that goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// Not at all.
    None,
    /// Wrong from that evaluation on, from 0, warm-ups included.
    WrongFromQuery(u64),
    /// No plan.
    Refuses,
}

#[derive(Default)]
struct MadeUp {
    now: AtomicU64,
    asked: Mutex<Vec<usize>>,
}

impl MadeUp {
    fn pass(&self, ns: u64) {
        self.now.fetch_add(ns, Ordering::Relaxed);
    }
}

impl Clock for MadeUp {
    fn wall_ns(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }
    fn cpu_ns(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }
}

/// Cells on the made-up clock, and a folder for their records.
pub struct Bench {
    pub folder: RunFolder,
    assignment: Assignment,
    clock: Arc<MadeUp>,
    _temporary: tempfile::TempDir,
}

impl Bench {
    /// One group of cells on `images` images; three repeats, one warm-up.
    pub fn new(images: usize, twists: &[Twist]) -> Self {
        let clock = Arc::new(MadeUp::default());
        let assignment = assignment(images, twists, &clock);
        let temporary = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(temporary.path(), run(&assignment)).unwrap();
        Bench { folder, assignment, clock, _temporary: temporary }
    }

    /// Runs the group.
    pub fn run(&self, interrupt: &Interrupt) -> Vec<Status> {
        let runner = Runner {
            folder: &self.folder,
            assignment: &self.assignment,
            clock: self.clock.clone(),
            servers: &InThisProcess,
            progress: &Progress::Silent,
            interrupt,
            machine: &Machine::default(),
            binary_sha256: "",
        };
        runner.run(&self.assignment.groups[0]).unwrap()
    }

    /// Which cell's server was asked, in order.
    pub fn asked(&self) -> Vec<usize> {
        self.clock.asked.lock().unwrap().clone()
    }
}

fn architecture() -> Architecture {
    let input = Input { shape: Shape::grey(4, 4), crop: 0, pixels: Pixels::Levels(4) };
    let layers = vec![Layer::Flatten, Layer::Dense(Dense { outputs: 3, bounds: None, typical: None })];
    Architecture { input, arithmetic: Arithmetic::Integer, layers }
}

fn assignment(count: usize, twists: &[Twist], clock: &Arc<MadeUp>) -> Assignment {
    let architecture = architecture();
    let weights = made_up_weights(&architecture, &Seed::from_number(1)).unwrap();
    let images = made_up_images(&architecture, count, &Seed::from_number(2));
    let labels = Lowered::model(&architecture).evaluator(&weights).unwrap().logits(&images).unwrap().labels();
    let name = ModelReference::Named("net".into());
    let hash = models::hash(&architecture, &weights).unwrap();
    let model = Model { name: "net".into(), summary: String::new(), architecture, weights, card: None, hash };
    let experiment = Experiment {
        name: "bench".into(),
        text: String::new(),
        path: PathBuf::from("bench.yaml"),
        seed: Some(1),
        kind: Kind::Inference,
        dataset: Some(DatasetRequest { name: "made-up".into(), split: Split::Test, images: count }),
        fallback: None,
        leakage: None,
        measure: measure(),
        networks: BTreeMap::from([(name.clone(), Arc::new(model))]),
        cells: twists.iter().enumerate().map(|(index, twist)| cell(index, *twist, &name, clock)).collect(),
        groups: vec![Group { index: 0, cells: (0..twists.len()).collect() }],
    };
    let dataset = Dataset { name: "made-up".into(), split: "test".into(), images: count as u64, sha256: "0".into() };
    Assignment::new(experiment, LabelledImages { images, labels }, dataset, &Filter::default()).unwrap()
}

fn measure() -> Measure {
    Measure {
        repeats: 3,
        warmup: 1,
        order: Order::Interleaved,
        confidence: 0.95,
        max_seconds: 60.0,
        queries: None,
        isolation: Isolation::Thread,
    }
}

fn cell(index: usize, twist: Twist, model: &ModelReference, clock: &Arc<MadeUp>) -> CellSpec {
    let clock = clock.clone();
    let planner =
        move |architecture: &Architecture, batch: usize, environment: &Environment| -> Result<Box<dyn DynScheme>> {
            if twist == Twist::Refuses {
                return Err(Error::Unsupported("depth 9 is too deep".into()));
            }
            let inner = <Cleartext as Entry>::plan(Params {}, architecture, batch, environment)?;
            Ok(Box::new(Timed { inner, works: Works { index, twist, clock: clock.clone() } }))
        };
    CellSpec {
        scheme_label: format!("timed (index {index})"),
        index,
        label: format!("cell {index}"),
        scheme: Arc::new(Chosen {
            name: "timed",
            params: serde_json::json!({ "index": index }),
            insecure: None,
            comparison: Comparison::default(),
            foreign: false,
            planner: Box::new(planner),
        }),
        model: Some(model.clone()),
        scenario: Scenario::Single,
        batch: 1,
        threads: 1,
        kernel: Kernel::Scalar,
        kernel_requested: "scalar".into(),
        operation: None,
        reference: None,
    }
}

fn run(assignment: &Assignment) -> Run {
    Run {
        schema_version: SCHEMA_VERSION,
        name: "bench".into(),
        kind: "inference".into(),
        config: Config { text: String::new(), sha256: String::new() },
        toolchain: String::new(),
        commit: None,
        dirty: false,
        created_utc: "2026-01-31T12:00:00Z".into(),
        dataset: assignment.dataset.clone(),
        seed: Some(1),
        benchmark_only_keys: true,
        binary_sha256: String::new(),
        cells: assignment.cells().count() as u32,
        confidence: 0.95,
    }
}

#[derive(Clone)]
struct Works {
    index: usize,
    twist: Twist,
    clock: Arc<MadeUp>,
}

struct Timed<T: ?Sized> {
    works: Works,
    inner: Box<T>,
}

impl DynScheme for Timed<dyn DynScheme> {
    fn describe(&self) -> &Description {
        self.inner.describe()
    }
    fn plan(&self) -> &[u8] {
        self.inner.plan()
    }
    fn promise(&self, weights: &Weights) -> Result<Promise> {
        self.inner.promise(weights)
    }
    fn key_holder(&self, seed: &Seed) -> Result<Box<dyn DynKeyHolder>> {
        self.works.clock.pass(KEYGEN);
        Ok(Box::new(Timed { works: self.works.clone(), inner: self.inner.key_holder(seed)? }))
    }
    fn client(&self, public_key: &[u8]) -> Result<Box<dyn DynClient>> {
        self.inner.client(public_key)
    }
    fn publish(&self, public_key: &[u8], weights: &Weights, seed: &Seed) -> Result<Vec<u8>> {
        self.inner.publish(public_key, weights, seed)
    }
    fn server(&self, model: &[u8]) -> Result<Box<dyn DynServer>> {
        Ok(Box::new(Timed { works: self.works.clone(), inner: self.inner.server(model)? }))
    }
    fn primitives(&self) -> Option<&dyn Primitives> {
        self.inner.primitives()
    }
}

impl DynKeyHolder for Timed<dyn DynKeyHolder> {
    fn public_key(&self) -> Result<Vec<u8>> {
        self.inner.public_key()
    }
    fn server_key(&self, request: &[u8], seed: &Seed) -> Result<Vec<u8>> {
        self.inner.server_key(request, seed)
    }
    fn client(&self) -> Result<Option<Box<dyn DynClient>>> {
        let client = self.inner.client()?;
        Ok(client.map(|inner| Box::new(Timed { works: self.works.clone(), inner }) as Box<dyn DynClient>))
    }
    fn inspect(&self, layer: u32, snapshot: &[u8]) -> Result<Inspection> {
        self.inner.inspect(layer, snapshot)
    }
}

impl DynClient for Timed<dyn DynClient> {
    fn encrypt(&self, images: &Images, seed: &Seed) -> Result<Vec<u8>> {
        self.works.clock.pass(ENCRYPT);
        self.inner.encrypt(images, seed)
    }

    fn decrypt(&self, answer: &[u8]) -> Result<Logits> {
        self.works.clock.pass(DECRYPT);
        let logits = self.inner.decrypt(answer)?;
        let evaluations =
            self.works.clock.asked.lock().unwrap().iter().filter(|&&cell| cell == self.works.index).count();
        match self.works.twist {
            Twist::WrongFromQuery(query) if evaluations as u64 > query => Ok(off_by_one(&logits)),
            Twist::WrongFromQuery(_) | Twist::None | Twist::Refuses => Ok(logits),
        }
    }
}

fn off_by_one(logits: &Logits) -> Logits {
    let values = match &logits.values {
        Values::Integer(values) => Values::Integer(values.iter().map(|value| value + 1).collect()),
        Values::Real(values) => Values::Real(values.iter().map(|value| value + 1.0).collect()),
    };
    Logits { classes: logits.classes, values }
}

impl DynServer for Timed<dyn DynServer> {
    fn key_request(&self) -> &[u8] {
        self.inner.key_request()
    }

    fn setup(&mut self, server_key: &[u8]) -> Result<u64> {
        self.works.clock.pass(SETUP);
        self.inner.setup(server_key)
    }

    fn evaluate(&self, query: &[u8], seed: &Seed, detail: Detail) -> Result<(Vec<u8>, Trace)> {
        if detail == Detail::Counts {
            self.works.clock.asked.lock().unwrap().push(self.works.index);
        }
        self.works.clock.pass(EVALUATE);
        let (answer, trace) = self.inner.evaluate(query, seed, detail)?;
        Ok((answer, Trace { wall_ns: EVALUATE, cpu_ns: EVALUATE, ..trace }))
    }
}
