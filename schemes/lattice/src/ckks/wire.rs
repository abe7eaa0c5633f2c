//! Ciphertexts as bytes: their polynomials, scale and predicted error. Keys travel as those of [`crate::rlwe`].

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::{Encode, Reader, Wire};

use super::ciphertext::Ciphertext;
use super::encryption::SeededCiphertext;
use super::noise::Noise;
use super::parameters::Parameters;
use crate::rlwe;

fn put_reading(scale: f64, noise: Noise, out: &mut Vec<u8>) {
    [scale, noise.deviation, noise.bound].iter().for_each(|real| out.extend(real.to_le_bytes()));
}

/// A scale and a prediction; what is not finite or not positive is refused.
fn take_reading(message: &'static str, input: &mut Reader<'_>) -> Result<(f64, Noise)> {
    let mut real = |what: &str, least: f64| {
        let real = f64::from_bits(input.u64()?);
        match real.is_finite() && real >= least {
            true => Ok(real),
            false => Err(Error::wire(message, format!("a {what} of {real}, expected a positive number"))),
        }
    };
    let scale = real("scale", f64::MIN_POSITIVE)?;
    let (deviation, bound) = (real("deviation of the noise", 0.0)?, real("bound of the values", 0.0)?);
    Ok((scale, Noise { deviation, bound }))
}

impl Encode for Ciphertext {
    const TAG: [u8; 4] = *b"CCTX";
    const NAME: &'static str = "ciphertext of approximate numbers";

    fn put(&self, out: &mut Vec<u8>) {
        self.inner.put(out);
        put_reading(self.scale, self.noise, out);
    }
}

impl Wire<Parameters> for Ciphertext {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let inner = rlwe::ciphertext::Ciphertext::take(params.rlwe(), input)?;
        let (scale, noise) = take_reading(Self::NAME, input)?;
        Ok(Ciphertext { origin: params.origin().clone(), inner, scale, noise })
    }
}

impl Encode for SeededCiphertext {
    const TAG: [u8; 4] = *b"CSCT";
    const NAME: &'static str = "seeded ciphertext of approximate numbers";

    fn put(&self, out: &mut Vec<u8>) {
        self.inner.put(out);
        put_reading(self.scale, self.noise, out);
    }
}

impl Wire<Parameters> for SeededCiphertext {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let inner = rlwe::encryption::SeededCiphertext::take(params.rlwe(), input)?;
        let (scale, noise) = take_reading(Self::NAME, input)?;
        Ok(SeededCiphertext { origin: params.origin().clone(), inner, scale, noise })
    }
}
