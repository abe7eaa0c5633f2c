//! An experiment, checked: holding one is the proof that its config is sound.

pub mod leakage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blindbench_kernels::dispatch::Kernel;
use blindbench_schemes::registry::Chosen;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::leakage::LeakageRequest;
use crate::models::Model;
use crate::models::untrained::Untrained;

/// An experiment file, checked and expanded.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Names the run's folder: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The file as it was read.
    pub text: String,
    /// Where it was read from.
    pub path: PathBuf,
    /// What all randomness is derived from; without one it comes from the operating system.
    pub seed: Option<u64>,
    /// What is done with each cell.
    pub kind: Kind,
    /// The images; none under [`Kind::Primitives`] alone, which needs none.
    pub dataset: Option<DatasetRequest>,
    /// The experiment that is run in place of this one where the images cannot be had.
    pub fallback: Option<PathBuf>,
    /// What the attackers have, under [`Kind::Leakage`] alone.
    pub leakage: Option<LeakageRequest>,
    /// How cells are measured.
    pub measure: Measure,
    /// Every network that a cell names, with its weights.
    pub networks: BTreeMap<ModelReference, Arc<Model>>,
    /// The matrix, in the order of the file; `cells[i].index == i`.
    pub cells: Vec<CellSpec>,
    /// What is scheduled together; every cell is in exactly one group.
    pub groups: Vec<Group>,
}

/// What is done with each cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Classify encrypted images.
    Inference,
    /// Time a scheme's named operations by themselves.
    Primitives,
    /// Find out what issued function keys give away.
    Leakage,
}

/// The images that an experiment asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DatasetRequest {
    /// `mnist`, or `digits` for drawn ones.
    pub name: String,
    /// The part of the data set.
    pub split: Split,
    /// How many images are taken, from the first on; at least 1 and no more than the split has.
    pub images: usize,
}

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// What networks are trained on.
    Train,
    /// What choices are made on.
    Validation,
    /// What is reported.
    Test,
}

/// How cells are measured; the same for every cell of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// Fewest timed repeats of a query, at least 1.
    pub repeats: u32,
    /// Untimed repeats before them.
    pub warmup: u32,
    /// Whether the cells of a group take turns.
    pub order: Order,
    /// Level of the intervals, above 0 and below 1.
    pub confidence: f64,
    /// Seconds after which a cell takes no further repeat; above 0.
    pub max_seconds: f64,
    /// Most different queries of a cell, at least 1; none for as many as the images fill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queries: Option<u64>,
    /// Where the server role runs.
    pub isolation: Isolation,
}

/// Whether cells take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The cells of a group are measured alternately, so that a drift of the machine meets all.
    Interleaved,
    /// One cell after the other.
    Sequential,
}

/// Where the server role runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// In a child process without access to images, labels and secret key.
    Process,
    /// In this process, for tests.
    Thread,
}

/// How images are put to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// One image a query: what counts is latency.
    Single,
    /// Several images a query: what counts is the time per image.
    Batch,
}

/// One combination that is measured.
#[derive(Debug, Clone)]
pub struct CellSpec {
    /// Place in [`Experiment::cells`].
    pub index: usize,
    /// For people: what tells this cell from the others of its experiment.
    pub label: String,
    /// The scheme with its parameters.
    pub scheme: Arc<Chosen>,
    /// The scheme's name, with those parameters that tell it from its namesakes in the experiment.
    pub scheme_label: String,
    /// The network, a key of [`Experiment::networks`]; none where operations are timed that need none.
    pub model: Option<ModelReference>,
    /// Follows from `batch`.
    pub scenario: Scenario,
    /// Images a query is asked to hold, at least 1.
    pub batch: usize,
    /// Threads of the server, at least 1.
    pub threads: usize,
    /// The instructions to use; this processor has them.
    pub kernel: Kernel,
    /// The kernel as the file names it: `best` or the name of `kernel`.
    pub kernel_requested: String,
    /// The operation to time, under [`Kind::Primitives`] alone; none stands for all that the scheme offers.
    pub operation: Option<String>,
    /// Place in [`Experiment::cells`] of the cell that this one is compared with.
    pub reference: Option<usize>,
}

