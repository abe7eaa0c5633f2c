//! Encoded matrices.

use super::diagonals::Diagonals;
use crate::ckks::complex::Complex;
use crate::ckks::encoder::Encoder;
use crate::ckks::encoder::values::Values;
use crate::ckks::parameters::{Origin, Parameters};
use crate::error::{Error, Result};
use crate::linear::diagonal::Diagonal;
use crate::linear::plan::Plan;
use crate::ring::galois;
use crate::rlwe::evaluation_keys::Request;
use crate::rlwe::matrix::Matrix;

use super::noise::Shape;

/// A matrix encoded for a level: made once, applied to many ciphertexts.
#[derive(Debug, Clone)]
pub struct LinearTransform {
    pub(crate) origin: Origin,
    pub(crate) matrix: Matrix,
    pub(crate) shape: Shape,
}

impl LinearTransform {
    /// Encodes a matrix for ciphertexts up to a level. At the scale of the level's prime, which
    /// [`crate::ckks::parameters::Parameters::prime`] says, rescaling gives a ciphertext's scale back.
    ///
    /// # Errors
    /// [`Error::Slots`] for a matrix of another size, [`Error::Refused`] for a plan of another matrix; those of
    /// [`Encoder::encode_complex`].
    pub fn new(
        encoder: &Encoder<'_>,
        matrix: &Diagonals,
        plan: Plan,
        level: usize,
        scale: f64,
    ) -> Result<LinearTransform> {
        let (params, slots) = (encoder.params(), encoder.params().slots());
        if matrix.slots() != slots {
            return Err(Error::Slots { given: matrix.slots(), slots });
        }
        let mut encoded = Matrix { level, giants: Vec::new() };
        for (k, diagonal) in matrix.iter() {
            let Some((giant, baby)) = plan.place(k) else {
                return Err(Error::Refused(format!("diagonal {k} is not in the plan: make the plan of this matrix")));
            };
            let mut back: Vec<Complex> = diagonal.to_vec();
            back.rotate_right(giant);
            let factor = encoder.encode_extended(Values::Complex(&back), level, scale)?;
            encoded.push(rotation(params, giant), rotation(params, baby), factor);
        }
        let rows = [matrix.largest_row(|x| x), matrix.largest_row(|x| x * x).sqrt()];
        let shape = Shape::of(&encoded, scale, rows);
        Ok(LinearTransform { origin: params.origin().clone(), matrix: encoded, shape })
    }

    /// Encodes diagonals whose steps are given as Galois elements, for ciphertexts up to a level. `rows` are the
    /// largest of the rows' sums of magnitudes and of their root sums of squares.
    ///
    /// # Errors
    /// Those of [`Encoder::encode`].
    pub fn of_elements(
        encoder: &Encoder<'_>,
        diagonals: &[Diagonal<f64>],
        level: usize,
        scale: f64,
        rows: [f64; 2],
    ) -> Result<LinearTransform> {
        let mut encoded = Matrix { level, giants: Vec::new() };
        for Diagonal { giant, baby, values } in diagonals {
            encoded.push(*giant, *baby, encoder.encode_extended(Values::Real(values), level, scale)?);
        }
        let shape = Shape::of(&encoded, scale, rows);
        Ok(LinearTransform { origin: encoder.params().origin().clone(), matrix: encoded, shape })
    }

    /// Highest level of ciphertexts that it is applied to.
    pub fn level(&self) -> usize {
        self.matrix.level
    }

    /// What entries were multiplied by.
    pub fn scale(&self) -> f64 {
        self.shape.scale
    }

    /// Bytes that the encoded diagonals take in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.matrix.resident_bytes()
    }
}

/// The Galois element of a rotation to the left.
pub(crate) fn rotation(params: &Parameters, steps: usize) -> usize {
    galois::rotation(params.rlwe().ring(), params.rlwe().log_n(), steps as i64)
}

impl Parameters {
    /// Asks for the keys of a plan's rotations, for ciphertexts up to a level.
    pub fn request_plan(&self, request: &mut Request, plan: &Plan, level: usize) {
        plan.rotations().into_iter().for_each(|steps| request.ask(rotation(self, steps), level));
    }
}
