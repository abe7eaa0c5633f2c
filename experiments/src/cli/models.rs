//! `models`

use super::arguments::ModelsCommand;
use super::exit::{Exit, Failure};
use super::list::print;
use crate::models::{self, CATALOGUE};

/// Trains a model, or prints its card.
pub fn models(command: ModelsCommand) -> Result<Exit, Failure> {
    match command {
        ModelsCommand::Card { name } => card(&name),
        ModelsCommand::Train { name, data, out } => train::train(&name, data.as_deref(), out.as_deref()),
    }
}

fn card(name: &str) -> Result<Exit, Failure> {
    let entry = models::find(CATALOGUE, name).map_err(|problem| Failure::usage(models::error::Error::Unknown(problem)))?;
    let files = entry.files().ok_or_else(|| models::error::Error::Untrained { name: name.into() })?;
    print(files.card)
}

#[cfg(not(feature = "train"))]
mod train {
    use std::path::Path;

    use super::{Exit, Failure};

    pub(super) fn train(name: &str, _: Option<&Path>, _: Option<&Path>) -> Result<Exit, Failure> {
        Err(Failure::usage(miette::miette!(
            help = format!("cargo run --release --features train -- models train {name}"),
            "this program was built without the feature `train`, which brings gradients"
        )))
    }
}
