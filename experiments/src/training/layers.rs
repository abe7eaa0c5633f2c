//! A network with gradients: the layers of the representation as tensor operations, integers simulated.
//!
//! Values are kept as real numbers around 1. Beside them runs a factor: how many integer units of the exact
//! network make a real 1 at this point. Rounding passes gradients on as if it were not there (the
//! straight-through estimator; Bengio, Leonard and Courville, arXiv:1308.3432).

use candle_core::{Device, Result, Tensor, Var, bail};

use blindbench_core::network::architecture::{Activation, Architecture, Layer, Pixels, Pool};
use blindbench_core::network::images::Shape;

use super::adam::floats;
use super::draw::Draw;
use super::windows::Windows;
use crate::models::recipe::{Quantization, TorusNoise};

/// Half width around zero in which a sign passes gradients on.
const SIGN_WINDOW: f64 = 1.0;

/// A network whose weights can be trained.
pub struct Layers {
    /// The layers that are trained.
    pub architecture: Architecture,
    /// Weight and bias of each layer that has any.
    pub parameters: Vec<Option<Parameters>>,
    /// Integer units to a real 1: of the pixels, then after each layer.
    pub units: Vec<f64>,
    shapes: Vec<Shape>,
    windows: Vec<Option<Windows>>,
}

/// Weight and bias of a layer, real.
pub struct Parameters {
    /// `[outputs, inputs of one output]`
    pub weight: Var,
    /// One value per output.
    pub bias: Var,
    /// How they become integers; none where they stay real.
    pub quantization: Option<Quantization>,
}

/// Whether the noise of encrypted evaluation is drawn.
pub enum Pass<'a> {
    /// Without noise.
    Quiet,
    /// With noise, where the recipe states any.
    Noisy(&'a TorusNoise, &'a mut Draw),
}

impl Layers {
    /// Puts the layers around their parameters.
    ///
    /// # Errors
    /// Where the layers do not fit together or the representation has no gradient for one.
    pub fn new(architecture: Architecture, parameters: Vec<Option<Parameters>>) -> Result<Self> {
        let shapes = architecture.shapes().map_err(candle_core::Error::wrap)?;
        let windows = architecture.layers.iter().zip(&shapes).map(|(layer, shape)| match layer {
            Layer::Conv2d(conv) => Some(Windows::new(conv, *shape)),
            Layer::Dense(_)
            | Layer::AveragePool(_)
            | Layer::MaxPool(_)
            | Layer::BatchNorm
            | Layer::Flatten
            | Layer::Activation(_) => None,
        });
        let windows = windows.collect();
        let units = units(&architecture, &parameters);
        Ok(Layers { architecture, parameters, units, shapes, windows })
    }

    /// Scores `[images, classes]` of `[images, pixels]`, pixels in `0..=1`.
    ///
    /// # Errors
    /// Where the extents do not fit.
    pub fn forward(&self, pixels: &Tensor, mut pass: Pass<'_>) -> Result<Tensor> {
        (0..self.architecture.layers.len()).try_fold(pixels.clone(), |values, at| self.layer(at, &values, &mut pass))
    }

    /// Scores as of [`Layers::forward`], and how far the inputs of activations lie beyond `limit` on the way: the mean
    /// squared excess, summed over the activations.
    ///
    /// # Errors
    /// As [`Layers::forward`].
    pub fn forward_within(&self, pixels: &Tensor, mut pass: Pass<'_>, limit: f64) -> Result<(Tensor, Tensor)> {
        let mut excess = Tensor::zeros((), pixels.dtype(), pixels.device())?;
        let mut values = pixels.clone();
        for (at, layer) in self.architecture.layers.iter().enumerate() {
            if let Layer::Activation(_) = layer {
                excess = (excess + (values.abs()? - limit)?.relu()?.sqr()?.mean_all()?)?;
            }
            values = self.layer(at, &values, &mut pass)?;
        }
        Ok((values, excess))
    }

