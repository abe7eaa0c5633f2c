//! Weights: one tensor pair per layer that has any, in safetensors on disk and on the wire.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::architecture::{Architecture, Arithmetic};
use crate::error::{Error, Result};
use crate::wire::{Encode, Reader, Wire};

/// Weights of a network, in the order of its layers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights {
    /// One entry per layer; none where the layer has no weights.
    pub layers: Vec<Option<LayerWeights>>,
}

/// Weight and bias of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights {
    /// Shape as [`super::architecture::Layer::weight_shapes`] says, row-major.
    pub weight: Tensor,
    /// One value per output or channel.
    pub bias: Tensor,
}

/// What a tensor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Multiplies.
    Weight,
    /// Is added.
    Bias,
}

/// A tensor that is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blank {
    /// Index of its layer.
    pub layer: usize,
    /// What it is for.
    pub role: Role,
    /// Number of its values.
    pub count: usize,
    /// Values of a weight that one output is made with.
    pub inputs: usize,
}

/// Values with their shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: TensorValues,
}

/// Real or integer values.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorValues {
    /// `F32` on disk.
    Real(Vec<f32>),
    /// `I64` on disk; `I8`, `I16` and `I32` are read too.
    Integer(Vec<i64>),
}

impl TensorValues {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            TensorValues::Real(v) => v.len(),
            TensorValues::Integer(v) => v.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integers; none where the values are real.
    pub fn integers(&self) -> Option<&[i64]> {
        match self {
            TensorValues::Integer(v) => Some(v),
            TensorValues::Real(_) => None,
        }
    }
}

impl Weights {
    /// Weights of an architecture whose tensors' values are given one after the other, layer by layer, weight before bias.
    ///
    /// # Errors
    /// [`Error::Layer`] for layers that do not fit each other.
    pub fn filled(architecture: &Architecture, mut values: impl FnMut(Blank) -> TensorValues) -> Result<Self> {
        let shapes = architecture.shapes()?;
        let mut tensor = |layer: usize, role: Role, shape: Vec<usize>| {
            let (count, inputs) = (shape.iter().product(), shape.iter().skip(1).product());
            Tensor { values: values(Blank { layer, role, count, inputs }), shape }
        };
        let layers = architecture.layers.iter().zip(shapes).enumerate().map(|(index, (layer, input))| {
            let (weight, bias) = layer.weight_shapes(input)?;
            Some(LayerWeights { weight: tensor(index, Role::Weight, weight), bias: tensor(index, Role::Bias, bias) })
        });
        Ok(Weights { layers: layers.collect() })
    }

    /// Weights from safetensors bytes whose tensors are called `<layer index>.weight` and `<layer index>.bias`.
    ///
    /// # Errors
    /// [`Error::Weights`] where a tensor is missing, of another shape or type, or not finite;
    /// [`Error::Wire`] where the bytes are not safetensors.
    pub fn from_safetensors(architecture: &Architecture, bytes: &[u8]) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| Error::wire("safetensors", e.to_string()))?;
        let shapes = architecture.shapes()?;
        let mut layers = Vec::with_capacity(architecture.layers.len());
        let mut used = 0;
        for (index, layer) in architecture.layers.iter().enumerate() {
            layers.push(match layer.weight_shapes(shapes[index]) {
                None => None,
                Some((weight, bias)) => {
                    used += 2;
                    let read = |name, shape| read_tensor(&file, index, name, shape, architecture.arithmetic);
                    Some(LayerWeights { weight: read("weight", weight)?, bias: read("bias", bias)? })
                }
            });
        }
        if file.len() != used {
            return Err(Error::wire("safetensors", format!("{} tensors, but the architecture has {used}", file.len())));
        }
        Ok(Weights { layers })
    }

    /// The weights as safetensors bytes.
    ///
    /// # Errors
    /// [`Error::Wire`] where the shapes do not match the values.
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let mut bytes: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let Some(layer) = layer else { continue };
            for (name, tensor) in [("weight", &layer.weight), ("bias", &layer.bias)] {
                let (dtype, data) = tensor.values.encode();
                bytes.push((format!("{index}.{name}"), dtype, tensor.shape.clone(), data));
            }
        }
        let views: Vec<(&str, TensorView<'_>)> = bytes
            .iter()
            .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
            .collect::<Result<_, safetensors::SafeTensorError>>()
            .map_err(|e| Error::wire("safetensors", e.to_string()))?;
        safetensors::serialize(views, None::<HashMap<String, String>>)
            .map_err(|e| Error::wire("safetensors", e.to_string()))
    }

    /// Checks shapes and types against the architecture, and values against its declared bounds.
    ///
    /// # Errors
    /// [`Error::Weights`] naming the layer and both sides.
    pub fn check(&self, architecture: &Architecture) -> Result<()> {
        let shapes = architecture.shapes()?;
        if self.layers.len() != architecture.layers.len() {
            return Err(Error::Weights {
                layer: self.layers.len(),
                reason: format!("{} layers, the architecture has {}", self.layers.len(), architecture.layers.len()),
            });
        }
        for (index, (layer, weights)) in architecture.layers.iter().zip(&self.layers).enumerate() {
            check_layer(index, layer.weight_shapes(shapes[index]), weights.as_ref(), architecture.arithmetic)?;
        }
        super::bounds::check(architecture, self)
    }
}

