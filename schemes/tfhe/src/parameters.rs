//! Parameters: literal as an experiment states them, then checked once; holding [`Parameters`] is the proof.

use blindbench_core::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tfhe::core_crypto::prelude as core_crypto;
use tfhe::core_crypto::prelude::{
    CiphertextModulus, DecompositionBaseLog, DecompositionLevelCount, GlweDimension, GlweSize, LweDimension,
    PolynomialSize,
};

/// TFHE parameters, unchecked. Standard deviations are log2 of a share of the torus; secret keys are binary.
///
/// The image is encrypted on a torus of 32 bits, in GLWE ciphertexts whose flattened key is the key
/// that the bootstrap takes its inputs under; bootstraps answer on a torus of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Literal {
    /// Polynomials of the input key.
    pub input_glwe_dimension: usize,
    /// Degree of the input key's polynomials, a power of two.
    pub input_polynomial_size: usize,
    /// log2 of the standard deviation of an encrypted pixel's noise.
    pub input_log2_sigma: f64,
    /// Polynomials of the key that bootstraps answer under.
    pub glwe_dimension: usize,
    /// Degree of the polynomials that bootstraps work on, a power of two.
    pub polynomial_size: usize,
    /// log2 of the standard deviation of the bootstrapping key's noise.
    pub log2_sigma: f64,
    /// Bits of a digit in the external product's decomposition.
    pub decomposition_base_log: usize,
    /// Number of digits.
    pub decomposition_level_count: usize,
}

/// Checked parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters(Literal);

/// Largest dimension of either key: keeps hostile sizes from allocating.
const MAX_DIMENSION: usize = 1 << 13;

impl TryFrom<Literal> for Parameters {
    type Error = Error;

    fn try_from(literal: Literal) -> Result<Self> {
        let Literal { input_glwe_dimension, input_polynomial_size, glwe_dimension, polynomial_size, .. } = literal;
        dimension("input_glwe_dimension x input_polynomial_size", input_glwe_dimension, input_polynomial_size, 2)?;
        dimension("glwe_dimension x polynomial_size", glwe_dimension, polynomial_size, 32)?;
        for (name, sigma) in [("input_log2_sigma", literal.input_log2_sigma), ("log2_sigma", literal.log2_sigma)] {
            if !(-62.0..=-1.0).contains(&sigma) {
                return Err(refuse(format!("{name} is {sigma}, expected -62 to -1")));
            }
        }
        let (base_log, levels) = (literal.decomposition_base_log, literal.decomposition_level_count);
        // Wider digits would leave a double's significand no room for the products' sums.
        if !(1..=30).contains(&base_log) || levels == 0 || base_log.saturating_mul(levels) > 52 {
            return Err(refuse(format!(
                "{levels} digits of {base_log} bits, expected digits of 1 to 30 bits, at least one, and at most 52 bits in all"
            )));
        }
        Ok(Parameters(literal))
    }
}

fn refuse(reason: String) -> Error {
    Error::Unsupported(format!("TFHE parameters: {reason}"))
}

fn dimension(name: &str, polynomials: usize, degree: usize, least: usize) -> Result<()> {
    let total = polynomials.saturating_mul(degree);
    if !degree.is_power_of_two() || degree < least || total == 0 || total > MAX_DIMENSION {
        return Err(refuse(format!(
            "{name} is {polynomials} x {degree}, expected a power of two of at least {least} and at most \
             {MAX_DIMENSION} in all"
        )));
    }
    Ok(())
}

impl Parameters {
    /// The literal that was checked.
    pub fn literal(&self) -> &Literal {
        &self.0
    }

    /// LWE dimension `n` of the image and of the bootstrap's input.
    pub fn lwe_dimension(&self) -> usize {
        self.0.input_glwe_dimension * self.0.input_polynomial_size
    }

    /// LWE dimension `k N` of the bootstrap's output.
    pub fn output_dimension(&self) -> usize {
        self.0.glwe_dimension * self.0.polynomial_size
    }

    /// Degree `N` of the polynomials that bootstraps work on.
    pub fn polynomial_size(&self) -> usize {
        self.0.polynomial_size
    }