    /// Values after layer `at`.
    ///
    /// # Errors
    /// As [`Layers::forward`].
    pub fn layer(&self, at: usize, values: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        match &self.architecture.layers[at] {
            Layer::Flatten => Ok(values.clone()),
            Layer::Dense(_) | Layer::Conv2d(_) => self.weighted(at, values, pass),
            Layer::AveragePool(pool) => {
                self.pool(at, pool, values, |v, size, stride| v.avg_pool2d_with_stride(size, stride))
            }
            Layer::MaxPool(pool) => {
                self.pool(at, pool, values, |v, size, stride| v.max_pool2d_with_stride(size, stride))
            }
            Layer::Activation(activation) => self.activate(at, activation, values, pass),
            Layer::BatchNorm => bail!("batch_norm is trained by no recipe: fold it into the layer before"),
        }
    }

    fn weighted(&self, at: usize, values: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let Some(parameters) = &self.parameters[at] else { bail!("layer {at} has no parameters") };
        let weight = parameters.rounded_weight()?;
        let bias = match parameters.quantization {
            Some(_) => round_to(&parameters.bias, self.units[at + 1])?,
            None => parameters.bias.as_tensor().clone(),
        };
        let sums = match &self.windows[at] {
            Some(windows) => windows.convolve(values, &weight, &bias)?,
            None => values.matmul(&weight.t()?)?.broadcast_add(&bias)?,
        };
        match (self.period_after(at), pass) {
            (Some(period), Pass::Noisy(noise, draw)) => {
                let integers = (weight * (self.units[at + 1] / self.units[at]))?;
                let variance = ((integers.sqr()?.sum(1)? * noise.pixel.powi(2))? + noise.modulus_switch.powi(2))?;
                let deviation = (variance.sqrt()? * (period / self.units[at + 1]))?;
                let error = normal(sums.dims2()?, draw)?.broadcast_mul(&deviation)?;
                sums + error
            }
            _ => Ok(sums),
        }
    }

    /// Period of the sine that follows layer `at`, in integer units.
    fn period_after(&self, at: usize) -> Option<f64> {
        match self.architecture.layers.get(at + 1) {
            Some(Layer::Activation(Activation::Sine(sine))) => Some(f64::from(sine.period)),
            _ => None,
        }
    }

    fn pool(
        &self,
        at: usize,
        pool: &Pool,
        values: &Tensor,
        apply: impl Fn(&Tensor, usize, usize) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let shape = self.shapes[at];
        let planes = values.reshape((values.dim(0)?, shape.channels, shape.height, shape.width))?;
        apply(&planes, pool.size, pool.stride)?.flatten_from(1)
    }

    fn activate(&self, at: usize, activation: &Activation, values: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        match activation {
            Activation::Square => values.sqr(),
            Activation::Relu => values.relu(),
            Activation::Tanh => values.tanh(),
            Activation::Sigmoid => ((values * 0.5)?.tanh()? * 0.5)? + 0.5,
            Activation::Polynomial(c) => c.iter().rev().try_fold(values.zeros_like()?, |sum, c| (sum * values)? + *c),
            Activation::Sign => sign(values),
            Activation::Sine(sine) => {
                let turn = std::f64::consts::TAU * self.units[at] / f64::from(sine.period);
                let wave = (values * turn)?.sin()?;
                match pass {
                    Pass::Noisy(noise, draw) => {
                        let error = (normal(wave.dims2()?, draw)? * noise.activation)?;
                        wave + error
                    }
                    Pass::Quiet => Ok(wave),
                }
            }
        }
    }
}

impl Layers {
    /// Moves integer weights toward zero until no image whatever drives an output beyond its limit.
    ///
    /// # Errors
    /// None that well-formed tensors give.
    pub fn keep_ranges(&self) -> Result<()> {
        for (at, parameters) in self.parameters.iter().enumerate() {
            let Some(parameters) = parameters else { continue };
            let Some(quantization) = parameters.quantization.filter(|q| q.output_max > 0) else { continue };
            let range = Range {
                top: self.units[at],
                weight: quantization.units,
                bias: self.units[at + 1],
                limit: f64::from(quantization.output_max),
            };
            let (mut weight, mut bias) = (floats(&parameters.weight)?, floats(&parameters.bias)?);
            let inputs = parameters.weight.dim(1)?;
            for (row, bias) in weight.chunks_exact_mut(inputs).zip(&mut bias) {
                range.keep(row, bias);
            }
            parameters.weight.set(&Tensor::from_vec(weight, parameters.weight.dims(), &Device::Cpu)?)?;
            parameters.bias.set(&Tensor::from_vec(bias, parameters.bias.dims(), &Device::Cpu)?)?;
        }
        Ok(())
    }
}

