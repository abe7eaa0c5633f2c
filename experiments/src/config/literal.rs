//! An experiment file as it is written, unchecked.

use std::fmt;

use blindbench_core::network::architecture::Arithmetic;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::leakage::Leakage;
use crate::experiment::{Isolation, Kind, Scenario, Split};
use crate::models::untrained::Untrained;
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
    /// Issued keys and their attackers, under `kind: leakage` alone; the images are the victims.
    #[serde(default)]
    pub leakage: Option<At<Leakage>>,
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
    /// The network, or several that are not trained.
    pub model: At<ModelName>,
    /// The scheme, named by its key.
    pub scheme: At<E>,
    /// Images that a query is asked to hold, instead of those under `measure`.
    #[serde(default)]
    pub batch: Option<OneOrMany<usize>>,
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
    /// Most different queries of a cell, where it need not answer all images: cost alone is asked for.
    pub queries: Option<At<u64>>,
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
            queries: None,
            isolation: Isolation::Process,
        }
    }
}

/// A built-in network, a path to a YAML file that states one, relative to the experiment's folder, or the measures of
/// some that are not trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ModelName {
    /// A name or a path.
    Text(String),
    /// Measures.
    Measures(Measures),
}

/// Networks that are not trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// Their widths and depths.
    pub untrained: Family,
}

/// Networks of dense layers with a square after each but the last, which gives ten scores: one for every combination of
/// the widths and depths. Their weights are drawn from the experiment's seed, or from 0 where none is stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Values of each hidden layer.
    pub width: OneOrMany<usize>,
    /// Squares in a row.
    pub depth: OneOrMany<usize>,
    /// What weights are: `real`, or `integer` with weights of -1 and 1 on black and white pixels.
    #[serde(default = "of_reals")]
    pub arithmetic: Arithmetic,
    /// Pixels that are cut off at each side of an image.
    #[serde(default)]
    pub crop: usize,
}

fn of_reals() -> Arithmetic {
    Arithmetic::Real
}

impl Family {
    /// Its networks, widths innermost.
    pub fn networks(&self) -> impl Iterator<Item = Untrained> {
        let Family { width, depth, arithmetic, crop } = self;
        let network = |depth: usize, width: usize| Untrained { width, depth, arithmetic: *arithmetic, crop: *crop };
        let of_depth = move |depth: &At<usize>| {
            let depth = depth.value;
            width.items.iter().map(move |width| network(depth, width.value))
        };
        depth.items.iter().flat_map(of_depth)
    }
}

/// Not derived, so that what is wrong with measures is told at its place.
impl<'de> Deserialize<'de> for ModelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ModelNameVisitor)
    }
}

struct ModelNameVisitor;

impl<'de> Visitor<'de> for ModelNameVisitor {
    type Value = ModelName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a model's name, or `{untrained: {width: 64, depth: 1}}`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ModelName, E> {
        Ok(ModelName::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ModelName, A::Error> {
        Measures::deserialize(MapAccessDeserializer::new(map)).map(ModelName::Measures)
    }
}

/// A data set's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DatasetName(pub String);

/// An instruction set, or `best`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct KernelName(pub String);
