//! Why a training ended early.

use std::path::Path;

use crate::models;

/// Result with this module's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a training ended early.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The model, or the one it starts from, cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] models::error::Error),
    /// The images cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] crate::dataset::error::Error),
    /// A tensor operation was refused.
    #[error("training: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The trained network does not fit together.
    #[error("the trained network: {0}")]
    Network(#[from] blindbench_core::error::Error),
    /// A file cannot be read or written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A checkpoint that this training cannot go on from.
    #[error("{file}: {reason}")]
    #[diagnostic(help("remove the checkpoint to train from the start"))]
    Checkpoint {
        /// The checkpoint.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Text that cannot be written as YAML.
    #[error("{file}: {reason}")]
    Yaml {
        /// The file.
        file: String,
        /// What the library says.
        reason: String,
    },
    /// The user asked to stop.
    #[error("stopped after {epochs} of {of} epochs")]
    #[diagnostic(help("the same command goes on from the checkpoint"))]
    Interrupted {
        /// Epochs that are done.
        epochs: usize,
        /// Epochs that were asked for.
        of: u32,
    },
}

impl Error {
    /// What the system says about a file.
    pub fn file(path: &Path, source: std::io::Error) -> Self {
        Error::File { file: path.display().to_string(), source }
    }

    /// A checkpoint that is no use.
    pub fn checkpoint(path: &Path, reason: impl Into<String>) -> Self {
        Error::Checkpoint { file: path.display().to_string(), reason: reason.into() }
    }
}