/// The range that a neuron's outputs must stay in, in integer units.
struct Range {
    /// Largest input.
    top: f64,
    /// Integer units of a real weight of 1.
    weight: f64,
    /// Integer units of a real bias of 1.
    bias: f64,
    limit: f64,
}

impl Range {
    fn keep(&self, row: &mut [f32], bias: &mut f32) {
        let half = (self.limit / 2.0 / self.bias) as f32;
        *bias = bias.clamp(-half, half);
        let offset = (f64::from(*bias) * self.bias).round();
        for sign in [1.0, -1.0] {
            // A fiftieth of a unit at a time: the smallest weights of this sign round to zero first.
            let step = (0.02 / self.weight) as f32;
            while self.reach(row, sign) + sign * offset > self.limit {
                row.iter_mut().filter(|w| **w * sign as f32 > 0.0).for_each(|w| *w -= w.clamp(-step, step));
            }
        }
    }

    /// Largest sum of inputs times the weights of one sign, without the bias.
    fn reach(&self, row: &[f32], sign: f64) -> f64 {
        self.top * row.iter().map(|w| (f64::from(*w) * self.weight * sign).round().max(0.0)).sum::<f64>()
    }
}

impl Parameters {
    /// The weight as the exact network has it, in real units.
    ///
    /// # Errors
    /// None that a well-formed tensor gives.
    pub fn rounded_weight(&self) -> Result<Tensor> {
        match self.quantization {
            Some(quantization) => round_to(&self.weight, quantization.units),
            None => Ok(self.weight.as_tensor().clone()),
        }
    }
}

/// Integer units to a real 1 before the first layer and after each.
fn units(architecture: &Architecture, parameters: &[Option<Parameters>]) -> Vec<f64> {
    let mut units = vec![match architecture.input.pixels {
        Pixels::Unit => 1.0,
        Pixels::Levels(levels) => f64::from(levels) - 1.0,
    }];
    for (at, layer) in architecture.layers.iter().enumerate() {
        let before = units[at];
        units.push(match layer {
            Layer::Activation(Activation::Square) => before * before,
            Layer::Activation(Activation::Relu) => before,
            Layer::Activation(_) => 1.0,
            Layer::Dense(_)
            | Layer::Conv2d(_)
            | Layer::AveragePool(_)
            | Layer::MaxPool(_)
            | Layer::BatchNorm
            | Layer::Flatten => before * parameters[at].as_ref().and_then(|p| p.quantization).map_or(1.0, |q| q.units),
        });
    }
    units
}

/// Rounded to multiples of `1 / units`, with the gradient of the value itself.
fn round_to(values: &Var, units: f64) -> Result<Tensor> {
    let rounded = ((values.as_tensor() * units)?.round()? / units)?;
    let correction = (rounded - values.as_tensor())?.detach();
    values.as_tensor() + correction
}

/// `1` where `z >= 0`, else `-1`, with the gradient of a ramp around zero.
fn sign(values: &Tensor) -> Result<Tensor> {
    let ramp = (values.clamp(-SIGN_WINDOW, SIGN_WINDOW)? / SIGN_WINDOW)?;
    let step = ((values.ge(0.0)?.to_dtype(values.dtype())? * 2.0)? - 1.0)?;
    let correction = (step - &ramp)?.detach();
    ramp + correction
}

fn normal((rows, columns): (usize, usize), draw: &mut Draw) -> Result<Tensor> {
    let values: Vec<f32> = (0..rows * columns).map(|_| draw.normal()).collect();
    Tensor::from_vec(values, (rows, columns), &Device::Cpu)
}
