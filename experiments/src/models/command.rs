//! `models train`, `models measure` and `models card`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::measure::{MeasureArgs, measure};
use super::{Catalogue, error, find};
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// What is done with models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Train models again, from their recipes; an interrupted training goes on where it stood
    Train(TrainArgs),
    /// State anew what outputs of models' layers are like on training images, without training
    Measure(MeasureArgs),
    /// Print a model's card: how it was trained and what it was measured to do
    Card(CardArgs),
}

/// What is trained.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Names of models
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Folder with the data set's files
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder that gets a folder per model
    #[arg(long, value_name = "DIR", default_value = "experiments/models")]
    pub out: PathBuf,
    /// Number of epochs in place of the recipe's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Where every random draw comes from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Whose card is printed.
#[derive(Debug, Args)]
pub struct CardArgs {
    /// Name of a model
    pub name: String,
}

/// Why a command about models failed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum CommandError {
    /// The model cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] error::Error),
    /// This build has no gradients.
    #[error("this program was built without the feature `train`")]
    #[diagnostic(help("cargo run --release --features train -- models train {names}"))]
    NoTraining {
        /// The models that were asked for.
        names: String,
    },
    /// The training failed.
    #[cfg(feature = "train")]
    #[error(transparent)]
    #[diagnostic(transparent)]
    Training(#[from] crate::training::error::Error),
    /// The images cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] crate::dataset::error::Error),
    /// The user asked to stop.
    #[error("stopped before `{name}` was measured")]
    #[diagnostic(help("the same command with this model and those after it does the rest"))]
    Interrupted {
        /// The model that was under way.
        name: String,
    },
    /// The card cannot be printed.
    #[error("cannot write to the standard output")]
    Output(#[from] std::io::Error),
}

/// Does what a command about models says.
///
/// # Errors
/// [`CommandError`] names the model, file or feature.
pub fn run(
    command: &ModelsCommand,
    catalogue: Catalogue<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    match command {
        ModelsCommand::Train(args) => train(args, catalogue, progress, interrupt),
        ModelsCommand::Measure(args) => measure(args, catalogue, progress, interrupt),
        ModelsCommand::Card(args) => card(args, catalogue, out),
    }
}

/// Prints a card as its file states it.
fn card(args: &CardArgs, catalogue: Catalogue<'_>, out: &mut dyn Write) -> Result<(), CommandError> {
    let entry = find(catalogue, &args.name).map_err(error::Error::Unknown)?;
    let files = entry.files().ok_or_else(|| error::Error::Untrained { name: args.name.clone() })?;
    Ok(out.write_all(files.card.as_bytes())?)
}

#[cfg(feature = "train")]
fn train(
    args: &TrainArgs,
    catalogue: Catalogue<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<(), CommandError> {
    Ok(crate::training::command::train(args, catalogue, progress, interrupt)?)
}

#[cfg(not(feature = "train"))]
fn train(args: &TrainArgs, catalogue: Catalogue<'_>, _: &Progress, _: &Interrupt) -> Result<(), CommandError> {
    for name in &args.names {
        find(catalogue, name).map_err(error::Error::Unknown)?;
    }
    Err(CommandError::NoTraining { names: args.names.join(" ") })
}
