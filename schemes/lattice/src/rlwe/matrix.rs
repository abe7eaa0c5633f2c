//! Matrices times encrypted vectors, double-hoisted: baby steps stay modulo the special primes, and a giant step
//! costs one division of one polynomial (Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux, "Efficient bootstrapping for
//! approximate homomorphic encryption with non-sparse keys", 2021, section 4, algorithm 6).
//!
//! Steps are Galois elements; the element 1 leaves a ciphertext where it is.

use std::collections::{BTreeMap, BTreeSet};

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};

use super::ciphertext::Ciphertext;
use super::evaluation_keys::{EvaluationKeys, permuted};
use super::key_switch::{Accumulator, Hoisted, key_switch};
use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::rns::division::Division;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// The Galois element of the identity.
pub const UNMOVED: usize = 1;

/// What a scheme's key-switching keys multiply by: the special primes' product, or what takes its place, and the
/// division that takes it off again.
#[derive(Debug, Clone, Copy)]
pub struct Special<'a> {
    /// By ciphertext prime.
    pub constants: &'a [Multiplier],
    /// By the special primes.
    pub division: &'a Division,
}

/// A diagonal of a matrix.
#[derive(Debug, Clone)]
pub struct Term {
    /// The baby step.
    pub element: usize,
    /// In slots, modulo the primes of keys at the matrix's level; none for a diagonal of ones.
    pub factor: Option<Polynomial>,
}

/// The diagonals that share a giant step, rotated back by it.
#[derive(Debug, Clone)]
pub struct Giant {
    /// The giant step.
    pub element: usize,
    /// Its diagonals.
    pub terms: Vec<Term>,
}

/// An encoded matrix: made once, applied to many ciphertexts.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// Highest level of ciphertexts that it is applied to.
    pub level: usize,
    /// By giant step.
    pub giants: Vec<Giant>,
}

impl Matrix {
    /// The sum of a ciphertext's images: a matrix whose diagonals are ones.
    pub fn sum(level: usize, elements: impl IntoIterator<Item = usize>) -> Matrix {
        let terms = elements.into_iter().map(|element| Term { element, factor: None }).collect();
        Matrix { level, giants: vec![Giant { element: UNMOVED, terms }] }
    }

    /// Adds a diagonal.
    pub fn push(&mut self, giant: usize, baby: usize, factor: Polynomial) {
        let term = Term { element: baby, factor: Some(factor) };
        match self.giants.iter_mut().find(|own| own.element == giant) {
            Some(own) => own.terms.push(term),
            None => self.giants.push(Giant { element: giant, terms: vec![term] }),
        }
    }

    /// The baby steps.
    pub fn babies(&self) -> BTreeSet<usize> {
        self.giants.iter().flat_map(|giant| &giant.terms).map(|term| term.element).collect()
    }

    /// Whether some baby step moves.
    pub fn hoists(&self) -> bool {
        self.babies().iter().any(|element| *element != UNMOVED)
    }

    /// Giant steps that move: each costs a division and a key switch.
    pub fn moving_giants(&self) -> usize {
        self.giants.iter().filter(|giant| giant.element != UNMOVED).count()
    }

    /// Number of diagonals.
    pub fn count(&self) -> usize {
        self.giants.iter().map(|giant| giant.terms.len()).sum()
    }

    /// Bytes that the diagonals take in memory.
    pub fn resident_bytes(&self) -> u64 {
        let terms = self.giants.iter().flat_map(|giant| &giant.terms);
        let limbs = terms.filter_map(|term| term.factor.as_ref()).flat_map(|factor| &factor.limbs);
        limbs.map(|limb| size_of_val(&limb[..]) as u64).sum()
    }

    /// The product with a ciphertext of degree 1, `P` times too large.
    ///
    /// # Errors
    /// [`Error::Levels`] where the matrix was encoded for lower levels, [`Error::MissingGaloisKey`],
    /// [`Error::KeyLevel`] or [`Error::Degree`].
    pub fn apply(
        &self,
        params: &Parameters,
        keys: &EvaluationKeys,
        special: Special<'_>,
        ciphertext: &Ciphertext,
    ) -> Result<Accumulator> {
        let level = ciphertext.level();
        if self.level < level {
            return Err(Error::Levels { left: level, right: self.level });
        }
        let babies = self.baby_steps(params, keys, special, ciphertext)?;
        let mut total: Option<Accumulator> = None;
        for giant in &self.giants {
            let mut sum = self.weighted(params, &babies, giant, level)?;
            if giant.element != UNMOVED {
                sum = rotated(params, keys, special, sum, giant.element)?;
            }
            match &mut total {
                Some(total) => total.add_assign(params, &sum)?,
                None => total = Some(sum),
            }
        }
        Ok(total.unwrap_or_else(|| Accumulator::zero(params, level)))
    }

