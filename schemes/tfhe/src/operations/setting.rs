//! What operations are done on, and how far their results may be off.

use std::ops::RangeInclusive;

use blindbench_core::error::{Error, Result};
use tfhe::core_crypto::prelude::{CiphertextModulus, LweCiphertext, decrypt_lwe_ciphertext};

use crate::encoding::Encoding;
use crate::keys::SecretKey;
use crate::noise::{Noise, deviations};
use crate::parameters::Parameters;

/// log2 of the probability that some result of an operation is off by more than stated.
const FAILURE_LOG2: f64 = -40.0;

/// Parameters, and how numbers lie on the torus under them.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The parameters.
    pub parameters: Parameters,
    /// Bits of an answer's coefficients.
    pub answer_bits: u32,
    /// How hidden values and scores lie on the torus; scores are the function's values, up to 1.
    pub encoding: Encoding,
    /// Pixels and sums count modulo this; [`Encoding::step`] times it is the torus.
    pub modulus: u32,
    /// The hidden values that are bootstrapped.
    pub values: RangeInclusive<i64>,
    /// What a bootstrap makes of a hidden value.
    pub function: fn(i64) -> f64,
    /// Whether results count as the integers that they decode to.
    pub decoding: Decoding,
}

/// What becomes of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoding {
    /// It stays.
    None,
    /// It is rounded away.
    ToIntegers,
}

impl Setting {
    /// The largest error of a result, as a share of the torus, that comes with a probability above `2^-40`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where that error would make an exact result wrong.
    pub fn error_bound(&self) -> Result<f64> {
        let noise = Noise::new(&self.parameters, self.answer_bits);
        let inputs = self.parameters.lwe_dimension() as f64;
        let tail = deviations(FAILURE_LOG2 - inputs.log2());
        let sum = tail * (noise.fresh * inputs).sqrt();
        let hidden = tail * (noise.fresh + noise.modulus_switch).sqrt();
        let output = tail * (noise.bootstrap + noise.truncation).sqrt();
        match self.decoding {
            // A sine is no steeper than 2 pi a turn.
            Decoding::None => {
                let slope = std::f64::consts::TAU * self.encoding.score_unit();
                Ok(sum.max((slope * hidden).hypot(output)))
            }
            Decoding::ToIntegers => {
                let half_step = f64::from(self.encoding.step) / 33f64.exp2();
                self.fits("a sum", sum, half_step)?;
                self.fits("a value before the bootstrap", hidden, self.encoding.sign_margin())?;
                self.fits("a bootstrap's result", output, self.encoding.score_unit() / 2.0)?;
                Ok(0.0)
            }
        }
    }

    fn fits(&self, what: &str, error: f64, margin: f64) -> Result<()> {
        if error < margin {
            return Ok(());
        }
        Err(Error::Unsupported(format!(
            "{what} would be off by 2^{:.1} of the torus, less than 2^{:.1} is exact, under {}; take less noise or a \
             larger polynomial_size",
            error.log2(),
            margin.log2(),
            self.parameters
        )))
    }

    /// Largest error of LWE ciphertexts under the input key, which should hold these numbers.
    pub(super) fn error_of_sums(&self, key: &SecretKey, ciphertexts: &[u32], expected: &[i64]) -> f64 {
        let (key, width, step) = (key.input_lwe(), self.parameters.lwe_dimension() + 1, self.encoding.step);
        let off = |(lwe, expected): (&[u32], &i64)| {
            let lwe = LweCiphertext::from_container(lwe, CiphertextModulus::new_native());
            let off = decrypt_lwe_ciphertext(&key, &lwe).0.wrapping_sub((*expected as u32).wrapping_mul(step)) as i32;
            let wrong = self.decoding == Decoding::None || off.unsigned_abs() >= step / 2;
            if wrong { f64::from(off.unsigned_abs()) / 32f64.exp2() } else { 0.0 }
        };
        largest(ciphertexts.chunks_exact(width).zip(expected).map(off), ciphertexts.len() / width, expected.len())
    }

    /// Largest error of the points that bootstraps of these hidden values should lie at.
    pub(super) fn error_of_scores(&self, phases: &[u64], hidden: &[i64]) -> f64 {
        let unit = self.encoding.score_unit();
        let off = |(&phase, &hidden): (&u64, &i64)| {
            let value = (self.function)(hidden);
            let right = self.decoding == Decoding::ToIntegers && self.encoding.integer_score(phase) == value as i128;
            if right { 0.0 } else { (self.encoding.score(phase) - value).abs() * unit }
        };
        largest(phases.iter().zip(hidden).map(off), phases.len(), hidden.len())
    }
}

/// The largest error; infinite where results are missing.
fn largest(errors: impl Iterator<Item = f64>, found: usize, expected: usize) -> f64 {
    if found == expected { errors.fold(0.0, f64::max) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::Setting;
    use crate::approximate::{self, Approximate};
    use crate::exact::{self, Exact};
    use crate::presets;
    use crate::semantics::Semantics;

    fn sine() -> Setting {
        Approximate::setting(&approximate::Params::default()).unwrap()
    }

    fn sign() -> Setting {
        Exact::setting(&exact::Params::default()).unwrap()
    }

    #[test]
    fn presets_carry_the_operations() {
        let bound = sine().error_bound().unwrap();
        assert!((0.01..0.1).contains(&bound), "{bound}");
        assert_eq!(sign().error_bound().unwrap(), 0.0);
        for literal in presets::EXACT {
            let setting = Exact::setting(&exact::Params { parameters: Some(literal) }).unwrap();
            assert_eq!(setting.error_bound().unwrap(), 0.0);
        }
    }

    #[test]
    fn parameters_that_would_round_wrongly_are_refused() {
        let mut literal = presets::EXACT[0];
        literal.input_log2_sigma = -8.0;
        let setting = Exact::setting(&exact::Params { parameters: Some(literal) }).unwrap();
        let message = setting.error_bound().unwrap_err().to_string();
        assert!(message.contains("a sum would be off"), "{message}");
    }

    #[test]
    fn wrong_and_missing_results_are_seen() {
        for setting in [sine(), sign()] {
            let hidden: Vec<i64> = setting.values.clone().collect();
            let at = |value: i64| (((setting.function)(value) * setting.encoding.amplitude as f64) as i64) as u64;
            let phases: Vec<u64> = hidden.iter().map(|&value| at(value)).collect();
            assert!(setting.error_of_scores(&phases, &hidden) < 1e-9);
            let negative: Vec<u64> = phases.iter().map(|phase| phase.wrapping_neg()).collect();
            assert!(setting.error_of_scores(&negative, &hidden) > 0.3);
            assert_eq!(setting.error_of_scores(&phases[1..], &hidden), f64::INFINITY);
        }
    }
}
