//! What an experiment of the kind `leakage` asks for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What holds for all cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LeakageRequest {
    /// Public images that an attacker has, the last of the training images; at least 2.
    pub public_images: usize,
    /// Victims that records show, the first of the images.
    pub shown: usize,
}

/// A first layer whose keys are issued again at every step of its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainedKeys {
    /// The layer; a ReLU and a fully connected layer of ten scores follow.
    pub layer: TrainedLayer,
    /// What gradients are multiplied with.
    #[serde(default = "learning_rate")]
    pub learning_rate: f64,
    /// Images of a step.
    #[serde(default = "batch")]
    pub batch: usize,
    /// Decimals at which weights are cut off before keys are derived for them.
    #[serde(default = "decimals")]
    pub decimals: u32,
    /// The steps after which leakage is measured, ascending; keys are issued at the start of each.
    pub steps: Vec<u64>,
}

/// A first layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TrainedLayer {
    /// Fully connected: a key for each neuron, a ciphertext for each image.
    Dense {
        /// Neurons.
        neurons: usize,
    },
    /// Square filters over all windows of an image, without padding.
    Convolution {
        /// Filters.
        filters: usize,
        /// Rows and columns of a filter.
        kernel: usize,
        /// What is encrypted together.
        layout: Layout,
    },
}

/// What one ciphertext holds under a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// An image: a key for each filter and window.
    Image,
    /// A window: a key for each filter.
    Window,
}

fn learning_rate() -> f64 {
    0.5
}

fn batch() -> usize {
    64
}

fn decimals() -> u32 {
    2
}

impl TrainedLayer {
    /// Rows and columns of a filter on images of `side` rows and columns, which a fully connected layer sees as a whole.
    pub fn kernel(self, side: usize) -> usize {
        match self {
            TrainedLayer::Dense { .. } => side,
            TrainedLayer::Convolution { kernel, .. } => kernel,
        }
    }

    /// Neurons or filters.
    pub fn filters(self) -> usize {
        match self {
            TrainedLayer::Dense { neurons } => neurons,
            TrainedLayer::Convolution { filters, .. } => filters,
        }
    }

    /// What one ciphertext holds.
    pub fn layout(self) -> Layout {
        match self {
            TrainedLayer::Dense { .. } => Layout::Image,
            TrainedLayer::Convolution { layout, .. } => layout,
        }
    }
}
