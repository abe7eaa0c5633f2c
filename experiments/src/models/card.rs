//! Cards: what a model is, how it came about and what it has been measured to do.

use serde::{Deserialize, Serialize};

use super::recipe::Recipe;

/// The card of a trained model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The model.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its layers in one line.
    pub architecture: String,
    /// Number of weights and biases.
    pub parameters: usize,
    /// How it was trained.
    pub recipe: Recipe,
    /// Where every random draw of the training comes from.
    pub seed: u64,
    /// The epoch whose weights were kept: the best on the validation images.
    pub best_epoch: u32,
    /// The commit of the training code; `-dirty` where files differed from it.
    pub commit: String,
    /// Hash of the data set.
    pub data_hash: String,
    /// On the images that choices were made on.
    pub validation: Accuracy,
    /// On the test images, measured once, after every choice.
    pub test: Accuracy,
    /// Largest absolute score on the training images, as decimal text where it is an integer.
    pub training_max_logit: String,
    /// Largest absolute score on the validation images.
    pub validation_max_logit: String,
    /// Largest absolute input of each activation on the training and validation images, in the order of the layers;
    /// empty for integers, whose ranges are proven.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activation_inputs: Vec<f64>,
    /// What is proven for every image whatever; none for real weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Proven>,
}

/// A share of right answers with its exact interval (Clopper and Pearson, Biometrika 1934).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Images that were asked about.
    pub images: u64,
    /// Images whose digit was found.
    pub right: u64,
    /// `right / images`
    pub accuracy: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

/// Ranges that interval arithmetic proves for every image whatever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    /// Largest absolute output of each layer with weights, as decimal text.
    pub outputs: Vec<String>,
    /// Largest absolute partial sum on the way, in whatever order sums are taken.
    pub partial_sum: String,
}
