//! What can go wrong with records. Every message names the file and the remedy; nothing that was
//! written before is ever deleted.

use std::path::{Path, PathBuf};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{}: cannot {action}: {source}; everything recorded before is kept, free the cause and go on with --resume", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A folder without `run.json`.
    #[error("{}: there is no run.json, so this is not the folder of a run; name one that `blindbench run` printed, or start a new run without --resume", .0.display())]
    NotARun(PathBuf),
    /// Neither a run's folder nor a committed baseline.
    #[error("{}: there is neither a cells folder nor a summary.csv beside run.json; name the folder of a run or of a baseline", .0.display())]
    NoRecords(PathBuf),
    /// A `run.json` that cannot be read.
    #[error("{}: malformed: {reason}; put the original back, or start a new run (the cells folder can still be read)", .path.display())]
    MalformedRun {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// Records of another version.
    #[error("{}: schema version {found}, but this program reads version {expected}; use the program that wrote it, or measure again", .path.display())]
    SchemaVersion {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u64,
        /// Version of this program.
        expected: u32,
    },
    /// A run of another program.
    #[error("{}: measured by the program with SHA-256 {recorded}, but this one is {running}; {remedy}", .path.display())]
    OtherBinary {
        /// The run's `run.json`.
        path: PathBuf,
        /// Hash in the record.
        recorded: String,
        /// Hash of this program.
        running: String,
        /// Which program to use instead.
        remedy: String,
    },
    /// A seal that cannot be read.
    #[error("{}: malformed seal: {reason}; {}", .path.display(), REMEASURE)]
    MalformedSeal {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// A seal without its log.
    #[error("{}: sealed, but its log {} is gone; put it back, or: {}", .seal.display(), .log.display(), REMEASURE)]
    LogMissing {
        /// The seal.
        seal: PathBuf,
        /// The log that should lie beside it.
        log: PathBuf,
    },
    /// A log that changed after it was sealed.
    #[error("{}: changed after it was sealed (SHA-256 {found}, sealed as {sealed}); put the original back, or: {}", .path.display(), REMEASURE)]
    LogChanged {
        /// The log.
        path: PathBuf,
        /// Hash in the seal.
        sealed: String,
        /// Hash of the file.
        found: String,
    },
    /// A line in a log, not a torn last one, that cannot be read.
    #[error("{}: line {line}: {reason}; put the original back, or: {}", .path.display(), REMEASURE)]
    MalformedLine {
        /// The log.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A log or seal that belongs to another cell than its name says.
    #[error("{}: belongs to cell {found}, expected {expected}; {}", .path.display(), REMEASURE)]
    OtherCell {
        /// The file.
        path: PathBuf,
        /// The cell it names.
        found: String,
        /// The cell its file name stands for.
        expected: String,
    },
    /// A group that another process measures.
    #[error("{}: group {group} is being measured by {holder}; wait for it or end it, then use --resume", .path.display())]
    Locked {
        /// The lock's file.
        path: PathBuf,
        /// The group.
        group: u32,
        /// `process <id>`, as far as the lock's file tells.
        holder: String,
    },
    /// A cell that is finished already.
    #[error("{}: the cell is finished; {}", .0.display(), REMEASURE)]
    Sealed(PathBuf),
    /// A seal for a cell that is not finished.
    #[error("{}: an interrupted cell is left unsealed, so that --resume goes on with it", .0.display())]
    Unfinished(PathBuf),
    /// A log after a write that failed.
    #[error("{}: takes no more lines after a failed write; go on with --resume", .0.display())]
    Broken(PathBuf),
    /// A derived table that cannot be read or written.
    #[error("{}: {reason}; derive it again from its run, or put the committed file back", .path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where there is one.
        reason: String,
    },
}

/// The remedy wherever one cell's files are damaged.
const REMEASURE: &str =
    "to measure this cell again, move its .jsonl and .json out of the cells folder, then use --resume";

impl Error {
    /// What the operating system refused to do with `path`.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { path, action, source }
    }
}
