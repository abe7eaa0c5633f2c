//! Key switching: from a polynomial that a key's secret belongs to, to a ciphertext under the secret key.

use std::ops::Range;

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::permutation::Permutation;

use super::digits::{Digits, plan};
use super::key_switching_key::KeySwitchingKey;
use super::matrix::Special;
use super::operand::Operand;
use super::parameters::Parameters;
use super::switch::{Quotients, accumulated, divide_after};
use crate::error::{Error, Result};
use crate::rns::division::Division;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// A ciphertext modulo the level's primes and the special ones, `P` times too large.
#[derive(Debug, Clone)]
pub struct Accumulator {
    level: usize,
    /// In slots, a limb for each prime of keys at the level.
    pub(crate) parts: [Polynomial; 2],
}

impl Accumulator {
    /// Zero at a level, to add to.
    pub fn zero(params: &Parameters, level: usize) -> Accumulator {
        let count = level + 1 + params.special().len();
        Accumulator { level, parts: [(); 2].map(|()| Polynomial::zero(params.degree(), count)) }
    }

    /// Without limbs yet: they are pushed, prime by prime.
    pub(super) fn empty(level: usize) -> Accumulator {
        Accumulator { level, parts: [(); 2].map(|()| Polynomial { limbs: Vec::new() }) }
    }

    /// Adds the limbs of the next prime of keys.
    pub(super) fn push(&mut self, limbs: [Buffer; 2]) {
        self.parts.iter_mut().zip(limbs).for_each(|(part, limb)| part.limbs.push(limb));
    }

    /// The level.
    pub fn level(&self) -> usize {
        self.level
    }

    /// `self += other`.
    ///
    /// # Errors
    /// [`Error::Levels`].
    pub fn add_assign(&mut self, params: &Parameters, other: &Accumulator) -> Result<()> {
        if self.level != other.level {
            return Err(Error::Levels { left: self.level, right: other.level });
        }
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            each_mut(&mut part.limbs, |j, limb| {
                let p = plan(params, self.level, j).modulus();
                params.kernel().add_assign(p, limb, &other.limbs[j]);
            });
        }
        Ok(())
    }

    /// Adds `P` times a polynomial in slots modulo the level's primes to a part: what the division takes off again.
    pub fn add_special_multiple(
        &mut self,
        params: &Parameters,
        special: Special<'_>,
        part: usize,
        polynomial: &Polynomial,
    ) {
        each_mut(&mut self.parts[part].limbs[..=self.level], |j, limb| {
            params.kernel().scale_add(params.data()[j].modulus(), limb, &polynomial.limbs[j], special.constants[j]);
        });
    }

    /// Divides by the special primes and adds what is given for each part: back to a ciphertext's two polynomials.
    pub fn divide(self, params: &Parameters, add: [Option<&Polynomial>; 2]) -> [Polynomial; 2] {
        let level = self.level;
        self.divide_by(params, &params.level(level).by_special, add)
    }

    /// Divides by the special primes and the level's last one at once: relinearization and rescaling in one step.
    ///
    /// # Errors
    /// [`Error::Depth`] at level 0.
    pub fn divide_and_drop(self, params: &Parameters, add: [Option<&Polynomial>; 2]) -> Result<[Polynomial; 2]> {
        let level = self.level;
        let division = params.level(level).by_last_and_special.as_ref();
        let division = division.ok_or(Error::Depth { operation: "rescaling", needed: 1, level })?;
        Ok(self.divide_by(params, division, add))
    }

    /// Adds `P` times a polynomial to each part, then [`Accumulator::divide_and_drop`]: the sum of each limb is made
    /// right before its division, instead of in a pass of its own.
    ///
    /// # Errors
    /// [`Error::Depth`] at level 0.
    pub fn add_divide_and_drop(self, params: &Parameters, add: [&Polynomial; 2]) -> Result<[Polynomial; 2]> {
        let level = self.level;
        let division = params.level(level).by_last_and_special.as_ref();
        let division = division.ok_or(Error::Depth { operation: "rescaling", needed: 1, level })?;
        let [first, second] = add.map(|add| Some(Operand::Given(&add.limbs)));
        Ok(self.divide_with(params, division, [first, second]))
    }

    /// Divides by primes that include the special ones.
    pub(crate) fn divide_by(
        self,
        params: &Parameters,
        division: &Division,
        add: [Option<&Polynomial>; 2],
    ) -> [Polynomial; 2] {
        let add = add.map(|add| add.map(|add| Operand::Given(&add.limbs)));
        self.divide_with(params, division, add)
    }

    fn divide_with(self, params: &Parameters, division: &Division, add: [Option<Operand<'_>>; 2]) -> [Polynomial; 2] {
        let parts = self.parts.map(|part| part.limbs.into());
        let quotients = Quotients::new(params, self.level, division, &add, parts);
        divide_after(&[], &quotients);
        quotients.into_parts()
    }
}

