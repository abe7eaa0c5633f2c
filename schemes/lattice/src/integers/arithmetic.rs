//! Sums and products.

use std::sync::Arc;

use blindbench_kernels::residue::modulus::Modulus;

use super::ciphertext::Ciphertext;
use super::encryption::{inverse, inverse_vartime, message};
use super::factor::Factor;
use super::keys::EvaluationKeys;
use super::noise::{of_key_switching, of_plaintext};
use super::placement::Placement;
use crate::batching::Plaintext;
use crate::error::{Error, Result};
use crate::rlwe;
use crate::rlwe::operand::Operand;
use crate::rlwe::switch::switch;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

impl<P: Placement> Ciphertext<P> {
    /// `self += other`; the degree becomes the larger one. In BGV, where their correction factors differ, both are
    /// first multiplied by small numbers that make them the same.
    ///
    /// # Errors
    /// [`Error::Parameters`] or [`Error::Levels`].
    pub fn add_assign(&mut self, other: &Ciphertext<P>) -> Result<()> {
        self.require_fit(other)?;
        let other = self.corrected_alike(other)?;
        self.inner.add_assign(self.params.rlwe(), &other.as_ref().inner)?;
        self.noise = self.noise.plus(other.as_ref().noise);
        Ok(())
    }

    /// `self -= other`, else as [`Ciphertext::add_assign`].
    ///
    /// # Errors
    /// [`Error::Parameters`] or [`Error::Levels`].
    pub fn subtract_assign(&mut self, other: &Ciphertext<P>) -> Result<()> {
        self.require_fit(other)?;
        let other = self.corrected_alike(other)?;
        self.inner.subtract_assign(self.params.rlwe(), &other.as_ref().inner)?;
        self.noise = self.noise.plus(other.as_ref().noise);
        Ok(())
    }

    /// `self = -self`.
    pub fn negate(&mut self) {
        let params = Arc::clone(&self.params);
        self.inner.negate(params.rlwe());
    }

    /// `self += plaintext`.
    ///
    /// # Errors
    /// [`Error::Refused`] for a plaintext of another modulus.
    pub fn add_plain_assign(&mut self, plaintext: &Plaintext) -> Result<()> {
        let message = message(&self.params, plaintext, self.level(), self.correction)?;
        self.inner.add_plain_assign(self.params.rlwe(), &message);
        self.noise = self.noise.plus_independent(of_plaintext(self.params.t()));
        Ok(())
    }

    /// `self -= plaintext`.
    ///
    /// # Errors
    /// [`Error::Refused`] for a plaintext of another modulus.
    pub fn subtract_plain_assign(&mut self, plaintext: &Plaintext) -> Result<()> {
        let t = self.params.t();
        let correction = t.negate(self.correction);
        let message = message(&self.params, plaintext, self.level(), correction)?;
        self.inner.add_plain_assign(self.params.rlwe(), &message);
        self.noise = self.noise.plus_independent(of_plaintext(t));
        Ok(())
    }

    /// `self * factor`: noise grows by the norm of the factor's coefficients, at most t sqrt(N) / 2.
    ///
    /// # Errors
    /// [`Error::Parameters`], or [`Error::Levels`] for a factor of lower levels.
    pub fn multiply_plain(&self, factor: &Factor<P>) -> Result<Ciphertext<P>> {
        self.params.require_same(&factor.params, "the plaintext factor")?;
        let (left, right) = (self.level(), factor.level());
        if right < left {
            return Err(Error::Levels { left, right });
        }
        let inner = self.inner.multiply_plain(self.params.rlwe(), &factor.polynomial);
        Ok(self.with(inner, self.noise.times(factor.log2_norm)))
    }

    /// `self *= factor`, an integer modulo t: noise grows by its magnitude around zero.
    pub fn multiply_scalar(&mut self, factor: i64) {
        let (params, t) = (Arc::clone(&self.params), self.params.t());
        let factor = t.centered(t.reduce_signed(factor));
        self.noise = self.noise.times((factor.unsigned_abs().max(1) as f64).log2());
        let base = params.rlwe();
        for part in &mut self.inner.parts {
            each_mut(&mut part.limbs, |j, limb| {
                let p = base.data()[j].modulus();
                base.kernel().scale(p, limb, p.multiplier(p.reduce_signed(factor)));
            });
        }
    }

    /// The product, of degree 2: relinearize it before anything but sums.
    ///
    /// # Errors
    /// [`Error::Parameters`], [`Error::Levels`] or [`Error::Degree`].
    pub fn multiply(&self, other: &Ciphertext<P>) -> Result<Ciphertext<P>> {
        self.require_factors(other)?;
        P::multiply(self, other)
    }

