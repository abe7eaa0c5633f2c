//! Matrices times encrypted vectors, double-hoisted: baby steps stay modulo the special primes, and a giant step
//! costs one division of one polynomial (Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux, "Efficient bootstrapping for
//! approximate homomorphic encryption with non-sparse keys", 2021, section 4, algorithm 6).
//!
//! Steps are Galois elements; the element 1 leaves a ciphertext where it is.

use std::collections::{BTreeMap, BTreeSet};

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};

use super::ciphertext::Ciphertext;
use super::evaluation_keys::{EvaluationKeys, GaloisKey, permuted};
use super::key_switch::{Accumulator, Hoisted, key_switch, require_key_level};
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
        ciphertext.require_degree("a linear transform", 1)?;
        let babies = Babies::new(self, params, keys, special, ciphertext)?;
        let mut total: Option<Accumulator> = None;
        for (giant, mut sum) in self.giants.iter().zip(babies.sums(self)) {
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
}

/// A ciphertext that is to be moved by baby steps: prime by prime, so that its images stay in the cache until the
/// diagonals have been summed up.
struct Babies<'a> {
    params: &'a Parameters,
    special: Special<'a>,
    ciphertext: &'a Ciphertext,
    hoisted: Option<Hoisted>,
    /// By element; none for the identity.
    keys: BTreeMap<usize, Option<&'a GaloisKey>>,
}

/// A pair of residue polynomials modulo one prime.
type Pair = [Buffer; 2];

impl<'a> Babies<'a> {
    fn new(
        matrix: &Matrix,
        params: &'a Parameters,
        keys: &'a EvaluationKeys,
        special: Special<'a>,
        ciphertext: &'a Ciphertext,
    ) -> Result<Babies<'a>> {
        let key = |element: usize| {
            let key = (element != UNMOVED).then(|| keys.galois(element)).transpose()?;
            key.map_or(Ok(()), |key| require_key_level(key.key(), ciphertext.level()))?;
            Ok((element, key))
        };
        let keys = matrix.babies().into_iter().map(key).collect::<Result<_>>()?;
        let hoisted = matrix.hoists().then(|| Hoisted::new(params, &ciphertext.parts[1].limbs));
        Ok(Babies { params, special, ciphertext, hoisted, keys })
    }

    /// By giant step: its diagonals times the images, `P` times too large.
    fn sums(&self, matrix: &Matrix) -> Vec<Accumulator> {
        let level = self.ciphertext.level();
        let plans = self.params.key_plans(level);
        let mut by_prime: Vec<Vec<Pair>> = plans.iter().map(|_| Vec::new()).collect();
        each_mut(&mut by_prime, |prime, sums| {
            *sums = match &matrix.giants[..] {
                [giant] if giant.terms.iter().all(|term| term.factor.is_none()) => {
                    vec![self.sum_of_images(prime, plans[prime].modulus())]
                }
                giants => self.weighted(matrix, giants, prime, plans[prime].modulus()),
            };
        });
        let mut accumulators: Vec<Accumulator> = matrix.giants.iter().map(|_| Accumulator::empty(level)).collect();
        for sums in by_prime {
            accumulators.iter_mut().zip(sums).for_each(|(accumulator, pair)| accumulator.push(pair));
        }
        accumulators
    }

    /// The image under an element, modulo a prime of keys.
    fn image(&self, element: usize, prime: usize, p: &Modulus) -> Pair {
        let (kernel, degree) = (self.params.kernel(), self.params.degree());
        let constant = self.special.constants.get(prime).filter(|_| prime <= self.ciphertext.level());
        if let (Some(hoisted), Some(Some(key))) = (&self.hoisted, self.keys.get(&element)) {
            let mut image = hoisted.inner_product(self.params, prime, key.permutation(), key.key());
            if let Some(constant) = constant {
                let mut moved = Buffer::stale(degree);
                kernel.permute(key.permutation(), &self.ciphertext.parts[0].limbs[prime], &mut moved);
                kernel.scale_add(p, &mut image[0], &moved, *constant);
            }
            return image;
        }
        [0, 1].map(|part| match constant {
            Some(constant) => {
                let mut multiple = self.ciphertext.parts[part].limbs[prime].clone();
                kernel.scale(p, &mut multiple, *constant);
                multiple
            }
            None => Buffer::zeroed(degree),
        })
    }

    fn sum_of_images(&self, prime: usize, p: &Modulus) -> Pair {
        let mut images = self.keys.keys().map(|element| self.image(*element, prime, p));
        let first = images.next().unwrap_or_else(|| [(); 2].map(|()| Buffer::zeroed(self.params.degree())));
        images.fold(first, |mut sum, image| {
            sum.iter_mut().zip(&image).for_each(|(sum, image)| self.params.kernel().add_assign(p, sum, image));
            sum
        })
    }

    /// The sums of images times diagonals, each coefficient reduced once.
    fn weighted(&self, matrix: &Matrix, giants: &[Giant], prime: usize, p: &Modulus) -> Vec<Pair> {
        let images: BTreeMap<usize, Pair> =
            self.keys.keys().map(|element| (*element, self.image(*element, prime, p))).collect();
        let level = self.ciphertext.level();
        let own = if prime <= level { prime } else { prime - level + matrix.level };
        let sum = |giant: &Giant, h: usize| {
            let image = |term: &Term| images.get(&term.element).map(|image| &image[h][..]);
            let weighted =
                giant.terms.iter().filter_map(|term| Some((image(term)?, &term.factor.as_ref()?.limbs[own][..])));
            let (left, right): (Vec<&[u64]>, Vec<&[u64]>) = weighted.unzip();
            let mut out = if left.is_empty() {
                Buffer::zeroed(self.params.degree())
            } else {
                Buffer::stale(self.params.degree())
            };
            if !left.is_empty() {
                lazy_dot(self.params, p, &left, &right, &mut out);
            }
            let plain = giant.terms.iter().filter(|term| term.factor.is_none()).filter_map(image);
            plain.for_each(|image| self.params.kernel().add_assign(p, &mut out, image));
            out
        };
        giants.iter().map(|giant| [0, 1].map(|h| sum(giant, h))).collect()
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
