//! Adam (Kingma and Ba, arXiv:1412.6980) with decoupled weight decay, a running mean of the weights, and limits
//! that integers must keep.

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};

use super::layers::Layers;
use crate::models::recipe::{Quantization, Recipe};

const FIRST_DECAY: f32 = 0.9;
const SECOND_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Largest 2-norm of the whole gradient; longer ones are shortened to it, since squares can explode.
const LONGEST_GRADIENT: f32 = 5.0;

/// The state of one trained tensor.
pub struct Tracked {
    /// `<layer index>.weight` or `<layer index>.bias`.
    pub name: String,
    /// The tensor itself.
    pub var: Var,
    /// Running mean of the gradient.
    pub first: Vec<f32>,
    /// Running mean of the squared gradient.
    pub second: Vec<f32>,
    /// Running mean of the tensor.
    pub mean: Vec<f32>,
    quantization: Option<Quantization>,
    is_weight: bool,
}

/// Adam over all tensors of a network.
pub struct Adam {
    /// Steps taken.
    pub steps: u64,
    /// State of each tensor, weight before bias, in the order of the layers.
    pub tensors: Vec<Tracked>,
    weight_decay: f32,
    averaging: f32,
}

impl Adam {
    /// The state before the first step.
    ///
    /// # Errors
    /// None that well-formed tensors give.
    pub fn new(layers: &Layers, recipe: &Recipe) -> Result<Self> {
        let mut tensors = Vec::new();
        for (at, parameters) in layers.parameters.iter().enumerate() {
            let Some(parameters) = parameters else { continue };
            for (name, var) in [("weight", &parameters.weight), ("bias", &parameters.bias)] {
                let values = floats(var)?;
                tensors.push(Tracked {
                    name: format!("{at}.{name}"),
                    var: var.clone(),
                    first: vec![0.0; values.len()],
                    second: vec![0.0; values.len()],
                    mean: values,
                    quantization: parameters.quantization,
                    is_weight: name == "weight",
                });
            }
        }
        let (weight_decay, averaging) = (recipe.weight_decay as f32, recipe.averaging as f32);
        Ok(Adam { steps: 0, tensors, weight_decay, averaging })
    }

    /// One step of the tensors of `layers` along the gradients, at the given learning rate.
    ///
    /// # Errors
    /// None that well-formed tensors give.
    pub fn step(&mut self, layers: &Layers, gradients: &GradStore, rate: f64) -> Result<()> {
        self.steps += 1;
        let gradients: Vec<Option<Vec<f32>>> =
            self.tensors.iter().map(|t| gradients.get(&t.var).map(floats).transpose()).collect::<Result<_>>()?;
        let length = gradients.iter().flatten().flatten().map(|g| g * g).sum::<f32>().sqrt();
        let shorten = (LONGEST_GRADIENT / length.max(1e-30)).min(1.0);
        // Early on the mean of few steps counts: the past weighs little until there is one.
        let averaging = self.averaging.min(self.steps as f32 / (self.steps as f32 + 10.0));
        let corrections = [FIRST_DECAY, SECOND_DECAY].map(|d| 1.0 - d.powi(self.steps.min(100_000) as i32));
        for (tensor, gradient) in self.tensors.iter_mut().zip(&gradients) {
            let Some(gradient) = gradient else { continue };
            let rate = rate as f32 * tensor.quantization.map_or(1.0, |q| q.rate as f32);
            let decay = if tensor.is_weight { rate * self.weight_decay } else { 0.0 };
            let mut values = floats(&tensor.var)?;
            let state = tensor.first.iter_mut().zip(&mut tensor.second);
            for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(state) {
                let gradient = gradient * shorten;
                *first = FIRST_DECAY * *first + (1.0 - FIRST_DECAY) * gradient;
                *second = SECOND_DECAY * *second + (1.0 - SECOND_DECAY) * gradient * gradient;
                let toward = (*first / corrections[0]) / ((*second / corrections[1]).sqrt() + EPSILON);
                *value -= rate * toward + decay * *value;
            }
            tensor.keep_limits(&mut values);
            for (mean, value) in tensor.mean.iter_mut().zip(&values) {
                *mean = averaging * *mean + (1.0 - averaging) * value;
            }
            tensor.assign(&values)?;
        }
        layers.keep_ranges()
    }

    /// Runs `work` while the tensors hold their running means.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn with_means<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let current = self.tensors.iter().map(|t| floats(&t.var)).collect::<Result<Vec<_>>>()?;
        for tensor in &self.tensors {
            tensor.assign(&tensor.mean)?;
        }
        let result = work();
        for (tensor, values) in self.tensors.iter().zip(&current) {
            tensor.assign(values)?;
        }
        result
    }
}

impl Tracked {
    /// Replaces the tensor's values.
    ///
    /// # Errors
    /// Where their number differs.
    pub fn assign(&self, values: &[f32]) -> Result<()> {
        self.var.set(&Tensor::from_slice(values, self.var.shape(), &Device::Cpu)?)
    }

    fn keep_limits(&self, values: &mut [f32]) {
        let Some(quantization) = self.quantization else { return };
        if self.is_weight {
            // Just below the next integer, so that a weight at the limit can come back within a step or two.
            let largest = (f64::from(quantization.weight_max) + 0.45) / quantization.units;
            values.iter_mut().for_each(|w| *w = w.clamp(-largest as f32, largest as f32));
        }
    }
}

/// All values of a tensor, row-major.
///
/// # Errors
/// Where they are not `f32`.
pub fn floats(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}
