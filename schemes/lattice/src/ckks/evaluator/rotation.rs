//! Automorphisms: rotations of slots and conjugation.

use super::Evaluator;
use crate::ckks::ciphertext::Ciphertext;
use crate::error::{Error, Result};
use crate::ring::galois;
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::evaluation_keys::GaloisKey;
use crate::rlwe::key_switch::Hoisted;
use crate::rlwe::operand::Operand;

/// A ciphertext with its second polynomial's digits: what several rotations share.
#[derive(Debug)]
pub struct HoistedCiphertext<'c> {
    pub(crate) ciphertext: &'c Ciphertext,
    pub(crate) digits: Hoisted,
}

impl Evaluator<'_> {
    /// Moves slots left by `steps`, right where they are negative; what leaves at one end enters at the other.
    ///
    /// # Errors
    /// [`Error::MissingGaloisKey`], [`Error::KeyLevel`], [`Error::Degree`] or [`Error::Parameters`].
    pub fn rotate(&self, ciphertext: &Ciphertext, steps: i64) -> Result<Ciphertext> {
        match self.rotation_element(steps) {
            1 => self.unmoved(ciphertext),
            element => self.automorphism(ciphertext, element, || rotation_in_words(steps)),
        }
    }

    /// Conjugates every slot.
    ///
    /// # Errors
    /// Those of [`Evaluator::rotate`].
    pub fn conjugate(&self, ciphertext: &Ciphertext) -> Result<Ciphertext> {
        if self.params.rlwe().ring() == blindbench_kernels::residue::ntt::RingKind::ConjugateInvariant {
            // Slots are real.
            return self.unmoved(ciphertext);
        }
        self.automorphism(ciphertext, self.conjugation_element(), || "complex conjugation".into())
    }

    /// Decomposes a ciphertext once for several rotations.
    ///
    /// # Errors
    /// [`Error::Degree`] or [`Error::Parameters`].
    pub fn hoist<'c>(&self, ciphertext: &'c Ciphertext) -> Result<HoistedCiphertext<'c>> {
        self.require(ciphertext)?;
        ciphertext.inner.require_degree("hoisting", 1)?;
        let digits = Hoisted::new(self.params.rlwe(), &Operand::Given(&ciphertext.inner.parts[1].limbs));
        Ok(HoistedCiphertext { ciphertext, digits })
    }

    /// [`Evaluator::rotate`] of a hoisted ciphertext.
    ///
    /// # Errors
    /// Those of [`Evaluator::rotate`].
    pub fn rotate_hoisted(&self, hoisted: &HoistedCiphertext<'_>, steps: i64) -> Result<Ciphertext> {
        let element = self.rotation_element(steps);
        if element == 1 {
            return self.unmoved(hoisted.ciphertext);
        }
        let key = self.galois_key(element, || rotation_in_words(steps))?;
        let ciphertext = hoisted.ciphertext;
        self.require(ciphertext)?;
        let inner = key.apply_hoisted(self.params.rlwe(), &ciphertext.inner, &hoisted.digits)?;
        Ok(self.moved(ciphertext, inner))
    }

    /// The Galois element of a rotation: what a key is asked for by.
    pub fn rotation_element(&self, steps: i64) -> usize {
        galois::rotation(self.params.rlwe().ring(), self.params.rlwe().log_n(), steps)
    }

    /// The Galois element of conjugation.
    pub fn conjugation_element(&self) -> usize {
        galois::conjugation(self.params.rlwe().ring(), self.params.rlwe().log_n())
    }

    fn automorphism(&self, ciphertext: &Ciphertext, element: usize, what: impl Fn() -> String) -> Result<Ciphertext> {
        self.require(ciphertext)?;
        let key = self.galois_key(element, what)?;
        let inner = key.apply(self.params.rlwe(), &ciphertext.inner)?;
        Ok(self.moved(ciphertext, inner))
    }

    /// The key of an element; where it is missing, the error says what for.
    pub(crate) fn galois_key(&self, element: usize, in_words: impl Fn() -> String) -> Result<&GaloisKey> {
        self.keys.galois(element).map_err(|error| {
            if let Error::MissingGaloisKey { element, known, .. } = error {
                Error::MissingGaloisKey { element, what: in_words(), known }
            } else {
                error
            }
        })
    }

    fn moved(&self, ciphertext: &Ciphertext, inner: Inner) -> Ciphertext {
        let noise = ciphertext.noise.key_switched(ciphertext.level(), self.params);
        Ciphertext { origin: ciphertext.origin.clone(), inner, scale: ciphertext.scale, noise }
    }

    fn unmoved(&self, ciphertext: &Ciphertext) -> Result<Ciphertext> {
        self.require(ciphertext)?;
        Ok(ciphertext.clone())
    }
}

pub(crate) fn rotation_in_words(steps: i64) -> String {
    format!("rotation by {steps}")
}