/// A network by name, by file or by its measures.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelReference {
    /// One of the built-in networks.
    Named(String),
    /// A YAML file that states the architecture and names its weights.
    File(PathBuf),
    /// A network that is not trained, and the number that its weights are drawn from.
    Untrained(Untrained, u64),
}

/// Cells that are scheduled together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Place in [`Experiment::groups`].
    pub index: usize,
    /// Indices into [`Experiment::cells`], ascending, at least one.
    pub cells: Vec<usize>,
}

impl Kind {
    /// The name used in experiments and records.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Inference => "inference",
            Kind::Primitives => "primitives",
            Kind::Leakage => "leakage",
        }
    }
}

impl Split {
    /// The name used in experiments and records.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }
}

impl Scenario {
    /// The name used in experiments and records.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::Single => "single",
            Scenario::Batch => "batch",
        }
    }

    /// What queries of `batch` images are.
    pub fn of_batch(batch: usize) -> Self {
        if batch > 1 { Scenario::Batch } else { Scenario::Single }
    }
}

impl ModelReference {
    /// The reference that a config means: a path where it ends in `.yaml` or `.yml`, relative to the
    /// config's folder, else a name.
    pub fn parse(text: &str, folder: &Path) -> Self {
        match Path::new(text).extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => ModelReference::File(folder.join(text)),
            _ => ModelReference::Named(text.to_owned()),
        }
    }

    /// What the network is called in records: its name, or its file's name without the extension.
    pub fn name(&self) -> String {
        match self {
            ModelReference::Named(name) => name.clone(),
            ModelReference::File(path) => path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            ModelReference::Untrained(network, _) => network.name(),
        }
    }
}

impl std::fmt::Display for ModelReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ModelReference::Named(name) => f.write_str(name),
            ModelReference::File(path) => write!(f, "{}", path.display()),
            ModelReference::Untrained(network, _) => f.write_str(&network.name()),
        }
    }
}

impl CellSpec {
    /// The network's name in records; empty where there is none.
    pub fn model_name(&self) -> String {
        self.model.as_ref().map_or_else(String::new, ModelReference::name)
    }
}

impl Experiment {
    /// The group that a cell is scheduled in.
    pub fn group_of(&self, cell: usize) -> Option<&Group> {
        self.groups.iter().find(|group| group.cells.contains(&cell))
    }

    /// Everything of the config that a cell's samples depend on. Files are left out: the hashes of
    /// weights and data stand for their contents.
    pub fn content(&self, cell: &CellSpec) -> Value {
        let mut content = json!({
            "kind": self.kind,
            "seed": self.seed,
            "dataset": self.dataset,
            "measure": self.measure,
            "model": cell.model.as_ref().map(ModelReference::name),
            "scheme": cell.scheme.name,
            "params": cell.scheme.params,
            "insecure": cell.scheme.insecure,
            "scenario": cell.scenario,
            "batch": cell.batch,
            "threads": cell.threads,
            "kernel": cell.kernel.name(),
            "operation": cell.operation,
        });
        // Not even as null: cells of other kinds keep their names.
        if let (Some(leakage), Value::Object(content)) = (self.leakage, &mut content) {
            content.insert("leakage".into(), json!(leakage));
        }
        content
    }

    /// The cell's content hash, 64 hexadecimal digits: BLAKE3 of [`Experiment::content`] in canonical
    /// JSON and the hashes of weights and data (the empty text where a kind uses none).
    pub fn content_hash(&self, cell: &CellSpec, weights_hash: &str, data_hash: &str) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("blindbench cell content 1");
        for part in [canonical_json(&self.content(cell)).as_str(), weights_hash, data_hash] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// JSON without spaces, keys in ascending order: the same bytes for the same value, whatever order
/// its maps were filled in.
pub fn canonical_json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            let entries = entries.into_iter().map(|(key, value)| {
                let key = Value::String(key.clone());
                format!("{key}:{}", canonical_json(value))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical_json).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
