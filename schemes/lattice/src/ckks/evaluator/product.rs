//! Products, and what follows them.

use blindbench_kernels::buffer::Buffer;

use super::Evaluator;
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::noise::{Noise, switching_variance};
use crate::ckks::parameters::Origin;
use crate::ckks::plaintext::Plaintext;
use crate::error::{Error, Result};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::operand::Operand;
use crate::rlwe::switch::switch;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

impl Evaluator<'_> {
    /// `ciphertext * plaintext`, slot by slot; the scale is the product of both. To be rescaled.
    ///
    /// # Errors
    /// [`Error::Levels`] where the plaintext is at a lower level, [`Error::ScaleOverflow`] where the product's scale
    /// is beyond the modulus, [`Error::Parameters`].
    pub fn multiply_plain(&self, ciphertext: &Ciphertext, plaintext: &Plaintext) -> Result<Ciphertext> {
        self.require_plain(ciphertext, plaintext)?;
        let (scale, noise) = self.product_of(ciphertext, plaintext.scale, plaintext.noise)?;
        let inner = ciphertext.inner.multiply_plain(self.params.rlwe(), &plaintext.polynomial);
        Ok(Ciphertext { origin: ciphertext.origin.clone(), inner, scale, noise })
    }

    /// [`Evaluator::multiply_plain`] in place.
    ///
    /// # Errors
    /// Those of [`Evaluator::multiply_plain`].
    pub fn multiply_plain_assign(&self, ciphertext: &mut Ciphertext, plaintext: &Plaintext) -> Result<()> {
        self.require_plain(ciphertext, plaintext)?;
        let (scale, noise) = self.product_of(ciphertext, plaintext.scale, plaintext.noise)?;
        let params = self.params.rlwe();
        for part in &mut ciphertext.inner.parts {
            each_mut(&mut part.limbs, |j, limb| {
                params.kernel().multiply_assign(params.data()[j].modulus(), limb, &plaintext.polynomial.limbs[j]);
            });
        }
        (ciphertext.scale, ciphertext.noise) = (scale, noise);
        Ok(())
    }

    /// `ciphertext * plaintext` rescaled: prime by prime, without the product as a whole.
    ///
    /// # Errors
    /// Those of [`Evaluator::multiply_plain`], and [`Error::Depth`] at level 0.
    pub fn multiply_plain_rescale(&self, ciphertext: &Ciphertext, plaintext: &Plaintext) -> Result<Ciphertext> {
        self.require_plain(ciphertext, plaintext)?;
        let (params, level) = (self.params.rlwe(), ciphertext.level());
        let division = params.level(level).by_last.as_ref();
        let division = division.ok_or(Error::Depth { operation: "rescaling", needed: 1, level })?;
        let (scale, noise) = self.product_of(ciphertext, plaintext.scale, plaintext.noise)?;
        let (last, kernel) = (&params.data()[level], params.kernel());
        let product = |part: &Polynomial| {
            let multiplied = |j: usize, out: &mut Buffer| {
                let p = params.data()[j].modulus();
                kernel.multiply(p, &part.limbs[j], &plaintext.polynomial.limbs[j], out);
            };
            let mut remainder = Buffer::stale(params.degree());
            multiplied(level, &mut remainder);
            kernel.inverse(last, &mut remainder);
            let mut quotient = Polynomial::stale(params.degree(), level);
            each_mut(&mut quotient.limbs, |j, limb| {
                multiplied(j, limb);
                kernel.divide(&params.data()[j], last.modulus(), &remainder, division.factors()[j], limb, None);
            });
            quotient
        };
        let (prime, inner) = (self.params.prime(level), ciphertext.inner.parts.iter().map(product).collect());
        let noise = noise.rescaled(prime, ciphertext.degree(), self.params);
        let origin = ciphertext.origin.clone();
        Ok(Ciphertext { origin, inner: Inner { parts: inner }, scale: scale / prime, noise })
    }

    /// `left * right`, slot by slot, of degree 2: to be relinearized and rescaled.
    ///
    /// # Errors
    /// [`Error::Degree`], [`Error::Levels`], [`Error::ScaleOverflow`] or [`Error::Parameters`].
    pub fn multiply(&self, left: &Ciphertext, right: &Ciphertext) -> Result<Ciphertext> {
        let (parts, scale, noise) = self.tensor(left, right)?;
        let inner = Inner { parts: parts.into() };
        Ok(Ciphertext { origin: left.origin.clone(), inner, scale, noise })
    }

    /// Back to degree 1, at the same level and scale. A ciphertext of degree 1 stays as it is.
    ///
    /// # Errors
    /// [`Error::Refused`] without a relinearization key, [`Error::KeyLevel`] where it is for lower levels.
    pub fn relinearize(&self, ciphertext: Ciphertext) -> Result<Ciphertext> {
        self.require(&ciphertext)?;
        let Ciphertext { origin, inner, scale, noise } = ciphertext;
        let [d0, d1, d2] = match <[Polynomial; 3]>::try_from(inner.parts) {
            Ok(parts) => parts,
            Err(parts) => return linear(Ciphertext { origin, inner: Inner { parts }, scale, noise }),
        };
        let (params, level) = (self.params.rlwe(), d2.count() - 1);
        let [d0, d1, d2] = [&d0, &d1, &d2].map(|part| Operand::Given(&part.limbs));
        let division = &params.level(level).by_special;
        let parts = switch(params, &d2, self.keys.relinearization()?, division, &[Some(d0), Some(d1)])?;
        let (inner, noise) = (Inner { parts: parts.into() }, noise.key_switched(level, self.params));
        Ok(Ciphertext { origin, inner, scale, noise })
    }

    /// Divides by the level's prime, and with it the scale: one level less.
    ///
    /// # Errors
    /// [`Error::Depth`] at level 0.
    pub fn rescale(&self, ciphertext: &mut Ciphertext) -> Result<()> {
        self.require(ciphertext)?;
        let (level, degree) = (ciphertext.level(), ciphertext.degree());
        ciphertext.inner.divide_by_last(self.params.rlwe())?;
        let prime = self.params.prime(level);
        ciphertext.scale /= prime;
        ciphertext.noise = ciphertext.noise.rescaled(prime, degree, self.params);
        Ok(())
    }

    /// `left * right` relinearized and rescaled in one division, by P times the level's prime.
    ///
    /// # Errors
    /// Those of [`Evaluator::multiply`], [`Evaluator::relinearize`] and [`Evaluator::rescale`].
    pub fn multiply_relinearize_rescale(&self, left: &Ciphertext, right: &Ciphertext) -> Result<Ciphertext> {
        self.require(left)?;
        self.require(right)?;
        left.inner.require_factors(&right.inner)?;
        let (scale, noise) = self.product_of(left, right.scale, right.noise)?;
        let [[a0, a1], [b0, b1]] = [left, right].map(|c| [0, 1].map(|i| &c.inner.parts[i].limbs[..]));
        let products = [vec![[a0, b0]], vec![[a0, b1], [a1, b0]], vec![[a1, b1]]].map(Operand::Products);
        self.switch_and_rescale(left.origin.clone(), &products, scale, noise)
    }

    /// The square, relinearized and rescaled.
    ///
    /// # Errors
    /// Those of [`Evaluator::multiply_relinearize_rescale`].
    pub fn square_relinearize_rescale(&self, ciphertext: &Ciphertext) -> Result<Ciphertext> {
        self.multiply_relinearize_rescale(ciphertext, ciphertext)
    }

    /// [`Evaluator::relinearize`] and [`Evaluator::rescale`] in one division.
    ///
    /// # Errors
    /// Those of both.
    pub fn relinearize_rescale(&self, ciphertext: Ciphertext) -> Result<Ciphertext> {
        self.require(&ciphertext)?;
        let level = ciphertext.level();
        if level == 0 {
            return Err(Error::Depth { operation: "rescaling", needed: 1, level });
        }
        let Ciphertext { origin, inner, scale, noise } = ciphertext;
        let [d0, d1, d2] = match <[Polynomial; 3]>::try_from(inner.parts) {
            Ok(parts) => parts,
            Err(parts) => {
                let mut linear = linear(Ciphertext { origin, inner: Inner { parts }, scale, noise })?;
                self.rescale(&mut linear)?;
                return Ok(linear);
            }
        };
        let parts = [&d0, &d1, &d2].map(|part| Operand::Given(&part.limbs));
        self.switch_and_rescale(origin, &parts, scale, noise)
    }

    /// Relinearizes and rescales the polynomials of a ciphertext of degree 2.
    fn switch_and_rescale(
        &self,
        origin: Origin,
        [d0, d1, d2]: &[Operand<'_>; 3],
        scale: f64,
        noise: Noise,
    ) -> Result<Ciphertext> {
        let (params, level) = (self.params.rlwe(), d2.count() - 1);
        let division = params.level(level).by_last_and_special.as_ref();
        let division = division.ok_or(Error::Depth { operation: "rescaling", needed: 1, level })?;
        let add = [Some(d0.clone()), Some(d1.clone())];
        let parts = switch(params, d2, self.keys.relinearization()?, division, &add)?;
        let prime = self.params.prime(level);
        let noise = noise.plus_independent(switching_variance(params, level)).rescaled(prime, 1, self.params);
        Ok(Ciphertext { origin, inner: Inner { parts: parts.into() }, scale: scale / prime, noise })
    }

    fn tensor(&self, left: &Ciphertext, right: &Ciphertext) -> Result<([Polynomial; 3], f64, Noise)> {
        self.require(left)?;
        self.require(right)?;
        let product = left.inner.tensor(self.params.rlwe(), &right.inner)?;
        let (scale, noise) = self.product_of(left, right.scale, right.noise)?;
        Ok((product, scale, noise))
    }

    fn product_of(&self, left: &Ciphertext, scale: f64, noise: Noise) -> Result<(f64, Noise)> {
        self.params.require_room(left.scale * scale, left.level())?;
        Ok((left.scale * scale, left.noise.product(left.scale, noise, scale, self.params)))
    }
}

/// Refuses what is neither of degree 2 nor of degree 1.
fn linear(ciphertext: Ciphertext) -> Result<Ciphertext> {
    ciphertext.inner.require_degree("relinearization", 1)?;
    Ok(ciphertext)
}
