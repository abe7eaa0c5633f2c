//! Matrices times encrypted vectors.

use super::noise::{of_rotate_sum, of_transform};
use super::transform::LinearTransform;
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::evaluator::Evaluator;
use crate::ckks::noise::{Noise, division_variance};
use crate::error::{Error, Result};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::key_switch::Accumulator;
use crate::rlwe::matrix::{Factors, Matrix, Moved, multiply_one};

/// How a product ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At its level.
    Stay,
    /// A level lower, its scale divided.
    Rescale,
}

impl Evaluator<'_> {
    /// The matrix times the vector in the slots; the scale is the product of both. To be rescaled.
    ///
    /// # Errors
    /// [`Error::Levels`] where the matrix was encoded for lower levels, [`Error::MissingGaloisKey`],
    /// [`Error::KeyLevel`], [`Error::Degree`], [`Error::ScaleOverflow`] or [`Error::Parameters`].
    pub fn transform(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<Ciphertext> {
        let (accumulator, scale, noise) = self.transformed(ciphertext, transform)?;
        Ok(self.divided(ciphertext, accumulator, scale, noise))
    }

    /// [`Evaluator::transform`] and the rescaling in one division, by P times the level's prime.
    ///
    /// # Errors
    /// Those of [`Evaluator::transform`], and [`Error::Depth`] at level 0.
    pub fn transform_rescale(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<Ciphertext> {
        self.require_depth(ciphertext)?;
        let (accumulator, scale, noise) = self.transformed(ciphertext, transform)?;
        self.divided_rescaled(ciphertext, accumulator, scale, noise)
    }

    /// The matrix times the vector in the slots, summed up by one set of rotations after another without a division of
    /// both polynomials between them; then a rescaling, where that is wanted.
    ///
    /// # Errors
    /// Those of [`Evaluator::transform`], and [`Error::Depth`] for a rescaling at level 0.
    pub fn transform_sum(
        &self,
        ciphertext: &Ciphertext,
        transform: &LinearTransform,
        sums: &[Matrix],
        end: End,
    ) -> Result<Ciphertext> {
        let (mut accumulator, scale, mut noise) = self.transformed(ciphertext, transform)?;
        let (params, level) = (self.params().rlwe(), ciphertext.level());
        for matrix in sums {
            let moved = Moved::Accumulator(&accumulator);
            let factors = Factors { params, special: params.special_at(level), matrix, moved };
            accumulator = multiply_one(self.keys(), factors)?;
            let divided = noise.plus_independent(division_variance(params, 1));
            noise = of_rotate_sum(self.params(), level, divided, matrix.count());
        }
        match end {
            End::Stay => Ok(self.divided(ciphertext, accumulator, scale, noise)),
            End::Rescale => {
                self.require_depth(ciphertext)?;
                self.divided_rescaled(ciphertext, accumulator, scale, noise)
            }
        }
    }

    /// The sum of the ciphertext's rotations, given as a matrix of ones. Errors of different slots count as
    /// independent.
    ///
    /// # Errors
    /// [`Error::MissingGaloisKey`], [`Error::KeyLevel`], [`Error::Degree`] or [`Error::Parameters`].
    pub fn rotate_sum(&self, ciphertext: &Ciphertext, rotations: &Matrix) -> Result<Ciphertext> {
        let (accumulator, noise) = self.summed(ciphertext, rotations)?;
        Ok(self.divided(ciphertext, accumulator, ciphertext.scale, noise))
    }

    /// [`Evaluator::rotate_sum`] and a rescaling in one division, by P times the level's prime.
    ///
    /// # Errors
    /// Those of [`Evaluator::rotate_sum`], and [`Error::Depth`] at level 0.
    pub fn rotate_sum_rescale(&self, ciphertext: &Ciphertext, rotations: &Matrix) -> Result<Ciphertext> {
        self.require_depth(ciphertext)?;
        let (accumulator, noise) = self.summed(ciphertext, rotations)?;
        self.divided_rescaled(ciphertext, accumulator, ciphertext.scale, noise)
    }

    fn require_depth(&self, ciphertext: &Ciphertext) -> Result<()> {
        match ciphertext.level() {
            0 => Err(Error::Depth { operation: "rescaling", needed: 1, level: 0 }),
            _ => Ok(()),
        }
    }

    fn divided(&self, like: &Ciphertext, accumulator: Accumulator, scale: f64, noise: Noise) -> Ciphertext {
        let params = self.params().rlwe();
        let inner = Inner { parts: accumulator.divide(params, [None, None]).into() };
        let noise = noise.plus_independent(division_variance(params, 1));
        Ciphertext { origin: like.origin.clone(), inner, scale, noise }
    }

    fn divided_rescaled(
        &self,
        like: &Ciphertext,
        accumulator: Accumulator,
        scale: f64,
        noise: Noise,
    ) -> Result<Ciphertext> {
        let prime = self.params().prime(like.level());
        let inner = Inner { parts: accumulator.divide_and_drop(self.params().rlwe(), [None, None])?.into() };
        let noise = noise.rescaled(prime, 1, self.params());
        Ok(Ciphertext { origin: like.origin.clone(), inner, scale: scale / prime, noise })
    }

    fn apply(&self, ciphertext: &Ciphertext, matrix: &Matrix) -> Result<Accumulator> {
        let params = self.params().rlwe();
        let special = params.special_at(ciphertext.level());
        matrix.apply(params, self.keys(), special, &ciphertext.inner)
    }

    fn transformed(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<(Accumulator, f64, Noise)> {
        self.require(ciphertext)?;
        self.params().require_origin(&transform.origin, "a linear transform")?;
        let (scale, level) = (ciphertext.scale * transform.shape.scale, ciphertext.level());
        self.params().require_room(scale, level)?;
        let noise = of_transform(self.params(), level, ciphertext.noise, ciphertext.scale, transform.shape);
        Ok((self.apply(ciphertext, &transform.matrix)?, scale, noise))
    }

    fn summed(&self, ciphertext: &Ciphertext, rotations: &Matrix) -> Result<(Accumulator, Noise)> {
        self.require(ciphertext)?;
        let noise = of_rotate_sum(self.params(), ciphertext.level(), ciphertext.noise, rotations.count());
        Ok((self.apply(ciphertext, rotations)?, noise))
    }
}
