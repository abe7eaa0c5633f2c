//! Predicted noise: of every ciphertext, the deviation of its residual's coefficients.
//!
//! Average-case analysis: coefficients count as independent, except for the powers of the secret key in them, whose
//! variance is that of products of dependent factors, k! times larger (Biasioli, Marcolla, Murru and Urani, "Accurate
//! BGV parameters selection: accounting for secret and public key dependencies in average-case analysis", 2025).
//! Deviations of ciphertexts are added as if they depended on each other: sums never come out too small.

use blindbench_kernels::residue::modulus::Modulus;

use crate::network::flood::Flood;
use crate::rlwe::parameters::{NOISE_SIGMA, Parameters};

/// The bound in deviations. Normal coefficients exceed it with a probability below 2^-80; the room above that is for
/// the distributions' heavier tails.
pub const TAIL: f64 = 12.0;

/// Variance of a coefficient of the secret key.
const SECRET_VARIANCE: f64 = 2.0 / 3.0;

/// What is predicted of a residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// log2 of the coefficients' standard deviation.
    log2_deviation: f64,
    /// The power of the secret key in what prevails.
    secret_power: u32,
}

impl Noise {
    /// Noise of a deviation, given as its log2, and the power of the secret key in it.
    pub(crate) fn new(log2_deviation: f64, secret_power: u32) -> Noise {
        Noise { log2_deviation, secret_power }
    }

    /// log2 of the coefficients' standard deviation.
    pub fn log2_deviation(self) -> f64 {
        self.log2_deviation
    }

    /// The power of the secret key in what prevails of the noise.
    pub fn secret_power(self) -> u32 {
        self.secret_power
    }

    /// log2 of what no coefficient exceeds in magnitude, but for a negligible probability.
    pub fn log2_bound(self) -> f64 {
        self.log2_deviation + TAIL.log2()
    }

    /// The sum of noises that may depend on each other.
    #[must_use]
    pub fn plus(self, other: Noise) -> Noise {
        let (large, small) = self.sorted(other);
        let log2_deviation = large.log2_deviation
            + (small.log2_deviation - large.log2_deviation).exp2().ln_1p() / std::f64::consts::LN_2;
        Noise { log2_deviation, secret_power: large.power_with(small) }
    }

    /// The sum of noises that are independent of each other.
    #[must_use]
    pub fn plus_independent(self, other: Noise) -> Noise {
        let (large, small) = self.sorted(other);
        let squared = (2.0 * (small.log2_deviation - large.log2_deviation)).exp2();
        let log2_deviation = large.log2_deviation + squared.ln_1p() / (2.0 * std::f64::consts::LN_2);
        Noise { log2_deviation, secret_power: large.power_with(small) }
    }

    /// Noise times a constant given as its log2.
    #[must_use]
    pub fn times(self, log2_factor: f64) -> Noise {
        Noise { log2_deviation: self.log2_deviation + log2_factor, ..self }
    }

    /// The noise of a product of polynomials of degree N.
    #[must_use]
    pub(crate) fn convolved(self, other: Noise, log_n: u32) -> Noise {
        let (i, j) = (self.secret_power, other.secret_power);
        // Powers i and j of the secret key make its power i + j: (i + j)! instead of i! j! in the variance.
        let binomial: f64 = (1..=j).map(|k| f64::from(i + k) / f64::from(k)).product();
        let log2_deviation = self.log2_deviation + other.log2_deviation + (f64::from(log_n) + binomial.log2()) / 2.0;
        Noise { log2_deviation, secret_power: i + j }
    }

    fn sorted(self, other: Noise) -> (Noise, Noise) {
        if self.log2_deviation < other.log2_deviation { (other, self) } else { (self, other) }
    }

    /// Of what is less than a 16th, the power does not matter.
    fn power_with(self, small: Noise) -> u32 {
        let counts = small.log2_deviation > self.log2_deviation - 4.0;
        if counts { self.secret_power.max(small.secret_power) } else { self.secret_power }
    }
}

/// Noise of given variance in units of t.
fn of_variance(t: &Modulus, variance: f64, secret_power: u32) -> Noise {
    Noise::new((t.value() as f64).log2() + variance.log2() / 2.0, secret_power)
}

/// A fresh encryption by the secret key: the noise, and rounding or a message.
pub(crate) fn of_secret_key_encryption(t: &Modulus) -> Noise {
    of_variance(t, NOISE_SIGMA * NOISE_SIGMA + 1.0 / 12.0, 0)
}

/// A fresh encryption by the public key: `e u + e_1 s + e_0`.
pub(crate) fn of_public_key_encryption(t: &Modulus, base: &Parameters) -> Noise {
    let n = base.degree() as f64;
    of_variance(t, NOISE_SIGMA * NOISE_SIGMA * (2.0 * n * SECRET_VARIANCE + 1.0) + 1.0 / 12.0, 1)
}

/// A flood, and the encryption that it comes in.
pub(crate) fn of_flood(t: &Modulus, base: &Parameters, flood: Flood) -> Noise {
    let uniform = Noise::new((t.value() as f64).log2() + flood.log2_deviation(), 0);
    uniform.plus_independent(of_public_key_encryption(t, base))
}

/// Rounding errors in all polynomials of a ciphertext of a degree, in units of t: `r_0 + r_1 s + r_2 s^2 + ...`
pub(crate) fn of_rounding(t: &Modulus, base: &Parameters, degree: usize) -> Noise {
    let n = base.degree() as f64;
    let term = |k: usize| (1..=k).map(|i| i as f64 * n * SECRET_VARIANCE).product::<f64>();
    of_variance(t, (0..=degree).map(term).sum::<f64>() / 12.0, degree as u32)
}

/// What a plaintext adds: a rounding error in BFV, a multiple of t in BGV.
pub(crate) fn of_plaintext(t: &Modulus) -> Noise {
    of_variance(t, 1.0 / 4.0, 0)
}

/// Key switching at a level: that of keys, and rounding.
pub(crate) fn of_key_switching(t: &Modulus, base: &Parameters, level: usize) -> Noise {
    of_keys(t, base, level).plus_independent(of_rounding(t, base, 1))
}

/// Key switching before its division, in units of P: uniform digits times the key's noise.
pub(crate) fn of_keys(t: &Modulus, base: &Parameters, level: usize) -> Noise {
    let n = base.degree() as f64;
    let variance = base.level(level).digits.iter().map(|digit| {
        let primes = &base.data()[digit.primes.clone()];
        let log2: f64 = primes.iter().map(|plan| (plan.modulus().value() as f64).log2()).sum();
        n * (2.0 * (log2 - base.log_p())).exp2() / 12.0 * NOISE_SIGMA * NOISE_SIGMA
    });
    of_variance(t, variance.sum(), 0)
}
