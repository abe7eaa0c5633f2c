//! Products (Kim, Polyakov and Zucca, "Revisiting homomorphic encryption schemes for finite fields", 2021,
//! section 4): one factor keeps its modulus Q, the other is brought to an auxiliary modulus A of the same size, and
//! the product of both over the integers is scaled by t/A, which leaves it modulo Q.
//!
//! It may be taken modulo Q A, since t/A times a multiple of Q A is one of Q; so A need not exceed Q, as the modulus
//! of Halevi, Polyakov and Shoup must, where the product is scaled by t/Q and must fit A. Products modulo Q never
//! leave their slots.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::ntt::Ntt;

use super::tables::Level;
use super::{Ciphertext, EvaluationKeys, Parameters};
use crate::error::Result;
use crate::integers::noise::{Noise, of_key_switching, of_rounding};
use crate::integers::placement::Effort;
use crate::rlwe;
use crate::rlwe::key_switch::key_switch;
use crate::rlwe::operand::Operand;
use crate::rns::conversion::weigh;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// The product, of degree 2.
pub(super) fn multiply(left: &Ciphertext, right: &Ciphertext) -> Ciphertext {
    let work = Work::new(&left.params, left.level());
    let parts = work.products(left, right).map(|product| work.divide(product)).into();
    let noise = noise_of_product(&left.params, left.level(), left.noise, right.noise);
    left.with(rlwe::ciphertext::Ciphertext { parts }, noise)
}

/// The product, relinearized. The divisions by A and by the special primes share their transforms.
pub(super) fn multiply_relinearize(left: &Ciphertext, right: &Ciphertext, keys: &EvaluationKeys) -> Result<Ciphertext> {
    let (params, level) = (&left.params, left.level());
    let (work, base) = (Work::new(params, level), params.rlwe());
    let key = keys.inner.relinearization()?;
    let [d0, d1, d2] = work.products(left, right);
    let mut parts = key_switch(base, &Operand::Given(&work.divide(d2).limbs), key)?.parts;
    let (by_special, plans) = (&base.level(level).by_special, base.key_plans(level));
    for (part, product) in parts.iter_mut().zip([d0, d1]) {
        let weighted = product.auxiliary.slices();
        by_special.divide_less(&plans, &mut part.limbs, Some(&product.kept.limbs[..]), &|i, remainder| {
            let mut more = Buffer::stale(base.degree());
            let tables = &work.tables.special_remainder;
            base.kernel().combine(tables, i, &weighted, &product.overflow, &mut more);
            base.kernel().add_assign(plans[i].modulus(), remainder, &more);
        });
    }
    let noise = noise_of_product(params, level, left.noise, right.noise);
    let noise = noise.plus_independent(of_key_switching(params.t(), base, level));
    Ok(left.with(rlwe::ciphertext::Ciphertext { parts: parts.into() }, noise))
}

/// A polynomial modulo Q A that is to be scaled by t/A.
struct Product {
    /// Modulo Q, in slots, times t/A.
    kept: Polynomial,
    /// Modulo A, in coefficients, weighted for [`Level::remainder`].
    auxiliary: Polynomial,
    /// What comes with the weighted residues.
    overflow: Buffer,
}

/// What a product at a level needs.
struct Work<'a> {
    base: &'a rlwe::parameters::Parameters,
    data: &'a [Ntt],
    auxiliary: &'a [Ntt],
    tables: &'a Level,
}

