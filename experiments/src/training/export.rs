//! From trained tensors to the weights that the exact network is evaluated with.

use blindbench_core::network::weights::{LayerWeights, Tensor, TensorValues, Weights};
use candle_core::{Result, bail};

use super::adam::floats;
use super::layers::Layers;

/// The network's weights as its representation holds them, integers where it is quantised.
///
/// # Errors
/// Where a bias leaves 62 bits as an integer.
pub fn weights(layers: &Layers) -> Result<Weights> {
    let shapes = layers.architecture.shapes().map_err(candle_core::Error::wrap)?;
    let mut out = Vec::new();
    for (at, layer) in layers.architecture.layers.iter().enumerate() {
        let (Some(parameters), Some((weight_shape, bias_shape))) =
            (&layers.parameters[at], layer.weight_shapes(shapes[at]))
        else {
            out.push(None);
            continue;
        };
        let convert = |values: Vec<f32>, units: f64| match parameters.quantization {
            Some(_) => integers(&values, units),
            None => Ok(TensorValues::Real(values)),
        };
        let weight_units = parameters.quantization.map_or(1.0, |q| q.units);
        let weight = Tensor { shape: weight_shape, values: convert(floats(&parameters.weight)?, weight_units)? };
        let bias = Tensor { shape: bias_shape, values: convert(floats(&parameters.bias)?, layers.units[at + 1])? };
        out.push(Some(LayerWeights { weight, bias }));
    }
    Ok(Weights { layers: out })
}

fn integers(values: &[f32], units: f64) -> Result<TensorValues> {
    let scaled: Vec<f64> = values.iter().map(|v| (f64::from(*v) * units).round()).collect();
    match scaled.iter().find(|v| v.abs() >= (1u64 << 62) as f64) {
        Some(value) => bail!("an integer of {value:e} leaves 62 bits: quantise with fewer units"),
        None => Ok(TensorValues::Integer(scaled.into_iter().map(|v| v as i64).collect())),
    }
}