fn check_layer(
    index: usize,
    expected: Option<(Vec<usize>, Vec<usize>)>,
    found: Option<&LayerWeights>,
    arithmetic: Arithmetic,
) -> Result<()> {
    match (expected, found) {
        (None, None) => Ok(()),
        (Some((weight, bias)), Some(layer)) => {
            check_tensor(index, "weight", &layer.weight, &weight, arithmetic)?;
            check_tensor(index, "bias", &layer.bias, &bias, arithmetic)
        }
        (Some((weight, _)), None) => {
            Err(Error::Weights { layer: index, reason: format!("missing, expected {weight:?}") })
        }
        (None, Some(_)) => Err(Error::Weights { layer: index, reason: "this layer has no weights".into() }),
    }
}

fn check_tensor(layer: usize, name: &str, tensor: &Tensor, shape: &[usize], arithmetic: Arithmetic) -> Result<()> {
    let refuse = |reason| Err(Error::Weights { layer, reason });
    if tensor.shape != shape || tensor.values.len() != shape.iter().product::<usize>() {
        return refuse(format!(
            "{name} has shape {:?} and {} values, the architecture has {shape:?}",
            tensor.shape,
            tensor.values.len()
        ));
    }
    match (&tensor.values, arithmetic) {
        (TensorValues::Real(v), Arithmetic::Real) => match v.iter().find(|x| !x.is_finite()) {
            Some(x) => refuse(format!("{name} holds {x}, expected finite values")),
            None => Ok(()),
        },
        (TensorValues::Integer(_), Arithmetic::Integer) => Ok(()),
        (TensorValues::Real(_), Arithmetic::Integer) => {
            refuse(format!("{name} is real, the architecture's arithmetic is integer"))
        }
        (TensorValues::Integer(_), Arithmetic::Real) => {
            refuse(format!("{name} is integer, the architecture's arithmetic is real"))
        }
    }
}

fn read_tensor(
    file: &SafeTensors<'_>,
    layer: usize,
    name: &str,
    shape: Vec<usize>,
    arithmetic: Arithmetic,
) -> Result<Tensor> {
    let view = file.tensor(&format!("{layer}.{name}")).map_err(|_| Error::Weights {
        layer,
        reason: format!("tensor `{layer}.{name}` is missing, expected shape {shape:?}"),
    })?;
    let values = TensorValues::decode(view.dtype(), view.data()).ok_or_else(|| Error::Weights {
        layer,
        reason: format!("{name} has type {:?}, expected F32, I8, I16, I32 or I64", view.dtype()),
    })?;
    let tensor = Tensor { shape: view.shape().to_vec(), values };
    check_tensor(layer, name, &tensor, &shape, arithmetic)?;
    Ok(tensor)
}

impl TensorValues {
    fn encode(&self) -> (Dtype, Vec<u8>) {
        match self {
            TensorValues::Real(v) => (Dtype::F32, v.iter().flat_map(|x| x.to_le_bytes()).collect()),
            TensorValues::Integer(v) => (Dtype::I64, v.iter().flat_map(|x| x.to_le_bytes()).collect()),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "every type that networks do not use is refused alike")]
    fn decode(dtype: Dtype, data: &[u8]) -> Option<Self> {
        fn items<const N: usize>(data: &[u8]) -> impl Iterator<Item = [u8; N]> {
            data.as_chunks::<N>().0.iter().copied()
        }
        Some(match dtype {
            Dtype::F32 => TensorValues::Real(items(data).map(f32::from_le_bytes).collect()),
            Dtype::I8 => TensorValues::Integer(items(data).map(|b| i64::from(i8::from_le_bytes(b))).collect()),
            Dtype::I16 => TensorValues::Integer(items(data).map(|b| i64::from(i16::from_le_bytes(b))).collect()),
            Dtype::I32 => TensorValues::Integer(items(data).map(|b| i64::from(i32::from_le_bytes(b))).collect()),
            Dtype::I64 => TensorValues::Integer(items(data).map(i64::from_le_bytes).collect()),
            _ => return None,
        })
    }
}

impl Encode for Weights {
    const TAG: [u8; 4] = *b"WGHT";
    const NAME: &'static str = "weights";

    fn put(&self, out: &mut Vec<u8>) {
        // Weights in memory have matching shapes; were they not, the reader refuses the empty text.
        let bytes = self.to_safetensors().unwrap_or_default();
        out.extend((bytes.len() as u64).to_le_bytes());
        out.extend(bytes);
    }
}

impl Wire<Architecture> for Weights {
    fn take(architecture: &Architecture, input: &mut Reader<'_>) -> Result<Self> {
        let weights = Weights::from_safetensors(architecture, input.counted_bytes()?)?;
        weights.check(architecture)?;
        Ok(weights)
    }
}