    /// The ciphertext's image under each baby step, `P` times too large.
    fn baby_steps(
        &self,
        params: &Parameters,
        keys: &EvaluationKeys,
        special: Special<'_>,
        ciphertext: &Ciphertext,
    ) -> Result<BTreeMap<usize, Accumulator>> {
        ciphertext.require_degree("a linear transform", 1)?;
        let hoisted = self.hoists().then(|| Hoisted::new(params, &ciphertext.parts[1].limbs));
        let moved = |element: usize| match &hoisted {
            Some(hoisted) if element != UNMOVED => {
                keys.galois(element)?.accumulate_hoisted(params, special, ciphertext, hoisted)
            }
            _ => {
                let mut unmoved = Accumulator::zero(params, ciphertext.level());
                for (place, part) in ciphertext.parts.iter().enumerate() {
                    unmoved.add_special_multiple(params, special, place, part);
                }
                Ok(unmoved)
            }
        };
        self.babies().into_iter().map(|element| Ok((element, moved(element)?))).collect()
    }

    /// The sum of baby steps times diagonals, each coefficient reduced once.
    fn weighted(
        &self,
        params: &Parameters,
        babies: &BTreeMap<usize, Accumulator>,
        giant: &Giant,
        level: usize,
    ) -> Result<Accumulator> {
        let missing = || Error::Refused("a matrix has a diagonal without its baby step".into());
        let image = |term: &Term| babies.get(&term.element).ok_or_else(missing);
        let (mut weighted, mut plain) = (Vec::new(), Vec::new());
        for term in &giant.terms {
            match &term.factor {
                Some(factor) => weighted.push((image(term)?, factor)),
                None => plain.push(image(term)?),
            }
        }
        let plans = params.key_plans(level);
        let mut sum = Accumulator::zero(params, level);
        for (h, part) in sum.parts.iter_mut().enumerate() {
            each_mut(&mut part.limbs, |j, limb| {
                let p = plans[j].modulus();
                let own = if j <= level { j } else { j - level + self.level };
                if !weighted.is_empty() {
                    let left: Vec<&[u64]> = weighted.iter().map(|(baby, _)| &baby.parts[h].limbs[j][..]).collect();
                    let right: Vec<&[u64]> = weighted.iter().map(|(_, factor)| &factor.limbs[own][..]).collect();
                    lazy_dot(params, p, &left, &right, limb);
                }
                plain.iter().for_each(|baby| params.kernel().add_assign(p, limb, &baby.parts[h].limbs[j]));
            });
        }
        Ok(sum)
    }
}

/// A giant step: the second polynomial is divided by P and switched, the first only moves.
fn rotated(
    params: &Parameters,
    keys: &EvaluationKeys,
    special: Special<'_>,
    sum: Accumulator,
    element: usize,
) -> Result<Accumulator> {
    let (key, plans) = (keys.galois(element)?, params.key_plans(sum.level()));
    let [first, mut second] = sum.parts;
    special.division.divide(&plans, &mut second.limbs, None);
    let mut switched = key_switch(params, &permuted(params, key.permutation(), &second).limbs, key.key())?;
    let first = permuted(params, key.permutation(), &first);
    each_mut(&mut switched.parts[0].limbs, |j, limb| {
        params.kernel().add_assign(plans[j].modulus(), limb, &first.limbs[j]);
    });
    Ok(switched)
}

/// Terms that are summed up before a reduction: twice as many streams, all at the same offset of their pages, find room
/// in a cache of eight ways.
const TERMS_AT_ONCE: usize = 4;

/// `out = sum_k left[k] * right[k]`, a few terms at a time over blocks that stay in the cache.
fn lazy_dot(params: &Parameters, p: &Modulus, left: &[&[u64]], right: &[&[u64]], out: &mut [u64]) {
    const BLOCK: usize = 1024;
    let mut part = Buffer::stale(BLOCK.min(out.len()));
    for (place, out) in out.chunks_mut(BLOCK).enumerate() {
        let range = place * BLOCK..place * BLOCK + out.len();
        let groups = left.chunks(TERMS_AT_ONCE).zip(right.chunks(TERMS_AT_ONCE));
        for (group, (left, right)) in groups.enumerate() {
            let left: Vec<&[u64]> = left.iter().map(|term| &term[range.clone()]).collect();
            let right: Vec<&[u64]> = right.iter().map(|term| &term[range.clone()]).collect();
            if group == 0 {
                params.kernel().dot(p, &left, &right, out);
            } else {
                params.kernel().dot(p, &left, &right, &mut part[..]);
                params.kernel().add_assign(p, out, &part);
            }
        }
    }
}
