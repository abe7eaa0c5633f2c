//! Key switching: from a polynomial that a key's secret belongs to, to a ciphertext under the secret key.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::permutation::Permutation;

use super::key_switching_key::KeySwitchingKey;
use super::matrix::Special;
use super::parameters::Parameters;
use super::tables::Digit;
use crate::error::{Error, Result};
use crate::rns::conversion::weigh;
use crate::rns::division::Division;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// A polynomial's digits, in coefficients: what each prime of the keys lifts to itself.
struct Digits<'a> {
    params: &'a Parameters,
    level: usize,
    /// The polynomial in slots: its limbs are the digits modulo their own primes.
    slots: &'a [Buffer],
    /// By ciphertext prime: residues of coefficients, weighted where a digit holds several primes.
    coefficients: Vec<Buffer>,
    /// By digit: multiples of the digit's modulus to take off; empty where the digit is a single prime.
    overflows: Vec<Buffer>,
}

impl<'a> Digits<'a> {
    fn new(params: &'a Parameters, slots: &'a [Buffer]) -> Digits<'a> {
        let (n, level, kernel) = (params.degree(), slots.len() - 1, params.kernel());
        let mut coefficients: Vec<Buffer> = slots.iter().map(|_| Buffer::stale(n)).collect();
        each_mut(&mut coefficients, |i, limb| kernel.inverse_from(&params.data()[i], &slots[i], limb));
        let overflow = |digit: &Digit| {
            let Some(conversion) = &digit.conversion else { return Buffer::stale(0) };
            weigh(kernel, conversion, &mut coefficients[digit.primes.clone()])
        };
        let overflows = params.level(level).digits.iter().map(overflow).collect();
        Digits { params, level, slots, coefficients, overflows }
    }

    fn tables(&self) -> &'a [Digit] {
        &self.params.level(self.level).digits
    }

    /// A digit's slots modulo a prime of keys that is not its own.
    fn lifted(&self, place: usize, prime: usize, out: &mut [u64]) {
        let digit = &self.tables()[place];
        let plan = plan(self.params, self.level, prime);
        let kernel = self.params.kernel();
        match (&digit.conversion, digit.target(prime)) {
            (Some(conversion), Some(target)) => {
                let weighted: Vec<&[u64]> =
                    self.coefficients[digit.primes.clone()].iter().map(|limb| &limb[..]).collect();
                kernel.forward_combined(plan, conversion, target, &weighted, &self.overflows[place], out);
            }
            _ => {
                let (from, own) = (self.params.data()[digit.primes.start].modulus(), digit.primes.start);
                kernel.forward_lifted(plan, from, &self.coefficients[own], out);
            }
        }
    }

    /// All digits' slots modulo a prime of keys: borrowed where they are the polynomial's own limbs.
    fn modulo<T>(&self, prime: usize, scratch: &mut [Buffer], use_them: impl FnOnce(&[&[u64]]) -> T) -> T {
        let tables = self.tables();
        for (place, digit) in tables.iter().enumerate() {
            if !digit.primes.contains(&prime) {
                self.lifted(place, prime, &mut scratch[place]);
            }
        }
        let borrowed: Vec<&[u64]> = tables
            .iter()
            .zip(scratch)
            .map(|(digit, lifted)| if digit.primes.contains(&prime) { &self.slots[prime][..] } else { &lifted[..] })
            .collect();
        use_them(&borrowed)
    }
}

