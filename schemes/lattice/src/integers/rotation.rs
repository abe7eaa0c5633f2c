//! Rotations of slots.

use blindbench_kernels::residue::ntt::RingKind;

use super::ciphertext::Ciphertext;
use super::keys::{EvaluationKeys, Request};
use super::parameters::Parameters;
use super::placement::Placement;
use crate::error::{Error, Result};
use crate::ring::galois;
use crate::rlwe::evaluation_keys::GaloisKey;
use crate::rlwe::key_switch::Hoisted;
use crate::rlwe::operand::Operand;
use crate::rlwe::switch::switch_hoisted;

/// A permutation of the two rows of N/2 slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// Both rows to the left by so many places, to the right where negative.
    Rows(i64),
    /// The two rows swapped.
    Columns,
}

impl Rotation {
    /// Its Galois element in a ring of degree 2^log_n.
    pub fn element(self, log_n: u32) -> usize {
        match self {
            Rotation::Rows(steps) => galois::rotation(RingKind::Standard, log_n, steps),
            Rotation::Columns => galois::conjugation(RingKind::Standard, log_n),
        }
    }
}

impl std::fmt::Display for Rotation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Rotation::Rows(steps) => write!(f, "rotation of rows by {steps}"),
            Rotation::Columns => f.write_str("swap of rows"),
        }
    }
}

impl<P: Placement> Parameters<P> {
    /// Asks for the keys of rotations up to a level.
    pub fn request_rotations(&self, request: &mut Request, rotations: &[Rotation], level: usize) {
        for rotation in rotations {
            let known = request.galois.entry(rotation.element(self.rlwe().log_n())).or_insert(level);
            *known = level.max(*known);
        }
    }
}

impl<P: Placement> EvaluationKeys<P> {
    fn rotation(&self, rotation: Rotation) -> Result<&GaloisKey> {
        let element = rotation.element(self.params.rlwe().log_n());
        self.inner.galois(element).map_err(|mut error| {
            if let Error::MissingGaloisKey { what, .. } = &mut error {
                *what = rotation.to_string();
            }
            error
        })
    }
}

impl<P: Placement> Ciphertext<P> {
    /// Rotates the slots.
    ///
    /// # Errors
    /// [`Error::Parameters`], [`Error::Degree`], [`Error::MissingGaloisKey`] or [`Error::KeyLevel`].
    pub fn rotate(&self, rotation: Rotation, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        self.params.rlwe().require_same(keys.params.rlwe(), "the Galois key")?;
        self.inner.require_degree("rotation", 1)?;
        let (key, base) = (keys.rotation(rotation)?, self.params.rlwe());
        let parts = key.switch(base, &self.inner.parts, P::special(&self.params, self.level()))?;
        Ok(self.switched_to(parts))
    }

    /// Rotates both rows to the left by so many places, to the right where negative.
    ///
    /// # Errors
    /// As [`Ciphertext::rotate`].
    pub fn rotate_rows(&self, steps: i64, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        self.rotate(Rotation::Rows(steps), keys)
    }

    /// Swaps the rows.
    ///
    /// # Errors
    /// As [`Ciphertext::rotate`].
    pub fn rotate_columns(&self, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        self.rotate(Rotation::Columns, keys)
    }

    /// Does what all rotations of this ciphertext share, once.
    ///
    /// # Errors
    /// [`Error::Degree`].
    pub fn into_hoisted(self) -> Result<HoistedCiphertext<P>> {
        self.inner.require_degree("rotation", 1)?;
        let c1 = P::special(&self.params, self.level()).input(Operand::Given(&self.inner.parts[1].limbs));
        let digits = Hoisted::new(self.params.rlwe(), &c1);
        Ok(HoistedCiphertext { ciphertext: self, digits })
    }
}

/// A ciphertext that is to be rotated many ways, decomposed (Halevi and Shoup, "Faster homomorphic linear
/// transformations in HElib", 2018, section 3).
#[derive(Debug)]
pub struct HoistedCiphertext<P: Placement> {
    ciphertext: Ciphertext<P>,
    digits: Hoisted,
}

impl<P: Placement> HoistedCiphertext<P> {
    /// Rotates the slots.
    ///
    /// # Errors
    /// [`Error::Parameters`], [`Error::MissingGaloisKey`] or [`Error::KeyLevel`].
    pub fn rotate(&self, rotation: Rotation, keys: &EvaluationKeys<P>) -> Result<Ciphertext<P>> {
        let (ciphertext, base) = (&self.ciphertext, self.ciphertext.params.rlwe());
        base.require_same(keys.params.rlwe(), "the Galois key")?;
        let key = keys.rotation(rotation)?;
        let c0 = Operand::Image(&ciphertext.inner.parts[0].limbs, key.permutation());
        let division = P::special(&ciphertext.params, ciphertext.level()).division;
        Ok(ciphertext.switched_to(switch_hoisted(base, &self.digits, key, division, &[Some(c0), None])?))
    }
}
