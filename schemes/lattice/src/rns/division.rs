//! Division by a product of primes, rounded to the nearest: modulus switching, rescaling and the
//! last step of key switching are all this.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::conversion::{Conversion, Weighted};
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};
use blindbench_kernels::residue::ntt::Ntt;

use super::conversion::weigh;
use super::threads::each_mut;
use crate::error::{Error, Result};

/// What is added to a remainder modulo the prime of a place.
type More<'a> = &'a (dyn Fn(usize, &mut [u64]) + Sync);

/// Tables for dividing polynomials modulo `kept * divisors` by the product of the divisors.
#[derive(Debug, Clone)]
pub struct Division {
    /// From the divisors to the kept primes; none where there is a single divisor and lifting does.
    conversion: Option<Conversion>,
    divisor: Modulus,
    /// The inverse of the divisors' product modulo each kept prime.
    factors: Vec<Multiplier>,
}

impl Division {
    /// Division by the product of `divisors`, which leaves residues modulo `kept`.
    ///
    /// # Errors
    /// [`Error::Refused`] where primes repeat or there is no divisor.
    pub fn new(kept: &[&Ntt], divisors: &[&Ntt]) -> Result<Division> {
        let moduli = |plans: &[&Ntt]| plans.iter().map(|plan| *plan.modulus()).collect::<Vec<Modulus>>();
        let (to, from) = (moduli(kept), moduli(divisors));
        let refused = || Error::Refused("a modulus chain needs different primes and at least one of each kind".into());
        let inverse = |p: &Modulus| {
            let product = from.iter().fold(1, |product, q| p.multiply(product, q.value()));
            p.inverse_vartime(product).map(|inverse| p.multiplier(inverse))
        };
        let factors = to.iter().map(inverse).collect::<Option<Vec<_>>>().ok_or_else(refused)?;
        let divisor = *from.first().ok_or_else(refused)?;
        let conversion = match from.len() {
            1 => None,
            _ => Some(Conversion::new(&from, &to).ok_or_else(refused)?),
        };
        Ok(Division { conversion, divisor, factors })
    }

    /// Division that leaves polynomials the same modulo `t`, up to the inverse of the divisors' product: of `c`, it
    /// gives `(c - t r) / P` with `r` the representative of `c / t` modulo P around zero (Gentry, Halevi and Smart,
    /// "Homomorphic evaluation of the AES circuit", 2012, appendix D).
    ///
    /// # Errors
    /// As [`Division::new`], and where `t` is a multiple of a divisor.
    pub fn preserving(kept: &[&Ntt], divisors: &[&Ntt], t: u64) -> Result<Division> {
        let mut division = Division::new(kept, divisors)?;
        let moduli = |plans: &[&Ntt]| plans.iter().map(|plan| *plan.modulus()).collect::<Vec<Modulus>>();
        let refused =
            || Error::Refused(format!("{t} has no inverse modulo every prime: take a coprime plaintext modulus"));
        let mut conversion = Conversion::new(&moduli(divisors), &moduli(kept)).ok_or_else(refused)?;
        let inverses: Vec<u64> =
            conversion.from.iter().map(|q| q.inverse_vartime(t)).collect::<Option<_>>().ok_or_else(refused)?;
        conversion.scale_sources(|i, _| inverses[i]);
        conversion.scale_targets(|_, p| t % p.value());
        division.conversion = Some(conversion);
        Ok(division)
    }

    /// This division with quotients `factor` times larger, at no cost.
    #[must_use]
    pub fn times(mut self, kept: &[&Ntt], factor: u64) -> Division {
        for (own, plan) in self.factors.iter_mut().zip(kept) {
            *own = plan.modulus().multiplier(plan.modulus().multiply(own.value, factor));
        }
        self
    }

    /// The inverse of the divisors' product modulo each kept prime.
    pub fn factors(&self) -> &[Multiplier] {
        &self.factors
    }

    /// Divides a polynomial in slots, with limbs for the kept primes and then the divisors', and adds: the divisors'
    /// limbs go. `plans` are those of the limbs.
    pub fn divide(&self, plans: &[&Ntt], limbs: &mut Vec<Buffer>, add: Option<&[Buffer]>) {
        self.apply(plans, limbs, add, &|_, _| {}, None);
    }

