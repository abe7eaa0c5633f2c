//! A cell while it is measured.

use std::path::PathBuf;

use super::cells::check_owner;
use super::log::{Log, LogWriter};
use super::{atomic, exists, pretty};
use crate::cell::{Cell, Identity, LogSeal, Status};
use crate::error::{Error, Result};
use crate::hash::sha256_file;
use crate::sample::{Line, Stop};

/// A cell's open log, from its start to its seal.
#[derive(Debug)]
pub struct CellLog {
    writer: LogWriter,
    log: PathBuf,
    seal: PathBuf,
    lines: u64,
    recovered: Vec<Line>,
    torn_bytes: u64,
}

impl CellLog {
    pub(super) fn open(path: PathBuf, seal: PathBuf, identity: &Identity) -> Result<CellLog> {
        let log = if exists(&path)? { Log::read(&path)? } else { Log::default() };
        check_owner(&path, &log, &identity.content_hash)?;
        let mut writer = LogWriter::open(&path, log.complete_bytes)?;
        let mut recovered = log.lines;
        if recovered.is_empty() {
            writer.append(&Line::Start(identity.clone()))?;
        } else {
            recovered.remove(0);
        }
        let lines = recovered.len() as u64 + 1;
        Ok(CellLog { writer, log: path, seal, lines, recovered, torn_bytes: log.torn_bytes })
    }

    /// What an earlier process measured, without the start line; empty for a new cell.
    pub fn recovered(&self) -> &[Line] {
        &self.recovered
    }

    /// Bytes of the line that an earlier process did not finish, which was dropped.
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }

    /// Records a line; it survives this process once this returns.
    ///
    /// # Errors
    /// As [`LogWriter::append`]; what was recorded before is kept.
    pub fn append(&mut self, line: &Line) -> Result<()> {
        self.writer.append(line)?;
        self.lines += 1;
        Ok(())
    }

    /// Finishes the cell: syncs its log and writes `cell` beside it with the log's hash filled in.
    /// How it ended is a last line of the log where the cell may be tried again.
    ///
    /// # Errors
    /// [`Error::Unfinished`] for [`Status::Interrupted`], [`Error::OtherCell`] for another cell's
    /// seal, or [`Error::Io`]; the log is kept in any case.
    pub fn seal(mut self, mut cell: Cell) -> Result<Cell> {
        if cell.status == Status::Interrupted {
            return Err(Error::Unfinished(self.seal));
        }
        let expected = self.seal.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if cell.identity.content_hash != expected {
            return Err(Error::OtherCell { path: self.seal, found: cell.identity.content_hash, expected });
        }
        if !cell.status.is_final() {
            self.append(&Line::Stopped(Stop { status: cell.status, reason: cell.reason.clone() }))?;
        }
        self.writer.sync()?;
        let sha256 = sha256_file(&self.log).map_err(Error::io(&self.log, "read the log"))?;
        cell.log = LogSeal { sha256, lines: self.lines, bytes: self.writer.length() };
        atomic::write(&self.seal, &pretty(&self.seal, &cell)?)?;
        Ok(cell)
    }
}
