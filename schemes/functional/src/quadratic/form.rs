//! A network with one square as quadratic forms, and what its declared bounds prove.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Layer};
use blindbench_core::network::bounds::Bounds;
use blindbench_core::network::weights::Weights;

/// Quadratic forms `f_c(x) = sum_k D_ck (P x)_k^2` that share P.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms {
    /// P, a row for each hidden neuron: a weight for each pixel and one for the constant 1.
    pub projection: Vec<Vec<i64>>,
    /// D, a row for each class: a weight for each hidden neuron.
    pub combination: Vec<Vec<i64>>,
}

impl Forms {
    /// What each form multiplies the products x_i x_j with, i up to j, row by row.
    pub fn coefficients(&self) -> impl Iterator<Item = Vec<i64>> {
        let length = self.projection.first().map_or(0, Vec::len);
        let products = (0..length).flat_map(move |i| (i..length).map(move |j| (i, j, if i == j { 1 } else { 2 })));
        self.combination.iter().map(move |scales| {
            let rows = || scales.iter().zip(&self.projection);
            let coefficient = |(i, j, times)| times * rows().map(|(scale, row)| scale * row[i] * row[j]).sum::<i64>();
            products.clone().map(coefficient).collect()
        })
    }
}

/// A network of flattening, a dense layer, squares and a dense layer: its shape and bounds, no weights.
#[derive(Debug, Clone, PartialEq)]
pub struct QuadraticNetwork {
    /// Place of the first dense layer; the squares and the second one follow.
    pub index: usize,
    /// Pixels.
    pub inputs: usize,
    /// Hidden neurons.
    pub hidden: usize,
    /// Scores.
    pub classes: usize,
    /// Largest value of a pixel.
    pub pixel_max: u16,
    first: Bounds,
    second: Bounds,
}

impl QuadraticNetwork {
    /// The network, if it is one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] or [`Error::Layer`] with what does not fit and what would.
    pub fn of(architecture: &Architecture) -> Result<Self> {
        let shapes = architecture.shapes()?;
        if architecture.arithmetic != Arithmetic::Integer {
            let reason = "functional encryption opens integers: take a network with `arithmetic: integer`";
            return Err(Error::Unsupported(reason.into()));
        }
        let index = architecture.layers.iter().take_while(|layer| matches!(layer, Layer::Flatten)).count();
        let [Layer::Dense(first), Layer::Activation(Activation::Square), Layer::Dense(second)] =
            &architecture.layers[index..]
        else {
            let kinds: Vec<&str> = architecture.layers.iter().map(Layer::kind).collect();
            return Err(Error::Unsupported(format!(
                "quadratic forms compute `flatten, dense, square, dense`, but the network is `{}`",
                kinds.join(", ")
            )));
        };
        let bounds = |bounds: Option<Bounds>, layer| bounds_of(bounds, layer);
        Ok(QuadraticNetwork {
            index,
            inputs: shapes[index].len(),
            hidden: first.outputs,
            classes: second.outputs,
            pixel_max: architecture.input.largest(),
            first: bounds(first.bounds, index)?,
            second: bounds(second.bounds, index + 2)?,
        })
    }

    /// Numbers that are encrypted: the pixels and the constant 1.
    pub fn length(&self) -> usize {
        self.inputs + 1
    }

    /// Largest magnitude of a score without its bias, by the tighter of two proofs.
    pub fn score_max(&self) -> u64 {
        let Bounds { l1_max, bias_max, output_max, .. } = self.first;
        let by_norm = u128::from(l1_max).saturating_mul(self.pixel_max.into()).saturating_add(bias_max.into());
        let hidden = by_norm.min(output_max.0);
        let by_norm = hidden.saturating_mul(hidden).saturating_mul(self.second.l1_max.into());
        let by_output = self.second.output_max.0.saturating_add(self.second.bias_max.into());
        u64::try_from(by_norm.min(by_output)).unwrap_or(u64::MAX)
    }

