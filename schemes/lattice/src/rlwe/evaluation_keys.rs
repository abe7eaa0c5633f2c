//! What the server holds: relinearization and Galois keys.

use std::collections::BTreeMap;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::residue::permutation::Permutation;

use super::ciphertext::Ciphertext;
use super::key_switch::{Accumulator, Hoisted};
use super::key_switching_key::KeySwitchingKey;
use super::matrix::{Special, UNMOVED};
use super::operand::Operand;
use super::parameters::Parameters;
use super::secret_key::SecretKey;
use super::switch::{switch, switch_hoisted};
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// The keys that a computation needs: asked for by the server, made by the key holder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Highest level at which products are relinearized; none where none is.
    pub relinearization: Option<usize>,
    /// Galois elements, each with the highest level at which it is used.
    pub galois: BTreeMap<usize, usize>,
}

impl Request {
    /// Asks for a Galois key up to a level; the identity needs none.
    pub fn ask(&mut self, element: usize, level: usize) {
        if element != UNMOVED {
            let highest = self.galois.entry(element).or_insert(level);
            *highest = level.max(*highest);
        }
    }

    /// Asks for a relinearization key up to a level.
    pub fn ask_relinearization(&mut self, level: usize) {
        self.relinearization = Some(self.relinearization.map_or(level, |highest| highest.max(level)));
    }
}

/// A key for one automorphism and what the automorphism does to slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaloisKey {
    pub(crate) key: KeySwitchingKey,
    pub(crate) permutation: Permutation,
}

/// Relinearization and Galois keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EvaluationKeys {
    pub(crate) relinearization: Option<KeySwitchingKey>,
    pub(crate) galois: BTreeMap<usize, GaloisKey>,
}

/// What an automorphism does to slots.
///
/// # Errors
/// [`Error::Refused`] for elements that are even or too large.
pub fn permutation(params: &Parameters, element: usize) -> Result<Permutation> {
    let plan = &params.data()[0];
    let permutation = (element < plan.order()).then(|| Permutation::of_automorphism(plan, element)).flatten();
    permutation.ok_or_else(|| {
        Error::Refused(format!("{element} is no Galois element: take an odd number below {}", plan.order()))
    })
}

impl EvaluationKeys {
    /// Makes the keys of a request.
    ///
    /// # Errors
    /// [`Error::Range`] for levels that there are not, [`Error::Refused`] for bad Galois elements.
    pub fn generate(params: &Parameters, secret: &SecretKey, request: &Request, seed: &Seed) -> Result<EvaluationKeys> {
        let check = |level: usize| {
            let (given, most) = (level as i64, params.max_level() as i64);
            if given <= most { Ok(level) } else { Err(Error::Range { name: "level of a key", given, least: 0, most }) }
        };
        let relinearization = request.relinearization.map(check).transpose()?.map(|level| {
            let (from, own) = (secret.square(params, level), seed.derive("relinearization", 0));
            KeySwitchingKey::generate(params, secret, &from, level, &special_constants(params, level), &own)
        });
        let galois = |(&element, &level): (&usize, &usize)| {
            let permutation = permutation(params, element)?;
            let from = secret.automorphism(params, check(level)?, &permutation);
            let own = seed.derive("galois", element as u64);
            let key = KeySwitchingKey::generate(params, secret, &from, level, &special_constants(params, level), &own);
            Ok((element, GaloisKey { key, permutation }))
        };
        Ok(EvaluationKeys { relinearization, galois: request.galois.iter().map(galois).collect::<Result<_>>()? })
    }

    /// Number of keys.
    pub fn count(&self) -> usize {
        self.galois.len() + usize::from(self.relinearization.is_some())
    }

    /// Bytes that the expanded keys take in memory.
    pub fn resident_bytes(&self) -> u64 {
        let galois = self.galois.values().map(|galois| &galois.key);
        self.relinearization.iter().chain(galois).map(KeySwitchingKey::resident_bytes).sum()
    }

