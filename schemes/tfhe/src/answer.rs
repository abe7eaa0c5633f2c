//! Answers: one LWE ciphertext a score, each coefficient cut down to its top bits and packed.

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::Reader;
use tfhe::core_crypto::prelude::{CiphertextModulus, LweCiphertext, decrypt_lwe_ciphertext};

use crate::keys::SecretKey;
use crate::rounding::{centering_u64, top_bits};

/// The scores of a query, encrypted; `width` coefficients of `bits` bits a score, body last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    coefficients: Vec<u64>,
    width: usize,
    bits: u32,
}

impl Answer {
    /// Cuts LWE ciphertexts of `width` coefficients down to `bits` bits a coefficient.
    pub fn truncate(mut ciphertexts: Vec<u64>, width: usize, bits: u32) -> Self {
        for lwe in ciphertexts.chunks_exact_mut(width.max(1)) {
            if let Some((body, mask)) = lwe.split_last_mut() {
                *body = body.wrapping_add(centering_u64(mask, bits));
            }
            lwe.iter_mut().for_each(|x| *x = top_bits(*x, bits));
        }
        Answer { coefficients: ciphertexts, width, bits }
    }

    /// The point of the torus of 64 bits that each score lies at, noise included.
    pub fn phases(&self, key: &SecretKey) -> Vec<u64> {
        let key = key.output_lwe();
        let shift = u64::BITS - self.bits;
        self.coefficients
            .chunks_exact(self.width)
            .map(|lwe| {
                let lwe: Vec<u64> = lwe.iter().map(|x| x << shift).collect();
                decrypt_lwe_ciphertext(&key, &LweCiphertext::from_container(lwe, CiphertextModulus::new_native())).0
            })
            .collect()
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend(((self.coefficients.len() / self.width) as u64).to_le_bytes());
        pack(&self.coefficients, self.bits, out);
    }

    /// Reads an answer of at most `most` scores, a whole number of `classes`.
    pub(crate) fn take(
        message: &'static str,
        (width, bits): (usize, u32),
        (classes, most): (usize, usize),
        input: &mut Reader<'_>,
    ) -> Result<Self> {
        let scores = input.count(width * bits as usize / 8)?;
        if scores == 0 || scores > most || !scores.is_multiple_of(classes) {
            let reason = format!("{scores} scores, expected a multiple of {classes} up to {most}");
            return Err(Error::wire(message, reason));
        }
        let count = scores * width;
        let bytes = input.bytes((count * bits as usize).div_ceil(8))?;
        let coefficients = unpack(bytes, bits, count)
            .ok_or_else(|| Error::wire(message, "the last byte's unused bits are not zero"))?;
        Ok(Answer { coefficients, width, bits })
    }
}

/// Appends numbers below `2^bits`, least significant bit first.
fn pack(values: &[u64], bits: u32, out: &mut Vec<u8>) {
    let (mut pending, mut held) = (0u128, 0);
    for &value in values {
        pending |= u128::from(value) << held;
        held += bits;
        while held >= 8 {
            out.push(pending as u8);
            pending >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(pending as u8);
    }
}

/// Reads `count` numbers of `bits` bits; none where the bytes are too short or what is left is not zero.
fn unpack(bytes: &[u8], bits: u32, count: usize) -> Option<Vec<u64>> {
    let (mut pending, mut held, mut bytes) = (0u128, 0, bytes.iter());
    let mask = u128::from(u64::MAX >> (64 - bits));
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        while held < bits {
            pending |= u128::from(*bytes.next()?) << held;
            held += 8;
        }
        values.push((pending & mask) as u64);
        pending >>= bits;
        held -= bits;
    }
    (pending == 0 && bytes.next().is_none()).then_some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{pack, unpack};

    proptest! {
        #[test]
        fn packing_round_trips(bits in 1u32..=64, values in proptest::collection::vec(any::<u64>(), 1..40)) {
            let values: Vec<u64> = values.into_iter().map(|x| x >> (64 - bits)).collect();
            let mut bytes = Vec::new();
            pack(&values, bits, &mut bytes);
            prop_assert_eq!(bytes.len(), (values.len() * bits as usize).div_ceil(8));
            prop_assert_eq!(unpack(&bytes, bits, values.len()), Some(values.clone()));
            prop_assert_eq!(unpack(&bytes[..bytes.len() - 1], bits, values.len()), None);
        }
    }

    #[test]
    fn padding_must_be_zero() {
        assert_eq!(unpack(&[0b0000_0101], 3, 1), Some(vec![5]));
        assert_eq!(unpack(&[0b0001_0101], 3, 1), None);
    }
}
