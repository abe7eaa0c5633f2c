//! `models measure`: states in `network.yaml` what outputs of a model's layers are like on its training images.

use std::path::{Path, PathBuf};

use blindbench_core::network::images::Images;
use blindbench_core::network::typical::{Survey, Typical, declare};
use clap::Args;

use super::command::CommandError;
use super::{Catalogue, Entry, error, find, folder};
use crate::dataset::source::{Fallback, Source};
use crate::experiment::Split;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Images between two signs of progress.
const STEP: usize = 500;

/// What is measured.
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// Names of models
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Folder with the data set's files
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder that holds a folder per model
    #[arg(long, value_name = "DIR", default_value = "experiments/models")]
    pub out: PathBuf,
}

/// Measures every named model on all training images of its data set, in the order they are named, and rewrites
/// its `network.yaml` alone.
///
/// # Errors
/// [`CommandError`] names the model or file; models that were measured before it are written.
pub fn measure(
    args: &MeasureArgs,
    catalogue: Catalogue<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<(), CommandError> {
    let find = |name: &String| find(catalogue, name).map_err(error::Error::Unknown);
    let entries: Vec<&dyn Entry> = args.names.iter().map(find).collect::<Result<_, _>>()?;
    let mut loaded: Option<(String, Images)> = None;
    for entry in entries {
        let folder = args.out.join(entry.name());
        let (architecture, weights) = folder::read(&folder)?;
        let dataset = entry.recipe().dataset;
        let images = match loaded.take() {
            Some((name, images)) if name == dataset => images,
            _ => training_images(&dataset, args.data.as_deref(), progress)?,
        };
        let refuse = |source| error::Error::Network { file: folder.display().to_string(), source };
        let survey = Survey::new(&architecture, &weights).map_err(refuse)?;
        let show = Show { name: entry.name(), progress, interrupt };
        let measured = show.over(survey, &images)?.finish().map_err(refuse)?;
        folder::write_network(&declare(&architecture, &measured), &folder)?;
        progress.say(&format!(
            "{}: outputs on {} training images of {dataset}: {}, written to {}",
            entry.name(),
            images.len(),
            describe(&measured),
            folder.join(folder::NETWORK).display()
        ));
        loaded = Some((dataset, images));
    }
    Ok(())
}

fn training_images(dataset: &str, data: Option<&Path>, progress: &Progress) -> Result<Images, CommandError> {
    let source = Source::of_process(data, Fallback::Refuse);
    Ok(source.load(dataset.parse()?, Split::Train, None, progress)?.images)
}

/// Shows how a survey goes, and stops it when the user asks.
struct Show<'a> {
    name: &'a str,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

impl Show<'_> {
    fn over(&self, mut survey: Survey, images: &Images) -> Result<Survey, CommandError> {
        let counter = self.progress.count(self.name, images.len().div_ceil(STEP) as u64);
        for start in (0..images.len()).step_by(STEP) {
            if self.interrupt.asked() {
                return Err(CommandError::Interrupted { name: self.name.into() });
            }
            let done = survey.add(&images.slice(start..start + STEP));
            done.map_err(|source| error::Error::Network { file: self.name.into(), source })?;
            counter.step();
        }
        counter.finish();
        Ok(survey)
    }
}

/// One part per layer, such as `up to 12 (7.91 root mean square)`.
fn describe(measured: &[Option<Typical>]) -> String {
    let one = |typical: &Typical| format!("up to {} ({} root mean square)", typical.largest, typical.root_mean_square);
    measured.iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests;
