//! BGV: exact arithmetic on integers modulo t, with messages at the low end of the modulus (Brakerski, Gentry and
//! Vaikuntanathan, "(Leveled) fully homomorphic encryption without bootstrapping", 2012; in its residue number system
//! form, Kim, Polyakov and Zucca, "Revisiting homomorphic encryption schemes for finite fields", 2021, section 2).
//!
//! A ciphertext's phase is `k m + t e` with the correction factor k, which modulus switching changes and decryption
//! takes off. Switch the modulus before each product: noise grows with the phase.
//!
//! Key-switching keys are those of BFV, `P g s'` with plain noise. What is switched is first divided by t, so that the
//! division by P at the end, which rounds, gives a t-th of the result: multiplied by t it is the result with noise in
//! multiples of t, and that factor is part of the division's own.

use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};
use blindbench_kernels::residue::ntt::Ntt;

use crate::error::Result;
use crate::integers;
use crate::integers::noise::Noise;
use crate::integers::parameters::shared_factor;
use crate::integers::placement::Placement;
use crate::rlwe;
use crate::rlwe::evaluation_keys::special_constants;
use crate::rlwe::matrix::Special;
use crate::rns::division::Division;

/// Parameters of BGV.
pub type Parameters = integers::parameters::Parameters<Bgv>;
/// A ciphertext of BGV.
pub type Ciphertext = integers::ciphertext::Ciphertext<Bgv>;
/// A plaintext prepared as a factor.
pub type Factor = integers::factor::Factor<Bgv>;
/// A secret key of BGV.
pub type SecretKey = integers::keys::SecretKey<Bgv>;
/// A public key of BGV.
pub type PublicKey = integers::keys::PublicKey<Bgv>;
/// Evaluation keys of BGV.
pub type EvaluationKeys = integers::keys::EvaluationKeys<Bgv>;

/// Messages at the low end of the modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bgv;

/// Tables of a level.
#[derive(Debug)]
struct Level {
    /// The special primes' product over t, modulo each of the level's primes.
    special: Vec<Multiplier>,
    by_special: Division,
    by_last: Option<Division>,
    by_last_and_special: Option<Division>,
    /// The inverse of the level's last prime modulo t.
    inverse: u64,
}

/// Tables that BGV alone needs.
#[derive(Debug)]
pub struct Tables {
    levels: Vec<Level>,
    /// By ciphertext prime, the inverse of t.
    inverses: Vec<Multiplier>,
}

fn inverse(t: &Modulus, plan: &Ntt) -> Result<Multiplier> {
    let p = plan.modulus();
    let inverse = p.inverse_vartime(t.value()).ok_or_else(|| shared_factor(t, p))?;
    Ok(p.multiplier(inverse))
}

fn level(base: &rlwe::parameters::Parameters, t: &Modulus, level: usize) -> Result<Level> {
    let plans = base.key_plans(level);
    let (kept, special): (&[&Ntt], &[&Ntt]) = plans.split_at(level + 1);
    let by_last = (level > 0).then(|| Division::preserving(&kept[..level], &kept[level..], t.value())).transpose()?;
    let last = kept[level].modulus();
    let last_inverse = integers::encryption::inverse_vartime(t, last.value()).ok_or_else(|| shared_factor(t, last))?;
    let product = special_constants(base, level);
    let constant = |(plan, product): (&&Ntt, u64)| {
        let p = plan.modulus();
        Ok(p.multiplier(p.multiply(inverse(t, plan)?.value, product)))
    };
    let constants = kept.iter().zip(product).map(constant).collect::<Result<_>>()?;
    let by_special = Division::new(kept, special)?.times(kept, t.value());
    let lower = &kept[..level];
    let both = (level > 0).then(|| Division::new(lower, &plans[level..])).transpose()?;
    let by_last_and_special = both.map(|division| division.times(lower, t.value()));
    Ok(Level { special: constants, by_special, by_last, by_last_and_special, inverse: last_inverse })
}

impl Placement for Bgv {
    const NAME: &'static str = "BGV";

    type Tables = Tables;

    fn tables(base: &rlwe::parameters::Parameters, t: &Modulus) -> Result<Tables> {
        Ok(Tables {
            levels: (0..=base.max_level()).map(|l| level(base, t, l)).collect::<Result<_>>()?,
            inverses: base.data().iter().map(|plan| inverse(t, plan)).collect::<Result<_>>()?,
        })
    }

    fn fresh_noise(t: &Modulus) -> rlwe::encryption::Noise {
        rlwe::encryption::Noise { factor: t.value() as i64 }
    }

    fn residual_factor(_: &Modulus) -> u64 {
        1
    }

    fn adjust_reading(_: &mut Conversion, _: &Modulus) -> Result<()> {
        Ok(())
    }

    fn message_factor(_: &Parameters, _: usize, correction: u64) -> u64 {
        correction
    }

    fn message_scale(t: &Modulus, p: &Modulus) -> Result<u64> {
        // Only that it is coprime to t, as division needs it.
        p.inverse_vartime(t.value()).map(|_| 1).ok_or_else(|| shared_factor(t, p))
    }

    fn special(params: &Parameters, level: usize) -> Special<'_> {
        let tables = &params.own().levels[level];
        Special { constants: &tables.special, inputs: Some(&params.own().inverses), division: &tables.by_special }
    }

    fn by_last(params: &Parameters, level: usize) -> Option<&Division> {
        params.own().levels[level].by_last.as_ref()
    }

    fn by_last_and_special(params: &Parameters, level: usize) -> Option<&Division> {
        params.own().levels[level].by_last_and_special.as_ref()
    }

    fn correction_after_drop(params: &Parameters, level: usize, correction: u64) -> u64 {
        params.t().multiply(correction, params.own().levels[level].inverse)
    }

    fn noise_of_square(params: &Parameters, _: usize, noise: Noise) -> Noise {
        noise_of_product(params, noise, noise)
    }

    fn multiply(left: &Ciphertext, right: &Ciphertext) -> Result<Ciphertext> {
        let params = &left.params;
        let parts = left.inner.tensor(params.rlwe(), &right.inner)?.into();
        let noise = noise_of_product(params, left.noise, right.noise);
        let mut product = left.with(rlwe::ciphertext::Ciphertext { parts }, noise);
        product.correction = params.t().multiply(left.correction, right.correction);
        Ok(product)
    }
}

/// Twice the variance where both are the same ciphertext, as far as is known.
fn noise_of_product(params: &Parameters, left: Noise, right: Noise) -> Noise {
    left.convolved(right, params.rlwe().log_n()).times(0.5)
}

#[cfg(test)]
mod tests;