fn plan(params: &Parameters, level: usize, prime: usize) -> &blindbench_kernels::residue::ntt::Ntt {
    if prime <= level { &params.data()[prime] } else { &params.special()[prime - level - 1] }
}

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

    fn stale(params: &Parameters, level: usize) -> Accumulator {
        let count = level + 1 + params.special().len();
        Accumulator { level, parts: [(); 2].map(|()| Polynomial::stale(params.degree(), count)) }
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
        let (level, tables) = (self.level, params.level(self.level));
        let division = tables.by_last_and_special.as_ref();
        let division = division.ok_or(Error::Depth { operation: "rescaling", needed: 1, level })?;
        let plans = params.key_plans(level);
        let mut parts = self.parts;
        // A part a thread: neither waits for the other's limbs.
        each_mut(&mut parts, |place, part| {
            let sum = |j: usize, limb: &mut Buffer| {
                params.kernel().scale_add(plans[j].modulus(), limb, &add[place].limbs[j], tables.special[j]);
            };
            // The dropped prime's limb is no kept one.
            sum(level, &mut part.limbs[level]);
            division.divide_after(&plans, &mut part.limbs, &sum);
        });
        Ok(parts)
    }

    /// Divides by primes that include the special ones.
    pub(crate) fn divide_by(
        self,
        params: &Parameters,
        division: &Division,
        add: [Option<&Polynomial>; 2],
    ) -> [Polynomial; 2] {
        let plans = params.key_plans(self.level);
        let mut parts = self.parts;
        // A part a thread: neither waits for the other's limbs.
        each_mut(&mut parts, |place, part| {
            division.divide(&plans, &mut part.limbs, add[place].map(|add| &add.limbs[..]));
        });
        parts
    }
}

fn require_key_level(key: &KeySwitchingKey, level: usize) -> Result<()> {
    if key.level < level { Err(Error::KeyLevel { key: key.level, level }) } else { Ok(()) }
}

/// The key's limb for a prime of keys at a lower level than its own.
fn key_limb(key: &KeySwitchingKey, level: usize, prime: usize) -> &[u64] {
    let place = if prime <= level { prime } else { prime - level + key.level };
    &key.limbs[place]
}

/// Switches a polynomial in slots, a limb for each prime up to its level: digit by digit, prime by prime, so that
/// what is worked on stays in the cache while the key streams by.
///
/// # Errors
/// [`Error::KeyLevel`] where the key is for lower levels only.
pub fn key_switch(params: &Parameters, polynomial: &[Buffer], key: &KeySwitchingKey) -> Result<Accumulator> {
    let level = polynomial.len() - 1;
    require_key_level(key, level)?;
    let digits = Digits::new(params, polynomial);
    let mut accumulator = Accumulator::stale(params, level);
    let [part0, part1] = &mut accumulator.parts;
    let mut limbs: Vec<_> = part0.limbs.iter_mut().zip(&mut part1.limbs).collect();
    each_mut(&mut limbs, |j, (out0, out1)| {
        let mut scratch: Vec<Buffer> = digits.tables().iter().map(|_| Buffer::stale(params.degree())).collect();
        let p = plan(params, level, j).modulus();
        digits.modulo(j, &mut scratch, |digits| {
            params.kernel().inner_product(p, digits, key_limb(key, level, j), [out0, out1]);
        });
    });
    Ok(accumulator)
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
    pub fn new(params: &Parameters, polynomial: &[Buffer]) -> Hoisted {
        let level = polynomial.len() - 1;
        let decomposed = Digits::new(params, polynomial);
        let count = level + 1 + params.special().len();
        let mut digits: Vec<Vec<Buffer>> = (0..count).map(|_| Vec::new()).collect();
        each_mut(&mut digits, |prime, digits| {
            *digits = (decomposed.tables().iter().enumerate())
                .map(|(place, digit)| {
                    if digit.primes.contains(&prime) {
                        return polynomial[prime].clone();
                    }
                    let mut lifted = Buffer::stale(params.degree());
                    decomposed.lifted(place, prime, &mut lifted);
                    lifted
                })
                .collect();
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
        let mut accumulator = Accumulator::stale(params, self.level);
        let [part0, part1] = &mut accumulator.parts;
        let mut limbs: Vec<_> = part0.limbs.iter_mut().zip(&mut part1.limbs).collect();
        each_mut(&mut limbs, |j, (out0, out1)| {
            let digits: Vec<&[u64]> = self.digits[j].iter().map(|digit| &digit[..]).collect();
            let p = plan(params, self.level, j).modulus();
            let key = key_limb(key, self.level, j);
            params.kernel().inner_product_permuted(p, &digits, permutation, key, [out0, out1]);
        });
        Ok(accumulator)
    }
}
