//! What is encoded.

use crate::ckks::complex::Complex;
use crate::error::{Error, Result};

/// Values for the first slots.
#[derive(Clone, Copy)]
pub enum Values<'v> {
    /// Real numbers.
    Real(&'v [f64]),
    /// Complex numbers.
    Complex(&'v [Complex]),
}

impl Values<'_> {
    /// How many there are.
    pub fn count(self) -> usize {
        match self {
            Values::Real(values) => values.len(),
            Values::Complex(values) => values.len(),
        }
    }

    /// Writes the values times `scale` as real and imaginary parts; gives the largest magnitude of the values. A ring of
    /// real slots has no room for imaginary parts.
    ///
    /// # Errors
    /// [`Error::Value`] for what is not finite, or not real where it has to be.
    pub fn scaled(self, scale: f64, re: &mut [f64], im: &mut [f64]) -> Result<f64> {
        match self {
            Values::Real(values) => {
                re.iter_mut().zip(values).for_each(|(re, value)| *re = value * scale);
                let finite = |value: &f64| value.is_finite();
                require(values, finite, "is not finite: take numbers")?;
                Ok(values.iter().fold(0.0, |largest, value| largest.max(value.abs())))
            }
            Values::Complex(values) => {
                require(values, |value| value.is_finite(), "is not finite: take numbers")?;
                re.iter_mut().zip(values).for_each(|(re, value)| *re = value.re * scale);
                if im.is_empty() {
                    let real = "is not real: the conjugate-invariant ring holds real numbers alone";
                    require(values, |value| value.im == 0.0, real)?;
                }
                im.iter_mut().zip(values).for_each(|(im, value)| *im = value.im * scale);
                Ok(values.iter().fold(0.0, |largest, value| largest.max(value.magnitude())))
            }
        }
    }
}

fn require<T: std::fmt::Display>(values: &[T], holds: impl Fn(&T) -> bool, reason: &str) -> Result<()> {
    match values.iter().enumerate().find(|(_, value)| !holds(value)) {
        Some((place, value)) => Err(Error::Value { place, value: value.to_string(), reason: reason.into() }),
        None => Ok(()),
    }
}
