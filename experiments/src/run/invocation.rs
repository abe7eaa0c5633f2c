//! How a run was called: what resuming it, or measuring one group of it, needs beside `run.json`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::RunError;

/// What the command line said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invocation {
    /// The experiment's file, as an absolute path.
    pub experiment: PathBuf,
    /// `--data`, as an absolute path.
    pub data: Option<PathBuf>,
    /// `--threads`.
    pub threads: Option<std::num::NonZeroUsize>,
    /// `--filter`.
    pub filter: Option<String>,
    /// `--time-limit`, in seconds.
    pub time_limit: u64,
}

impl Invocation {
    /// Writes it into a run's folder.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        let path = file(folder);
        let refuse = |reason: String| RunError::Invocation { path: path.clone(), reason };
        let json = serde_json::to_vec_pretty(self).map_err(|error| refuse(error.to_string()))?;
        Ok(blindbench_results::store::atomic::write(&path, &json)?)
    }

    /// Reads it from a run's folder.
    ///
    /// # Errors
    /// Where the folder is no run's, or the file is damaged.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        // A folder that is no run's gets its own words.
        blindbench_results::store::read_run(folder)?;
        let path = file(folder);
        let refuse = |reason: String| RunError::Invocation { path: path.clone(), reason };
        let json = std::fs::read(&path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
        serde_json::from_slice(&json).map_err(|error| refuse(format!("malformed: {error}")))
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("invocation.json")
}
