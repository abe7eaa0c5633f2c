//! Errors as they are, beside those that were predicted.

use super::ciphertext::Ciphertext;
use super::complex::Complex;
use super::encoder::Encoder;
use super::encryption::decrypt;
use crate::error::{Error, Result};
use crate::rlwe::secret_key::SecretKey;

/// A ciphertext's error, measured with the secret key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// Largest magnitude of the error in the slots.
    pub largest: f64,
    /// Mean of the error's magnitude.
    pub mean: f64,
    /// What the largest was predicted to stay below.
    pub predicted: f64,
}

impl Precision {
    /// Measured precision in bits: -log2 of the largest error.
    pub fn bits(&self) -> f64 {
        -self.largest.log2()
    }

    /// Predicted precision in bits.
    pub fn predicted_bits(&self) -> f64 {
        -self.predicted.log2()
    }
}

/// Decrypts a ciphertext and compares all of its slots with exact values; slots beyond these should be 0.
///
/// Errors depend on the secret key: what this returns stays with the key holder.
///
/// # Errors
/// [`Error::Slots`] for more values than slots, [`Error::Parameters`].
pub fn measure(
    encoder: &Encoder<'_>,
    secret: &SecretKey,
    ciphertext: &Ciphertext,
    exact: &[Complex],
) -> Result<Precision> {
    let params = encoder.params();
    if exact.len() > params.slots() {
        return Err(Error::Slots { given: exact.len(), slots: params.slots() });
    }
    let decoded = encoder.decode_complex(&decrypt(params, secret, ciphertext)?)?;
    let expected = exact.iter().copied().chain(std::iter::repeat(Complex::default()));
    let errors = decoded.iter().zip(expected).map(|(value, exact)| (*value - exact).magnitude());
    let (largest, sum) = errors.fold((0.0f64, 0.0), |(largest, sum), error| (largest.max(error), sum + error));
    let predicted = ciphertext.noise.slot_error(ciphertext.scale, params);
    Ok(Precision { largest, mean: sum / decoded.len() as f64, predicted })
}
