//! Prediction of errors of linear transforms, before the division that ends them.

use crate::ckks::noise::{Noise, division_variance, switching_variance};
use crate::ckks::parameters::Parameters;
use crate::rlwe::matrix::Matrix;

/// What a transform's error depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// What entries are multiplied by.
    pub scale: f64,
    /// The largest of the rows' sums of magnitudes.
    pub row_sum: f64,
    /// The largest of the rows' root sums of squares.
    pub row_norm: f64,
    /// Number of diagonals.
    pub terms: usize,
    /// Whether some baby step is a rotation.
    pub hoists: bool,
    /// Giant steps that are rotations.
    pub giants: usize,
}

impl Shape {
    /// The shape of an encoded matrix; `rows` are its largest row sum and row norm.
    pub fn of(matrix: &Matrix, scale: f64, [row_sum, row_norm]: [f64; 2]) -> Shape {
        let (terms, hoists, giants) = (matrix.count(), matrix.hoists(), matrix.moving_giants());
        Shape { scale, row_sum, row_norm, terms, hoists, giants }
    }
}

/// Errors of different slots are uncorrelated, so that a row takes the root sum of their squares; each giant step adds
/// those of its division and its switch.
pub fn of_transform(params: &Parameters, level: usize, noise: Noise, scale: f64, shape: Shape) -> Noise {
    let switching = switching_variance(params.rlwe(), level);
    let babies = if shape.hoists { switching } else { 0.0 };
    let rotated = noise.plus_independent(babies).deviation * shape.row_norm * shape.scale;
    let rounded = Noise::encoded(0.0).deviation * (shape.terms as f64).sqrt() * noise.bound * scale;
    let own = shape.giants as f64 * (switching + division_variance(params.rlwe(), 1));
    Noise { deviation: rotated + rounded, bound: noise.bound * shape.row_sum }.plus_independent(own)
}

/// The sum of so many rotations. Errors of different slots count as independent.
pub fn of_rotate_sum(params: &Parameters, level: usize, noise: Noise, count: usize) -> Noise {
    let Noise { deviation, bound } = noise.plus_independent(switching_variance(params.rlwe(), level));
    Noise { deviation: deviation * (count as f64).sqrt(), bound: bound * count as f64 }
}