impl<'a> Work<'a> {
    fn new(params: &'a Parameters, level: usize) -> Work<'a> {
        let (base, own) = (params.rlwe(), params.own());
        Work { base, data: &base.data()[..=level], auxiliary: own.auxiliary(level), tables: own.level(level) }
    }

    fn stale(&self, plans: &[Ntt]) -> Polynomial {
        Polynomial::stale(self.base.degree(), plans.len())
    }

    fn coefficients(&self, slots: &Polynomial) -> Polynomial {
        let mut coefficients = self.stale(self.data);
        each_mut(&mut coefficients.limbs, |i, limb| {
            self.base.kernel().inverse_from(&self.data[i], &slots.limbs[i], limb);
        });
        coefficients
    }

    /// A polynomial modulo Q in slots modulo A.
    fn extend(&self, slots: &Polynomial) -> Polynomial {
        let mut coefficients = self.coefficients(slots);
        let overflow = weigh(self.base.kernel(), &self.tables.extend, &mut coefficients.limbs);
        self.converted(&self.tables.extend, self.auxiliary, &coefficients, &overflow)
    }

    /// `A/Q` times a polynomial modulo Q, rounded: in slots modulo A, and `t/A` times that in slots modulo Q.
    fn scale(&self, slots: &Polynomial) -> (Polynomial, Polynomial) {
        let mut coefficients = self.coefficients(slots);
        let overflow = weigh(self.base.kernel(), &self.tables.scale, &mut coefficients.limbs);
        let (mut scaled, mut scaled_slots) = (self.stale(self.auxiliary), self.stale(self.auxiliary));
        let weighted = coefficients.slices();
        let mut limbs: Vec<_> = scaled.limbs.iter_mut().zip(&mut scaled_slots.limbs).collect();
        each_mut(&mut limbs, |j, (coefficients, slots)| {
            self.base.kernel().combine(&self.tables.scale, j, &weighted, &overflow, coefficients);
            slots.copy_from_slice(coefficients);
            self.base.kernel().forward(&self.auxiliary[j], slots);
        });
        let overflow = weigh(self.base.kernel(), &self.tables.back, &mut scaled.limbs);
        let back = self.converted(&self.tables.back, self.data, &scaled, &overflow);
        (scaled_slots, back)
    }

    /// Weighted residues converted to other primes, in slots there.
    fn converted(&self, tables: &Conversion, to: &[Ntt], weighted: &Polynomial, overflow: &Buffer) -> Polynomial {
        let (mut slots, weighted) = (self.stale(to), weighted.slices());
        each_mut(&mut slots.limbs, |j, limb| {
            self.base.kernel().combine(tables, j, &weighted, overflow, limb);
            self.base.kernel().forward(&to[j], limb);
        });
        slots
    }

    /// The product of two ciphertexts' polynomials in slots, each limb then finished while it is in the cache.
    fn tensor(
        &self,
        plans: &[Ntt],
        left: &[Polynomial],
        right: &[Polynomial],
        finish: impl Fn(&Ntt, &mut [u64]) + Sync + Send,
    ) -> [Polynomial; 3] {
        let mut product = [(); 3].map(|()| self.stale(plans));
        let [d0, d1, d2] = &mut product;
        let mut limbs: Vec<_> = d0.limbs.iter_mut().zip(&mut d1.limbs).zip(&mut d2.limbs).collect();
        each_mut(&mut limbs, |j, ((d0, d1), d2)| {
            let [a, b] = [left, right].map(|side| [&side[0].limbs[j][..], &side[1].limbs[j][..]]);
            self.base.kernel().tensor(plans[j].modulus(), a, b, [d0, d1, d2]);
            [d0, d1, d2].into_iter().for_each(|limb| finish(&plans[j], limb));
        });
        product
    }

    /// The products of two ciphertexts' polynomials modulo Q A.
    fn products(&self, left: &Ciphertext, right: &Ciphertext) -> [Product; 3] {
        let extended = [0, 1].map(|i| self.extend(&left.inner.parts[i]));
        let [(scaled0, back0), (scaled1, back1)] = [0, 1].map(|i| self.scale(&right.inner.parts[i]));
        let [k0, k1, k2] = self.tensor(self.data, &left.inner.parts, &[back0, back1], |_, _| {});
        let inverse = |plan: &Ntt, limb: &mut [u64]| self.base.kernel().inverse(plan, limb);
        let [a0, a1, a2] = self.tensor(self.auxiliary, &extended, &[scaled0, scaled1], inverse);
        [(k0, a0), (k1, a1), (k2, a2)].map(|(kept, mut auxiliary)| {
            let overflow = weigh(self.base.kernel(), &self.tables.remainder, &mut auxiliary.limbs);
            Product { kept, auxiliary, overflow }
        })
    }

    /// `t/A` times a polynomial modulo Q A, rounded.
    fn divide(&self, product: Product) -> Polynomial {
        let (kernel, Product { mut kept, auxiliary, overflow }) = (self.base.kernel(), product);
        let weighted = auxiliary.slices();
        each_mut(&mut kept.limbs, |i, limb| {
            let (plan, p) = (&self.data[i], self.data[i].modulus());
            let mut remainder = Buffer::stale(self.base.degree());
            kernel.combine(&self.tables.remainder, i, &weighted, &overflow, &mut remainder);
            kernel.divide(plan, p, &remainder, p.multiplier(1), limb, None);
        });
        kept
    }
}

/// A product at a level, with as many auxiliary primes as it has own ones: transforms of both factors to coefficients and
/// of what they become in slots, those of three products back, and a pass for each pair of primes of a conversion.
pub(super) fn effort(level: usize) -> Effort {
    let limbs = (level + 1) as f64;
    let transforms = 4.0 + 2.0 + 2.0 + 2.0 + 3.0 + 3.0;
    let conversions = 2.0 + 2.0 + 2.0 + 3.0;
    Effort { transforms: transforms * limbs, passes: (conversions * limbs + 2.0 * 5.0) * limbs }
}

/// With phases `(Q/t)(w + u/Q)` for w the message plus t times what the modulus wraps around, the product's residual
/// is `u_l w_r + u_r w_l + u_l u_r / Q` and rounding; the second factor's includes that of its scaling.
pub(super) fn noise_of_product(params: &Parameters, level: usize, left: Noise, right: Noise) -> Noise {
    let (base, t) = (params.rlwe(), params.t());
    let log_n = base.log_n();
    // A uniform polynomial times the secret key, and another one: w has the shape of a rounding error.
    let wrapped = of_rounding(t, base, 1);
    let right = right.plus_independent(wrapped.times(params.own().level(level).log2_ratio));
    let cross = left.convolved(wrapped, log_n).plus(right.convolved(wrapped, log_n));
    let square = left.convolved(right, log_n).times(0.5 - base.log_q(level));
    cross.plus(square).plus_independent(of_rounding(t, base, 2))
}