    /// [`Division::divide`], where `before` changes each kept limb: it is called right before the limb's own division,
    /// which then finds it in the cache.
    pub fn divide_after(&self, plans: &[&Ntt], limbs: &mut Vec<Buffer>, before: &(dyn Fn(usize, &mut Buffer) + Sync)) {
        self.apply(plans, limbs, None, before, None);
    }

    /// [`Division::divide`] of what is given less a polynomial in coefficients, which `more(j, remainder)` adds to the
    /// remainder modulo the j-th kept prime: its transform costs nothing.
    pub fn divide_less(&self, plans: &[&Ntt], limbs: &mut Vec<Buffer>, add: Option<&[Buffer]>, more: More<'_>) {
        self.apply(plans, limbs, add, &|_, _| {}, Some(more));
    }

    fn apply(
        &self,
        plans: &[&Ntt],
        limbs: &mut Vec<Buffer>,
        add: Option<&[Buffer]>,
        before: &(dyn Fn(usize, &mut Buffer) + Sync),
        more: Option<More<'_>>,
    ) {
        let (kept, divisor_plans) = plans.split_at(self.kept());
        let mut divisors = limbs.split_off(kept.len());
        each_mut(&mut divisors, |i, limb| divisor_plans[i].kernel().inverse(divisor_plans[i], limb));
        let remainder = self.remainder(divisor_plans, divisors);
        each_mut(limbs, |j, limb| {
            before(j, limb);
            let add = add.map(|add| &add[j][..]);
            match more {
                Some(more) => self.divide_limb_less(kept[j], j, &remainder, limb, add, more),
                None => self.divide_limb(kept[j], j, &remainder, limb, add),
            }
        });
    }

    /// Number of primes that the quotient is modulo.
    pub fn kept(&self) -> usize {
        self.factors.len()
    }

    /// What [`Division::divide_limb`] takes off, from the divisors' limbs in coefficients. `plans` are the divisors'.
    pub fn remainder(&self, plans: &[&Ntt], mut divisors: Vec<Buffer>) -> Remainder {
        let overflow = self.conversion.as_ref().map(|tables| weigh(plans[0].kernel(), tables, &mut divisors));
        Remainder { weighted: divisors, overflow }
    }

    /// The quotient modulo the j-th kept prime, in place of a limb in slots, with what is added to it.
    pub fn divide_limb(&self, plan: &Ntt, j: usize, remainder: &Remainder, limb: &mut [u64], add: Option<&[u64]>) {
        let (kernel, factor, weighted) = (plan.kernel(), self.factors[j], remainder.slices());
        match (&self.conversion, &remainder.overflow) {
            (Some(tables), Some(overflow)) => {
                let remainder = Weighted { tables, to: j, residues: &weighted, overflow };
                kernel.divide_combined(plan, &remainder, factor, limb, add);
            }
            // The single divisor's remainder is lifted on its way into the transform.
            _ => kernel.divide(plan, &self.divisor, weighted[0], factor, limb, add),
        }
    }

    fn divide_limb_less(
        &self,
        plan: &Ntt,
        j: usize,
        remainder: &Remainder,
        limb: &mut [u64],
        add: Option<&[u64]>,
        more: More<'_>,
    ) {
        let (kernel, weighted) = (plan.kernel(), remainder.slices());
        let mut sum = Buffer::stale(plan.degree());
        match (&self.conversion, &remainder.overflow) {
            (Some(tables), Some(overflow)) => kernel.combine(tables, j, &weighted, overflow, &mut sum),
            _ => kernel.lift(&self.divisor, plan.modulus(), weighted[0], &mut sum),
        }
        more(j, &mut sum);
        kernel.divide(plan, plan.modulus(), &sum, self.factors[j], limb, add);
    }
}

/// The remainder of a division, in coefficients: modulo its divisors, weighted where there are several.
#[derive(Debug, Clone)]
pub struct Remainder {
    weighted: Vec<Buffer>,
    overflow: Option<Buffer>,
}

impl Remainder {
    fn slices(&self) -> Vec<&[u64]> {
        self.weighted.iter().map(|limb| &limb[..]).collect()
    }
}
