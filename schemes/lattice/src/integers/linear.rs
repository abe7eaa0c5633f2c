//! Matrices in the clear times encrypted vectors.

use std::sync::Arc;

use super::ciphertext::Ciphertext;
use super::keys::EvaluationKeys;
use super::noise::{Noise, of_key_switching, of_rounding};
use super::parameters::Parameters;
use super::placement::Placement;
use crate::error::Result;
use crate::linear::diagonal::Diagonal;
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::key_switch::Accumulator;
use crate::rlwe::matrix::Matrix;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// A matrix encoded for a level: made once, applied to many ciphertexts.
#[derive(Debug, Clone)]
pub struct LinearTransform<P: Placement> {
    params: Arc<Parameters<P>>,
    matrix: Matrix,
    /// log2 of the Euclidean norm of all diagonals' coefficients: how much noise grows.
    log2_norm: f64,
}

impl<P: Placement> LinearTransform<P> {
    /// Encodes diagonals of integers in [-t/2, t/2] for ciphertexts up to a level.
    ///
    /// # Errors
    /// [`crate::error::Error::Slots`] or [`crate::error::Error::Value`] for what does not fit the plaintext modulus, [`crate::error::Error::Range`] for a level
    /// that there is not.
    pub fn new(params: &Arc<Parameters<P>>, diagonals: &[Diagonal<i64>], level: usize) -> Result<LinearTransform<P>> {
        params.require_level(level)?;
        let mut matrix = Matrix { level, giants: Vec::new() };
        let mut squared = 0.0;
        for Diagonal { giant, baby, values } in diagonals {
            let coefficients = params.encoder().encode(values)?.centered();
            squared += coefficients.iter().map(|x| (*x as f64).powi(2)).sum::<f64>();
            matrix.push(*giant, *baby, extended(params, &coefficients, level));
        }
        let log2_norm = squared.max(1.0).log2() / 2.0;
        Ok(LinearTransform { params: Arc::clone(params), matrix, log2_norm })
    }

    /// Bytes that the encoded diagonals take in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.matrix.resident_bytes()
    }
}

/// Coefficients modulo the primes of keys at a level, in slots.
fn extended<P: Placement>(params: &Parameters<P>, coefficients: &[i64], level: usize) -> Polynomial {
    let (base, plans) = (params.rlwe(), params.rlwe().key_plans(level));
    let mut polynomial = Polynomial::stale(base.degree(), plans.len());
    each_mut(&mut polynomial.limbs, |j, limb| base.kernel().forward_signed(plans[j], coefficients, limb));
    polynomial
}

/// What a matrix multiplies noise by, and how many key switches of each kind it takes: enough to predict noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// log2 of the Euclidean norm of all diagonals' coefficients.
    pub log2_norm: f64,
    /// Whether the baby steps are rotations.
    pub hoists: bool,
    /// Giant steps that are rotations.
    pub giants: usize,
}

/// The noise of a matrix times a ciphertext's noise.
pub fn of_transform<P: Placement>(params: &Parameters<P>, noise: Noise, level: usize, shape: Shape) -> Noise {
    let (t, base) = (params.t(), params.rlwe());
    let switching = of_key_switching(t, base, level);
    let rotated = if shape.hoists { noise.plus_independent(switching) } else { noise };
    let giants = switching.times((shape.giants.max(1) as f64).log2() / 2.0);
    let product = rotated.times(shape.log2_norm);
    let with_giants = if shape.giants > 0 { product.plus_independent(giants) } else { product };
    with_giants.plus_independent(of_rounding(t, base, 1))
}

/// The noise of a sum of so many rotations.
pub fn of_rotate_sum<P: Placement>(params: &Parameters<P>, noise: Noise, level: usize, count: usize) -> Noise {
    let switching = of_key_switching(params.t(), params.rlwe(), level);
    // Rotations of one polynomial: their coefficients are the same ones in other places.
    noise.plus_independent(switching).times((count as f64).log2() / 2.0)
}

impl<P: Placement> Ciphertext<P> {
    /// The matrix times the vector in the slots.
    ///
    /// # Errors
    /// [`crate::error::Error::Levels`] where the matrix was encoded for lower levels, those of a missing key, and
    /// [`crate::error::Error::Degree`] or [`crate::error::Error::Parameters`].
    pub fn transform(&self, transform: &LinearTransform<P>, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        self.params.require_same(&transform.params, "the linear transform")?;
        let matrix = &transform.matrix;
        let shape = Shape { log2_norm: transform.log2_norm, hoists: matrix.hoists(), giants: matrix.moving_giants() };
        let noise = of_transform(&self.params, self.noise, self.level(), shape);
        Ok(self.divided(self.applied(matrix, keys)?, noise))
    }

    /// The sum of the ciphertext's images, given as a matrix of ones.
    ///
    /// # Errors
    /// Those of [`Ciphertext::transform`].
    pub fn rotate_sum(&self, rotations: &Matrix, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        let noise = of_rotate_sum(&self.params, self.noise, self.level(), rotations.count());
        Ok(self.divided(self.applied(rotations, keys)?, noise))
    }

    fn applied(&self, matrix: &Matrix, keys: &EvaluationKeys<P>) -> Result<Accumulator> {
        self.params.require_same(&keys.params, "the Galois key")?;
        let special = P::special(&self.params, self.level());
        matrix.apply(self.params.rlwe(), &keys.inner, special, &self.inner)
    }

    fn divided(&self, accumulator: Accumulator, noise: Noise) -> Ciphertext<P> {
        let division = P::special(&self.params, accumulator.level()).division;
        let parts = accumulator.divide_by(self.params.rlwe(), division, [None, None]);
        self.with(Inner { parts: parts.into() }, noise)
    }
}
