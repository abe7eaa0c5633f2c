//! The first layer with weights as a matrix over the pixels, and what its declared bounds prove.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Architecture, Arithmetic, Conv2d, Layer};
use blindbench_core::network::bounds::Bounds;
use blindbench_core::network::images::Shape;
use blindbench_core::network::weights::{LayerWeights, Weights};

use super::engine::Demand;

/// A dense or convolutional layer that reads pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstLayer {
    /// Its place in the network.
    pub index: usize,
    /// Pixels.
    pub inputs: usize,
    /// Values that it computes.
    pub outputs: usize,
    input: Shape,
    layer: Layer,
    pixel_max: u64,
    bounds: Bounds,
}

impl FirstLayer {
    /// The first layer of a network with integer weights and declared bounds.
    ///
    /// # Errors
    /// [`Error::Unsupported`] or [`Error::Layer`] with what the network lacks.
    pub fn of(architecture: &Architecture) -> Result<Self> {
        let shapes = architecture.shapes()?;
        if architecture.arithmetic != Arithmetic::Integer {
            let reason = "functional encryption opens integers: take a network with `arithmetic: integer`";
            return Err(Error::Unsupported(reason.into()));
        }
        let before = architecture.layers.iter().take_while(|layer| matches!(layer, Layer::Flatten)).count();
        let refuse = |kind, reason: &str| Error::Layer { layer: before, kind, reason: reason.into() };
        let layer = architecture.layers.get(before).ok_or_else(|| refuse("output", "no layer has weights"))?;
        if !matches!(layer, Layer::Dense(_) | Layer::Conv2d(_)) {
            return Err(refuse(layer.kind(), "an encrypted first layer is `dense` or `conv2d`"));
        }
        let missing = || refuse(layer.kind(), "state its `bounds`: they prove how far results can reach");
        let bounds = *layer.bounds().ok_or_else(missing)?;
        if bounds.weight_max > i32::MAX as u64 {
            return Err(refuse(layer.kind(), "`weight_max` is beyond 31 bits"));
        }
        Ok(FirstLayer {
            index: before,
            inputs: shapes[before].len(),
            outputs: shapes[before + 1].len(),
            input: shapes[before],
            layer: layer.clone(),
            pixel_max: architecture.input.largest().into(),
            bounds,
        })
    }

    /// What the layer asks of an encryption of `samples` images at once.
    pub fn demand(&self, samples: usize) -> Demand {
        let Bounds { weight_max, l1_max, .. } = self.bounds;
        Demand {
            length: self.inputs,
            rows: self.outputs,
            samples,
            input_max: self.pixel_max,
            weight_max,
            l1_max,
            result_max: self.result_max(),
        }
    }

    /// Largest magnitude of a product without its bias, by the tighter of two proofs.
    fn result_max(&self) -> u64 {
        let by_norm = self.bounds.l1_max.saturating_mul(self.pixel_max);
        let by_output = self.bounds.output_max.0.saturating_add(self.bounds.bias_max.into());
        u64::try_from(by_output).unwrap_or(u64::MAX).min(by_norm)
    }

    /// The matrix, row by row.
    ///
    /// # Errors
    /// [`Error::Weights`] where the weights are no integers or of another shape.
    pub fn rows(&self, weights: &Weights) -> Result<Vec<Vec<i64>>> {
        let values = self.tensors(weights)?.weight.values.integers().ok_or_else(|| self.refuse("real weights"))?;
        Ok(match &self.layer {
            Layer::Conv2d(conv) => windows(conv, self.input, values),
            Layer::Dense(_)
            | Layer::AveragePool(_)
            | Layer::MaxPool(_)
            | Layer::BatchNorm
            | Layer::Flatten
            | Layer::Activation(_) => values.chunks(self.inputs.max(1)).map(<[i64]>::to_vec).collect(),
        })
    }

    /// One bias an output.
    ///
    /// # Errors
    /// As [`FirstLayer::rows`].
    pub fn biases(&self, weights: &Weights) -> Result<Vec<i64>> {
        let values = self.tensors(weights)?.bias.values.integers().ok_or_else(|| self.refuse("real biases"))?;
        let times = self.outputs / values.len().max(1);
        Ok(values.iter().flat_map(|value| std::iter::repeat_n(*value, times)).collect())
    }

    /// Whether keys for these weight vectors may be issued: as many as the plan says, each within the declared bounds.
    ///
    /// # Errors
    /// [`Error::Refused`] naming the vector and both sides.
    pub fn grant(&self, rows: &[Vec<i64>]) -> Result<()> {
        if rows.len() != self.outputs {
            return Err(Error::Refused(format!("keys for {} vectors, the plan has {}", rows.len(), self.outputs)));
        }
        let Bounds { weight_max, l1_max, .. } = self.bounds;
        for (index, row) in rows.iter().enumerate() {
            let largest = row.iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
            let sum = row.iter().fold(0u64, |sum, weight| sum.saturating_add(weight.unsigned_abs()));
            if row.len() != self.inputs || largest > weight_max || sum > l1_max {
                return Err(Error::Refused(format!(
                    "a key for vector {index} of {} numbers up to {largest} with a sum of {sum}; declared are {} numbers \
                     up to {weight_max} with a sum of at most {l1_max}",
                    row.len(),
                    self.inputs
                )));
            }
        }
        Ok(())
    }

    /// The layer's outputs, image by image, from opened products `[image][row]`.
    ///
    /// # Errors
    /// [`Error::Wire`] for a product that no image within its range could have.
    pub fn outputs_of(&self, opened: &[i64], biases: &[i64]) -> Result<Vec<i128>> {
        let most = self.result_max();
        if let Some(value) = opened.iter().find(|value| value.unsigned_abs() > most) {
            return Err(Error::wire("query", format!("opens to {value}, images within range reach {most} at most")));
        }
        let biased = opened.chunks(self.outputs.max(1)).flat_map(|image| image.iter().zip(biases));
        Ok(biased.map(|(value, bias)| i128::from(*value) + i128::from(*bias)).collect())
    }

    fn tensors<'w>(&self, weights: &'w Weights) -> Result<&'w LayerWeights> {
        weights.layers.get(self.index).and_then(Option::as_ref).ok_or_else(|| self.refuse("missing"))
    }

    fn refuse(&self, reason: &str) -> Error {
        Error::Weights { layer: self.index, reason: reason.into() }
    }
}

/// A convolution as a matrix: a row for each map and window.
fn windows(conv: &Conv2d, input: Shape, kernels: &[i64]) -> Vec<Vec<i64>> {
    let count = |extent: usize| (extent + 2 * conv.padding - conv.kernel) / conv.stride + 1;
    let (height, width) = (count(input.height), count(input.width));
    let area = conv.kernel * conv.kernel;
    let mut rows = Vec::with_capacity(conv.maps * height * width);
    for kernel in kernels.chunks_exact((input.channels * area).max(1)) {
        for (top, left) in (0..height).flat_map(|y| (0..width).map(move |x| (y * conv.stride, x * conv.stride))) {
            let mut row = vec![0; input.len()];
            for (tap, weight) in kernel.iter().enumerate() {
                let (channel, y, x) = (tap / area, top + tap % area / conv.kernel, left + tap % conv.kernel);
                let inside = |at: usize, extent: usize| at.checked_sub(conv.padding).filter(|at| *at < extent);
                if let (Some(y), Some(x)) = (inside(y, input.height), inside(x, input.width)) {
                    row[(channel * input.height + y) * input.width + x] = *weight;
                }
            }
            rows.push(row);
        }
    }
    rows
}