    /// Coefficients of a seeded GGSW ciphertext: its mask polynomials come from the seed.
    pub fn seeded_ggsw_size(&self) -> usize {
        (self.0.glwe_dimension + 1) * self.0.decomposition_level_count * self.0.polynomial_size
    }

    /// Standard deviation of a fresh ciphertext under the input key, as a share of the torus.
    pub fn input_sigma(&self) -> f64 {
        self.0.input_log2_sigma.exp2()
    }

    /// Standard deviation of the bootstrapping key, as a share of the torus.
    pub fn sigma(&self) -> f64 {
        self.0.log2_sigma.exp2()
    }

    pub(crate) fn input(&self) -> InputShape {
        InputShape {
            dimension: GlweDimension(self.0.input_glwe_dimension),
            size: GlweDimension(self.0.input_glwe_dimension).to_glwe_size(),
            polynomial: PolynomialSize(self.0.input_polynomial_size),
            lwe: LweDimension(self.lwe_dimension()),
            modulus: CiphertextModulus::new_native(),
            noise: gaussian(self.input_sigma()),
        }
    }

    pub(crate) fn output(&self) -> OutputShape {
        OutputShape {
            dimension: GlweDimension(self.0.glwe_dimension),
            size: GlweDimension(self.0.glwe_dimension).to_glwe_size(),
            polynomial: PolynomialSize(self.0.polynomial_size),
            lwe: LweDimension(self.output_dimension()),
            base_log: DecompositionBaseLog(self.0.decomposition_base_log),
            levels: DecompositionLevelCount(self.0.decomposition_level_count),
            modulus: CiphertextModulus::new_native(),
            noise: gaussian(self.sigma()),
        }
    }
}

fn gaussian(sigma: f64) -> core_crypto::Gaussian<f64> {
    core_crypto::Gaussian::from_dispersion_parameter(core_crypto::StandardDev(sigma), 0.0)
}

/// The input side in the types of `core_crypto`.
pub(crate) struct InputShape {
    pub(crate) dimension: GlweDimension,
    pub(crate) size: GlweSize,
    pub(crate) polynomial: PolynomialSize,
    pub(crate) lwe: LweDimension,
    pub(crate) modulus: CiphertextModulus<u32>,
    pub(crate) noise: core_crypto::Gaussian<f64>,
}

/// The output side in the types of `core_crypto`.
pub(crate) struct OutputShape {
    pub(crate) dimension: GlweDimension,
    pub(crate) size: GlweSize,
    pub(crate) polynomial: PolynomialSize,
    pub(crate) lwe: LweDimension,
    pub(crate) base_log: DecompositionBaseLog,
    pub(crate) levels: DecompositionLevelCount,
    pub(crate) modulus: CiphertextModulus<u64>,
    pub(crate) noise: core_crypto::Gaussian<f64>,
}

impl std::fmt::Display for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let l = &self.0;
        write!(
            f,
            "n={} sigma=2^{} (GLWE {}x{}, q=2^32); k={} N={} sigma=2^{} B=2^{} l={} (q=2^64); binary keys",
            self.lwe_dimension(),
            l.input_log2_sigma,
            l.input_glwe_dimension,
            l.input_polynomial_size,
            l.glwe_dimension,
            l.polynomial_size,
            l.log2_sigma,
            l.decomposition_base_log,
            l.decomposition_level_count,
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::Parameters;
    use crate::presets;

    #[test]
    fn presets_pass_and_broken_literals_do_not() {
        let good = presets::APPROXIMATE;
        let parameters = Parameters::try_from(good).unwrap();
        assert_eq!((parameters.lwe_dimension(), parameters.output_dimension()), (576, 2048));
        let mut cases = [good; 6];
        cases[0].polynomial_size = 500;
        cases[1].input_glwe_dimension = 0;
        cases[2].log2_sigma = f64::NAN;
        cases[3].decomposition_base_log = 60;
        cases[4].glwe_dimension = usize::MAX;
        cases[5].input_log2_sigma = 0.0;
        for (index, case) in cases.into_iter().enumerate() {
            assert!(Parameters::try_from(case).is_err(), "case {index}");
        }
    }
}
