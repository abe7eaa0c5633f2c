//! Prediction of errors: how far decrypted values are from the exact ones.
//!
//! Average-case analysis: coefficients of errors are taken for independent and normal, as in Costache, Curtis,
//! Hales, Murphy, Ogilvie and Player, "On the precision loss in approximate homomorphic encryption", 2022,
//! section 3, with two differences that keep predictions above what is measured. Errors of operands that may depend
//! on each other add up, instead of their squares; and the largest of all slots is bounded for products of normal
//! variables, since rounding is multiplied by the secret key.

use blindbench_kernels::residue::ntt::RingKind;

use super::parameters::Parameters;
use crate::rlwe::parameters::{NOISE_SIGMA, Parameters as Rlwe};

/// Variance of a rounded coefficient.
const ROUNDING: f64 = 1.0 / 12.0;

/// Variance of a coefficient of the secret key.
const SECRET: f64 = 2.0 / 3.0;

/// log2 of the probability that a ciphertext has a slot whose error is above the predicted one.
pub const LOG_FAILURE: f64 = -32.0;

/// What is predicted of a plaintext or ciphertext.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Standard deviation of the error's coefficients, as integers: before the division by the scale.
    pub deviation: f64,
    /// No slot's value is larger in magnitude, without the scale.
    pub bound: f64,
}

impl Noise {
    /// Of an encoding whose coefficients were rounded.
    pub fn encoded(bound: f64) -> Noise {
        Noise { deviation: ROUNDING.sqrt(), bound }
    }

    /// After adding noise of its own, independent of all before.
    pub fn plus_independent(self, variance: f64) -> Noise {
        Noise { deviation: self.deviation.hypot(variance.sqrt()), ..self }
    }

    /// Of a sum or difference.
    pub fn sum(self, other: Noise) -> Noise {
        Noise { deviation: self.deviation + other.deviation, bound: self.bound + other.bound }
    }

    /// Of a product: `(m + e)(m' + e') - m m'`, where messages are at most bound times scale in every slot.
    pub fn product(self, scale: f64, other: Noise, other_scale: f64, params: &Parameters) -> Noise {
        let (largest, other_largest) = (self.bound * scale, other.bound * other_scale);
        let both = expansion(params.rlwe()).sqrt() * self.deviation * other.deviation;
        let deviation = largest * other.deviation + other_largest * self.deviation + both;
        Noise { deviation, bound: self.bound * other.bound }
    }

    /// After multiplication by a real constant that was rounded to an integer at `constant_scale`.
    pub fn times_constant(self, scale: f64, constant: f64, constant_scale: f64, params: &Parameters) -> Noise {
        let wanted = (constant * constant_scale).abs();
        let integer = wanted.round_ties_even();
        // What rounding the constant is off by, in every slot.
        let off = (integer - wanted).abs().max(wanted * f64::EPSILON);
        let rounding = params.deviation_of_slots(off * self.bound * scale);
        Noise { deviation: self.deviation * integer + rounding, bound: self.bound * constant.abs() }
    }

    /// After division by a prime, rounded, of a ciphertext of this degree.
    pub fn rescaled(self, prime: f64, degree: usize, params: &Parameters) -> Noise {
        let divided = Noise { deviation: self.deviation / prime, ..self };
        divided.plus_independent(division_variance(params.rlwe(), degree))
    }

    /// With what key switching at a level adds.
    pub fn key_switched(self, level: usize, params: &Parameters) -> Noise {
        self.plus_independent(switching_variance(params.rlwe(), level))
            .plus_independent(division_variance(params.rlwe(), 1))
    }

    /// The error that no slot of the decoded values exceeds, at this scale: exceeded with probability 2^-32 as
    /// far as the model goes.
    pub fn slot_error(self, scale: f64, params: &Parameters) -> f64 {
        let floating_point = self.bound * f64::from(params.rlwe().log_n() + 2) * f64::EPSILON;
        self.deviation * expansion(params.rlwe()).sqrt() * tail(params) / scale + floating_point
    }

    /// Predicted precision in bits: -log2 of [`Noise::slot_error`].
    pub fn precision_bits(self, scale: f64, params: &Parameters) -> f64 {
        -self.slot_error(scale, params).log2()
    }
}

impl Parameters {
    /// The deviation of coefficients for which [`Noise::slot_error`] gives this error, times the scale.
    pub(crate) fn deviation_of_slots(&self, error: f64) -> f64 {
        error / (expansion(self.rlwe()).sqrt() * tail(self))
    }
}

/// The variance of a slot over that of the coefficients: N, and 2N in the conjugate-invariant ring, where each
/// coefficient stands for two.
pub fn expansion(params: &Rlwe) -> f64 {
    match params.ring() {
        RingKind::Standard => params.degree() as f64,
        RingKind::ConjugateInvariant => 2.0 * params.degree() as f64,
    }
}

/// Deviations of a slot that the largest of all slots stays below: for a product of two complex normal variables
/// `P(|x y| > t)` is about `sqrt(pi t) exp(-2t)`, of real ones `exp(-t)`.
fn tail(params: &Parameters) -> f64 {
    let exponent = (params.slots() as f64).ln() - LOG_FAILURE * std::f64::consts::LN_2;
    match params.rlwe().ring() {
        RingKind::Standard => (exponent + 2.0) / 2.0,
        RingKind::ConjugateInvariant => exponent,
    }
}

/// Variance of the error of a fresh encryption by the public key: `e u + e_1 s + e_0`.
pub fn public_key_variance(params: &Rlwe) -> f64 {
    NOISE_SIGMA.powi(2) * (2.0 * expansion(params) * SECRET + 1.0)
}

/// Variance of the error of a fresh encryption by the secret key.
pub fn secret_key_variance() -> f64 {
    NOISE_SIGMA.powi(2)
}

/// Variance that dividing a ciphertext and rounding adds: `r_0 + r_1 s + r_2 s^2 + ...` with r_i within 1/2. From the
/// square on it is taken four times larger for each power: the key's largest slots stand out more and more.
pub fn division_variance(params: &Rlwe, degree: usize) -> f64 {
    let each = expansion(params) * SECRET;
    (0..=degree as i32).map(|power| ROUNDING * each.powi(power) * 4f64.powi((power - 1).max(0))).sum()
}

/// Variance that switching at a level adds before the result is rounded: digits, uniform below their moduli, times
/// noise, over P.
pub fn switching_variance(params: &Rlwe, level: usize) -> f64 {
    let log_size = |plan: &blindbench_kernels::residue::ntt::Ntt| (plan.modulus().value() as f64).log2();
    let log_p = params.log_p();
    let digits = params.level(level).digits.iter().map(|digit| {
        let log_digit: f64 = params.data()[digit.primes.clone()].iter().map(log_size).sum();
        (2.0 * (log_digit - log_p)).exp2() * ROUNDING
    });
    digits.sum::<f64>() * expansion(params) * NOISE_SIGMA.powi(2)
}
