//! Matrices times encrypted vectors, double-hoisted: baby steps stay modulo the special primes, and a giant step
//! costs one division of one polynomial (Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux, "Efficient bootstrapping for
//! approximate homomorphic encryption with non-sparse keys", 2021, section 4, algorithm 6).
//!
//! Steps are Galois elements; the element 1 leaves a ciphertext where it is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};

use super::ciphertext::Ciphertext;
use super::digits::plan;
use super::evaluation_keys::{EvaluationKeys, GaloisKey, permuted};
use super::key_switch::{Accumulator, Hoisted, key_switch, require_key_level};
use super::operand::Operand;
use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::rns::division::Division;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// The Galois element of the identity.
pub const UNMOVED: usize = 1;

/// What a scheme does around key switching: keys multiply by the special primes' product.
#[derive(Debug, Clone, Copy)]
pub struct Special<'a> {
    /// By ciphertext prime: what polynomials that are not switched are multiplied by, to be added before the division.
    pub constants: &'a [Multiplier],
    /// By ciphertext prime: what polynomials are multiplied by before they are switched; none for 1.
    pub inputs: Option<&'a [Multiplier]>,
    /// By the special primes.
    pub division: &'a Division,
}

impl<'a> Special<'a> {
    /// What is switched instead of a polynomial.
    pub fn input(&self, polynomial: Operand<'a>) -> Operand<'a> {
        match self.inputs {
            Some(factors) => Operand::Multiple(Box::new(polynomial), factors),
            None => polynomial,
        }
    }
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
        multiply_one(keys, Factors { params, special, matrix: self, moved: Moved::Ciphertext(ciphertext) })
    }
}

/// A ciphertext that is to be multiplied by a matrix.
#[derive(Debug, Clone, Copy)]
pub struct Factors<'a> {
    /// The parameters of the ciphertext.
    pub params: &'a Parameters,
    /// The special primes.
    pub special: Special<'a>,
    /// The matrix.
    pub matrix: &'a Matrix,
    /// The ciphertext.
    pub moved: Moved<'a>,
}

/// What rotations move.
#[derive(Debug, Clone, Copy)]
pub enum Moved<'a> {
    /// A ciphertext of degree 1.
    Ciphertext(&'a Ciphertext),
    /// One that is `P` times too large still: only its second polynomial is divided, to be decomposed.
    Accumulator(&'a Accumulator),
}

impl Moved<'_> {
    /// The level.
    pub fn level(&self) -> usize {
        match self {
            Moved::Ciphertext(ciphertext) => ciphertext.level(),
            Moved::Accumulator(accumulator) => accumulator.level(),
        }
    }

    fn hoisted(&self, params: &Parameters, special: &Special<'_>) -> Hoisted {
        match self {
            Moved::Ciphertext(ciphertext) => {
                Hoisted::new(params, &special.input(Operand::Given(&ciphertext.parts[1].limbs)))
            }
            Moved::Accumulator(accumulator) => {
                let mut second = accumulator.parts[1].limbs.clone();
                special.division.divide(&params.key_plans(accumulator.level()), &mut second, None);
                Hoisted::new(params, &special.input(Operand::Given(&second)))
            }
        }
    }
}

/// The product of a ciphertext with a matrix, `P` times too large.
///
/// # Errors
/// Those of [`Matrix::apply`].
pub fn multiply_one(keys: &EvaluationKeys, factors: Factors<'_>) -> Result<Accumulator> {
    let products = multiply_all(keys, &[factors])?;
    Ok(products.into_iter().next().unwrap_or_else(|| Accumulator::zero(factors.params, factors.moved.level())))
}

