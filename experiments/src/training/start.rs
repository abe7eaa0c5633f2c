//! Where training starts from: random weights on the scale that each layer wants, or another model's.

use blindbench_core::network::architecture::{Activation, Architecture, Layer};
use blindbench_core::network::weights::{TensorValues, Weights};
use candle_core::{Device, Result, Tensor, Var, bail};

use super::adam::floats;
use super::draw::Draw;
use super::layers::{Layers, Parameters, Pass};
use crate::models::recipe::{Quantization, Recipe};

/// Deviation of the values before a sine, as a share of its period: most of the wave is in use.
const SINE_SPREAD: f64 = 0.25;

/// Outputs of a layer, and inputs of one output.
type Extents = (usize, usize);

/// Random weights, scaled layer by layer so that the values of a first batch have unit deviation
/// (after Mishkin and Matas, arXiv:1511.06422).
///
/// # Errors
/// Where the layers do not fit together or the recipe states another number of quantised layers.
pub fn random(architecture: &Architecture, recipe: &Recipe, pixels: &Tensor, seed: u64) -> Result<Layers> {
    let layers = layers(architecture, recipe, |at, extents, quantization| {
        let (outputs, inputs) = extents;
        let mut draw = Draw::new(seed, "weights", at as u64);
        let weight = (0..outputs * inputs).map(|_| draw.normal() / (inputs as f32).sqrt()).collect();
        parameters(extents, weight, vec![0.0; outputs], quantization)
    })?;
    fit_scales(&layers, pixels, seed)?;
    Ok(layers)
}

/// The weights of a trained real network of the same layers.
///
/// # Errors
/// Where they do not fit this architecture.
pub fn from_weights(architecture: &Architecture, recipe: &Recipe, start: &Weights) -> Result<Layers> {
    layers(architecture, recipe, |at, extents, quantization| {
        let Some(pair) = start.layers.get(at).and_then(Option::as_ref) else {
            let (outputs, inputs) = extents;
            bail!("layer {at} needs weights of {outputs}x{inputs}, the starting model has none there")
        };
        let (TensorValues::Real(weight), TensorValues::Real(bias)) = (&pair.weight.values, &pair.bias.values) else {
            bail!("layer {at}: training starts from real weights, these are integers")
        };
        let largest = weight.iter().fold(0.0f32, |m, w| m.max(w.abs()));
        parameters(extents, weight.clone(), bias.clone(), quantization.map(|q| fit_units(q, largest)))
    })
}

/// The layers of an architecture, those with weights as `start` makes them from a layer's index, its
/// extents and how the recipe quantises it.
fn layers(
    architecture: &Architecture,
    recipe: &Recipe,
    start: impl Fn(usize, Extents, Option<Quantization>) -> Result<Parameters>,
) -> Result<Layers> {
    let extents = weight_extents(architecture)?;
    let mut quantization = quantizations(&extents, recipe)?.into_iter();
    let parameters = extents
        .into_iter()
        .enumerate()
        .map(|(at, extents)| extents.map(|extents| start(at, extents, quantization.next().flatten())).transpose())
        .collect::<Result<_>>()?;
    Layers::new(architecture.clone(), parameters)
}

fn parameters(
    (outputs, inputs): Extents,
    weight: Vec<f32>,
    bias: Vec<f32>,
    quantization: Option<Quantization>,
) -> Result<Parameters> {
    let weight = Var::from_vec(weight, (outputs, inputs), &Device::Cpu)?;
    Ok(Parameters { weight, bias: Var::from_vec(bias, outputs, &Device::Cpu)?, quantization })
}

/// Multiplies each layer's weights so that its outputs for `pixels` have the deviation it wants.
fn fit_scales(layers: &Layers, pixels: &Tensor, seed: u64) -> Result<()> {
    let mut values = pixels.clone();
    for (at, parameters) in layers.parameters.iter().enumerate() {
        if let Some(parameters) = parameters {
            let wanted = match layers.architecture.layers.get(at + 1) {
                Some(Layer::Activation(Activation::Sine(sine))) => {
                    SINE_SPREAD * f64::from(sine.period) / layers.units[at + 1]
                }
                _ => 1.0,
            };
            let found = deviation(&floats(&layers.layer(at, &values, &mut Pass::Quiet)?)?);
            parameters.weight.set(&(parameters.weight.as_tensor() * (wanted / found.max(1e-12)))?)?;
            if wanted != 1.0 {
                // A sine's neurons start all over its period, not all at its steepest point.
                let mut draw = Draw::new(seed, "phases", at as u64);
                let phases: Vec<f32> = floats(&parameters.bias)?.iter().map(|_| draw.within(wanted as f32)).collect();
                parameters.bias.set(&Tensor::from_vec(phases, parameters.bias.dims(), &Device::Cpu)?)?;
            }
        }
        values = layers.layer(at, &values, &mut Pass::Quiet)?;
    }
    Ok(())
}

/// Units that the recipe leaves open, such that the largest weight becomes the largest integer.
fn fit_units(quantization: Quantization, largest: f32) -> Quantization {
    if quantization.units > 0.0 {
        return quantization;
    }
    Quantization { units: f64::from(quantization.weight_max) / f64::from(largest.max(1e-12)), ..quantization }
}

/// The extents of each layer that has weights.
fn weight_extents(architecture: &Architecture) -> Result<Vec<Option<Extents>>> {
    let shapes = architecture.shapes().map_err(candle_core::Error::wrap)?;
    let of = |(layer, shape): (&Layer, _)| {
        layer.weight_shapes(shape).map(|(weight, _)| (weight[0], weight[1..].iter().product()))
    };
    Ok(architecture.layers.iter().zip(shapes).map(of).collect())
}

fn quantizations(extents: &[Option<Extents>], recipe: &Recipe) -> Result<Vec<Option<Quantization>>> {
    let weighted = extents.iter().flatten().count();
    match recipe.quantization.len() {
        0 => Ok(vec![None; weighted]),
        stated if stated == weighted => Ok(recipe.quantization.iter().copied().map(Some).collect()),
        stated => bail!("the recipe quantises {stated} layers, the architecture has {weighted} with weights"),
    }
}

fn deviation(values: &[f32]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    (values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count).sqrt()
}
