//! Key switches as a whole, from the decomposition to the division: steps that threads share, each thread keeping to
//! the same primes as far as it can, so that little moves from one core's cache to another's.

use std::sync::OnceLock;

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::ntt::Ntt;

use super::digits::{Digits, shared_order};
use super::evaluation_keys::GaloisKey;
use super::key_switch::{Hoisted, require_key_level};
use super::key_switching_key::KeySwitchingKey;
use super::operand::Operand;
use super::parameters::Parameters;
use crate::error::Result;
use crate::rns::division::{Division, Remainder};
use crate::rns::limbs::Limbs;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::{Order, Step, in_steps};

/// Switches a polynomial, divides what comes of it and adds to each part; see `Quotients` for what.
///
/// # Errors
/// [`crate::error::Error::KeyLevel`] where the key is for lower levels only.
pub fn switch(
    params: &Parameters,
    polynomial: &Operand<'_>,
    key: &KeySwitchingKey,
    division: &Division,
    add: &[Option<Operand<'_>>; 2],
) -> Result<[Polynomial; 2]> {
    let level = polynomial.count() - 1;
    require_key_level(key, level)?;
    let digits = Digits::unmade(params, polynomial);
    let (transform, weigh) = (|prime| digits.transform(prime), |place| digits.weigh(place));
    let quotients = Quotients::new(params, level, division, add, empty(params, level));
    let order = shared_order(params, level);
    let multiply = |item: usize| quotients.put(order[item], digits.inner_product(order[item], key));
    let [transform, weigh] = digits.steps(&transform, &weigh);
    divide_after(&[transform, weigh, Step::new(order.len(), Order::Ascending, &multiply)], &quotients);
    Ok(quotients.into_parts())
}

/// [`switch`] of the image of a decomposed polynomial.
///
/// # Errors
/// Those of [`switch`].
pub fn switch_hoisted(
    params: &Parameters,
    hoisted: &Hoisted,
    key: &GaloisKey,
    division: &Division,
    add: &[Option<Operand<'_>>; 2],
) -> Result<[Polynomial; 2]> {
    let level = hoisted.level();
    require_key_level(key.key(), level)?;
    let quotients = Quotients::new(params, level, division, add, empty(params, level));
    let order = shared_order(params, level);
    let multiply = |item: usize| {
        let products = hoisted.inner_product(params, order[item], key.permutation(), key.key());
        quotients.put(order[item], products);
    };
    divide_after(&[Step::new(order.len(), Order::Ascending, &multiply)], &quotients);
    Ok(quotients.into_parts())
}

/// The two sums that `inner_product` gives for each prime of keys at a level, once the steps before are done.
pub(super) fn accumulated(
    params: &Parameters,
    level: usize,
    before: &[Step<'_>],
    inner_product: &(dyn Fn(usize) -> [Buffer; 2] + Sync),
) -> [Polynomial; 2] {
    let (parts, order) = (empty(params, level), shared_order(params, level));
    let multiply = |item: usize| put(&parts, order[item], inner_product(order[item]));
    let steps = before.iter().copied().chain([Step::new(order.len(), Order::Ascending, &multiply)]);
    in_steps(&steps.collect::<Vec<_>>());
    parts.map(|part| Polynomial { limbs: part.into_vec() })
}

/// Does the steps that make the parts, then divides them.
pub(super) fn divide_after(before: &[Step<'_>], quotients: &Quotients<'_>) {
    let (subtrahend, divide) = (|part| quotients.make_remainder(part), |item| quotients.divide(item));
    // What was made last is divided first.
    let last = [
        Step::new(2, Order::Ascending, &subtrahend),
        Step::new(2 * quotients.division.kept(), Order::Descending, &divide),
    ];
    in_steps(&before.iter().copied().chain(last).collect::<Vec<_>>());
}

fn empty(params: &Parameters, level: usize) -> [Limbs; 2] {
    [(); 2].map(|()| Limbs::empty(level + 1 + params.special().len()))
}

fn put(parts: &[Limbs; 2], prime: usize, limbs: [Buffer; 2]) {
    parts.iter().zip(limbs).for_each(|(part, limb)| *part.write(prime) = limb);
}

/// The divisions that end a key switch. What is added to the quotients is added after the division where that is by the
/// special primes alone; where it is by the level's last prime too, `P` times it is added before.
pub(super) struct Quotients<'a> {
    params: &'a Parameters,
    level: usize,
    division: &'a Division,
    plans: Vec<&'a Ntt>,
    add: &'a [Option<Operand<'a>>; 2],
    /// By part, limbs for the primes of keys: where the quotients come, too.
    parts: [Limbs; 2],
    remainders: [OnceLock<Remainder>; 2],
}

impl<'a> Quotients<'a> {
    pub(super) fn new(
        params: &'a Parameters,
        level: usize,
        division: &'a Division,
        add: &'a [Option<Operand<'a>>; 2],
        parts: [Limbs; 2],
    ) -> Quotients<'a> {
        let (plans, remainders) = (params.key_plans(level), [(); 2].map(|()| OnceLock::new()));
        Quotients { params, level, division, plans, add, parts, remainders }
    }

    fn put(&self, prime: usize, limbs: [Buffer; 2]) {
        put(&self.parts, prime, limbs);
    }

    /// What the steps have left.
    pub(super) fn into_parts(self) -> [Polynomial; 2] {
        let kept = self.division.kept();
        self.parts.map(|part| Polynomial { limbs: part.into_vec().into_iter().take(kept).collect() })
    }

    /// Takes up the divisors' limbs of a part.
    fn make_remainder(&self, part: usize) {
        let kept = self.division.kept();
        let limb = |prime: usize| {
            let mut limb = self.parts[part].take(prime);
            self.add_before(part, prime, &mut limb);
            self.params.kernel().inverse(self.plans[prime], &mut limb);
            limb
        };
        let divisors = (kept..self.plans.len()).map(limb).collect();
        // Each part has one item.
        let _ = self.remainders[part].set(self.division.remainder(&self.plans[kept..], divisors));
    }

    /// Both parts of a prime come one after the other.
    fn divide(&self, item: usize) {
        let (prime, part) = (item / 2, item % 2);
        let (plan, mut limb) = (self.plans[prime], self.parts[part].write(prime));
        let Some(remainder) = self.remainders[part].get() else { return };
        self.add_before(part, prime, &mut limb);
        let mut scratch = Buffer::stale(self.params.degree());
        let add = self.add[part].as_ref().filter(|_| !self.drops_a_level());
        let add = add.map(|add| add.limb(plan, prime, &mut scratch));
        self.division.divide_limb(plan, prime, remainder, &mut limb, add);
    }

    fn drops_a_level(&self) -> bool {
        self.division.kept() <= self.level
    }

    fn add_before(&self, part: usize, prime: usize, limb: &mut [u64]) {
        if let Some(add) = self.add[part].as_ref().filter(|_| self.drops_a_level() && prime <= self.level) {
            let (plan, mut scratch) = (self.plans[prime], Buffer::stale(self.params.degree()));
            let factor = self.params.level(self.level).special[prime];
            self.params.kernel().scale_add(plan.modulus(), limb, add.limb(plan, prime, &mut scratch), factor);
        }
    }
}
