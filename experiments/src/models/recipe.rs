//! Recipes: how a model was trained, as data, so that a card can state it and a machine repeat it.

use serde::{Deserialize, Serialize};

/// Everything that training needs beside the architecture, the data and a seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Data set that is trained on.
    pub dataset: String,
    /// The model whose weights are the starting point; none starts from random weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Passes over the training images.
    pub epochs: u32,
    /// Images a step.
    pub batch: usize,
    /// Largest learning rate of Adam, reached after the first epoch and lowered along a half cosine.
    pub learning_rate: f64,
    /// Share of each weight that Adam takes off per unit of learning rate.
    #[serde(default)]
    pub weight_decay: f64,
    /// Weight of the past in the running mean of the weights that is kept; 0 keeps the last step's.
    #[serde(default)]
    pub averaging: f64,
    /// Distortions of the training images.
    #[serde(default)]
    pub augmentation: Augmentation,
    /// One entry per layer with weights; none trains real weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantization: Vec<Quantization>,
    /// Noise that the values meet on their way through the torus; none trains without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<TorusNoise>,
    /// Interval that the inputs of activations are kept in; none trains without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
}

/// Largest random distortions of a training image; each is drawn uniformly up to it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Shift along either axis, in pixels.
    pub shift: f32,
    /// Rotation, in degrees.
    pub rotation: f32,
    /// Relative change of size, and shear.
    pub scale: f32,
    /// Displacement of the knots of a coarse grid, in pixels: a smooth elastic distortion.
    pub elastic: f32,
}

/// How a layer's real weights become integers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantization {
    /// Largest absolute integer weight.
    pub weight_max: u32,
    /// Integer units of a real weight of 1; 0 places the start's largest weight at `weight_max`.
    pub units: f64,
    /// Factor of the learning rate for this layer.
    pub rate: f64,
    /// Largest absolute integer output for inputs between 0 and a white pixel; 0 for no limit.
    #[serde(default)]
    pub output_max: u32,
}

/// What draws the inputs of activations into an interval around zero: polynomials follow the function that they
/// stand for on an interval alone, and the precision of encrypted values is shared with their size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Half the interval's length.
    pub limit: f64,
    /// Factor in the loss of the mean squared excess of each activation's inputs over the limit.
    pub weight: f64,
}

/// Standard deviations on the torus, where 1 is the whole period of a sine activation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TorusNoise {
    /// Of each encrypted pixel; grows with the 2-norm of an output's integer weights.
    pub pixel: f64,
    /// Of the modulus switch before the activation.
    pub modulus_switch: f64,
    /// Of each activation's output, in units of its largest value.
    pub activation: f64,
}

impl Recipe {
    /// Batches of 250 images of MNIST at a learning rate of 0.002, and nothing else.
    pub fn mnist() -> Self {
        Recipe {
            dataset: "mnist".into(),
            start: None,
            epochs: 40,
            batch: 250,
            learning_rate: 0.002,
            weight_decay: 0.0,
            averaging: 0.0,
            augmentation: Augmentation::default(),
            quantization: Vec::new(),
            noise: None,
            range: None,
        }
    }
}

impl Quantization {
    /// Integer weights up to `weight_max`, placed by the largest weight of the start.
    pub const fn fitted(weight_max: u32) -> Self {
        Quantization { weight_max, units: 0.0, rate: 1.0, output_max: 0 }
    }

    /// Integer weights up to `weight_max`, `units` of them to a real weight of 1.
    pub const fn fixed(weight_max: u32, units: f64) -> Self {
        Quantization { weight_max, units, rate: 1.0, output_max: 0 }
    }

    /// The same at `rate` times the learning rate.
    pub const fn rate(self, rate: f64) -> Self {
        Quantization { rate, ..self }
    }

    /// The same with outputs up to `output_max` for any image whatever.
    pub const fn output_max(self, output_max: u32) -> Self {
        Quantization { output_max, ..self }
    }
}
