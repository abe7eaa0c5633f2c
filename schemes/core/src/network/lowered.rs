//! Twins: a network as a plan computes it, in the clear and without noise.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Arithmetic};
use super::bounds;
use super::forward::Forward;
use super::images::Images;
use super::logits::{Logits, Values};
use super::number::Number;
use super::weights::Weights;
use crate::error::{Error, Result};

/// A network as a plan computes it: activations replaced or sampled, numbers as stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lowered {
    /// The layers, approximations included.
    pub architecture: Architecture,
    /// What they are computed in.
    pub precision: Precision,
}

/// What a twin is computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Single precision, in a fixed order of summation.
    F32,
    /// Double precision, in the same order.
    F64,
    /// Integers without overflow.
    Exact,
}

impl Lowered {
    /// The network exactly as its file states it.
    pub fn model(architecture: &Architecture) -> Self {
        let precision = match architecture.arithmetic {
            Arithmetic::Real => Precision::F32,
            Arithmetic::Integer if architecture.is_integral() => Precision::Exact,
            Arithmetic::Integer => Precision::F64,
        };
        Lowered { architecture: architecture.clone(), precision }
    }

    /// The twin with its weights.
    ///
    /// # Errors
    /// [`Error::Weights`] where they do not fit.
    pub fn evaluator(&self, weights: &Weights) -> Result<Evaluator> {
        weights.check(&self.architecture)?;
        let architecture = &self.architecture;
        Ok(match self.precision {
            Precision::F32 => Evaluator::F32(Forward::new(architecture, weights)?),
            Precision::F64 => Evaluator::F64(Forward::new(architecture, weights)?),
            Precision::Exact if fits_i64(architecture, weights)? => {
                Evaluator::I64(Forward::new(architecture, weights)?)
            }
            Precision::Exact => Evaluator::I128(Forward::new(architecture, weights)?),
        })
    }
}

/// Whether no sum on the way can leave 64 bits; refuses what could leave 128.
fn fits_i64(architecture: &Architecture, weights: &Weights) -> Result<bool> {
    let magnitude = bounds::largest_partial_sum(architecture, weights)?.0;
    if magnitude >= 1 << 126 {
        return Err(Error::Unsupported(format!(
            "values may reach {magnitude}, beyond 126 bits; use fewer layers or smaller weights"
        )));
    }
    // One bit for the bias, which is added to a sum that is already in the interval, and one to spare.
    Ok(magnitude < 1 << 61)
}

/// A twin with its weights, ready to be evaluated.
#[derive(Debug, Clone)]
pub enum Evaluator {
    /// In single precision.
    F32(Forward<f32>),
    /// In double precision.
    F64(Forward<f64>),
    /// In integers whose range is proven to fit.
    I64(Forward<i64>),
    /// In wide integers.
    I128(Forward<i128>),
}

/// Runs the same expression on whichever network the evaluator holds.
macro_rules! on_forward {
    ($self:expr, $forward:ident => $body:expr) => {
        match $self {
            Evaluator::F32($forward) => $body,
            Evaluator::F64($forward) => $body,
            Evaluator::I64($forward) => $body,
            Evaluator::I128($forward) => $body,
        }
    };
}

impl Evaluator {
    /// The scores of every image.
    ///
    /// # Errors
    /// [`Error::Images`] for images of another shape.
    pub fn logits(&self, images: &Images) -> Result<Logits> {
        self.logits_by_layer(images, |_, work| work())
    }

    /// As [`Evaluator::logits`], calling `around` with each layer's index and its work, so that a
    /// caller can open a span.
    ///
    /// # Errors
    /// As [`Evaluator::logits`].
    pub fn logits_by_layer(&self, images: &Images, around: impl FnMut(usize, &mut dyn FnMut())) -> Result<Logits> {
        on_forward!(self, forward => logits_from(forward, 0, forward.input(images)?, around))
    }

    /// The scores of images whose inputs to layer `first` are given, one image after another, by a scheme that
    /// computes what comes before in another way; calls `around` as [`Evaluator::logits_by_layer`] does.
    ///
    /// # Errors
    /// [`Error::Layer`] for values that the evaluator's numbers cannot hold, or that are no whole number of images.
    pub fn logits_from(
        &self,
        first: usize,
        values: &[i128],
        around: impl FnMut(usize, &mut dyn FnMut()),
    ) -> Result<Logits> {
        on_forward!(self, forward => {
            let kind = forward.kind(first);
            let refuse = |reason: String| Error::Layer { layer: first, kind, reason };
            let size = forward.shape(first).len();
            if !values.len().is_multiple_of(size.max(1)) {
                return Err(refuse(format!("{} inputs, expected a multiple of {size}", values.len())));
            }
            let values = values.iter().map(|value| Number::integer(*value)).collect::<Option<Vec<_>>>();
            let values = values.ok_or_else(|| refuse("an input is beyond 64 bits".into()))?;
            logits_from(forward, first, values, around)
        })
    }

    /// The values after every layer, for every image.
    ///
    /// # Errors
    /// As [`Evaluator::logits`].
    pub fn layers(&self, images: &Images) -> Result<Vec<Values>> {
        on_forward!(self, forward => {
            let mut values = forward.input(images)?;
            let mut all = Vec::with_capacity(forward.depth());
            for index in 0..forward.depth() {
                values = forward.layer(index, values)?;
                all.push(values.clone().into());
            }
            Ok(all)
        })
    }

    /// Bytes of the converted weights.
    pub fn resident_bytes(&self) -> u64 {
        on_forward!(self, forward => forward.resident_bytes())
    }
}

/// Layers from `first` on.
fn logits_from<N: Number>(
    forward: &Forward<N>,
    first: usize,
    mut values: Vec<N>,
    mut around: impl FnMut(usize, &mut dyn FnMut()),
) -> Result<Logits>
where
    Values: From<Vec<N>>,
{
    for index in first..forward.depth() {
        let mut result = Ok(Vec::new());
        let mut input = Some(values);
        around(index, &mut || {
            if let Some(input) = input.take() {
                result = forward.layer(index, input);
            }
        });
        values = result?;
    }
    Ok(Logits { classes: forward.shape(forward.depth()).len(), values: values.into() })
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Values::Real(values.into_iter().map(f64::from).collect())
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Values::Real(values)
    }
}

impl From<Vec<i64>> for Values {
    fn from(values: Vec<i64>) -> Self {
        Values::Integer(values.into_iter().map(i128::from).collect())
    }
}

impl From<Vec<i128>> for Values {
    fn from(values: Vec<i128>) -> Self {
        Values::Integer(values)
    }
}
