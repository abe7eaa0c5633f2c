//! Evaluation of polynomials on ciphertexts.

use super::powers::Powers;
use super::prediction::predict;
use super::schedule::{Schedule, Sum, depth};
use super::{Basis, RealPolynomial};
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::evaluator::Evaluator;
use crate::error::{Error, Result};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rns::polynomial::Polynomial;

impl Evaluator<'_> {
    /// The polynomial's value in every slot, [`RealPolynomial::depth`] levels below the ciphertext and at exactly the
    /// scale asked for: constants are encoded at the scales that make up for primes which are no powers of two
    /// (Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux, 2021, section 3.1).
    ///
    /// # Errors
    /// [`Error::Depth`] for too few levels; [`Error::Refused`] for constants, without a relinearization key, and where
    /// values may lie outside of a Chebyshev basis' interval; [`Error::ScaleOverflow`], [`Error::Parameters`].
    pub fn evaluate_polynomial(
        &self,
        ciphertext: &Ciphertext,
        polynomial: &RealPolynomial,
        scale: f64,
    ) -> Result<Ciphertext> {
        let (needed, level) = (polynomial.depth(), ciphertext.level());
        if needed > level {
            return Err(Error::Depth { operation: "evaluating the polynomial", needed, level });
        }
        if polynomial.degree() == 0 {
            return Err(Error::Refused("a constant polynomial depends on no ciphertext: encode the constant".into()));
        }
        let first = self.in_basis(ciphertext, polynomial)?;
        let schedule = Schedule::new(polynomial);
        let (argument, left) = ((first.noise, first.level(), first.scale), level - needed);
        let noise = predict(self.params(), polynomial, &schedule, argument, (left, scale));
        // Sums are made one level above the result, then rescaled.
        let level = first.level() - depth(polynomial.degree()) + 1;
        let powers = Powers::new(self, polynomial.basis(), first, &schedule)?;
        let sum = self.sum(&powers, &schedule.sum, level, scale * self.params().prime(level))?;
        let mut value = self.relinearize_rescale(sum)?;
        (value.scale, value.noise) = (scale, noise);
        Ok(value)
    }

    /// The variable that basis polynomials are of.
    fn in_basis(&self, ciphertext: &Ciphertext, polynomial: &RealPolynomial) -> Result<Ciphertext> {
        if let Basis::Chebyshev { from, to } = polynomial.basis() {
            let bound = ciphertext.noise.bound;
            if bound > to.max(-from) * (1.0 + 1e-9) {
                return Err(Error::Refused(format!(
                    "values may reach {bound}, but the polynomial holds on [{from}, {to}]: take a wider interval, or \
                     state the values' bound if they are known to be smaller"
                )));
            }
        }
        let Some((factor, offset)) = polynomial.change_of_variable() else { return Ok(ciphertext.clone()) };
        let mut carried = ciphertext.clone();
        // Back at the parameters' scale: products must neither grow nor shrink.
        let constant_scale = self.params().prime(carried.level()) * self.params().scale() / carried.scale;
        self.multiply_constant_assign(&mut carried, factor, constant_scale)?;
        if offset != 0.0 {
            self.add_constant_assign(&mut carried, offset)?;
        }
        self.rescale(&mut carried)?;
        Ok(carried.assume_bound(1.0))
    }

    /// A sum at a level and scale, of degree 2 where it has products.
    fn sum(&self, powers: &Powers, sum: &Sum, level: usize, scale: f64) -> Result<Ciphertext> {
        let mut total = self.zero(powers.of_degree(1)?, level, scale);
        for (quotient, m) in &sum.products {
            let power = self.at_level(powers.of_degree(*m)?, level)?;
            let quotient_scale = scale / power.scale;
            let above = self.sum(powers, quotient, level + 1, quotient_scale * self.params().prime(level + 1))?;
            let mut quotient = self.relinearize_rescale(above)?;
            quotient.scale = quotient_scale;
            let mut product = self.multiply(&quotient, &power)?;
            product.scale = scale;
            self.add_assign(&mut total, &product)?;
        }
        for (k, constant) in &sum.terms {
            self.multiply_constant_add(&mut total, powers.of_degree(*k)?, *constant)?;
        }
        if sum.constant != 0.0 {
            self.add_constant_assign(&mut total, sum.constant)?;
        }
        Ok(total)
    }

    /// Zero, without an error.
    fn zero(&self, like: &Ciphertext, level: usize, scale: f64) -> Ciphertext {
        let parts = [(); 2].map(|()| Polynomial::zero(self.params().rlwe().degree(), level + 1)).into();
        let noise = crate::ckks::noise::Noise { deviation: 0.0, bound: 0.0 };
        Ciphertext { origin: like.origin.clone(), inner: Inner { parts }, scale, noise }
    }
}
