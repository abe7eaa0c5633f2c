//! The decomposition of a polynomial for key switching.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::ntt::Ntt;

use super::key_switching_key::KeySwitchingKey;
use super::operand::Operand;
use super::parameters::Parameters;
use super::tables::Digit;
use crate::rns::limbs::Limbs;
use crate::rns::threads::{Order, Step, in_steps};

/// A polynomial's digits, in coefficients: what each prime of the keys lifts to itself.
pub(super) struct Digits<'a> {
    params: &'a Parameters,
    level: usize,
    /// The polynomial in slots: its limbs are the digits modulo their own primes.
    slots: &'a Operand<'a>,
    /// By ciphertext prime: residues of coefficients, weighted where a digit holds several primes.
    coefficients: Limbs,
    /// By digit: multiples of the digit's modulus to take off; empty where the digit is a single prime.
    overflows: Limbs,
}

impl<'a> Digits<'a> {
    /// The digits, each still to be [transformed](Digits::transform) and then [weighed](Digits::weigh).
    pub(super) fn unmade(params: &'a Parameters, slots: &'a Operand<'a>) -> Digits<'a> {
        let count = slots.count();
        let digits = params.level(count - 1).digits.len();
        Digits { params, level: count - 1, slots, coefficients: Limbs::empty(count), overflows: Limbs::empty(digits) }
    }

    /// The digits, ready.
    pub(super) fn new(params: &'a Parameters, slots: &'a Operand<'a>) -> Digits<'a> {
        let digits = Digits::unmade(params, slots);
        in_steps(&digits.steps(&|prime| digits.transform(prime), &|place| digits.weigh(place)));
        digits
    }

    /// The steps that make them.
    pub(super) fn steps<'s>(
        &self,
        transform: &'s (dyn Fn(usize) + Sync),
        weigh: &'s (dyn Fn(usize) + Sync),
    ) -> [Step<'s>; 2] {
        let digits = self.tables();
        let weighed = if digits.iter().any(|digit| digit.conversion.is_some()) { digits.len() } else { 0 };
        [Step::new(self.level + 1, Order::Ascending, transform), Step::new(weighed, Order::Descending, weigh)]
    }

    /// Makes the coefficients modulo a ciphertext prime.
    pub(super) fn transform(&self, prime: usize) {
        let mut coefficients = Buffer::stale(self.params.degree());
        self.slots.coefficients(&self.params.data()[prime], prime, &mut coefficients);
        *self.coefficients.write(prime) = coefficients;
    }

    /// Weighs a digit whose coefficients have been made.
    pub(super) fn weigh(&self, place: usize) {
        let digit = &self.tables()[place];
        if let Some(conversion) = &digit.conversion {
            let mut overflow = Buffer::stale(self.params.degree());
            let mut limbs: Vec<_> = digit.primes.clone().map(|i| self.coefficients.write(i)).collect();
            let mut limbs: Vec<&mut [u64]> = limbs.iter_mut().map(|limb| &mut limb[..]).collect();
            self.params.kernel().weigh(conversion, &mut limbs, &mut overflow);
            *self.overflows.write(place) = overflow;
        }
    }

    pub(super) fn tables(&self) -> &'a [Digit] {
        &self.params.level(self.level).digits
    }

    /// A digit's slots modulo a prime of keys: lifted to `out`, or the polynomial's own where the prime is the digit's.
    fn modulo<'s>(&'s self, place: usize, prime: usize, out: &'s mut Buffer) -> &'s [u64] {
        let digit = &self.tables()[place];
        if digit.primes.contains(&prime) {
            return self.slots.limb(plan(self.params, self.level, prime), prime, out);
        }
        self.lifted(digit, place, prime, out);
        out
    }

    /// A digit's slots modulo a prime of keys.
    pub(super) fn owned_modulo(&self, place: usize, prime: usize) -> Buffer {
        let mut out = Buffer::stale(self.params.degree());
        let digit = &self.tables()[place];
        if digit.primes.contains(&prime) {
            self.slots.make(plan(self.params, self.level, prime), prime, &mut out);
        } else {
            self.lifted(digit, place, prime, &mut out);
        }
        out
    }

    fn lifted(&self, digit: &Digit, place: usize, prime: usize, out: &mut [u64]) {
        let (plan, kernel) = (plan(self.params, self.level, prime), self.params.kernel());
        match (&digit.conversion, digit.target(prime)) {
            (Some(conversion), Some(target)) => {
                let weighted: Vec<_> = digit.primes.clone().map(|i| self.coefficients.read(i)).collect();
                let weighted: Vec<&[u64]> = weighted.iter().map(|limb| &limb[..]).collect();
                kernel.forward_combined(plan, conversion, target, &weighted, &self.overflows.read(place), out);
            }
            _ => {
                let (from, own) = (self.params.data()[digit.primes.start].modulus(), digit.primes.start);
                kernel.forward_lifted(plan, from, &self.coefficients.read(own), out);
            }
        }
    }

    /// The two sums of the digits times a key's, modulo a prime of keys.
    pub(super) fn inner_product(&self, prime: usize, key: &KeySwitchingKey) -> [Buffer; 2] {
        let stale = || Buffer::stale(self.params.degree());
        let mut scratch: Vec<Buffer> = self.tables().iter().map(|_| stale()).collect();
        let digits: Vec<&[u64]> =
            scratch.iter_mut().enumerate().map(|(place, out)| self.modulo(place, prime, out)).collect();
        let p = plan(self.params, self.level, prime).modulus();
        let mut out = [stale(), stale()];
        let [first, second] = &mut out;
        self.params.kernel().inner_product(p, &digits, key.limb(self.level, prime), [first, second]);
        out
    }
}

/// The plan of a prime of keys at a level.
pub(super) fn plan(params: &Parameters, level: usize, prime: usize) -> &Ntt {
    if prime <= level { &params.data()[prime] } else { &params.special()[prime - level - 1] }
}

/// The primes of keys at a level in an order that shares them well: special ones lift one more digit than the others,
/// so they stand apart.
pub(super) fn shared_order(params: &Parameters, level: usize) -> Vec<usize> {
    let special = params.special().len();
    let count = level + 1 + special;
    let mut order: Vec<usize> = (0..=level).collect();
    (0..special).for_each(|i| order.insert(i * count / special, level + 1 + i));
    order
}
