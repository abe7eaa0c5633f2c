//! Sums, constants and levels.

use super::Evaluator;
use crate::ckks::ciphertext::{Ciphertext, require_scales};
use crate::ckks::encoder::integers::residue;
use crate::ckks::plaintext::Plaintext;
use crate::error::{Error, Result};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

impl Evaluator<'_> {
    /// `left + right`.
    ///
    /// # Errors
    /// [`Error::Levels`], [`Error::Scales`] or [`Error::Parameters`] where operands do not match.
    pub fn add(&self, left: &Ciphertext, right: &Ciphertext) -> Result<Ciphertext> {
        let mut sum = left.clone();
        self.add_assign(&mut sum, right)?;
        Ok(sum)
    }

    /// `left += right`.
    ///
    /// # Errors
    /// Those of [`Evaluator::add`].
    pub fn add_assign(&self, left: &mut Ciphertext, right: &Ciphertext) -> Result<()> {
        self.require_match(left, right)?;
        left.inner.add_assign(self.params.rlwe(), &right.inner)?;
        left.noise = left.noise.sum(right.noise);
        Ok(())
    }

    /// `left - right`.
    ///
    /// # Errors
    /// Those of [`Evaluator::add`].
    pub fn subtract(&self, left: &Ciphertext, right: &Ciphertext) -> Result<Ciphertext> {
        let mut difference = left.clone();
        self.subtract_assign(&mut difference, right)?;
        Ok(difference)
    }

    /// `left -= right`.
    ///
    /// # Errors
    /// Those of [`Evaluator::add`].
    pub fn subtract_assign(&self, left: &mut Ciphertext, right: &Ciphertext) -> Result<()> {
        self.require_match(left, right)?;
        left.inner.subtract_assign(self.params.rlwe(), &right.inner)?;
        left.noise = left.noise.sum(right.noise);
        Ok(())
    }

    /// `ciphertext = -ciphertext`.
    ///
    /// # Errors
    /// [`Error::Parameters`].
    pub fn negate(&self, ciphertext: &mut Ciphertext) -> Result<()> {
        self.require(ciphertext)?;
        ciphertext.inner.negate(self.params.rlwe());
        Ok(())
    }

    /// `ciphertext += plaintext`, which may be at a higher level.
    ///
    /// # Errors
    /// [`Error::Levels`] where the plaintext is at a lower level, [`Error::Scales`] or [`Error::Parameters`].
    pub fn add_plain_assign(&self, ciphertext: &mut Ciphertext, plaintext: &Plaintext) -> Result<()> {
        self.require_plain(ciphertext, plaintext)?;
        require_scales(ciphertext.scale, plaintext.scale)?;
        ciphertext.inner.add_plain_assign(self.params.rlwe(), &plaintext.polynomial);
        ciphertext.noise = ciphertext.noise.sum(plaintext.noise);
        Ok(())
    }

    /// `ciphertext -= plaintext`; see [`Evaluator::add_plain_assign`].
    ///
    /// # Errors
    /// Those of [`Evaluator::add_plain_assign`].
    pub fn subtract_plain_assign(&self, ciphertext: &mut Ciphertext, plaintext: &Plaintext) -> Result<()> {
        self.require_plain(ciphertext, plaintext)?;
        require_scales(ciphertext.scale, plaintext.scale)?;
        let params = self.params.rlwe();
        each_mut(&mut ciphertext.inner.parts[0].limbs, |j, limb| {
            params.kernel().subtract_assign(params.data()[j].modulus(), limb, &plaintext.polynomial.limbs[j]);
        });
        ciphertext.noise = ciphertext.noise.sum(plaintext.noise);
        Ok(())
    }

    /// Adds a real constant to every slot: rounded at the ciphertext's scale.
    ///
    /// # Errors
    /// [`Error::ScaleOverflow`] where it is beyond the modulus, [`Error::Parameters`].
    pub fn add_constant_assign(&self, ciphertext: &mut Ciphertext, constant: f64) -> Result<()> {
        self.require(ciphertext)?;
        let (params, integer) = (self.params.rlwe(), constant * ciphertext.scale);
        self.require_integer(integer, ciphertext.level())?;
        // A constant polynomial is the same in every slot of the transform, too.
        each_mut(&mut ciphertext.inner.parts[0].limbs, |j, limb| {
            let p = params.data()[j].modulus();
            let constant = residue(p, integer);
            limb.iter_mut().for_each(|x| *x = p.add(*x, constant));
        });
        let off = (integer - integer.round_ties_even()).abs().max(integer.abs() * f64::EPSILON);
        ciphertext.noise.deviation += self.params.deviation_of_slots(off);
        ciphertext.noise.bound += constant.abs();
        Ok(())
    }

    /// Multiplies by a real constant, rounded at the scale `constant_scale`: the scale becomes the product. Without
    /// loss for integers at scale 1.
    ///
    /// # Errors
    /// [`Error::ScaleOverflow`] where the product is beyond the modulus, [`Error::Parameters`].
    pub fn multiply_constant_assign(
        &self,
        ciphertext: &mut Ciphertext,
        constant: f64,
        constant_scale: f64,
    ) -> Result<()> {
        self.require(ciphertext)?;
        let (level, integer) = (ciphertext.level(), constant * constant_scale);
        self.require_integer(integer, level)?;
        self.params.require_room(ciphertext.scale * constant_scale, level)?;
        let params = self.params.rlwe();
        for part in &mut ciphertext.inner.parts {
            each_mut(&mut part.limbs, |j, limb| {
                let p = params.data()[j].modulus();
                let factor = p.multiplier(residue(p, integer));
                params.kernel().scale(p, limb, factor);
            });
        }
        ciphertext.noise = ciphertext.noise.times_constant(ciphertext.scale, constant, constant_scale, self.params);
        ciphertext.scale *= constant_scale;
        Ok(())
    }

    /// `sum += constant * ciphertext`, where the ciphertext may be at a higher level: the constant is rounded at
    /// the scale that is between the two.
    ///
    /// # Errors
    /// [`Error::Levels`] where the ciphertext is at a lower level than the sum, [`Error::Degree`] where it is of a
    /// higher degree, [`Error::ScaleOverflow`] or [`Error::Parameters`].
    pub fn multiply_constant_add(&self, sum: &mut Ciphertext, ciphertext: &Ciphertext, constant: f64) -> Result<()> {
        self.require(sum)?;
        self.require(ciphertext)?;
        if ciphertext.level() < sum.level() {
            return Err(Error::Levels { left: sum.level(), right: ciphertext.level() });
        }
        if ciphertext.degree() > sum.degree() {
            ciphertext.inner.require_degree("adding up", sum.degree())?;
        }
        let (params, constant_scale) = (self.params.rlwe(), sum.scale / ciphertext.scale);
        let integer = constant * constant_scale;
        self.require_integer(integer, sum.level())?;
        for (part, other) in sum.inner.parts.iter_mut().zip(&ciphertext.inner.parts) {
            each_mut(&mut part.limbs, |j, limb| {
                let p = params.data()[j].modulus();
                params.kernel().scale_add(p, limb, &other.limbs[j], p.multiplier(residue(p, integer)));
            });
        }
        let noise = ciphertext.noise.times_constant(ciphertext.scale, constant, constant_scale, self.params);
        sum.noise = sum.noise.sum(noise);
        Ok(())
    }

    /// Forgets the moduli above a level: same values, same scale, less left to do.
    ///
    /// # Errors
    /// [`Error::Depth`] where the ciphertext is below the level, [`Error::ScaleOverflow`] where the scale is beyond
    /// the level's modulus.
    pub fn drop_to(&self, ciphertext: &mut Ciphertext, level: usize) -> Result<()> {
        self.require(ciphertext)?;
        let level = level.min(self.params.max_level() + 1);
        if level <= ciphertext.level() {
            self.params.require_room(ciphertext.scale, level)?;
        }
        ciphertext.inner.drop_to(level)
    }

    /// A copy at a level, the moduli above forgotten.
    ///
    /// # Errors
    /// [`Error::Depth`] where the ciphertext is below the level.
    pub(crate) fn at_level(&self, ciphertext: &Ciphertext, level: usize) -> Result<Ciphertext> {
        if ciphertext.level() < level {
            return Err(Error::Depth { operation: "dropping to a level", needed: level, level: ciphertext.level() });
        }
        let limbs = |part: &Polynomial| Polynomial { limbs: part.limbs[..=level].to_vec() };
        let inner = Inner { parts: ciphertext.inner.parts.iter().map(limbs).collect() };
        Ok(Ciphertext { origin: ciphertext.origin.clone(), inner, ..*ciphertext })
    }

    fn require_match(&self, left: &Ciphertext, right: &Ciphertext) -> Result<()> {
        self.require(left)?;
        self.require(right)?;
        left.inner.require_level_of(&right.inner)?;
        require_scales(left.scale, right.scale)
    }

    pub(super) fn require_plain(&self, ciphertext: &Ciphertext, plaintext: &Plaintext) -> Result<()> {
        self.require(ciphertext)?;
        self.params.require_origin(&plaintext.origin, "a plaintext")?;
        let (left, right) = (ciphertext.level(), plaintext.level());
        if right < left { Err(Error::Levels { left, right }) } else { Ok(()) }
    }

    fn require_integer(&self, integer: f64, level: usize) -> Result<()> {
        if !integer.is_finite() {
            let reason = "is not finite: take numbers".into();
            return Err(Error::Value { place: 0, value: integer.to_string(), reason });
        }
        self.params.require_room(integer.abs(), level)
    }
}
