//! Why a run cannot be started or went no further.

use std::path::PathBuf;

use miette::Diagnostic;

/// Why a run cannot be started or went no further.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum RunError {
    /// Records that cannot be written or read.
    #[error(transparent)]
    Records(#[from] blindbench_results::error::Error),
    /// A network that takes other images than the data set has.
    #[error("cell `{cell}`: {source}")]
    #[diagnostic(help("take a model for images of this shape, or another data set"))]
    Shape {
        /// The cell.
        cell: String,
        /// Both shapes.
        source: blindbench_core::error::Error,
    },
    /// A filter that leaves nothing.
    #[error("no cell of {} passes the filter", experiment.display())]
    #[diagnostic(help("`--dry-run` without `--filter` prints all cells"))]
    NothingLeft {
        /// The experiment's file.
        experiment: PathBuf,
    },
    /// A group that the run does not have.
    #[error("{} has no group {group}; its groups are {known}", folder.display())]
    NoGroup {
        /// The run.
        folder: PathBuf,
        /// The group that was asked for.
        group: usize,
        /// Those that there are.
        known: String,
    },
    /// An experiment that was changed since the run began.
    #[error("{} was made by another version of {}", folder.display(), experiment.display())]
    #[diagnostic(help("put the experiment back as {}/run.json has it, or start a new run without --resume", folder.display()))]
    OtherConfig {
        /// The run.
        folder: PathBuf,
        /// The experiment's file.
        experiment: PathBuf,
    },
    /// Images that were changed since the run began.
    #[error("{} was measured on images with SHA-256 {recorded}, but these have {found}", folder.display())]
    #[diagnostic(help("name the folder with the same images by --data, or start a new run without --resume"))]
    OtherData {
        /// The run.
        folder: PathBuf,
        /// Hash in the record.
        recorded: String,
        /// Hash of the images at hand.
        found: String,
    },
    /// Nothing to go on with.
    #[error("there is no run of {name} in {} to go on with", out.display())]
    #[diagnostic(help("start one without --resume, or name its folder: --resume RUN"))]
    NothingToResume {
        /// The experiment's name.
        name: String,
        /// Where runs are kept.
        out: PathBuf,
    },
    /// How a run was called cannot be read.
    #[error("{}: {reason}", path.display())]
    #[diagnostic(help("put the file back, or start a new run"))]
    Invocation {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// Threads that cannot be started.
    #[error("cannot start the threads of cell `{cell}`: {source}")]
    Threads {
        /// The cell.
        cell: String,
        /// What the system says.
        source: blindbench_core::Error,
    },
}
