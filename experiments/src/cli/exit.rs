//! Exit codes, the same for every command.

use std::process::ExitCode;

use blindbench_results::cell::Status;
use miette::{Diagnostic, Report};

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// All is done.
    Done = 0,
    /// An answer failed its twin.
    Failed = 1,
    /// Wrong usage or config.
    Usage = 2,
    /// Interrupted, or a cell crashed or timed out.
    Incomplete = 3,
    /// Measured, but not well enough for `--strict`.
    Inconclusive = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl Exit {
    /// How a run ends whose cells ended so: a wrong answer weighs more than a missing one.
    pub fn of_cells(statuses: impl IntoIterator<Item = Status>) -> Exit {
        let of_cell = |status| match status {
            Status::Ok | Status::Unsupported => Exit::Done,
            Status::FailedTwin => Exit::Failed,
            Status::Crashed | Status::TimedOut | Status::Interrupted => Exit::Incomplete,
        };
        statuses.into_iter().map(of_cell).fold(Exit::Done, Exit::worse)
    }

    /// The one that must not be overlooked.
    pub fn worse(self, other: Exit) -> Exit {
        let weight = |exit: Exit| match exit {
            Exit::Done => 0,
            Exit::Inconclusive => 1,
            Exit::Incomplete => 2,
            Exit::Failed => 3,
            Exit::Usage => 4,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

/// A command that cannot go on.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What is printed.
    pub report: Report,
}

impl Failure {
    /// Wrong usage or config.
    pub fn usage(report: impl Into<Report>) -> Self {
        Failure { exit: Exit::Usage, report: report.into() }
    }

    /// Begun, but not finished.
    pub fn incomplete(report: impl Into<Report>) -> Self {
        Failure { exit: Exit::Incomplete, report: report.into() }
    }
}

/// Whatever is found out before anything has begun is usage or config.
impl<E: Diagnostic + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::usage(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_cell_decides() {
        let of = |statuses: &[Status]| Exit::of_cells(statuses.iter().copied());
        assert_eq!(of(&[]), Exit::Done);
        assert_eq!(of(&[Status::Ok, Status::Unsupported]), Exit::Done);
        assert_eq!(of(&[Status::Ok, Status::Crashed]), Exit::Incomplete);
        assert_eq!(of(&[Status::TimedOut, Status::FailedTwin, Status::Interrupted]), Exit::Failed);
    }
}
