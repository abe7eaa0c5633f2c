//! A cell's log: one JSON line a sample, written as it is measured.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sample::{Line, Sample};

/// What a log holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// Its complete lines.
    pub lines: Vec<Line>,
    /// Bytes of the complete lines.
    pub complete_bytes: u64,
    /// Bytes of a last line that a killed process did not finish.
    pub torn_bytes: u64,
}

impl Log {
    /// Reads a log; what follows the last line's end is a torn line and left out.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::MalformedLine`] for a complete line that is none, a first line
    /// that is not [`Line::Start`] or a later one that is, or a sample that occurs twice.
    pub fn read(path: &Path) -> Result<Log> {
        let bytes = std::fs::read(path).map_err(Error::io(path, "read the log"))?;
        let complete = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let torn_bytes = (bytes.len() - complete) as u64;
        let mut seen = HashSet::new();
        let mut lines = Vec::new();
        for (index, text) in bytes[..complete].split_inclusive(|&byte| byte == b'\n').enumerate() {
            let line = parse(text, index, &mut seen).map_err(|reason| Error::MalformedLine {
                path: path.to_owned(),
                line: index + 1,
                reason,
            })?;
            lines.push(line);
        }
        Ok(Log { lines, complete_bytes: complete as u64, torn_bytes })
    }
}

fn parse(text: &[u8], index: usize, seen: &mut HashSet<(String, u64, u32)>) -> std::result::Result<Line, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if matches!(line, Line::Start(_)) != (index == 0) {
        return Err("a log has one start line, its first".into());
    }
    let key = match &line {
        Line::Query(sample) => {
            check_lists(sample)?;
            Some((String::new(), sample.query, sample.repeat))
        }
        Line::Operation(sample) => Some((sample.operation.clone(), 0, sample.repeat)),
        Line::Leakage(sample) => Some((format!("the keys of step {}", sample.step), 0, 0)),
        Line::Start(_) | Line::OneOff(_) | Line::Noise(_) | Line::Stopped(_) => None,
    };
    match key {
        Some(key) if !seen.insert(key.clone()) => {
            let what = if key.0.is_empty() { format!("query {}", key.1) } else { key.0 };
            Err(format!("repeat {} of {what} occurs a second time", key.2))
        }
        _ => Ok(line),
    }
}

fn check_lists(sample: &Sample) -> std::result::Result<(), String> {
    let lists = [
        ("predictions", &sample.predictions),
        ("labels", &sample.labels),
        ("lowered_predictions", &sample.lowered_predictions),
        ("model_predictions", &sample.model_predictions),
    ];
    for (name, list) in lists {
        if list.len() as u64 != sample.images {
            return Err(format!("{} {name} for {} images", list.len(), sample.images));
        }
    }
    if sample.images == 0 { Err("a query without images".into()) } else { Ok(()) }
}

/// The end of a log, open for more lines.
///
/// A line reaches the operating system before [`LogWriter::append`] returns, so a killed process
/// loses nothing that was appended; a power cut may lose lines since the last [`LogWriter::sync`].
#[derive(Debug)]
pub struct LogWriter {
    file: File,
    path: PathBuf,
    length: u64,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Whole,
    Broken,
}

impl LogWriter {
    /// Opens the log for appending behind its first `length` bytes; what follows is a torn line and
    /// dropped.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(path: &Path, length: u64) -> Result<LogWriter> {
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(Error::io(path, "open the log"))?;
        let found = file.metadata().map_err(Error::io(path, "read the log's length"))?.len();
        if found > length {
            file.set_len(length).map_err(Error::io(path, "drop the log's torn last line"))?;
        }
        Ok(LogWriter { file, path: path.to_owned(), length, state: State::Whole })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// [`Error::Io`], for instance on a full disk: the lines before are kept, what was written of
    /// this one is taken back, and the writer takes no more ([`Error::Broken`]).
    pub fn append(&mut self, line: &Line) -> Result<()> {
        if self.state == State::Broken {
            return Err(Error::Broken(self.path.clone()));
        }
        let encoded = serde_json::to_vec(line).map_err(std::io::Error::from);
        let written = encoded.and_then(|mut bytes| {
            bytes.push(b'\n');
            self.file.write_all(&bytes).map(|()| bytes.len() as u64)
        });
        match written {
            Ok(count) => self.length += count,
            Err(source) => {
                self.state = State::Broken;
                // Where this fails too, the torn line is dropped on resume.
                let _ = self.file.set_len(self.length);
                return Err(Error::io(&self.path, "append to the log")(source));
            }
        }
        Ok(())
    }

    /// Makes sure that the lines so far survive a power cut.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(Error::io(&self.path, "sync the log"))
    }

    /// Bytes of the log.
    pub fn length(&self) -> u64 {
        self.length
    }
}
