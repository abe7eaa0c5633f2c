//! Encoded matrices.

use super::diagonals::Diagonals;
use super::plan::Plan;
use crate::ckks::complex::Complex;
use crate::ckks::encoder::Encoder;
use crate::ckks::parameters::Origin;
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;

/// The encoded diagonals that go with one giant step.
#[derive(Debug, Clone)]
pub(crate) struct GiantStep {
    pub steps: usize,
    /// Baby steps, each with a diagonal: rotated back by the giant step, in slots, modulo the primes of keys.
    pub terms: Vec<(usize, Polynomial)>,
}

/// A matrix encoded for a level: made once, applied to many ciphertexts.
#[derive(Debug, Clone)]
pub struct LinearTransform {
    pub(crate) origin: Origin,
    pub(crate) level: usize,
    pub(crate) scale: f64,
    pub(crate) giants: Vec<GiantStep>,
    pub(crate) plan: Plan,
    /// The largest of the rows' sums of magnitudes.
    pub(crate) row_sum: f64,
    /// The largest of the rows' root sums of squares.
    pub(crate) row_norm: f64,
}

impl LinearTransform {
    /// Encodes a matrix for ciphertexts up to a level. At the scale of the level's prime, which
    /// [`crate::ckks::parameters::Parameters::prime`] says, rescaling gives a ciphertext's scale back.
    ///
    /// # Errors
    /// [`Error::Slots`] for a matrix of another size; those of [`Encoder::encode_complex`].
    pub fn new(
        encoder: &Encoder<'_>,
        matrix: &Diagonals,
        plan: Plan,
        level: usize,
        scale: f64,
    ) -> Result<LinearTransform> {
        let slots = encoder.params().slots();
        if matrix.slots() != slots {
            return Err(Error::Slots { given: matrix.slots(), slots });
        }
        let mut giants: Vec<GiantStep> =
            plan.giants().map(|(steps, _)| GiantStep { steps, terms: Vec::new() }).collect();
        let place = |k: usize| {
            let mut terms = plan.giants().enumerate();
            terms.find(|(_, (giant, babies))| k >= *giant && babies.contains(&(k - giant)))
        };
        for (k, diagonal) in matrix.iter() {
            let Some((index, (giant, _))) = place(k) else {
                return Err(Error::Refused(format!("diagonal {k} is not in the plan: make the plan of this matrix")));
            };
            let mut back: Vec<Complex> = diagonal.to_vec();
            back.rotate_right(giant);
            giants[index].terms.push((k - giant, encoder.encode_extended(&back, level, scale)?));
        }
        Ok(LinearTransform {
            origin: encoder.params().origin().clone(),
            level,
            scale,
            giants,
            plan,
            row_sum: matrix.largest_row(|x| x),
            row_norm: matrix.largest_row(|x| x * x).sqrt(),
        })
    }

    /// The plan: which rotations it takes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Highest level of ciphertexts that it is applied to.
    pub fn level(&self) -> usize {
        self.level
    }

    /// What entries were multiplied by.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Bytes that the encoded diagonals take in memory.
    pub fn resident_bytes(&self) -> u64 {
        let polynomials = self.giants.iter().flat_map(|giant| &giant.terms).map(|(_, polynomial)| polynomial);
        polynomials.flat_map(|polynomial| &polynomial.limbs).map(|limb| size_of_val(&limb[..]) as u64).sum()
    }
}
