//! An experiment file as it is written, unchecked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::experiment::{Isolation, Kind, Scenario, Split};
use crate::yaml::{At, OneOrMany};

/// An experiment: models x schemes, and single pairs, are its cells.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "E: Deserialize<'de>")]
#[schemars(rename = "Experiment")]
pub struct Literal<E> {
    /// Names the run's folder: letters, digits, `-`, `_` and `.`.
    pub name: At<String>,
    /// What all randomness is derived from, for benchmarks only; without one it comes from the operating system.
    #[serde(default)]
    pub seed: Option<u64>,
    /// What is done with each cell.
    pub kind: At<Kind>,
    /// The images; none under `kind: primitives`, which needs none.
    #[serde(default)]
    pub dataset: Option<At<Dataset>>,
    /// Another experiment, relative to this one's folder, to be run in place of this one where MNIST cannot be
    /// had: for first tries, not for results.
    #[serde(default)]
    pub fallback: Option<At<String>>,
    /// Networks, each of which is run under every scheme of `schemes`; none under `kind: primitives` for operations
    /// that need none.
    #[serde(default)]
    pub models: OneOrMany<ModelName>,
    /// Schemes, each named by its key, under which every network of `models` is run. Beside the key may stand a
    /// `name`, and the name of a `reference` to be compared with.
    #[serde(default)]
    pub schemes: Vec<At<E>>,
    /// Single combinations beside the matrix.
    #[serde(default)]
    pub pairs: Vec<Pair<E>>,
    /// Names of the operations to time, under `kind: primitives` alone; all that a scheme offers where none is stated.
    #[serde(default)]
    pub operations: OneOrMany<String>,
    /// How cells are measured.
    #[serde(default)]
    pub measure: Measure,
}

/// The images.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The data set.
    pub name: At<DatasetName>,
    /// The part of it.
    pub split: At<Split>,
    /// How many images are taken, from the first on.
    pub images: At<usize>,
}

/// A network and a scheme.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair<E> {
    /// The network.
    pub model: At<ModelName>,
    /// The scheme, named by its key.
    pub scheme: At<E>,
}

/// How cells are measured.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Measure {
    /// What queries hold; follows from `batch` where it is not stated.
    pub scenario: Option<At<Scenario>>,
    /// Images that a query is asked to hold.
    pub batch: OneOrMany<usize>,
    /// Fewest timed repeats of a query.
    pub repeats: At<u32>,
    /// Untimed repeats before them.
    pub warmup: u32,
    /// Threads of the server.
    pub threads: OneOrMany<usize>,
    /// Instructions to use; `best` is the widest that the processor has.
    pub kernel: OneOrMany<KernelName>,
    /// Whether cells of the same batch and threads take turns.
    pub interleave: bool,
    /// Level of the intervals.
    pub confidence: At<f64>,
    /// Seconds after which a cell takes no further repeat.
    pub max_seconds: At<f64>,
    /// Where the server role runs; recorded runs want `process`.
    pub isolation: Isolation,
}

impl Default for Measure {
    fn default() -> Self {
        Measure {
            scenario: None,
            batch: OneOrMany::one(1),
            repeats: At::nowhere(3),
            warmup: 1,
            threads: OneOrMany::one(1),
            kernel: OneOrMany::one(KernelName("best".into())),
            interleave: true,
            confidence: At::nowhere(0.95),
            max_seconds: At::nowhere(30.0),
            isolation: Isolation::Process,
        }
    }
}

/// A built-in network, or a path to a YAML file that states one, relative to the experiment's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ModelName(pub String);

/// A data set's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DatasetName(pub String);

/// An instruction set, or `best`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct KernelName(pub String);
