//! What values between layers are like, measured on images: real networks promise no more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Layer};
use super::images::Images;
use super::logits::Values;
use super::lowered::{Evaluator, Lowered};
use super::weights::Weights;
use crate::error::{Error, Result};

/// Images at a time: the values after every layer of so many stay small.
const CHUNK: usize = 100;

/// Outputs of a layer over many images. Schemes with limited precision choose scales by it and promise errors for
/// images that are like those.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typical {
    /// The largest absolute value of any output.
    pub largest: f64,
    /// The root mean square over all outputs and images.
    pub root_mean_square: f64,
}

impl Typical {
    /// Refuses what no outputs can be like.
    pub(super) fn check(&self) -> Result<(), String> {
        let Typical { largest, root_mean_square } = *self;
        if largest.is_finite() && (0.0..=largest).contains(&root_mean_square) {
            return Ok(());
        }
        Err(format!(
            "typical outputs with largest {largest} and root_mean_square {root_mean_square}, \
             expected 0 <= root_mean_square <= largest, both finite"
        ))
    }
}

/// What the outputs of a network's dense and convolutional layers are like, over images that come in chunks.
#[derive(Debug, Clone)]
pub struct Survey {
    evaluator: Evaluator,
    layers: Vec<(&'static str, Option<Tally>)>,
}

/// Outputs of one layer so far.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    largest: f64,
    squares: f64,
    count: u64,
}

impl Survey {
    /// A survey of no images yet.
    ///
    /// # Errors
    /// [`Error::Weights`] where weights and architecture do not fit together.
    pub fn new(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let evaluator = Lowered::model(architecture).evaluator(weights)?;
        let tally = |layer: &Layer| match layer {
            Layer::Dense(_) | Layer::Conv2d(_) => Some(Tally::default()),
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::BatchNorm | Layer::Flatten | Layer::Activation(_) => {
                None
            }
        };
        let layers = architecture.layers.iter().map(|layer| (layer.kind(), tally(layer))).collect();
        Ok(Survey { evaluator, layers })
    }

    /// Evaluates more images. However they are cut into chunks, the outcome is the same.
    ///
    /// # Errors
    /// [`Error::Images`] for images of another shape.
    pub fn add(&mut self, images: &Images) -> Result<()> {
        for start in (0..images.len()).step_by(CHUNK) {
            let outputs = self.evaluator.layers(&images.slice(start..start + CHUNK))?;
            for ((_, tally), values) in self.layers.iter_mut().zip(&outputs) {
                if let Some(tally) = tally {
                    tally.add(values);
                }
            }
        }
        Ok(())
    }

    /// What was found, per layer; none for layers that are neither dense nor convolutional. Numbers are rounded up to
    /// three significant digits, so that they do not depend on the last bits of a machine's sums.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there was no image, [`Error::Layer`] where outputs are not finite.
    pub fn finish(&self) -> Result<Vec<Option<Typical>>> {
        let found = |(layer, (kind, tally)): (usize, &(&'static str, Option<Tally>))| {
            let Some(tally) = tally else { return Ok(None) };
            if tally.count == 0 {
                return Err(Error::Unsupported("typical outputs need at least one image".into()));
            }
            if !tally.squares.is_finite() {
                let reason = "outputs or their squares leave the range of double precision".into();
                return Err(Error::Layer { layer, kind, reason });
            }
            let root_mean_square = (tally.squares / tally.count as f64).sqrt();
            Ok(Some(Typical { largest: round_up(tally.largest), root_mean_square: round_up(root_mean_square) }))
        };
        self.layers.iter().enumerate().map(found).collect()
    }
}

impl Tally {
    fn add(&mut self, values: &Values) {
        match values {
            Values::Real(values) => values.iter().for_each(|&value| self.add_one(value)),
            Values::Integer(values) => values.iter().for_each(|&value| self.add_one(value as f64)),
        }
    }

    fn add_one(&mut self, value: f64) {
        self.largest = self.largest.max(value.abs());
        self.squares += value * value;
        self.count += 1;
    }
}

/// What outputs are like on these images, per layer; see [`Survey`].
///
/// # Errors
/// As [`Survey::new`], [`Survey::add`] and [`Survey::finish`].
pub fn measure(architecture: &Architecture, weights: &Weights, images: &Images) -> Result<Vec<Option<Typical>>> {
    let mut survey = Survey::new(architecture, weights)?;
    survey.add(images)?;
    survey.finish()
}

/// The architecture with what was measured, layer by layer, stated on each dense and convolutional layer.
pub fn declare(architecture: &Architecture, measured: &[Option<Typical>]) -> Architecture {
    let mut declared = architecture.clone();
    for (layer, measured) in declared.layers.iter_mut().zip(measured) {
        match layer {
            Layer::Dense(dense) => dense.typical = *measured,
            Layer::Conv2d(conv) => conv.typical = *measured,
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::BatchNorm | Layer::Flatten | Layer::Activation(_) => {}
        }
    }
    declared
}

/// The least number of three significant digits that is not below a non-negative `value`, itself read to 12 digits:
/// a sum that should be 0.3 and is 0.30000000000000004 stays 0.3.
fn round_up(value: f64) -> f64 {
    let text = format!("{value:.11e}");
    let up = || {
        let (mantissa, exponent) = text.split_once('e')?;
        let digits: u64 = mantissa.replace('.', "").parse().ok()?;
        let exponent: i32 = exponent.parse().ok()?;
        format!("{}e{}", digits.div_ceil(1_000_000_000), exponent - 2).parse().ok()
    };
    // A finite number always reads so.
    up().unwrap_or(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests;
