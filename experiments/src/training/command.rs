//! Trains models by name, into a folder each.

use std::path::Path;

use blindbench_core::network::weights::Weights;

use super::data::{Data, Labeled};
use super::error::{Error, Result};
use super::watch::Shown;
use super::{Task, files};
use crate::dataset::source::{Fallback, Source};
use crate::experiment::Split;
use crate::interrupt::Interrupt;
use crate::models::command::TrainArgs;
use crate::models::{self, Catalogue, Entry};
use crate::progress::Progress;

/// Trains every named model, in the order they are named.
///
/// # Errors
/// [`Error`] names the model or file; a training that was stopped leaves a checkpoint beside the model's
/// folder, and the same command goes on from it.
pub fn train(args: &TrainArgs, catalogue: Catalogue<'_>, progress: &Progress, interrupt: &Interrupt) -> Result<()> {
    let find = |name: &String| models::find(catalogue, name).map_err(models::error::Error::Unknown);
    let entries: Vec<&dyn Entry> = args.names.iter().map(find).collect::<Result<_, _>>()?;
    std::fs::create_dir_all(&args.out).map_err(|source| Error::file(&args.out, source))?;
    let mut loaded: Option<(String, Data)> = None;
    for entry in entries {
        let mut recipe = entry.recipe();
        recipe.epochs = args.epochs.unwrap_or(recipe.epochs);
        let data = match loaded.take() {
            Some((name, data)) if name == recipe.dataset => data,
            _ => load(&recipe.dataset, args.data.as_deref(), progress)?,
        };
        let start = recipe.start.as_deref().map(|name| start(catalogue, name, &args.out)).transpose()?;
        let dataset = recipe.dataset.clone();
        let task = Task {
            name: entry.name(),
            purpose: entry.summary(),
            architecture: entry.architecture(),
            recipe,
            start,
            seed: args.seed,
        };
        let checkpoint = args.out.join(format!(".{}.checkpoint", entry.name()));
        let trained = super::train(&task, &data, &checkpoint, &mut Shown::new(entry.name(), progress, interrupt))?;
        let folder = args.out.join(entry.name());
        files::write_all(&trained, &folder)?;
        progress.say(&format!(
            "{}: {:.2} % on validation images, {:.2} % on test images, written to {}",
            entry.name(),
            100.0 * trained.card.validation.accuracy,
            100.0 * trained.card.test.accuracy,
            folder.display()
        ));
        loaded = Some((dataset, data));
    }
    Ok(())
}

fn load(name: &str, folder: Option<&Path>, progress: &Progress) -> Result<Data> {
    let source = Source::of_process(folder, Fallback::Refuse);
    let name = name.parse()?;
    let part = |split| -> Result<Labeled> {
        let dataset = source.load(name, split, None, progress)?;
        Ok(Labeled { images: dataset.images, labels: dataset.labels })
    };
    Ok(Data::new(part(Split::Train)?, part(Split::Validation)?, part(Split::Test)?))
}

/// The weights that a training starts from: trained into the same folder, else those of this build.
fn start(catalogue: Catalogue<'_>, name: &str, out: &Path) -> Result<Weights> {
    let entry = models::find(catalogue, name).map_err(models::error::Error::Unknown)?;
    let path = out.join(name).join("weights.safetensors");
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Weights::from_safetensors(&entry.architecture(), &bytes)?),
        Err(_) => Ok(models::open(entry)?.weights),
    }
}
