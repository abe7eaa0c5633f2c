//! What weights promise, so that a plan can prove its ranges before it has seen any.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::{Activation, Architecture, Layer};
use super::forward::Forward;
use super::images::Shape;
use super::number::Number;
use super::weights::{TensorValues, Weights};
use crate::error::{Error, Result};

/// Declared bounds of an integer layer's weights; each holds for every output by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Largest absolute weight.
    pub weight_max: u64,
    /// Largest absolute bias.
    pub bias_max: u64,
    /// Largest sum of absolute weights of one output.
    pub l1_max: u64,
    /// Largest sum of squared weights of one output.
    pub l2_squared_max: u64,
    /// Largest absolute output for any image whatever, by interval arithmetic.
    pub output_max: Magnitude,
}

/// A non-negative integer that may exceed 64 bits; decimal text in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Magnitude(pub u128);

impl TryFrom<String> for Magnitude {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Magnitude).map_err(|e| format!("`{text}` is not a whole number: {e}"))
    }
}

impl From<Magnitude> for String {
    fn from(magnitude: Magnitude) -> String {
        magnitude.0.to_string()
    }
}

/// All integers from `low` to `high`; sums and products saturate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// Smallest value.
    pub low: i128,
    /// Largest value.
    pub high: i128,
}

impl Interval {
    /// The interval that holds one value.
    pub fn point(value: i128) -> Self {
        Interval { low: value, high: value }
    }

    /// Largest absolute value in it.
    pub fn magnitude(self) -> Magnitude {
        Magnitude(self.low.unsigned_abs().max(self.high.unsigned_abs()))
    }
}

impl std::ops::Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Interval { low: self.low.saturating_add(other.low), high: self.high.saturating_add(other.high) }
    }
}

impl std::ops::Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let corners = [(self.low, other.low), (self.low, other.high), (self.high, other.low), (self.high, other.high)]
            .map(|(a, b)| a.saturating_mul(b));
        Interval {
            low: corners.into_iter().fold(i128::MAX, i128::min),
            high: corners.into_iter().fold(i128::MIN, i128::max),
        }
    }
}

impl Number for Interval {
    fn weights(values: &TensorValues) -> Option<Vec<Self>> {
        values.integers().map(|v| v.iter().map(|&x| Interval::point(x.into())).collect())
    }

    fn integer(value: i128) -> Option<Self> {
        Some(Interval::point(value))
    }

    fn pixel(level: u16, _: Option<u16>) -> Self {
        Interval { low: 0, high: level.into() }
    }

