//! Matrices in the clear times encrypted vectors.

use std::sync::Arc;

use super::ciphertext::Ciphertext;
use super::keys::EvaluationKeys;
use super::noise::{Noise, of_key_switching, of_keys, of_rounding};
use super::parameters::Parameters;
use super::placement::Placement;
use crate::error::Result;
use crate::linear::diagonal::Diagonal;
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::key_switch::Accumulator;
use crate::rlwe::matrix::{Factors, Matrix, Moved, multiply_all};
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

/// The noise of a matrix times a ciphertext's noise, before the division that ends it.
pub fn of_transform<P: Placement>(params: &Parameters<P>, noise: Noise, level: usize, shape: Shape) -> Noise {
    let (t, base) = (params.t(), params.rlwe());
    let rotated = if shape.hoists { noise.plus_independent(of_keys(t, base, level)) } else { noise };
    let giants = of_key_switching(t, base, level).times((shape.giants.max(1) as f64).log2() / 2.0);
    let product = rotated.times(shape.log2_norm);
    if shape.giants > 0 { product.plus_independent(giants) } else { product }
}

/// The noise of a sum of so many rotations.
pub fn of_rotate_sum<P: Placement>(params: &Parameters<P>, noise: Noise, level: usize, count: usize) -> Noise {
    let switching = of_key_switching(params.t(), params.rlwe(), level);
    // Rotations of one polynomial: their coefficients are the same ones in other places.
    noise.plus_independent(switching).times((count as f64).log2() / 2.0)
}

/// Matrices times the vectors in the slots of a ciphertext each, whose parts are then summed up by one set of rotations
/// after another, at the first level; results are at the second. Plaintext moduli may differ: keys stream from memory once
/// for all of them.
///
/// # Errors
/// [`crate::error::Error::Levels`] where a matrix was encoded for lower levels, those of a missing key, and
/// [`crate::error::Error::Degree`] or [`crate::error::Error::Parameters`].
pub fn transform_all<P: Placement>(
    keys: &EvaluationKeys<P>,
    factors: &[(&LinearTransform<P>, &Ciphertext<P>)],
    sums: &[Matrix],
    [between, after]: [usize; 2],
) -> Result<Vec<Ciphertext<P>>> {
    let factors = factors.iter().map(|(transform, ciphertext)| Operand::product(transform, ciphertext));
    let mut products = multiplied(keys, factors.collect::<Result<_>>()?)?;
    for (place, rotations) in sums.iter().enumerate() {
        products = if place == 0 && products.iter().any(|product| product.accumulator.level() > between) {
            let lower = products.into_iter().map(|product| product.divided(between)).collect::<Result<Vec<_>>>()?;
            multiplied(keys, lower.iter().map(|lower| Operand::sum(lower, rotations)).collect())?
        } else {
            multiplied(keys, products.iter().map(|product| Operand::sum_of_undivided(product, rotations)).collect())?
        };
    }
    products.into_iter().map(|product| product.divided(after)).collect()
}

/// What rotations move, and what comes of it.
struct Operand<'a, P: Placement> {
    params: &'a Arc<Parameters<P>>,
    matrix: &'a Matrix,
    moved: Moved<'a>,
    noise: Noise,
    correction: u64,
}

/// A ciphertext that is `P` times too large still.
struct Undivided<P: Placement> {
    params: Arc<Parameters<P>>,
    accumulator: Accumulator,
    /// After the division, but for its rounding.
    noise: Noise,
    correction: u64,
}

impl<'a, P: Placement> Operand<'a, P> {
    fn product(transform: &'a LinearTransform<P>, ciphertext: &'a Ciphertext<P>) -> Result<Operand<'a, P>> {
        ciphertext.params.require_same(&transform.params, "the linear transform")?;
        let matrix = &transform.matrix;
        let shape = Shape { log2_norm: transform.log2_norm, hoists: matrix.hoists(), giants: matrix.moving_giants() };
        let noise = of_transform(&ciphertext.params, ciphertext.noise, ciphertext.level(), shape);
        Ok(Operand { matrix, noise, ..Operand::sum(ciphertext, matrix) })
    }

    fn sum(ciphertext: &'a Ciphertext<P>, matrix: &'a Matrix) -> Operand<'a, P> {
        let (params, moved) = (&ciphertext.params, Moved::Ciphertext(&ciphertext.inner));
        let noise = of_rotate_sum(params, ciphertext.noise, ciphertext.level(), matrix.count());
        Operand { params, matrix, moved, noise, correction: ciphertext.correction }
    }

    fn factors(&self) -> Factors<'a> {
        let (params, moved) = (self.params, self.moved);
        Factors { params: params.rlwe(), special: P::special(params, moved.level()), matrix: self.matrix, moved }
    }

    fn sum_of_undivided(product: &'a Undivided<P>, matrix: &'a Matrix) -> Operand<'a, P> {
        let (params, moved) = (&product.params, Moved::Accumulator(&product.accumulator));
        let noise = of_rotate_sum(params, product.noise, product.accumulator.level(), matrix.count());
        Operand { params, matrix, moved, noise, correction: product.correction }
    }
}

fn multiplied<P: Placement>(keys: &EvaluationKeys<P>, operands: Vec<Operand<'_, P>>) -> Result<Vec<Undivided<P>>> {
    let factors: Vec<_> = operands.iter().map(Operand::factors).collect();
    for factors in &factors {
        factors.params.require_same(keys.params.rlwe(), "the Galois key")?;
    }
    let undivided = |(operand, accumulator): (&Operand<'_, P>, Accumulator)| Undivided {
        params: Arc::clone(operand.params),
        accumulator,
        noise: operand.noise,
        correction: operand.correction,
    };
    Ok(operands.iter().zip(multiply_all(&keys.inner, &factors)?).map(undivided).collect())
}

impl<P: Placement> Undivided<P> {
    /// Divided by the special primes and by those of levels above one.
    fn divided(self, to: usize) -> Result<Ciphertext<P>> {
        let Undivided { params, accumulator, noise, correction } = self;
        let (base, level, rounding) = (params.rlwe(), accumulator.level(), of_rounding(params.t(), params.rlwe(), 1));
        let by_last = P::by_last_and_special(&params, level).filter(|_| to < level);
        let division = by_last.unwrap_or(P::special(&params, level).division);
        let parts = accumulator.divide_by(base, division, [None, None]).into();
        let (dropped, correction) = match by_last {
            Some(_) => (base.log2_prime(level), P::correction_after_drop(&params, level, correction)),
            None => (0.0, correction),
        };
        let noise = noise.times(-dropped).plus_independent(rounding);
        let mut ciphertext = Ciphertext { inner: Inner { parts }, noise, correction, params: Arc::clone(&params) };
        ciphertext.switch_to(to)?;
        Ok(ciphertext)
    }
}

impl<P: Placement> Ciphertext<P> {
    /// The sum of the ciphertext's images, given as a matrix of ones.
    ///
    /// # Errors
    /// Those of [`transform_all`].
    pub fn rotate_sum(&self, rotations: &Matrix, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        let sum = multiplied(keys, vec![Operand::sum(self, rotations)])?.remove(0);
        sum.divided(self.level())
    }
}