/// The products of several ciphertexts with a matrix each, `P` times too large: keys stream from memory once for all of
/// them. The parameters have the same primes, and the ciphertexts the same level.
///
/// # Errors
/// [`Error::Levels`] for ciphertexts of different levels, else those of [`Matrix::apply`].
pub fn multiply_all(keys: &EvaluationKeys, factors: &[Factors<'_>]) -> Result<Vec<Accumulator>> {
    let levels = || factors.iter().map(|factors| factors.moved.level());
    if let (Some(left), Some(right)) = (levels().min(), levels().max().filter(|_| levels().min() != levels().max())) {
        return Err(Error::Levels { left, right });
    }
    let babies = factors.iter().map(|factors| Babies::new(*factors, keys)).collect::<Result<Vec<_>>>()?;
    let total = |(factors, sums): (&Factors<'_>, Vec<Accumulator>)| total(*factors, keys, sums);
    factors.iter().zip(sums(&babies)).map(total).collect()
}

/// The sum of what giant steps make of their sums.
fn total(factors: Factors<'_>, keys: &EvaluationKeys, sums: Vec<Accumulator>) -> Result<Accumulator> {
    let Factors { params, special, matrix, moved } = factors;
    let mut total: Option<Accumulator> = None;
    for (giant, mut sum) in matrix.giants.iter().zip(sums) {
        if giant.element != UNMOVED {
            sum = rotated(params, keys, special, sum, giant.element)?;
        }
        match &mut total {
            Some(total) => total.add_assign(params, &sum)?,
            None => total = Some(sum),
        }
    }
    Ok(total.unwrap_or_else(|| Accumulator::zero(params, moved.level())))
}

/// A ciphertext that is to be moved by baby steps.
struct Babies<'a> {
    factors: Factors<'a>,
    hoisted: Option<Hoisted>,
    /// By element; none for the identity.
    keys: BTreeMap<usize, Option<&'a GaloisKey>>,
}

/// A pair of residue polynomials modulo one prime, or of runs of their slots.
type Pair = [Buffer; 2];

/// Slots that are worked on at a time: their images stay in the cache until the diagonals have been summed up, and the
/// keys' until each ciphertext has met them.
const RUN: usize = 2048;

/// By ciphertext, then giant step: its diagonals times the images, `P` times too large.
fn sums(babies: &[Babies<'_>]) -> Vec<Vec<Accumulator>> {
    let Some(Factors { params, moved, .. }) = babies.first().map(|babies| babies.factors) else {
        return Vec::new();
    };
    let level = moved.level();
    let mut by_prime: Vec<Vec<Vec<Pair>>> = params.key_plans(level).iter().map(|_| Vec::new()).collect();
    each_mut(&mut by_prime, |prime, sums| *sums = sums_modulo(babies, prime));
    let empty = |babies: &Babies<'_>| babies.factors.matrix.giants.iter().map(|_| Accumulator::empty(level)).collect();
    let mut accumulators: Vec<Vec<Accumulator>> = babies.iter().map(empty).collect();
    for sums in by_prime {
        for (accumulators, sums) in accumulators.iter_mut().zip(sums) {
            accumulators.iter_mut().zip(sums).for_each(|(accumulator, pair)| accumulator.push(pair));
        }
    }
    accumulators
}

/// [`sums`] modulo a prime of keys.
fn sums_modulo(babies: &[Babies<'_>], prime: usize) -> Vec<Vec<Pair>> {
    let degree = babies.first().map_or(0, |babies| babies.factors.params.degree());
    let stale = |babies: &Babies<'_>| -> Vec<Pair> {
        babies.factors.matrix.giants.iter().map(|_| [(); 2].map(|()| Buffer::stale(degree))).collect()
    };
    let mut sums: Vec<Vec<Pair>> = babies.iter().map(stale).collect();
    let elements: BTreeSet<usize> = babies.iter().flat_map(|babies| babies.keys.keys().copied()).collect();
    for start in (0..degree).step_by(RUN) {
        let slots = start..degree.min(start + RUN);
        let mut images: Vec<BTreeMap<usize, Pair>> = babies.iter().map(|_| BTreeMap::new()).collect();
        for element in &elements {
            for (babies, images) in babies.iter().zip(&mut images) {
                if babies.keys.contains_key(element) {
                    images.insert(*element, babies.image(*element, prime, slots.clone()));
                }
            }
        }
        for ((babies, images), sums) in babies.iter().zip(&images).zip(&mut sums) {
            babies.weigh(images, prime, slots.clone(), sums);
        }
    }
    sums
}

impl<'a> Babies<'a> {
    fn new(factors: Factors<'a>, keys: &'a EvaluationKeys) -> Result<Babies<'a>> {
        let Factors { params, special, matrix, moved } = factors;
        let level = moved.level();
        if matrix.level < level {
            return Err(Error::Levels { left: level, right: matrix.level });
        }
        if let Moved::Ciphertext(ciphertext) = moved {
            ciphertext.require_degree("a linear transform", 1)?;
        }
        let key = |element: usize| {
            let key = (element != UNMOVED).then(|| keys.galois(element)).transpose()?;
            key.map_or(Ok(()), |key| require_key_level(key.key(), level))?;
            Ok((element, key))
        };
        let keys = matrix.babies().into_iter().map(key).collect::<Result<_>>()?;
        let hoisted = matrix.hoists().then(|| moved.hoisted(params, &special));
        Ok(Babies { factors, hoisted, keys })
    }

    fn modulus(&self, prime: usize) -> &'a Modulus {
        plan(self.factors.params, self.factors.moved.level(), prime).modulus()
    }

    /// A polynomial's limb, and what it is multiplied by; none where it is a multiple of the prime.
    fn limb(&self, part: usize, prime: usize) -> Option<(&'a [u64], Option<Multiplier>)> {
        match self.factors.moved {
            Moved::Ciphertext(ciphertext) => {
                let limb = ciphertext.parts[part].limbs.get(prime)?;
                Some((limb, Some(self.factors.special.constants[prime])))
            }
            Moved::Accumulator(accumulator) => Some((&accumulator.parts[part].limbs[prime], None)),
        }
    }

    /// The image under an element, modulo a prime of keys, in some of the slots.
    fn image(&self, element: usize, prime: usize, slots: Range<usize>) -> Pair {
        match (&self.hoisted, self.keys.get(&element)) {
            (Some(hoisted), Some(Some(key))) => self.moved_image((hoisted, key), prime, slots),
            _ => [0, 1].map(|part| self.multiple(part, prime, slots.clone())),
        }
    }

    fn moved_image(&self, (hoisted, key): (&Hoisted, &GaloisKey), prime: usize, slots: Range<usize>) -> Pair {
        let (params, p) = (self.factors.params, self.modulus(prime));
        let kernel = params.kernel();
        let mut image = [(); 2].map(|()| Buffer::stale(slots.len()));
        let [first, second] = &mut image;
        let out = [&mut first[..], &mut second[..]];
        hoisted.inner_product_run(params, prime, (key.permutation(), key.key()), slots.clone(), out);
        if let Some((limb, factor)) = self.limb(0, prime) {
            let mut moved = Buffer::stale(slots.len());
            kernel.permute(key.permutation().run(slots), limb, &mut moved);
            match factor {
                Some(factor) => kernel.scale_add(p, first, &moved, factor),
                None => kernel.add_assign(p, first, &moved),
            }
        }
        image
    }

    /// A polynomial where it is, `P` times too large.
    fn multiple(&self, part: usize, prime: usize, slots: Range<usize>) -> Buffer {
        let Some((limb, factor)) = self.limb(part, prime) else { return Buffer::zeroed(slots.len()) };
        let mut multiple = Buffer::copy_of(&limb[slots]);
        if let Some(factor) = factor {
            self.factors.params.kernel().scale(self.modulus(prime), &mut multiple, factor);
        }
        multiple
    }

    /// Writes the sums of images times diagonals in some of the slots.
    fn weigh(&self, images: &BTreeMap<usize, Pair>, prime: usize, slots: Range<usize>, sums: &mut [Pair]) {
        let Factors { params, matrix, moved, .. } = self.factors;
        let (kernel, p, level) = (params.kernel(), self.modulus(prime), moved.level());
        let own = if prime <= level { prime } else { prime - level + matrix.level };
        for (giant, sum) in matrix.giants.iter().zip(sums) {
            for (h, sum) in sum.iter_mut().enumerate() {
                let out = &mut sum[slots.clone()];
                let image = |term: &Term| images.get(&term.element).map(|image| &image[h][..]);
                let factor = |term: &'a Term| Some(&term.factor.as_ref()?.limbs[own][slots.clone()]);
                let weighted = giant.terms.iter().filter_map(|term| Some((image(term)?, factor(term)?)));
                let (left, right): (Vec<&[u64]>, Vec<&[u64]>) = weighted.unzip();
                let mut plain = giant.terms.iter().filter(|term| term.factor.is_none()).filter_map(image);
                match (left.is_empty(), plain.next()) {
                    (true, Some(first)) => out.copy_from_slice(first),
                    (true, None) => out.fill(0),
                    (false, first) => {
                        lazy_dot(params, p, &left, &right, out);
                        first.into_iter().for_each(|image| kernel.add_assign(p, out, image));
                    }
                }
                plain.for_each(|image| kernel.add_assign(p, out, image));
            }
        }
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
    let second = permuted(params, key.permutation(), &second);
    let mut switched = key_switch(params, &special.input(Operand::Given(&second.limbs)), key.key())?;
    let first = permuted(params, key.permutation(), &first);
    each_mut(&mut switched.parts[0].limbs, |j, limb| {
        params.kernel().add_assign(plans[j].modulus(), limb, &first.limbs[j]);
    });
    Ok(switched)
}

/// Terms that are summed up before a reduction: twice as many streams, all at the same offset of their pages, find room
/// in a cache of eight ways.
const TERMS_AT_ONCE: usize = 4;

/// `out = sum_k left[k] * right[k]`, a few terms at a time.
fn lazy_dot(params: &Parameters, p: &Modulus, left: &[&[u64]], right: &[&[u64]], out: &mut [u64]) {
    let mut groups = left.chunks(TERMS_AT_ONCE).zip(right.chunks(TERMS_AT_ONCE));
    if let Some((left, right)) = groups.next() {
        params.kernel().dot(p, left, right, out);
    }
    let mut part = Buffer::stale(out.len());
    for (left, right) in groups {
        params.kernel().dot(p, left, right, &mut part);
        params.kernel().add_assign(p, out, &part);
    }
}
