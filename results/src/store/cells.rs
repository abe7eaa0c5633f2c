//! What a run's folder holds of its cells, verified as it is read.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::cell_log::CellLog;
use super::log::Log;
use super::{Progress, RunFolder, atomic, check_version, exists};
use crate::cell::{Cell, Identity};
use crate::error::{Error, Result};
use crate::hash::sha256_file;
use crate::sample::Line;

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

    /// Opens the log of a cell that is not finished, at its start or where it stopped. A cell that is
    /// sealed, but not for good ([`crate::cell::Status::is_final`]), loses its seal: what it says stands
    /// in the log as a [`Line::Stopped`] already.
    ///
    /// The caller holds the lock of the cell's group.
    ///
    /// # Errors
    /// [`Error::Sealed`] where it is finished; else as [`RunFolder::progress`].
    pub fn start(&self, identity: &Identity) -> Result<CellLog> {
        let seal = self.seal_path(&identity.content_hash);
        match self.read_seal(&identity.content_hash)? {
            Some(cell) if cell.status.is_final() => return Err(Error::Sealed(seal)),
            Some(_) => {
                std::fs::remove_file(&seal).map_err(Error::io(&seal, "take the seal off"))?;
                atomic::sync_folder(&self.cells_path())?;
            }
            None => {}
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
            Line::OneOff(_)
            | Line::Query(_)
            | Line::Noise(_)
            | Line::Operation(_)
            | Line::Leakage(_)
            | Line::Stopped(_) => Ok(None),
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
}

pub(super) fn check_owner(path: &Path, log: &Log, expected: &str) -> Result<()> {
    match log.lines.first() {
        Some(Line::Start(identity)) if identity.content_hash != expected => Err(Error::OtherCell {
            path: path.to_owned(),
            found: identity.content_hash.clone(),
            expected: expected.to_owned(),
        }),
        _ => Ok(()),
    }
}
