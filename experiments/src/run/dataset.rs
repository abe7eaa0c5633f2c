//! The images of a run, as its records name them.

use std::path::Path;

use blindbench_core::network::images::{Images, Shape};
use blindbench_results::run::Dataset as Recorded;

use crate::dataset::files::sha256;
use crate::dataset::source::{Fallback, Source};
use crate::dataset::{Dataset, Name, Origin, error::Error};
use crate::experiment::{Experiment, Split};
use crate::kinds::LabelledImages;
use crate::progress::Progress;

/// The images of an experiment.
#[derive(Debug)]
pub struct Loaded {
    /// The images.
    pub images: LabelledImages,
    /// Those that networks are trained on, where the kind of experiment needs them.
    pub training: Option<LabelledImages>,
    /// What they are.
    pub recorded: Recorded,
    /// Why drawn digits stand in for MNIST, where they do.
    pub fell_back: Option<String>,
}

/// Loads the images that an experiment asks for; none where it asks for none.
///
/// # Errors
/// Where the images cannot be had.
pub fn load(experiment: &Experiment, data: Option<&Path>, progress: &Progress) -> Result<Loaded, Error> {
    let Some(request) = &experiment.dataset else { return Ok(none()) };
    let fallback = if experiment.fallback.is_some() { Fallback::Digits } else { Fallback::Refuse };
    let source = Source::of_process(data, fallback);
    let dataset = source.load(request.name.parse::<Name>()?, request.split, Some(request.images), progress)?;
    let training = match experiment.leakage {
        Some(_) => Some(source.load(dataset.name, Split::Train, None, progress)?),
        None => None,
    };
    let both = std::iter::once(&dataset).chain(&training);
    let sha256 = sha256(both.flat_map(|part| [part.images.pixels.as_slice(), &part.labels]));
    let recorded = Recorded {
        name: dataset.name.as_str().into(),
        split: dataset.split.name().into(),
        images: dataset.len() as u64,
        sha256,
    };
    let Dataset { images, labels, origin, .. } = dataset;
    let fell_back = match origin {
        Origin::FellBack { reason } => Some(reason),
        Origin::Folder(_) | Origin::Drawn { .. } => None,
    };
    let training = training.map(|Dataset { images, labels, .. }| LabelledImages { images, labels });
    Ok(Loaded { images: LabelledImages { images, labels }, training, recorded, fell_back })
}

fn none() -> Loaded {
    let images = Images { shape: Shape::grey(1, 1), pixels: Vec::new() };
    let recorded = Recorded { name: "none".into(), split: "none".into(), images: 0, sha256: sha256([]) };
    Loaded { images: LabelledImages { images, labels: Vec::new() }, training: None, recorded, fell_back: None }
}
