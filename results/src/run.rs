//! What one execution of an experiment is: `run.json`.

use serde::{Deserialize, Serialize};

/// One execution of an experiment; written once, before anything is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// [`crate::SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// The experiment's name.
    pub name: String,
    /// What is done with each cell: `inference`, `primitives`, ...
    pub kind: String,
    /// The experiment file.
    pub config: Config,
    /// Compiler that built the program, as `rustc --version` prints it.
    pub toolchain: String,
    /// Commit that the program was built from, where that is known.
    pub commit: Option<String>,
    /// Whether the sources differed from that commit.
    pub dirty: bool,
    /// When the run started: UTC, ISO 8601 (`2026-01-31T12:00:00Z`).
    pub created_utc: String,
    /// The images.
    pub dataset: Dataset,
    /// What all randomness is derived from; none where it came from the operating system.
    pub seed: Option<u64>,
    /// Whether keys follow from the stated seed, and so protect nothing outside a benchmark.
    pub benchmark_only_keys: bool,
    /// SHA-256 of the program, hexadecimal; the run resumes under the same program only.
    pub binary_sha256: String,
    /// Cells that the run is to measure, after any filter.
    pub cells: u32,
    /// Level of the intervals, above 0 and below 1.
    pub confidence: f64,
}

/// The experiment file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its contents.
    pub text: String,
    /// SHA-256 of the contents, hexadecimal.
    pub sha256: String,
}

/// The images of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// `mnist`, or `digits` for drawn ones.
    pub name: String,
    /// `train`, `validation` or `test`.
    pub split: String,
    /// How many images each cell is to classify.
    pub images: u64,
    /// SHA-256 of the uncompressed images and labels, hexadecimal.
    pub sha256: String,
}

impl Dataset {
    /// The data set in records and captions, `mnist/test`.
    pub fn label(&self) -> String {
        format!("{}/{}", self.name, self.split)
    }
}