    /// The product, relinearized: cheaper than one after the other.
    ///
    /// # Errors
    /// [`Error::Parameters`], [`Error::Levels`] or [`Error::Degree`]; [`Error::Refused`] without a relinearization
    /// key, [`Error::KeyLevel`] for one of lower levels.
    pub fn multiply_relinearize(&self, other: &Ciphertext<P>, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        self.require_factors(other)?;
        self.params.rlwe().require_same(keys.params.rlwe(), "the relinearization key")?;
        P::multiply_relinearize(self, other, keys)
    }

    /// From degree 2 back to 1.
    ///
    /// # Errors
    /// [`Error::Parameters`] or [`Error::Degree`]; [`Error::Refused`] without a relinearization key,
    /// [`Error::KeyLevel`] for one of lower levels.
    pub fn relinearize(&self, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        self.params.rlwe().require_same(keys.params.rlwe(), "the relinearization key")?;
        self.inner.require_degree("relinearization", 2)?;
        let [d0, d1, d2] = [0, 1, 2].map(|i| &self.inner.parts[i]);
        let [d0, d1, d2] = [d0, d1, d2].map(|part| Operand::Given(&part.limbs));
        let (key, special) = (keys.inner.relinearization()?, P::special(&self.params, self.level()));
        let add = [Some(d0), Some(d1)];
        Ok(self.switched_to(switch(self.params.rlwe(), &special.input(d2), key, special.division, &add)?))
    }

    /// What key switching has left of this ciphertext.
    pub(crate) fn switched_to(&self, parts: [Polynomial; 2]) -> Ciphertext<P> {
        let (base, level) = (self.params.rlwe(), self.level());
        let noise = self.noise.plus_independent(of_key_switching(self.params.t(), base, level));
        self.with(rlwe::ciphertext::Ciphertext { parts: parts.into() }, noise)
    }

    fn require_factors(&self, other: &Ciphertext<P>) -> Result<()> {
        self.require_fit(other)?;
        self.inner.require_degree("multiplication", 1)?;
        other.inner.require_degree("multiplication", 1)
    }

    /// Makes the correction factors of both the same; gives the other back, copied if it had to change.
    fn corrected_alike<'a>(&mut self, other: &'a Ciphertext<P>) -> Result<Alike<'a, P>> {
        if self.correction == other.correction {
            return Ok(Alike::Already(other));
        }
        let t = *self.params.t();
        let ratio = t.multiply(other.correction, inverse(&t, self.correction)?);
        let headroom = other.noise.log2_deviation() - self.noise.log2_deviation();
        let (own, others) = balanced_pair(&t, ratio, headroom);
        let mut other = other.clone();
        other.multiply_scalar(others);
        self.multiply_scalar(own);
        self.correction = t.multiply(self.correction, t.reduce_signed(own));
        other.correction = self.correction;
        Ok(Alike::Copied(Box::new(other)))
    }
}

/// An operand with the right correction factor.
enum Alike<'a, P: Placement> {
    Already(&'a Ciphertext<P>),
    Copied(Box<Ciphertext<P>>),
}

impl<P: Placement> Alike<'_, P> {
    fn as_ref(&self) -> &Ciphertext<P> {
        match self {
            Alike::Already(ciphertext) => ciphertext,
            Alike::Copied(ciphertext) => ciphertext,
        }
    }
}

/// Units a and b with `a = ratio * b` modulo t for which a, and b weighted by 2^headroom, are smallest: remainders and
/// cofactors of Euclid's algorithm (SEAL balances correction factors so).
fn balanced_pair(t: &Modulus, ratio: u64, headroom: f64) -> (i64, i64) {
    let cost = |(a, b): (i64, i64)| (a.abs() as f64).log2().max((b.abs() as f64).log2() + headroom);
    let (mut old, mut new) = ((t.value() as i64, 0), (t.centered(ratio).abs(), t.centered(ratio).signum()));
    let mut best = new;
    while new.0 != 0 {
        let is_unit = |x: i64| inverse_vartime(t, t.reduce_signed(x)).is_some();
        if is_unit(new.0) && is_unit(new.1) && cost(new) < cost(best) {
            best = new;
        }
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    best
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_kernels::residue::modulus::Modulus;
    use proptest::prelude::*;

    use super::balanced_pair;

    proptest! {
        #[test]
        fn balanced_pairs_have_the_ratio_and_are_short(ratio in 1u64..786_433) {
            let t = Modulus::new(786_433).unwrap();
            let (a, b) = balanced_pair(&t, ratio, 0.0);
            prop_assert_eq!(t.reduce_signed(a), t.multiply(ratio, t.reduce_signed(b)));
            // A lattice of determinant t holds a vector this short (Minkowski); Euclid finds one twice as long.
            prop_assert!(a.abs().max(b.abs()) <= 2 * 887, "{} {}", a, b);
        }
    }
}
