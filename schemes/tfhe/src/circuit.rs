//! The networks that fit: an integer matrix, one function a neuron, an integer matrix.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Layer};
use blindbench_core::network::bounds::Bounds;
use blindbench_core::network::typical::Typical;
use blindbench_core::network::weights::{LayerWeights, Weights};

/// Where each part of the computation stands among the architecture's layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerIndices {
    /// The matrix on the pixels.
    pub first: usize,
    /// The function of each hidden value.
    pub activation: usize,
    /// The matrix that gives the scores.
    pub last: usize,
}

/// A network in the form that is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Circuit {
    /// Where its parts stand.
    pub layers: LayerIndices,
    /// Pixels after cropping.
    pub inputs: usize,
    /// Hidden values: bootstraps an image.
    pub hidden: usize,
    /// Scores an image.
    pub classes: usize,
    /// The function of each hidden value.
    pub activation: Activation,
    /// Bounds of the first matrix, where the architecture declares them.
    pub first_bounds: Option<Bounds>,
    /// Bounds of the last matrix: the scores' scale on the torus follows from them where they must be proven.
    pub last_bounds: Bounds,
    /// What the first matrix gives on images, where the architecture states it.
    pub first_typical: Option<Typical>,
    /// What the last matrix gives on images, where the architecture states it.
    pub last_typical: Option<Typical>,
}

impl Circuit {
    /// Recognises a network.
    ///
    /// # Errors
    /// [`Error::Unsupported`] saying what the network has and what would do.
    pub fn of(architecture: &Architecture) -> Result<Self> {
        let shapes = architecture.shapes()?;
        if architecture.arithmetic != Arithmetic::Integer {
            return Err(Error::Unsupported("TFHE networks have integer weights: state `arithmetic: integer`".into()));
        }
        let parts: Vec<(usize, &Layer)> =
            architecture.layers.iter().enumerate().filter(|(_, layer)| **layer != Layer::Flatten).collect();
        let [(first, Layer::Dense(a)), (activation, Layer::Activation(function)), (last, Layer::Dense(b))] = parts[..]
        else {
            let found: Vec<&str> = architecture.layers.iter().map(Layer::kind).collect();
            return Err(Error::Unsupported(format!(
                "layers {}, but TFHE networks are dense, an activation and dense",
                found.join(", ")
            )));
        };
        Ok(Circuit {
            layers: LayerIndices { first, activation, last },
            inputs: shapes[0].len(),
            hidden: a.outputs,
            classes: b.outputs,
            activation: function.clone(),
            first_bounds: a.bounds,
            last_bounds: declared(last, b)?,
            first_typical: a.typical,
            last_typical: b.typical,
        })
    }

    /// The first layer's bounds.
    ///
    /// # Errors
    /// [`Error::Layer`] where the architecture declares none.
    pub fn first_bounds(&self) -> Result<&Bounds> {
        self.first_bounds.as_ref().ok_or_else(|| missing_bounds(self.layers.first))
    }

    /// What sums are like: as measured on images where that is stated, else all as large as the bounds allow.
    ///
    /// # Errors
    /// [`Error::Layer`] where the architecture states neither.
    pub fn typical_sums(&self) -> Result<Typical> {
        self.first_typical.map_or_else(|| self.first_bounds().map(as_bounded), Ok)
    }

    /// What scores are like, as [`Circuit::typical_sums`].
    pub fn typical_scores(&self) -> Typical {
        self.last_typical.unwrap_or_else(|| as_bounded(&self.last_bounds))
    }

    /// The largest absolute score of any image whatever.
    pub fn largest_score(&self) -> f64 {
        self.last_bounds.output_max.0 as f64
    }

    /// The weights of both matrices.
    ///
    /// # Errors
    /// [`Error::Weights`] where they are not there or not integers.
    pub fn matrices<'a>(&self, weights: &'a Weights) -> Result<Matrices<'a>> {
        let of = |layer: usize| {
            let integers = |w: &'a LayerWeights| Some((w.weight.values.integers()?, w.bias.values.integers()?));
            let (weight, bias) = weights
                .layers
                .get(layer)
                .and_then(|w| integers(w.as_ref()?))
                .ok_or_else(|| Error::Weights { layer, reason: "missing or real, expected integers".into() })?;
            Ok(Affine { weight, bias })
        };
        Ok(Matrices { first: of(self.layers.first)?, last: of(self.layers.last)? })
    }
}

fn as_bounded(bounds: &Bounds) -> Typical {
    let largest = bounds.output_max.0 as f64;
    Typical { largest, root_mean_square: largest }
}

fn declared(layer: usize, dense: &Dense) -> Result<Bounds> {
    dense.bounds.ok_or_else(|| missing_bounds(layer))
}

fn missing_bounds(layer: usize) -> Error {
    let reason = "declares no `bounds`, but the parameters are chosen by them before any weight is seen".into();
    Error::Layer { layer, kind: "dense", reason }
}

/// The weights of both matrices, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Matrices<'a> {
    /// `hidden x inputs`.
    pub first: Affine<'a>,
    /// `classes x hidden`.
    pub last: Affine<'a>,
}

/// A row-major matrix and a bias for each row.
#[derive(Debug, Clone, Copy)]
pub struct Affine<'a> {
    /// Weights, row by row.
    pub weight: &'a [i64],
    /// One a row.
    pub bias: &'a [i64],
}

impl<'a> Affine<'a> {
    /// The weights of each output in turn.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [i64]> + use<'a> {
        self.weight.chunks(self.weight.len().checked_div(self.bias.len()).unwrap_or(1).max(1))
    }
}
