//! A run's folder: made, filled while cells are measured, opened again.
//!
//! ```text
//! <name>-<utc>-<commit>/
//!   run.json              what the run is; written once, first
//!   cells/<hash>.jsonl    a cell's log: one line a sample, as it is measured
//!   cells/<hash>.json     the cell's seal: it is finished, and its log has this hash
//!   locks/group-<n>.lock  who measures a group
//! ```
//!
//! A killed run resumes: sealed cells are skipped, except those that crashed or timed out; an open log
//! goes on behind its last whole line.
//! Whatever is damaged gives an error that names it; nothing is repaired silently or deleted.

pub mod atomic;
pub mod cell_log;
pub mod cells;
pub mod lock;
pub mod log;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::SCHEMA_VERSION;
use crate::cell::Cell;
use crate::error::{Error, Result};
use crate::run::Run;
use crate::sample::Line;
use lock::GroupLock;

/// A run's folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    run: Run,
}

/// How far a cell has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Nothing was measured yet.
    New,
    /// Measured in part; the lines that stand.
    Started(Vec<Line>),
    /// Measured to an end, and its log is unchanged since.
    Sealed(Box<Cell>),
}

impl RunFolder {
    /// Makes `<name>-<utc>-<commit>` in `out`, with a number behind it where that is taken, and
    /// writes `run.json`.
    ///
    /// # Errors
    /// [`Error::Io`] where `out` cannot be made or written.
    pub fn create(out: &Path, run: Run) -> Result<RunFolder> {
        std::fs::create_dir_all(out).map_err(Error::io(out, "make the output folder"))?;
        let path = make_new(out, &folder_name(&run))?;
        for folder in ["cells", "locks"].map(|name| path.join(name)) {
            std::fs::create_dir(&folder).map_err(Error::io(&folder, "make the folder"))?;
        }
        let file = path.join("run.json");
        atomic::write(&file, &pretty(&file, &run)?)?;
        atomic::sync_folder(out)?;
        Ok(RunFolder { path, run })
    }

    /// Opens a run's folder to read it.
    ///
    /// # Errors
    /// [`Error::NotARun`], [`Error::MalformedRun`], [`Error::SchemaVersion`] or [`Error::Io`].
    pub fn open(path: &Path) -> Result<RunFolder> {
        Ok(RunFolder { path: path.to_owned(), run: read_run(path)? })
    }

    /// Opens a run's folder to go on measuring with the program of that SHA-256.
    ///
    /// # Errors
    /// Those of [`RunFolder::open`], and [`Error::OtherBinary`] where another program began it.
    pub fn resume(path: &Path, binary_sha256: &str) -> Result<RunFolder> {
        let folder = RunFolder::open(path)?;
        let run = &folder.run;
        if run.binary_sha256 == binary_sha256 {
            return Ok(folder);
        }
        let remedy = match &run.commit {
            Some(commit) if !run.dirty => {
                format!("build commit {commit} with {} and resume, or start a new run", run.toolchain)
            }
            Some(commit) => format!("it was built from changes on top of commit {commit}; start a new run"),
            None => "use the program that began it, or start a new run".to_owned(),
        };
        Err(Error::OtherBinary {
            path: path.join("run.json"),
            recorded: run.binary_sha256.clone(),
            running: binary_sha256.to_owned(),
            remedy,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the run is.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Takes the right to measure a group; hold it as long as the group's cells are open.
    ///
    /// # Errors
    /// [`Error::Locked`] where another process holds it, or [`Error::Io`].
    pub fn lock(&self, group: u32) -> Result<GroupLock> {
        GroupLock::take(&self.path.join("locks"), group)
    }

    fn cells_path(&self) -> PathBuf {
        self.path.join("cells")
    }

    fn seal_path(&self, content_hash: &str) -> PathBuf {
        self.cells_path().join(format!("{content_hash}.json"))
    }

    fn log_path(&self, content_hash: &str) -> PathBuf {
        self.cells_path().join(format!("{content_hash}.jsonl"))
    }
}

/// Reads `run.json` in `folder`.
///
/// # Errors
/// As [`RunFolder::open`].
pub fn read_run(folder: &Path) -> Result<Run> {
    let path = folder.join("run.json");
    let bytes = match std::fs::read(&path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(Error::NotARun(folder.to_owned()));
        }
        read => read.map_err(Error::io(&path, "read it"))?,
    };
    let malformed = |error: serde_json::Error| Error::MalformedRun { path: path.clone(), reason: error.to_string() };
    let value: Value = serde_json::from_slice(&bytes).map_err(malformed)?;
    check_version(&path, &value)?;
    serde_json::from_slice(&bytes).map_err(malformed)
}

fn check_version(path: &Path, value: &Value) -> Result<()> {
    match value.get("schema_version").and_then(Value::as_u64) {
        Some(found) if found != u64::from(SCHEMA_VERSION) => {
            Err(Error::SchemaVersion { path: path.to_owned(), found, expected: SCHEMA_VERSION })
        }
        // A missing version is reported with the other fields, with its place.
        _ => Ok(()),
    }
}

fn exists(path: &Path) -> Result<bool> {
    path.try_exists().map_err(Error::io(path, "look for it"))
}

pub(crate) fn pretty<T: serde::Serialize>(path: &Path, value: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Error::io(path, "encode it")(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `<name>-<utc>-<commit>`, the time without separators, eight digits of the commit.
fn folder_name(run: &Run) -> String {
    let utc: String = run.created_utc.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let commit: String = run.commit.as_deref().unwrap_or("unknown").chars().take(8).collect();
    let dirty = if run.dirty { "-dirty" } else { "" };
    format!("{}-{utc}-{commit}{dirty}", run.name)
}

fn make_new(out: &Path, name: &str) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let path = match number {
            1 => out.join(name),
            _ => out.join(format!("{name}-{number}")),
        };
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Error::io(&path, "make the run's folder")(error)),
        }
    }
}

#[cfg(test)]
mod tests;
