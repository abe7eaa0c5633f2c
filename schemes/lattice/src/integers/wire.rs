//! Ciphertexts as bytes: their polynomials, predicted noise and correction factor. Keys and fresh ciphertexts travel as
//! those of [`crate::rlwe`], which they are made from on either side.

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::{Encode, Reader, Wire};

use super::ciphertext::Ciphertext;
use super::encryption::inverse;
use super::noise::Noise;
use super::parameters::Parameters;
use super::placement::Placement;
use crate::rlwe;

impl<P: Placement> Encode for Ciphertext<P> {
    const TAG: [u8; 4] = *b"ICTX";
    const NAME: &'static str = "ciphertext of integers";

    fn put(&self, out: &mut Vec<u8>) {
        self.inner.put(out);
        out.extend(self.noise.log2_deviation().to_le_bytes());
        out.push(self.noise.secret_power().min(u32::from(u8::MAX)) as u8);
        out.extend(self.correction.to_le_bytes());
    }
}

impl<P: Placement> Wire<Arc<Parameters<P>>> for Ciphertext<P> {
    fn take(params: &Arc<Parameters<P>>, input: &mut Reader<'_>) -> Result<Self> {
        let inner = rlwe::ciphertext::Ciphertext::take(params.rlwe(), input)?;
        let deviation = f64::from_bits(input.u64()?);
        if !deviation.is_finite() {
            return Err(Error::wire(Self::NAME, format!("a predicted noise of {deviation} bits")));
        }
        let noise = Noise::new(deviation, u32::from(input.u8()?));
        let (correction, t) = (input.u64()?, params.t());
        if correction >= t.value() || inverse(t, correction).is_err() {
            let reason = format!("a correction factor of {correction}, expected a unit below {}", t.value());
            return Err(Error::wire(Self::NAME, reason));
        }
        Ok(Ciphertext { params: Arc::clone(params), inner, noise, correction })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_core::wire::{Encode, Wire};

    use crate::bgv::{Bgv, Ciphertext};
    use crate::integers::parameters::Literal;
    use crate::integers::tests::Context;

    #[test]
    fn ciphertexts_come_back_and_malformed_ones_are_refused() {
        let literal = Literal { log_n: 6, moduli: vec![40, 40], special: vec![40], plaintext_modulus: 257 };
        let context = Context::<Bgv>::new(literal);
        let values = context.values(1);
        let mut ciphertext = context.encrypt(&values, 1);
        ciphertext.switch_modulus().unwrap();
        assert_ne!(ciphertext.correction(), 1);
        let bytes = ciphertext.to_bytes();
        let read = Ciphertext::from_bytes(&context.params, &bytes).unwrap();
        context.assert(&read, &values, "a ciphertext that was sent");
        assert_eq!(read.noise(), ciphertext.noise());
        for place in 0..bytes.len() {
            assert!(Ciphertext::from_bytes(&context.params, &bytes[..place]).is_err());
            for change in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[place] ^= change;
                // Refused, or another ciphertext: never a panic.
                if let Ok(read) = Ciphertext::from_bytes(&context.params, &changed) {
                    assert_ne!(read.to_bytes(), bytes, "byte {place}");
                }
            }
        }
        let mut zero = bytes;
        let end = zero.len();
        zero[end - 8..].fill(0);
        let refused = Ciphertext::from_bytes(&context.params, &zero).unwrap_err().to_string();
        assert!(refused.contains("a correction factor of 0"), "{refused}");
    }
}
