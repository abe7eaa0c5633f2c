//! Where keys come from: one set for a network that is there, or a set each step of training.

use blindbench_core::error::Error;
use blindbench_core::network::architecture::Input;
use blindbench_core::roles::seed::Seed;
use blindbench_functional::leakage::prior::Format;
use blindbench_functional::network::first_layer::FirstLayer;

use super::patches::Patches;
use super::sgd::Network;
use crate::experiment::leakage::{Layout, TrainedKeys};
use crate::kinds::LabelledImages;
use crate::models::Model;

/// Whoever asks for keys.
#[derive(Debug)]
pub(super) enum Issuer<'a> {
    /// A trained network: its first matrix, once.
    Inference {
        /// The matrix' rows.
        rows: Vec<Vec<i64>>,
        /// What its images are.
        input: &'a Input,
    },
    /// A network in training.
    Training(Box<Training<'a>>),
}

/// A network in training on the first of the training images, batch after batch.
#[derive(Debug)]
pub(super) struct Training<'a> {
    keys: TrainedKeys,
    network: Network,
    patches: Patches,
    images: &'a LabelledImages,
    taken: u64,
}

/// The weight vectors of one step.
#[derive(Debug)]
pub(super) struct Issue {
    /// Those that keys are derived for.
    pub keys: Vec<Vec<i64>>,
    /// What these open of an image, where that is more than the keys themselves.
    pub opened: Option<Vec<Vec<i64>>>,
}

impl<'a> Issuer<'a> {
    /// Of a network's first layer.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Layer`] or [`Error::Weights`] where functional encryption cannot open it.
    pub fn of_model(model: &'a Model) -> Result<Self, Error> {
        let rows = FirstLayer::of(&model.architecture)?.rows(&model.weights)?;
        let input = &model.architecture.input;
        match u8::try_from(input.largest()) {
            Ok(1..) => Ok(Issuer::Inference { rows, input }),
            _ => Err(Error::Unsupported(format!("pixels up to {}; the meter takes 1 to 255", input.largest()))),
        }
    }

    /// Of training that starts from weights drawn from `seed`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for images that are not square, or smaller than the filters.
    pub fn of_training(keys: TrainedKeys, images: &'a LabelledImages, seed: &Seed) -> Result<Self, Error> {
        let shape = images.images.shape;
        let kernel = keys.layer.kernel(shape.width);
        if shape.width != shape.height || shape.channels != 1 || !(1..=shape.width).contains(&kernel) {
            return Err(Error::Unsupported(format!("filters of {kernel} on images of {shape}")));
        }
        let patches = Patches { side: shape.width, kernel };
        let network = Network::drawn(&keys, patches, &mut seed.rng());
        Ok(Issuer::Training(Box::new(Training { keys, network, patches, images, taken: 0 })))
    }

    /// Numbers of a ciphertext's vector.
    pub fn length(&self) -> usize {
        match self {
            Issuer::Inference { input, .. } => input.cropped().len(),
            Issuer::Training(training) => match training.keys.layer.layout() {
                Layout::Image => training.patches.pixels(),
                Layout::Window => training.patches.taps(),
            },
        }
    }

    /// Steps after which leakage is measured, ascending.
    pub fn steps(&self) -> Vec<u64> {
        match self {
            Issuer::Inference { .. } => vec![1],
            Issuer::Training(training) => training.keys.steps.clone(),
        }
    }

    /// Pixels of a row.
    pub fn width(&self) -> usize {
        match self {
            Issuer::Inference { input, .. } => input.cropped().width,
            Issuer::Training(training) => training.patches.side,
        }
    }

    /// What images are when they are encrypted.
    pub fn format(&self) -> Format {
        match self {
            Issuer::Inference { input, .. } => {
                Format { length: input.cropped().len(), largest: u8::try_from(input.largest()).unwrap_or(u8::MAX) }
            }
            Issuer::Training(training) => Format { length: training.patches.pixels(), largest: u8::MAX },
        }
    }

    /// Images as they are encrypted.
    pub fn encode(&self, images: &[u8]) -> Vec<u8> {
        match self {
            Issuer::Inference { input, .. } => {
                let images = images.chunks(input.shape.len().max(1));
                images.flat_map(|image| input.levels(image)).map(|level| level as u8).collect()
            }
            Issuer::Training(_) => images.to_vec(),
        }
    }

    /// The next step: its keys are issued, then it is taken.
    pub fn next(&mut self) -> Issue {
        match self {
            Issuer::Inference { rows, .. } => Issue { keys: rows.clone(), opened: None },
            Issuer::Training(training) => training.next(),
        }
    }
}

impl Training<'_> {
    fn next(&mut self) -> Issue {
        let filters = self.network.weights();
        let over_images = || filters.iter().flat_map(|filter| self.patches.over_images(filter)).collect();
        let issue = match self.keys.layer.layout() {
            Layout::Image => Issue { keys: over_images(), opened: None },
            Layout::Window => Issue { opened: Some(over_images()), keys: filters },
        };
        let batch = self.keys.batch;
        let first = self.taken as usize * batch;
        let images = self.images.images.slice(first..first + batch);
        let labels = self.images.labels.get(first..first + batch).unwrap_or_default();
        self.network.step(&images.pixels, labels);
        self.taken += 1;
        issue
    }
}
