//! Architectures: layers with their shapes and declared bounds, no weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::Bounds;
use super::images::{Images, Shape};
use super::typical::Typical;
use crate::error::{Error, Result};

/// A network without its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// How pixels become the first layer's input.
    pub input: Input,
    /// What the weights are.
    pub arithmetic: Arithmetic,
    /// The layers in order; the last one's outputs are the class scores.
    pub layers: Vec<Layer>,
}

/// How raw pixels become the first layer's input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Extent of the raw images.
    pub shape: Shape,
    /// Rows and columns cut off at each side.
    #[serde(default)]
    pub crop: usize,
    /// What a pixel `0..=255` becomes.
    pub pixels: Pixels,
}

/// What a pixel `0..=255` becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Pixels {
    /// The real number `pixel / 255`.
    Unit,
    /// The integer `0..levels`, `pixel * (levels - 1) / 255` rounded half up.
    Levels(u16),
}

/// What a network's weights are, and so what its exact evaluation computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// Real weights, evaluated in `f32`.
    Real,
    /// Integer weights, evaluated exactly as long as every activation keeps integers integral
    /// (square, ReLU, sign), else in `f64` from the first one that does not.
    Integer,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// Matrix and bias: weight `outputs x inputs`, bias `outputs`.
    Dense(Dense),
    /// Convolution and bias: weight `maps x channels x kernel x kernel`, bias `maps`.
    Conv2d(Conv2d),
    /// Mean over windows.
    AveragePool(Pool),
    /// Largest value of each window.
    MaxPool(Pool),
    /// A scale (weight) and a shift (bias) per channel: a batch normalisation, folded.
    BatchNorm,
    /// All channels, rows and columns as one vector.
    Flatten,
    /// A function of each value.
    Activation(Activation),
}

/// A fully connected layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Number of outputs.
    pub outputs: usize,
    /// What the weights promise, checked when they are loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// What outputs are like, measured on images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical: Option<Typical>,
}

/// A convolution with square kernels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// Output channels.
    pub maps: usize,
    /// Rows and columns of a kernel.
    pub kernel: usize,
    /// Rows and columns from one window to the next.
    #[serde(default = "one")]
    pub stride: usize,
    /// Zero rows and columns added at each side.
    #[serde(default)]
    pub padding: usize,
    /// What the weights promise, checked when they are loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// What outputs are like, measured on images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical: Option<Typical>,
}

/// Square windows without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Rows and columns of a window.
    pub size: usize,
    /// Rows and columns from one window to the next.
    pub stride: usize,
}

/// A function applied to each value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Activation {
    /// `z^2`
    Square,
    /// `c_0 + c_1 z + c_2 z^2 + ...`
    Polynomial(Vec<f64>),
    /// `max(z, 0)`
    Relu,
    /// `1 / (1 + exp(-z))`
    Sigmoid,
    /// `tanh(z)`
    Tanh,
    /// `1` where `z >= 0`, else `-1`.
    Sign,
    /// `sin(2 pi z / period)`: negacyclic, `f(z + period / 2) = -f(z)`.
    Sine(Sine),
}

/// Period and sampling of a sine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sine {
    /// The `z` after which the function repeats; a power of two, so that it divides the torus.
    pub period: u32,
    /// Points a period at which a lowered network samples it; none samples at every `z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
}

fn one() -> usize {
    1
}

impl Input {
    /// Extent of what the first layer sees.
    pub fn cropped(&self) -> Shape {
        let cut = |extent: usize| extent.saturating_sub(2 * self.crop);
        Shape { channels: self.shape.channels, height: cut(self.shape.height), width: cut(self.shape.width) }
    }

    /// The integer levels of one image's pixels, row-major, cropped; `0..=255` where pixels are real.
    pub fn levels(&self, pixels: &[u8]) -> Vec<u16> {
        let inner = self.cropped();
        let mut out = Vec::with_capacity(inner.len());
        for plane in pixels.chunks_exact((self.shape.height * self.shape.width).max(1)) {
            for row in plane.chunks_exact(self.shape.width).skip(self.crop).take(inner.height) {
                out.extend(row[self.crop..self.crop + inner.width].iter().map(|&p| self.pixels.level(p)));
            }
        }
        out
    }

    /// The largest value that a pixel can become.
    pub fn largest(&self) -> u16 {
        self.pixels.level(u8::MAX)
    }

