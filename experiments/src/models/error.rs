//! Why a model cannot be had.

use crate::yaml::problem::{Problem, Problems};

/// Why a model cannot be had.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// No model has this name.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Unknown(Problem),
    /// The model is described, but no weights are embedded yet.
    #[error("model `{name}` has not been trained yet")]
    #[diagnostic(help("train it: `cargo run --release --features train -- models train {name}`, then build again"))]
    Untrained {
        /// The model.
        name: String,
    },
    /// A folder holds no model.
    #[error("{file} is missing")]
    #[diagnostic(help("name the folder that holds the models' folders with `--out`; `models train` fills it"))]
    Missing {
        /// The file.
        file: String,
    },
    /// A file cannot be read or written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A YAML file that is not what it should be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Yaml(Problems),
    /// Layers or weights that do not fit together.
    #[error("{file}: {source}")]
    Network {
        /// The file.
        file: String,
        /// Both sides of the mismatch.
        source: blindbench_core::error::Error,
    },
}