pub(super) fn require_key_level(key: &KeySwitchingKey, level: usize) -> Result<()> {
    if key.level < level { Err(Error::KeyLevel { key: key.level, level }) } else { Ok(()) }
}

/// Switches a polynomial in slots, a limb for each prime up to its level: digit by digit, prime by prime, so that
/// what is worked on stays in the cache while the key streams by.
///
/// # Errors
/// [`Error::KeyLevel`] where the key is for lower levels only.
pub fn key_switch(params: &Parameters, polynomial: &Operand<'_>, key: &KeySwitchingKey) -> Result<Accumulator> {
    let level = polynomial.count() - 1;
    require_key_level(key, level)?;
    let digits = Digits::unmade(params, polynomial);
    let (transform, weigh) = (|prime| digits.transform(prime), |place| digits.weigh(place));
    let inner = |prime| digits.inner_product(prime, key);
    let parts = accumulated(params, level, &digits.steps(&transform, &weigh), &inner);
    Ok(Accumulator { level, parts })
}

/// A polynomial's digits modulo every prime of keys, in slots: computed once, used for many rotations
/// (Halevi and Shoup, "Faster homomorphic linear transformations in HElib", 2018, section 3).
#[derive(Debug)]
pub struct Hoisted {
    level: usize,
    /// By prime of keys, then digit. Lazy residues.
    digits: Vec<Vec<Buffer>>,
}

impl Hoisted {
    /// Decomposes a polynomial in slots.
    pub fn new(params: &Parameters, polynomial: &Operand<'_>) -> Hoisted {
        let level = polynomial.count() - 1;
        let decomposed = Digits::new(params, polynomial);
        let mut digits: Vec<Vec<Buffer>> = params.key_plans(level).iter().map(|_| Vec::new()).collect();
        each_mut(&mut digits, |prime, digits| {
            *digits = (0..decomposed.tables().len()).map(|place| decomposed.owned_modulo(place, prime)).collect();
        });
        Hoisted { level, digits }
    }

    /// The level of the polynomial.
    pub fn level(&self) -> usize {
        self.level
    }

    /// Switches the polynomial's image under an automorphism, without a division: `P` times too large still.
    ///
    /// # Errors
    /// [`Error::KeyLevel`] where the key is for lower levels only.
    pub fn switch(&self, params: &Parameters, permutation: &Permutation, key: &KeySwitchingKey) -> Result<Accumulator> {
        require_key_level(key, self.level)?;
        let inner = |prime| self.inner_product(params, prime, permutation, key);
        let parts = accumulated(params, self.level, &[], &inner);
        Ok(Accumulator { level: self.level, parts })
    }

    /// [`Hoisted::switch`], with `P` times the image of another polynomial added to the first part.
    ///
    /// # Errors
    /// [`Error::KeyLevel`] where the key is for lower levels only.
    pub(super) fn switch_and_add(
        &self,
        params: &Parameters,
        special: Special<'_>,
        permutation: &Permutation,
        key: &KeySwitchingKey,
        add: &Polynomial,
    ) -> Result<Accumulator> {
        require_key_level(key, self.level)?;
        let inner = |prime: usize| {
            let [mut first, second] = self.inner_product(params, prime, permutation, key);
            if let Some(limb) = add.limbs.get(prime) {
                let mut image = Buffer::stale(params.degree());
                params.kernel().permute(permutation.whole(), limb, &mut image);
                let p = plan(params, self.level, prime).modulus();
                params.kernel().scale_add(p, &mut first, &image, special.constants[prime]);
            }
            [first, second]
        };
        let parts = accumulated(params, self.level, &[], &inner);
        Ok(Accumulator { level: self.level, parts })
    }

    /// The two sums of the image's digits times the key's, modulo a prime of keys.
    pub(super) fn inner_product(
        &self,
        params: &Parameters,
        prime: usize,
        permutation: &Permutation,
        key: &KeySwitchingKey,
    ) -> [Buffer; 2] {
        let mut out = [(); 2].map(|()| Buffer::stale(params.degree()));
        let [first, second] = &mut out;
        self.inner_product_run(params, prime, (permutation, key), 0..params.degree(), [first, second]);
        out
    }

    /// [`Hoisted::inner_product`] in some of the slots, from a multiple of 64 to another.
    pub(super) fn inner_product_run(
        &self,
        params: &Parameters,
        prime: usize,
        (permutation, key): (&Permutation, &KeySwitchingKey),
        slots: Range<usize>,
        out: [&mut [u64]; 2],
    ) {
        let digits: Vec<&[u64]> = self.digits[prime].iter().map(|digit| &digit[..]).collect();
        let p = plan(params, self.level, prime).modulus();
        let key = key.limb(self.level, prime).run(slots.clone());
        params.kernel().inner_product_permuted(p, &digits, permutation.run(slots), key, out);
    }
}
