//! BFV: exact arithmetic on integers modulo t, with messages at the high end of the modulus (Brakerski, "Fully
//! homomorphic encryption without modulus switching from classical GapSVP", 2012; Fan and Vercauteren, "Somewhat
//! practical fully homomorphic encryption", 2012), in a residue number system (Halevi, Polyakov and Shoup, "An
//! improved RNS variant of the BFV homomorphic encryption scheme", 2018).
//!
//! A ciphertext's phase is `Q m / t` plus noise. Messages are scaled exactly, by rounding `Q m / t` itself instead of
//! multiplying by the rounded quotient (Kim, Polyakov and Zucca, "Revisiting homomorphic encryption schemes for finite
//! fields", 2021, section 3).

pub mod multiplication;
pub mod tables;

use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::modulus::Modulus;

use crate::error::Result;
use crate::integers;
use crate::integers::encryption::inverse_vartime;
use crate::integers::noise::Noise;
use crate::integers::parameters::shared_factor;
use crate::integers::placement::{Effort, Placement};
use crate::rlwe;
use crate::rlwe::matrix::Special;
use crate::rns::division::Division;

/// Parameters of BFV.
pub type Parameters = integers::parameters::Parameters<Bfv>;
/// A ciphertext of BFV.
pub type Ciphertext = integers::ciphertext::Ciphertext<Bfv>;
/// A plaintext prepared as a factor.
pub type Factor = integers::factor::Factor<Bfv>;
/// A secret key of BFV.
pub type SecretKey = integers::keys::SecretKey<Bfv>;
/// A public key of BFV.
pub type PublicKey = integers::keys::PublicKey<Bfv>;
/// Evaluation keys of BFV.
pub type EvaluationKeys = integers::keys::EvaluationKeys<Bfv>;

/// Messages at the high end of the modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bfv;

impl Placement for Bfv {
    const NAME: &'static str = "BFV";

    type Tables = tables::Tables;

    fn tables(base: &rlwe::parameters::Parameters, t: &Modulus) -> Result<tables::Tables> {
        tables::Tables::new(base, t)
    }

    fn fresh_noise(_: &Modulus) -> rlwe::encryption::Noise {
        rlwe::encryption::Noise::PLAIN
    }

    fn residual_factor(t: &Modulus) -> u64 {
        t.value()
    }

    /// `round(t x / Q) = (t x - [t x]_Q) / Q`, which is `-[t x]_Q / Q` modulo t: a conversion of `t x`, times `-1 / Q`.
    fn adjust_reading(reading: &mut Conversion, t: &Modulus) -> Result<()> {
        for q in &reading.from {
            inverse_vartime(t, q.value()).ok_or_else(|| shared_factor(t, q))?;
        }
        let product = reading.from.iter().fold(1, |product, q| t.multiply(product, q.value()));
        let factor = t.negate(inverse_vartime(t, product).unwrap_or(1));
        reading.scale_sources(|_, _| t.value());
        reading.scale_targets(|_, _| factor);
        Ok(())
    }

    /// `round(Q m / t) = (Q m - [Q m]_t) / t`, which is `[-Q m]_t / t` modulo Q.
    fn message_factor(params: &Parameters, level: usize, correction: u64) -> u64 {
        let t = params.t();
        t.negate(t.multiply(params.reading(level).modulus, correction))
    }

    fn message_scale(t: &Modulus, p: &Modulus) -> Result<u64> {
        p.inverse_vartime(t.value()).ok_or_else(|| shared_factor(t, p))
    }

    fn special(params: &Parameters, level: usize) -> Special<'_> {
        params.rlwe().special_at(level)
    }

    fn by_last(params: &Parameters, level: usize) -> Option<&Division> {
        params.rlwe().level(level).by_last.as_ref()
    }

    fn by_last_and_special(params: &Parameters, level: usize) -> Option<&Division> {
        params.rlwe().level(level).by_last_and_special.as_ref()
    }

    fn correction_after_drop(_: &Parameters, _: usize, correction: u64) -> u64 {
        correction
    }

    fn noise_of_square(params: &Parameters, level: usize, noise: Noise) -> Noise {
        multiplication::noise_of_product(params, level, noise, noise)
    }

    fn multiply(left: &Ciphertext, right: &Ciphertext) -> Result<Ciphertext> {
        Ok(multiplication::multiply(left, right))
    }

    fn product_effort(level: usize) -> Effort {
        multiplication::effort(level)
    }

    fn multiply_relinearize(left: &Ciphertext, right: &Ciphertext, keys: &EvaluationKeys) -> Result<Ciphertext> {
        multiplication::multiply_relinearize(left, right, keys)
    }
}

#[cfg(test)]
mod tests;