    /// Refuses images of another shape.
    ///
    /// # Errors
    /// [`Error::Images`] naming both shapes.
    pub fn accept(&self, images: &Images) -> Result<()> {
        if images.shape == self.shape && images.pixels.len() == images.len() * self.shape.len() {
            return Ok(());
        }
        Err(Error::Images {
            expected: self.shape.to_string(),
            found: format!("{} images of {}", images.len(), images.shape),
        })
    }
}

impl Pixels {
    fn level(self, pixel: u8) -> u16 {
        match self {
            Pixels::Unit => u16::from(pixel),
            Pixels::Levels(levels) => {
                let top = u32::from(levels.saturating_sub(1));
                ((2 * u32::from(pixel) * top + 255) / 510) as u16
            }
        }
    }
}

impl Layer {
    /// What the layer is called in YAML and in error messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Layer::Dense(_) => "dense",
            Layer::Conv2d(_) => "conv2d",
            Layer::AveragePool(_) => "average_pool",
            Layer::MaxPool(_) => "max_pool",
            Layer::BatchNorm => "batch_norm",
            Layer::Flatten => "flatten",
            Layer::Activation(activation) => activation.kind(),
        }
    }

    /// Shapes of the layer's weight and bias for inputs of `input`, or none.
    pub fn weight_shapes(&self, input: Shape) -> Option<(Vec<usize>, Vec<usize>)> {
        match self {
            Layer::Dense(dense) => Some((vec![dense.outputs, input.len()], vec![dense.outputs])),
            Layer::Conv2d(conv) => Some((vec![conv.maps, input.channels, conv.kernel, conv.kernel], vec![conv.maps])),
            Layer::BatchNorm => Some((vec![input.channels], vec![input.channels])),
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::Flatten | Layer::Activation(_) => None,
        }
    }

    /// What the weights promise, where the architecture declares it.
    pub fn bounds(&self) -> Option<&Bounds> {
        match self {
            Layer::Dense(dense) => dense.bounds.as_ref(),
            Layer::Conv2d(conv) => conv.bounds.as_ref(),
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::BatchNorm | Layer::Flatten | Layer::Activation(_) => {
                None
            }
        }
    }

    /// What outputs are like, where the architecture states it.
    pub fn typical(&self) -> Option<&Typical> {
        match self {
            Layer::Dense(dense) => dense.typical.as_ref(),
            Layer::Conv2d(conv) => conv.typical.as_ref(),
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::BatchNorm | Layer::Flatten | Layer::Activation(_) => {
                None
            }
        }
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        match self {
            Layer::Dense(dense) if dense.outputs == 0 => Err("0 outputs, expected at least 1".into()),
            Layer::Dense(dense) => Ok(Shape::flat(dense.outputs)),
            Layer::Conv2d(conv) => conv.output(input),
            Layer::AveragePool(pool) | Layer::MaxPool(pool) => pool.output(input),
            Layer::Flatten => Ok(Shape::flat(input.len())),
            Layer::BatchNorm => Ok(input),
            Layer::Activation(activation) => activation.check().map(|()| input),
        }
    }
}

impl Conv2d {
    fn output(&self, input: Shape) -> Result<Shape, String> {
        let padded = |extent: usize| extent.saturating_add(self.padding.saturating_mul(2));
        if self.maps == 0 || self.padding >= self.kernel.max(1) {
            return Err(format!(
                "{} maps with padding {}, expected at least 1 map and a padding below the kernel {}",
                self.maps, self.padding, self.kernel
            ));
        }
        let height = windows(padded(input.height), self.kernel, self.stride)?;
        let width = windows(padded(input.width), self.kernel, self.stride)?;
        Ok(Shape { channels: self.maps, height, width })
    }
}

impl Pool {
    fn output(&self, input: Shape) -> Result<Shape, String> {
        let height = windows(input.height, self.size, self.stride)?;
        let width = windows(input.width, self.size, self.stride)?;
        Ok(Shape { channels: input.channels, height, width })
    }
}

/// Number of windows along one extent.
fn windows(extent: usize, size: usize, stride: usize) -> Result<usize, String> {
    if size == 0 || stride == 0 || size > extent {
        return Err(format!("a window of {size} with stride {stride} does not fit an extent of {extent}"));
    }
    Ok((extent - size) / stride + 1)
}

