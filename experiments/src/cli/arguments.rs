//! What the command line may say.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::dataset::command::Data;
use crate::models::command::ModelsCommand;

/// Where runs are kept unless `--out` says otherwise.
pub const RUNS: &str = "results/runs";

/// Neural networks on encrypted images, measured.
#[derive(Debug, Parser)]
#[command(name = "blindbench", version, about, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure the cells of experiments
    Run(RunArguments),
    /// Measure one group of a run that has begun
    RunCell(RunCellArguments),
    /// Draw a report from runs or committed baselines
    Report(ReportArguments),
    /// Keep what a finished run found as a small folder to commit: run.json and its tables
    Baseline {
        /// Folder of the run
        run: PathBuf,
        /// Where the baseline goes
        folder: PathBuf,
    },
    /// Check experiments without running anything
    CheckConfig {
        /// Experiment files, or folders of them
        #[arg(required = true, value_name = "CONFIG")]
        configs: Vec<PathBuf>,
    },
    /// List what there is
    List {
        /// Of which kind
        what: Listed,
    },
    /// Print the JSON Schema of experiments, for editors
    Schema,
    /// Fetch MNIST, or see what there is of it
    Data {
        /// What to do
        #[command(subcommand)]
        command: Data,
    },
    /// Train or measure built-in models, or see how they were trained
    Models {
        /// What to do
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// Play the server role over stdin and stdout
    #[command(hide = true)]
    Serve {
        /// Threads to work on
        #[arg(long)]
        threads: NonZeroUsize,
        /// Instructions to use
        #[arg(long)]
        kernel: String,
    },
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Schemes with their parameters
    Schemes,
    /// Built-in networks
    Models,
    /// Experiments below configs/
    Experiments,
    /// Figures of a report
    Figures,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Experiment files
    #[arg(value_name = "CONFIG", required_unless_present = "resume")]
    pub configs: Vec<PathBuf>,
    /// Folder with the MNIST files
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where runs are kept
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    pub out: PathBuf,
    /// Go on with a run: the one in this folder, or the latest one of each CONFIG
    #[arg(long, value_name = "RUN", num_args = 0..=1)]
    pub resume: Option<Option<PathBuf>>,
    /// Threads of the server, instead of the experiment's
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Part of the matrix: `scheme=tfhe*,threads=1,model!=lenet5`
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Print the cells and what to expect of them; run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Seconds that a server may take for one call before it is stopped
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    pub time_limit: NonZeroU64,
    /// Exit with 4 where a latency's interval is wide or half of a cell's samples were disturbed
    #[arg(long)]
    pub strict: bool,
}

/// `run-cell`
#[derive(Debug, Args)]
pub struct RunCellArguments {
    /// The run's folder
    pub run: PathBuf,
    /// Which group of its experiment, from 0
    #[arg(long, value_name = "I")]
    pub group: usize,
    /// Folder with the MNIST files, instead of the run's
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `report`
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Folders of runs or baselines
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Where the report goes; the first run's folder `report` unless stated
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