    fn larger(self, other: Self) -> Self {
        Interval { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    fn divide(self, by: usize) -> Option<Self> {
        // Outwards, so that the interval still holds every real mean.
        let by = i128::try_from(by).ok()?;
        Some(Interval { low: self.low.div_euclid(by), high: -(-self.high).div_euclid(by) })
    }

    fn activate(self, activation: &Activation) -> Option<Self> {
        let square = |x: i128| x.saturating_mul(x);
        match activation {
            Activation::Square => {
                let low = if self.low <= 0 && self.high >= 0 { 0 } else { square(self.low).min(square(self.high)) };
                Some(Interval { low, high: square(self.low).max(square(self.high)) })
            }
            Activation::Relu => Some(Interval { low: self.low.max(0), high: self.high.max(0) }),
            Activation::Sigmoid => Some(Interval { low: 0, high: 1 }),
            Activation::Sign | Activation::Sine(_) | Activation::Tanh => Some(Interval { low: -1, high: 1 }),
            Activation::Polynomial(_) => None,
        }
    }
}

/// The range of every value after each layer, for any image whatever.
///
/// # Errors
/// [`Error::Weights`] for real weights, [`Error::Layer`] for an activation without integer range.
pub fn ranges(architecture: &Architecture, weights: &Weights) -> Result<Vec<Vec<Interval>>> {
    propagate(architecture, weights, |interval| interval)
}

/// The largest absolute value of any partial sum on the way, in whatever order a sum is taken.
///
/// # Errors
/// As [`ranges`].
pub fn largest_partial_sum(architecture: &Architecture, weights: &Weights) -> Result<Magnitude> {
    // Where every factor's interval holds zero, leaving terms out of a sum stays inside its interval.
    let with_zero = |interval: Interval| Interval { low: interval.low.min(0), high: interval.high.max(0) };
    let ranges = propagate(architecture, weights, with_zero)?;
    Ok(ranges.iter().map(|range| largest(range)).max().unwrap_or(Magnitude(0)))
}

fn propagate(
    architecture: &Architecture,
    weights: &Weights,
    widen: impl Fn(Interval) -> Interval,
) -> Result<Vec<Vec<Interval>>> {
    let forward = Forward::<Interval>::new(architecture, weights)?;
    let top = architecture.input.largest();
    let mut values = vec![Interval::pixel(top, None); forward.shape(0).len()];
    let mut ranges = Vec::with_capacity(forward.depth());
    for index in 0..forward.depth() {
        values = forward.layer(index, values)?.into_iter().map(&widen).collect();
        ranges.push(values.clone());
    }
    Ok(ranges)
}

/// The tightest bounds of these weights, per layer; none where a layer declares none.
///
/// # Errors
/// As [`ranges`].
pub fn measure(architecture: &Architecture, weights: &Weights) -> Result<Vec<Option<Bounds>>> {
    let ranges = ranges(architecture, weights)?;
    let shapes = architecture.shapes()?;
    let bounds = |index: usize| {
        Some(Bounds { output_max: largest(&ranges[index]), ..norms(architecture, weights, &shapes, index)? })
    };
    Ok((0..architecture.layers.len()).map(bounds).collect())
}

/// The architecture with the tightest bounds of these weights declared on each dense and convolutional layer.
///
/// # Errors
/// As [`ranges`].
pub fn declare(architecture: &Architecture, weights: &Weights) -> Result<Architecture> {
    let mut declared = architecture.clone();
    for (layer, measured) in declared.layers.iter_mut().zip(measure(architecture, weights)?) {
        match layer {
            Layer::Dense(dense) => dense.bounds = measured,
            Layer::Conv2d(conv) => conv.bounds = measured,
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::BatchNorm | Layer::Flatten | Layer::Activation(_) => {}
        }
    }
    Ok(declared)
}

/// Refuses weights that break a declared bound.
pub(super) fn check(architecture: &Architecture, weights: &Weights) -> Result<()> {
    if architecture.layers.iter().all(|layer| layer.bounds().is_none()) {
        return Ok(());
    }
    let measured = measure(architecture, weights)?;
    for (index, (layer, found)) in architecture.layers.iter().zip(measured).enumerate() {
        if let (Some(declared), Some(found)) = (layer.bounds(), found) {
            within(index, declared, &found)?;
        }
    }
    Ok(())
}

fn within(layer: usize, declared: &Bounds, found: &Bounds) -> Result<()> {
    let pairs = [
        ("weight_max", u128::from(declared.weight_max), u128::from(found.weight_max)),
        ("bias_max", u128::from(declared.bias_max), u128::from(found.bias_max)),
        ("l1_max", u128::from(declared.l1_max), u128::from(found.l1_max)),
        ("l2_squared_max", u128::from(declared.l2_squared_max), u128::from(found.l2_squared_max)),
        ("output_max", declared.output_max.0, found.output_max.0),
    ];
    match pairs.into_iter().find(|(_, declared, found)| found > declared) {
        Some((name, declared, found)) => Err(Error::Weights {
            layer,
            reason: format!("{name} is {found}, the architecture declares at most {declared}"),
        }),
        None => Ok(()),
    }
}

/// Norms of layer `index`, `output_max` left at zero; none where the layer declares no bounds.
fn norms(architecture: &Architecture, weights: &Weights, shapes: &[Shape], index: usize) -> Option<Bounds> {
    let layer = &architecture.layers[index];
    if !matches!(layer, Layer::Dense(_) | Layer::Conv2d(_)) {
        return None;
    }
    let (shape, _) = layer.weight_shapes(shapes[index])?;
    let pair = weights.layers.get(index)?.as_ref()?;
    let (weight, bias) = (pair.weight.values.integers()?, pair.bias.values.integers()?);
    let rows = || weight.chunks(shape[1..].iter().product::<usize>().max(1));
    let sum = |term: &dyn Fn(u64) -> u64| {
        rows().map(|row| row.iter().fold(0u64, |s, w| s.saturating_add(term(w.unsigned_abs())))).max()
    };
    Some(Bounds {
        weight_max: weight.iter().map(|w| w.unsigned_abs()).max()?,
        bias_max: bias.iter().map(|b| b.unsigned_abs()).max()?,
        l1_max: sum(&|w| w)?,
        l2_squared_max: sum(&|w| w.saturating_mul(w))?,
        output_max: Magnitude(0),
    })
}

fn largest(range: &[Interval]) -> Magnitude {
    range.iter().map(|interval| interval.magnitude()).max().unwrap_or(Magnitude(0))
}