    /// The forms that weights state.
    ///
    /// # Errors
    /// [`Error::Weights`] where they are no integers or of another shape.
    pub fn forms(&self, weights: &Weights) -> Result<Forms> {
        let (first, biases) = integers(weights, self.index)?;
        let (second, _) = integers(weights, self.index + 2)?;
        let with_bias = |(row, bias): (&[i64], &i64)| row.iter().chain([bias]).copied().collect();
        Ok(Forms {
            projection: first.chunks(self.inputs.max(1)).zip(biases).map(with_bias).collect(),
            combination: second.chunks(self.hidden.max(1)).map(<[i64]>::to_vec).collect(),
        })
    }

    /// The second layer's biases, which need no encryption.
    ///
    /// # Errors
    /// As [`QuadraticNetwork::forms`].
    pub fn biases(&self, weights: &Weights) -> Result<Vec<i64>> {
        integers(weights, self.index + 2).map(|(_, biases)| biases.to_vec())
    }

    /// Whether keys for these forms may be issued: as many as the plan says, each within the declared bounds.
    ///
    /// # Errors
    /// [`Error::Refused`] naming the row and both sides.
    pub fn grant(&self, forms: &Forms) -> Result<()> {
        if forms.projection.len() != self.hidden || forms.combination.len() != self.classes {
            return Err(Error::Refused(format!(
                "keys for {} classes over {} hidden neurons, the plan has {} over {}",
                forms.combination.len(),
                forms.projection.len(),
                self.classes,
                self.hidden
            )));
        }
        for (place, row) in forms.projection.iter().enumerate() {
            let (bias, weights) = row.split_last().unwrap_or((&0, &[]));
            if bias.unsigned_abs() > self.first.bias_max {
                let most = self.first.bias_max;
                return Err(Error::Refused(format!("neuron {place} has the bias {bias}, declared is {most} at most")));
            }
            within("neuron", place, weights, self.inputs, &self.first)?;
        }
        let mut classes = forms.combination.iter().enumerate();
        classes.try_for_each(|(place, row)| within("class", place, row, self.hidden, &self.second))
    }
}

/// Declared bounds whose numbers fit the wire.
fn bounds_of(bounds: Option<Bounds>, layer: usize) -> Result<Bounds> {
    let refuse = |reason: &str| Error::Layer { layer, kind: "dense", reason: reason.into() };
    let bounds = bounds.ok_or_else(|| refuse("state its `bounds`: they prove how far scores can reach"))?;
    match bounds.weight_max.max(bounds.bias_max) > i32::MAX as u64 {
        true => Err(refuse("`weight_max` or `bias_max` is beyond 31 bits")),
        false => Ok(bounds),
    }
}

fn integers(weights: &Weights, layer: usize) -> Result<(&[i64], &[i64])> {
    let refuse = |reason: &str| Error::Weights { layer, reason: reason.into() };
    let pair = weights.layers.get(layer).and_then(Option::as_ref).ok_or_else(|| refuse("missing"))?;
    let tensors = (pair.weight.values.integers(), pair.bias.values.integers());
    tensors.0.zip(tensors.1).ok_or_else(|| refuse("real numbers, expected integers"))
}

fn within(what: &str, place: usize, row: &[i64], length: usize, bounds: &Bounds) -> Result<()> {
    let Bounds { weight_max, l1_max, .. } = *bounds;
    let largest = row.iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
    let sum = row.iter().fold(0u64, |sum, weight| sum.saturating_add(weight.unsigned_abs()));
    match row.len() == length && largest <= weight_max && sum <= l1_max {
        true => Ok(()),
        false => Err(Error::Refused(format!(
            "{what} {place} has {} weights up to {largest} with a sum of {sum}; declared are {length} weights up to \
             {weight_max} with a sum of at most {l1_max}",
            row.len()
        ))),
    }
}
