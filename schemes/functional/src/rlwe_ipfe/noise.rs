//! How wide secrets and noises have to be: two rules, by name.
//!
//! Both proofs move one direction of the master key, along the difference x* of two messages, into an instance of
//! module-LWE, and then hide the message behind r, f_0 and f_i although l combinations of them leak: c_i less what is public
//! is `<e_i, r> - <s_i, f_0> - x*_i f' + f_i`, a hint on (r, f_0, f').

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::setting::MOST_DIMENSION;

/// Statistical distances stay below 2 to the minus this.
const STATISTICAL_BITS: f64 = 128.0;
/// The security parameter kappa of the conservative rule.
const KAPPA: f64 = 128.0;
/// The deviation of module-LWE under [`NoiseRule::HintMlwe`]: at least sqrt(2) times the smoothing parameter for 2^-128 and
/// up to 2^16 dimensions, sqrt(ln(2^17 (1 + 2^128)) / pi) / sqrt(pi) = 3.19.
const HINT_SIGMA: f64 = 3.2;
// Three secrets of one dimension each.
const _: () = assert!(3 * MOST_DIMENSION <= 1 << 16, "the deviation is for fewer dimensions");

/// Which conditions secrets and noises meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoiseRule {
    /// Those of the scheme's authors (PKC 2022, section 4, with kappa = 128): as their multi-hint extended RLWE reduces to RLWE
    /// of deviation sigma = 1, the one of their parameter sets.
    #[default]
    Conservative,
    /// Those of Kim, Lee, Seo and Song ("Toward Practical Lattice-Based Proof of Knowledge from Hint-MLWE", CRYPTO 2023,
    /// theorem 1), applied to this scheme by us: about 2^28 times less noise, but not reviewed.
    HintMlwe,
}

/// Standard deviations of everything that is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Widths {
    /// Secret and noise of the module-LWE instance that the proof ends at.
    pub sigma: f64,
    /// s_i and e_i: sigma_1.
    pub key: f64,
    /// r and f_0: sigma_2.
    pub randomness: f64,
    /// f_i: sigma_3.
    pub message: f64,
}

/// What the widths depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Numbers of a vector.
    pub length: f64,
    /// Largest number.
    pub input_max: f64,
    /// Coefficients of a ring element.
    pub degree: f64,
    /// Ring elements of a secret.
    pub rank: f64,
}

impl NoiseRule {
    /// The least deviations that the rule allows.
    pub fn widths(self, sizes: &Sizes) -> Widths {
        match self {
            NoiseRule::Conservative => conservative(sizes),
            NoiseRule::HintMlwe => hint_mlwe(sizes),
        }
    }

    /// The name used in experiments.
    pub fn name(self) -> &'static str {
        match self {
            NoiseRule::Conservative => "conservative",
            NoiseRule::HintMlwe => "hint_mlwe",
        }
    }
}

/// sigma_1 = sqrt(4 l) B_x sigma, sigma_2 = sqrt(2 (l + 2)) n sigma_1 sqrt(kappa) sigma and sigma_3 = sqrt(2) sigma_2, where over
/// modules the dimension takes the place of the degree n. We had no copy of the paper at hand: the conditions are as recalled,
/// compared with an independent implementation that states them (Java, `RLWEIPFEParams.generate`).
fn conservative(sizes: &Sizes) -> Widths {
    let sigma = 1.0;
    let key = (4.0 * sizes.length).sqrt() * sizes.input_max * sigma;
    let dimension = sizes.degree * sizes.rank;
    let randomness = (2.0 * (sizes.length + 2.0)).sqrt() * dimension * key * KAPPA.sqrt() * sigma;
    Widths { sigma, key, randomness, message: randomness * 2f64.sqrt() }
}

/// Two steps, each of which leaves module-LWE of deviation sigma:
/// * the key: of s_i = s_i' + x*_i s, s of deviation sigma, what is left of s given all s_i has variance
///   (1/sigma^2 + |x*|^2 / (sigma_1^2 - sigma^2 |x*|^2))^-1, at sigma_1 = sqrt(2) |x*| sigma half of sigma^2: sigma / sqrt(2) has to
///   exceed the smoothing parameter;
/// * the hints: 1/sigma^2 = 2 (1/sigma_2^2 + B/sigma_3^2), where B bounds the largest eigenvalue of the sum of c_i* c_i over the l
///   hints' coefficients c_i = (e_i, -s_i, -x*_i), in any of the n embeddings. Of e_i and s_i, l by 2 d complex Gaussians of variance
///   n sigma_1^2, the largest singular value is at most sqrt(l) + sqrt(2 d) + t times their deviation but with probability e^(-t^2)
///   (Davidson and Szarek, 2001, theorem II.13). With sigma_2 = 4 sigma, sigma_3 = 4 sigma sqrt(B / 7).
fn hint_mlwe(sizes: &Sizes) -> Widths {
    let sigma = HINT_SIGMA;
    let difference = sizes.length.sqrt() * sizes.input_max;
    let key = 2f64.sqrt() * difference * sigma;
    let tail = ((STATISTICAL_BITS + sizes.degree.log2()) * std::f64::consts::LN_2).sqrt();
    let singular = (sizes.length.sqrt() + (2.0 * sizes.rank).sqrt() + tail) * sizes.degree.sqrt() * key;
    let bound = singular * singular + difference * difference;
    Widths { sigma, key, randomness: 4.0 * sigma, message: 4.0 * sigma * (bound / 7.0).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::{HINT_SIGMA, NoiseRule, STATISTICAL_BITS, Sizes};

    const DENSE: Sizes = Sizes { length: 784.0, input_max: 255.0, degree: 1024.0, rank: 4.0 };

    #[test]
    fn the_deviation_of_hint_mlwe_meets_its_condition() {
        let smoothing = ((2f64.powi(17) * (1.0 + STATISTICAL_BITS.exp2())).ln() / std::f64::consts::PI).sqrt();
        assert!(HINT_SIGMA >= 2f64.sqrt() * smoothing / (2.0 * std::f64::consts::PI).sqrt());
    }

    #[test]
    fn hints_take_half_of_what_the_conditions_allow_at_most() {
        let widths = NoiseRule::HintMlwe.widths(&DENSE);
        let singular = widths.message / widths.randomness * 7f64.sqrt();
        let left = 2.0 * (widths.randomness.powi(-2) + (singular / widths.message).powi(2));
        assert!((left - widths.sigma.powi(-2)).abs() < 1e-9);
        assert!(widths.key > 2f64.sqrt() * 28.0 * 255.0 * widths.sigma * 0.999);
    }

    #[test]
    fn rules_differ_by_their_noise() {
        let (wide, narrow) = (NoiseRule::Conservative.widths(&DENSE), NoiseRule::HintMlwe.widths(&DENSE));
        assert!((34.0..35.0).contains(&wide.randomness.log2()) && wide.key == 14_280.0 && wide.sigma == 1.0);
        assert!(narrow.randomness < 13.0 && narrow.message.log2() < 29.0);
    }
}