impl Activation {
    /// What the activation is called in YAML.
    pub fn kind(&self) -> &'static str {
        match self {
            Activation::Square => "square",
            Activation::Polynomial(_) => "polynomial",
            Activation::Relu => "relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
            Activation::Sign => "sign",
            Activation::Sine(_) => "sine",
        }
    }

    /// Whether the activation of an integer is an integer.
    pub fn keeps_integers(&self) -> bool {
        matches!(self, Activation::Square | Activation::Relu | Activation::Sign)
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Activation::Sine(sine) if !sine.period.is_power_of_two() => {
                Err(format!("period {}, expected a power of two", sine.period))
            }
            Activation::Sine(Sine { steps: Some(steps), .. }) if !steps.is_power_of_two() => {
                Err(format!("{steps} steps, expected a power of two"))
            }
            Activation::Polynomial(c) if c.is_empty() || c.iter().any(|x| !x.is_finite()) => {
                Err(format!("coefficients {c:?}, expected at least one, all finite"))
            }
            Activation::Square
            | Activation::Polynomial(_)
            | Activation::Relu
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Sign
            | Activation::Sine(_) => Ok(()),
        }
    }
}

/// Largest number of values between two layers: keeps hostile sizes from allocating.
const MAX_VALUES: usize = 1 << 24;

impl Architecture {
    /// Shapes between the layers: what goes in, then what comes out of each layer. Checks on the way
    /// that the layers fit together.
    ///
    /// # Errors
    /// [`Error::Layer`] naming the first layer that does not fit, with both sides.
    pub fn shapes(&self) -> Result<Vec<Shape>> {
        self.check_input()?;
        let mut shapes = vec![self.input.cropped()];
        for (index, layer) in self.layers.iter().enumerate() {
            let input = shapes[index];
            let refuse = |reason| Error::Layer { layer: index, kind: layer.kind(), reason };
            let output = layer.output(input).map_err(refuse)?;
            layer.typical().map_or(Ok(()), Typical::check).map_err(refuse)?;
            let weights =
                layer.weight_shapes(input).map_or(0, |(w, _)| w.iter().fold(1usize, |a, b| a.saturating_mul(*b)));
            if output.len().max(weights) > MAX_VALUES {
                return Err(refuse(format!(
                    "{} values or weights, at most {MAX_VALUES} are allowed",
                    output.len().max(weights)
                )));
            }
            shapes.push(output);
        }
        match shapes.last() {
            Some(last) if !self.layers.is_empty() && last.height * last.width == 1 && last.channels <= 256 => {
                Ok(shapes)
            }
            Some(last) => Err(Error::Unsupported(format!(
                "the last layer gives {last} values, expected a vector of 1 to 256 class scores"
            ))),
            None => Err(Error::Unsupported("a network needs at least one layer".into())),
        }
    }

    fn check_input(&self) -> Result<()> {
        let refuse = |reason| Err(Error::Layer { layer: 0, kind: "input", reason });
        if self.input.cropped().is_empty() || self.input.shape.len() > MAX_VALUES {
            return refuse(format!("{} cropped by {} leaves no pixel or too many", self.input.shape, self.input.crop));
        }
        match (self.input.pixels, self.arithmetic) {
            (Pixels::Levels(levels), _) if !(2..=256).contains(&levels) => {
                refuse(format!("{levels} levels, expected 2 to 256"))
            }
            (Pixels::Unit, Arithmetic::Integer) => {
                refuse("integer arithmetic needs integer pixels: state `pixels: {levels: N}`".into())
            }
            (Pixels::Unit | Pixels::Levels(_), Arithmetic::Real | Arithmetic::Integer) => Ok(()),
        }
    }

    /// The same layers without what is declared of their values, for weights that they were not made for.
    pub fn without_bounds(mut self) -> Self {
        for layer in &mut self.layers {
            match layer {
                Layer::Dense(dense) => (dense.bounds, dense.typical) = (None, None),
                Layer::Conv2d(conv) => (conv.bounds, conv.typical) = (None, None),
                Layer::AveragePool(_)
                | Layer::MaxPool(_)
                | Layer::BatchNorm
                | Layer::Flatten
                | Layer::Activation(_) => {}
            }
        }
        self
    }

    /// Number of class scores, 0 for a network without layers.
    pub fn classes(&self) -> usize {
        self.shapes().ok().and_then(|s| s.last().map(Shape::len)).unwrap_or(0)
    }

    /// Whether the whole network can be computed on integers.
    pub fn is_integral(&self) -> bool {
        self.arithmetic == Arithmetic::Integer
            && self.layers.iter().all(|layer| match layer {
                Layer::Activation(activation) => activation.keeps_integers(),
                Layer::AveragePool(_) => false,
                Layer::Dense(_) | Layer::Conv2d(_) | Layer::MaxPool(_) | Layer::BatchNorm | Layer::Flatten => true,
            })
    }
}