    /// The relinearization key.
    ///
    /// # Errors
    /// [`Error::Refused`] where there is none.
    pub fn relinearization(&self) -> Result<&KeySwitchingKey> {
        self.relinearization
            .as_ref()
            .ok_or_else(|| Error::Refused("no relinearization key: add it to the key request".into()))
    }

    /// The Galois key of an element.
    ///
    /// # Errors
    /// [`Error::MissingGaloisKey`] naming the elements that there are keys for.
    pub fn galois(&self, element: usize) -> Result<&GaloisKey> {
        self.galois.get(&element).ok_or_else(|| {
            let known: Vec<String> = self.galois.keys().map(usize::to_string).collect();
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            Error::MissingGaloisKey { element, what: format!("X -> X^{element}"), known }
        })
    }
}

/// The special primes' product modulo each of a level's primes: what key switching divides by.
pub fn special_constants(params: &Parameters, level: usize) -> Vec<u64> {
    params.level(level).special.iter().map(|special| special.value).collect()
}

pub(crate) fn permuted(params: &Parameters, permutation: &Permutation, polynomial: &Polynomial) -> Polynomial {
    let mut image = Polynomial::stale(params.degree(), polynomial.count());
    each_mut(&mut image.limbs, |j, limb| params.kernel().permute(permutation.whole(), &polynomial.limbs[j], limb));
    image
}

impl GaloisKey {
    /// The key-switching key.
    pub fn key(&self) -> &KeySwitchingKey {
        &self.key
    }

    /// What the automorphism does to slots.
    pub fn permutation(&self) -> &Permutation {
        &self.permutation
    }

    /// Applies the automorphism to a ciphertext of degree 1.
    ///
    /// # Errors
    /// [`Error::Degree`] or [`Error::KeyLevel`].
    pub fn apply(&self, params: &Parameters, ciphertext: &Ciphertext) -> Result<Ciphertext> {
        ciphertext.require_degree("an automorphism", 1)?;
        let special = params.special_at(ciphertext.level());
        Ok(Ciphertext { parts: self.switch(params, &ciphertext.parts, special)?.into() })
    }

    /// The automorphism and the key switch, ended by a division that leaves the level as it is.
    pub(crate) fn switch(
        &self,
        params: &Parameters,
        parts: &[Polynomial],
        special: Special<'_>,
    ) -> Result<[Polynomial; 2]> {
        let [c0, c1] = [0, 1].map(|i| Operand::Image(&parts[i].limbs, &self.permutation));
        switch(params, &special.input(c1), &self.key, special.division, &[Some(c0), None])
    }

    /// Applies the automorphism to a ciphertext whose second polynomial has been decomposed.
    ///
    /// # Errors
    /// [`Error::Degree`] or [`Error::KeyLevel`].
    pub fn apply_hoisted(&self, params: &Parameters, ciphertext: &Ciphertext, hoisted: &Hoisted) -> Result<Ciphertext> {
        ciphertext.require_degree("an automorphism", 1)?;
        let c0 = Operand::Image(&ciphertext.parts[0].limbs, &self.permutation);
        let by_special = &params.level(hoisted.level()).by_special;
        Ok(Ciphertext { parts: switch_hoisted(params, hoisted, self, by_special, &[Some(c0), None])?.into() })
    }

    /// [`GaloisKey::apply_hoisted`] without its division: `P` times too large, to be summed up before.
    ///
    /// # Errors
    /// [`Error::Degree`] or [`Error::KeyLevel`].
    pub fn accumulate_hoisted(
        &self,
        params: &Parameters,
        special: Special<'_>,
        ciphertext: &Ciphertext,
        hoisted: &Hoisted,
    ) -> Result<Accumulator> {
        ciphertext.require_degree("an automorphism", 1)?;
        hoisted.switch_and_add(params, special, &self.permutation, &self.key, &ciphertext.parts[0])
    }
}
