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
//! A killed run resumes: sealed cells are skipped, an open log goes on behind its last whole line.
//! Whatever is damaged gives an error that names it; nothing is repaired silently or deleted.

pub mod atomic;
pub mod cell_log;
pub mod lock;
pub mod log;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::SCHEMA_VERSION;
use crate::cell::{Cell, Identity};
use crate::error::{Error, Result};
use crate::hash::sha256_file;
use crate::run::Run;
use crate::sample::Line;
use cell_log::CellLog;
use lock::GroupLock;
use log::Log;

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
    /// Finished, and its log is unchanged since.
    Sealed(Box<Cell>),
}

/// Everything recorded of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRecord {
    /// What was measured.
    pub identity: Identity,
    /// The seal, where the cell is finished.
    pub seal: Option<Cell>,
    /// The log's lines behind its start.
    pub lines: Vec<Line>,
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

    /// How far the cell of that content hash has come; a seal and its log are verified.
    ///
    /// # Errors
    /// [`Error::MalformedSeal`], [`Error::LogMissing`], [`Error::LogChanged`],
    /// [`Error::MalformedLine`], [`Error::OtherCell`], [`Error::SchemaVersion`] or [`Error::Io`].
    pub fn progress(&self, content_hash: &str) -> Result<Progress> {
        if let Some(cell) = self.read_seal(content_hash)? {
            return Ok(Progress::Sealed(Box::new(cell)));
        }
        let path = self.log_path(content_hash);
        if !exists(&path)? {
            return Ok(Progress::New);
        }
        let log = Log::read(&path)?;
        check_owner(&path, &log, content_hash)?;
        Ok(if log.lines.is_empty() { Progress::New } else { Progress::Started(log.lines) })
    }

    /// Opens the log of a cell that is not finished, at its start or where it stopped.
    ///
    /// The caller holds the lock of the cell's group.
    ///
    /// # Errors
    /// [`Error::Sealed`] where it is finished; else as [`RunFolder::progress`].
    pub fn start(&self, identity: &Identity) -> Result<CellLog> {
        let seal = self.seal_path(&identity.content_hash);
        if exists(&seal)? {
            return Err(Error::Sealed(seal));
        }
        CellLog::open(self.log_path(&identity.content_hash), seal, identity)
    }

    /// Everything recorded so far, in the order of the experiment.
    ///
    /// A cell whose log has no whole line yet is left out.
    ///
    /// # Errors
    /// As [`RunFolder::progress`], for the first cell that is damaged.
    pub fn records(&self) -> Result<Vec<CellRecord>> {
        let mut records = Vec::new();
        for hash in self.content_hashes()? {
            records.extend(self.record(&hash)?);
        }
        records.sort_by(|a, b| {
            (a.identity.index, &a.identity.content_hash).cmp(&(b.identity.index, &b.identity.content_hash))
        });
        Ok(records)
    }

    fn record(&self, content_hash: &str) -> Result<Option<CellRecord>> {
        let seal = self.read_seal(content_hash)?;
        let path = self.log_path(content_hash);
        let mut log = Log::read(&path)?;
        check_owner(&path, &log, content_hash)?;
        if log.lines.is_empty() {
            return Ok(None);
        }
        match log.lines.remove(0) {
            Line::Start(identity) => Ok(Some(CellRecord { identity, seal, lines: log.lines })),
            Line::OneOff(_) | Line::Query(_) | Line::Noise(_) | Line::Operation(_) => Ok(None),
        }
    }

    fn content_hashes(&self) -> Result<BTreeSet<String>> {
        let folder = self.cells_path();
        let mut hashes = BTreeSet::new();
        for entry in std::fs::read_dir(&folder).map_err(Error::io(&folder, "list the cells"))? {
            let path = entry.map_err(Error::io(&folder, "list the cells"))?.path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if let (Some("json" | "jsonl"), Some(stem)) = (extension, path.file_stem().and_then(|stem| stem.to_str())) {
                hashes.insert(stem.to_owned());
            }
        }
        Ok(hashes)
    }

    fn read_seal(&self, content_hash: &str) -> Result<Option<Cell>> {
        let (seal, log) = (self.seal_path(content_hash), self.log_path(content_hash));
        if !exists(&seal)? {
            return Ok(None);
        }
        let bytes = std::fs::read(&seal).map_err(Error::io(&seal, "read the seal"))?;
        let malformed =
            |error: serde_json::Error| Error::MalformedSeal { path: seal.clone(), reason: error.to_string() };
        let value: Value = serde_json::from_slice(&bytes).map_err(malformed)?;
        check_version(&seal, &value)?;
        // From the bytes again: line and column are lost in a value.
        let cell: Cell = serde_json::from_slice(&bytes).map_err(malformed)?;
        if cell.identity.content_hash != content_hash {
            return Err(Error::OtherCell {
                path: seal,
                found: cell.identity.content_hash,
                expected: content_hash.to_owned(),
            });
        }
        if !exists(&log)? {
            return Err(Error::LogMissing { seal, log });
        }
        let found = sha256_file(&log).map_err(Error::io(&log, "read the log"))?;
        if found != cell.log.sha256 {
            return Err(Error::LogChanged { path: log, sealed: cell.log.sha256, found });
        }
        Ok(Some(cell))
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

fn check_owner(path: &Path, log: &Log, expected: &str) -> Result<()> {
    match log.lines.first() {
        Some(Line::Start(identity)) if identity.content_hash != expected => Err(Error::OtherCell {
            path: path.to_owned(),
            found: identity.content_hash.clone(),
            expected: expected.to_owned(),
        }),
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
