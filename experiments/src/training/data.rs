//! What a network is trained, chosen and measured on.

use blindbench_core::network::architecture::Input;
use blindbench_core::network::images::Images;
use candle_core::{Device, Result, Tensor};

use super::augment::distort;
use super::draw::Draw;
use crate::models::recipe::Augmentation;

/// Images with the digit that each shows.
#[derive(Debug, Clone)]
pub struct Labeled {
    /// The images.
    pub images: Images,
    /// One label per image.
    pub labels: Vec<u8>,
}

/// The three parts of a data set.
#[derive(Debug, Clone)]
pub struct Data {
    /// Weights are learned from these.
    pub training: Labeled,
    /// Every choice is made on these.
    pub validation: Labeled,
    /// Measured once, for the card.
    pub test: Labeled,
    /// BLAKE3 of all images and labels, in hexadecimal.
    pub hash: String,
}

impl Data {
    /// The three parts with their hash.
    pub fn new(training: Labeled, validation: Labeled, test: Labeled) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [&training, &validation, &test] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(&part.images.pixels);
            hasher.update(&part.labels);
        }
        let hash = hasher.finalize().to_hex().to_string();
        Data { training, validation, test, hash }
    }
}

impl Labeled {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The chosen images as `[images, pixels]` in `0..=1`, each distorted anew, with their labels.
    ///
    /// # Errors
    /// None that well-formed images give.
    pub fn batch(
        &self,
        chosen: &[usize],
        input: &Input,
        augmentation: &Augmentation,
        draw: &mut Draw,
    ) -> Result<(Tensor, Tensor)> {
        let (size, largest) = (self.images.shape.len(), f32::from(input.largest()));
        let mut pixels = Vec::with_capacity(chosen.len() * input.cropped().len());
        for at in chosen {
            let image = &self.images.pixels[at * size..(at + 1) * size];
            let copy = distort(image, self.images.shape, augmentation, draw);
            pixels.extend(input.levels(&copy).into_iter().map(|level| f32::from(level) / largest));
        }
        let labels: Vec<u32> = chosen.iter().map(|at| u32::from(self.labels[*at])).collect();
        Ok((
            Tensor::from_vec(pixels, (chosen.len(), input.cropped().len()), &Device::Cpu)?,
            Tensor::from_vec(labels, chosen.len(), &Device::Cpu)?,
        ))
    }
}
