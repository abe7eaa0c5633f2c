//! Trains the models of the catalogue: gradients by `candle`, integers simulated, every draw from one seed.
//!
//! The same seed on the same machine gives the same weights, interrupted or not. Another processor may
//! sum in another order, and so reach other weights of about the same accuracy.

pub mod adam;
pub mod augment;
pub mod checkpoint;
pub mod command;
pub mod data;
pub mod draw;
pub mod error;
pub mod export;
pub mod files;
pub mod layers;
pub mod measure;
pub mod session;
pub mod start;
pub mod watch;
pub mod windows;

use std::ops::ControlFlow;
use std::path::Path;

use blindbench_core::network::architecture::{Architecture, Arithmetic};
use blindbench_core::network::weights::Weights;
use blindbench_core::network::{bounds, typical};

use crate::models::recipe::Recipe;
use data::Data;
use error::{Error, Result};
use files::Trained;
use measure::Origin;
use session::{Session, Watch};

/// What is to be trained.
pub struct Task<'a> {
    /// Name of the model.
    pub name: &'a str,
    /// What it is for.
    pub purpose: &'a str,
    /// Its layers.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
    /// Weights that it starts from, where the recipe names a model.
    pub start: Option<Weights>,
    /// Where every draw comes from.
    pub seed: u64,
}

/// Trains a network, keeping a checkpoint per epoch at `checkpoint`, and measures it.
///
/// # Errors
/// [`Error::Interrupted`] where `watch` says stop; the checkpoint stays and the same call goes on from it.
pub fn train(task: &Task<'_>, data: &Data, checkpoint: &Path, watch: &mut dyn Watch) -> Result<Trained> {
    let mut session = Session::new(&task.architecture, &task.recipe, task.start.as_ref(), task.seed, data)?;
    let fingerprint = fingerprint(task, data);
    checkpoint::resume(&mut session, &fingerprint, checkpoint)?;
    while session.curve.len() < task.recipe.epochs as usize {
        if session.epoch(watch)? == ControlFlow::Break(()) {
            return Err(Error::Interrupted { epochs: session.curve.len(), of: task.recipe.epochs });
        }
        checkpoint::save(&session, &fingerprint, checkpoint)?;
    }
    let trained = finish(task, &session, data)?;
    // A checkpoint that cannot be removed is refused by the next training of another recipe.
    let _ = std::fs::remove_file(checkpoint);
    Ok(trained)
}

fn finish(task: &Task<'_>, session: &Session<'_>, data: &Data) -> Result<Trained> {
    let weights = session.best_weights()?;
    let plain = match task.architecture.arithmetic {
        Arithmetic::Integer => bounds::declare(&task.architecture, &weights)?,
        Arithmetic::Real => task.architecture.clone(),
    };
    let architecture = typical::declare(&plain, &typical::measure(&plain, &weights, &data.training.images)?);
    let best_epoch = session.best_epoch();
    let origin = Origin { name: task.name, purpose: task.purpose, recipe: &task.recipe, seed: task.seed, best_epoch };
    let card = measure::card(&origin, &architecture, &weights, data)?;
    Ok(Trained { architecture, weights, card, curve: session.curve.clone() })
}

/// What a checkpoint belongs to.
fn fingerprint(task: &Task<'_>, data: &Data) -> String {
    let start = task.start.as_ref().and_then(|weights| weights.to_safetensors().ok()).unwrap_or_default();
    let start = blake3::hash(&start);
    let text = format!("{:?} {:?} {} {} {start}", task.architecture, task.recipe, task.seed, data.hash);
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests;
