//! Noise: variances as shares of the torus, and the tails that follow from them.
//!
//! Each step's noise is taken as Gaussian, independent between bootstraps: the usual heuristic
//! (Chillotti, Gama, Georgieva, Izabachène, "TFHE: Fast Fully Homomorphic Encryption over the Torus",
//! J. Cryptology 33, 2020, sections 3 and 4). The tests hold the formulas against measured noise.

use crate::parameters::Parameters;

/// Bits of a double's significand: what the Fourier domain keeps of 64.
const SIGNIFICAND_BITS: f64 = 53.0;

/// Variances of the steps of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Of a freshly encrypted pixel.
    pub fresh: f64,
    /// That the modulus switch before a bootstrap adds, rounding of the body included.
    pub modulus_switch: f64,
    /// Of a bootstrap's output.
    pub bootstrap: f64,
    /// That cutting an answer down to its top bits adds.
    pub truncation: f64,
}

impl Noise {
    /// The noise of parameters whose answers keep `answer_bits` bits a coefficient.
    pub fn new(parameters: &Parameters, answer_bits: u32) -> Self {
        Noise {
            fresh: parameters.input_sigma().powi(2),
            modulus_switch: rounding(parameters.lwe_dimension(), (2.0 * parameters.polynomial_size() as f64).recip()),
            bootstrap: bootstrap(parameters),
            truncation: if answer_bits >= u64::BITS {
                0.0
            } else {
                rounding(parameters.output_dimension(), (-f64::from(answer_bits)).exp2())
            },
        }
    }
}

/// Variance of rounding an LWE ciphertext's coefficients to multiples of `step` under a binary key,
/// where the mean error, half of the mask's rounding errors, is taken off the body beforehand.
///
/// Each mask error is uniform of variance `step^2 / 12` and meets `s - 1/2`, whose square is 1/4
/// whatever the key; the body's error comes on top.
fn rounding(dimension: usize, step: f64) -> f64 {
    step * step * (dimension as f64 / 48.0 + 1.0 / 12.0)
}

/// Variance of a bootstrap's output: `n` external products with the key's noise, the decomposition's
/// rounding and the Fourier transform's.
///
/// As in `tfhe::core_crypto::commons::noise_formulas::lwe_programmable_bootstrap`, with the key's own
/// noise in place of the least secure one.
fn bootstrap(parameters: &Parameters) -> f64 {
    let literal = parameters.literal();
    let (k, size) = (literal.glwe_dimension as f64, literal.polynomial_size as f64);
    let levels = literal.decomposition_level_count as f64;
    let base = (literal.decomposition_base_log as f64).exp2();
    let modulus = 64.0f64.exp2();
    let lost_bits = 64.0 - SIGNIFICAND_BITS;
    let fourier = 0.00705
        * (2.0 * lost_bits + 2.0 * base.log2() - 2.0 * 64.0).exp2()
        * levels.powf(1.01827)
        * k.powf(1.22003)
        * size.powf(2.22003)
        * (k + 1.0).powf(1.01827);
    let key = levels * size * parameters.sigma().powi(2) * (base * base / 12.0 + 1.0 / 6.0) * (k + 1.0);
    let rounding = (base.powf(-2.0 * levels) - modulus.powi(-2)) / 24.0;
    let decomposition = rounding + k * size / 2.0 * (base.powf(-2.0 * levels) / 24.0 + modulus.powi(-2) / 48.0);
    parameters.lwe_dimension() as f64 * (fourier + key + decomposition)
}

/// An upper bound of log2 P(|X| > `deviations` sigma) for a Gaussian X, by Mills' ratio:
/// `P <= sqrt(2 / pi) exp(-t^2 / 2) / t`. At most 0.
pub fn tail_log2(deviations: f64) -> f64 {
    if deviations <= 0.0 {
        return 0.0;
    }
    let log = (std::f64::consts::FRAC_2_PI.sqrt() / deviations).ln() - deviations * deviations / 2.0;
    (log * std::f64::consts::LOG2_E).min(0.0)
}

/// How many deviations a Gaussian leaves with probability at most `2^log2`.
pub fn deviations(log2: f64) -> f64 {
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if tail_log2(middle) > log2 { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tfhe::core_crypto::commons::noise_formulas::lwe_programmable_bootstrap::pbs_variance_132_bits_security_gaussian_fft_mul;
    use tfhe::core_crypto::prelude::{
        DecompositionBaseLog, DecompositionLevelCount, GlweDimension, LweDimension, PolynomialSize,
    };

    use super::{Noise, deviations, tail_log2};
    use crate::parameters::Parameters;
    use crate::presets;

    #[test]
    fn bootstrap_formula_equals_the_tfhe_crates() {
        let parameters = Parameters::try_from(presets::APPROXIMATE).unwrap();
        let library = pbs_variance_132_bits_security_gaussian_fft_mul(
            LweDimension(576),
            GlweDimension(4),
            PolynomialSize(512),
            DecompositionBaseLog(23),
            DecompositionLevelCount(1),
            53.0,
            64f64.exp2(),
        );
        // The library takes the secure curve's sigma, 2^-48.32, for the rounded 2^-48.3.
        let ratio = Noise::new(&parameters, 64).bootstrap / library.0;
        assert!((1.0..=1.03).contains(&ratio), "{ratio}");
    }

    #[test]
    fn tails_bound_known_values() {
        // P(|X| > t): 0.0455003 at 2, 5.7330e-7 at 5, from tables of the normal distribution.
        for (t, p) in [(2.0, 0.045_500_3f64), (5.0, 5.7330e-7)] {
            let bound = tail_log2(t);
            assert!(bound >= p.log2() && bound < p.log2() + 0.3, "{t}: {bound} against {}", p.log2());
        }
        assert!((deviations(-40.0) - 7.1436).abs() < 0.02);
        assert!((tail_log2(deviations(-40.0)) + 40.0).abs() < 1e-6);
    }
}
