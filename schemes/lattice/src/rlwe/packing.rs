//! Residues as bits without gaps.

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::Reader;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::Modulus;

/// Appends a limb: a byte for the width that its largest residue has, then all residues with that many bits each,
/// low bits first. The limb's length is a multiple of 64, so that the bits end with a byte.
pub fn put_limb(limb: &[u64], out: &mut Vec<u8>) {
    let all = limb.iter().fold(0, |all, residue| all | residue);
    let width = (u64::BITS - all.leading_zeros()).max(1);
    out.push(width as u8);
    out.reserve(limb.len() * width as usize / 8);
    let (mut word, mut filled) = (0u128, 0);
    for residue in limb {
        word |= u128::from(*residue) << filled;
        filled += width;
        if filled >= u64::BITS {
            out.extend((word as u64).to_le_bytes());
            word >>= u64::BITS;
            filled -= u64::BITS;
        }
    }
    out.extend(&(word as u64).to_le_bytes()[..filled.div_ceil(8) as usize]);
}

/// Reads a limb of `n` residues modulo `p`.
///
/// # Errors
/// [`Error::Wire`] for a width that residues modulo `p` have not, a residue that is none, or missing bytes.
pub fn take_limb(message: &'static str, p: &Modulus, n: usize, input: &mut Reader<'_>) -> Result<Buffer> {
    let (width, most) = (u32::from(input.u8()?), p.value().ilog2() + 1);
    if !(1..=most).contains(&width) {
        return Err(Error::wire(message, format!("residues of {width} bits, expected 1 to {most}")));
    }
    let bytes = input.bytes(n * width as usize / 8)?;
    let mut limb = Buffer::stale(n);
    let mask = (1u64 << width) - 1;
    let (mut word, mut filled) = (0u128, 0);
    let mut words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let mut largest = 0;
    for residue in limb.iter_mut() {
        if filled < width {
            word |= u128::from(words.next().unwrap_or_default()) << filled;
            filled += u64::BITS;
        }
        *residue = word as u64 & mask;
        largest = largest.max(*residue);
        word >>= width;
        filled -= width;
    }
    if largest >= p.value() {
        return Err(Error::wire(message, format!("{largest} is no residue modulo {}", p.value())));
    }
    Ok(limb)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn limbs_come_back(bits in 3u32..=50, seeds in proptest::collection::vec(any::<u64>(), 64)) {
            let p = Modulus::new((1 << (bits - 1)) + 1).unwrap();
            let limb: Vec<u64> = seeds.iter().map(|seed| seed % p.value()).collect();
            let mut bytes = Vec::new();
            put_limb(&limb, &mut bytes);
            prop_assert!(bytes.len() <= 1 + 8 * bits as usize);
            let mut input = Reader::new("limb", &bytes);
            prop_assert_eq!(&take_limb("limb", &p, 64, &mut input).unwrap()[..], &limb[..]);
            prop_assert_eq!(input.left(), 0);
        }
    }

    #[test]
    fn what_is_no_limb_is_refused() {
        let p = Modulus::new(97).unwrap();
        let take = |bytes: &[u8]| take_limb("limb", &p, 64, &mut Reader::new("limb", bytes)).map(|_| ());
        let mut bytes = Vec::new();
        put_limb(&[96; 64], &mut bytes);
        assert_eq!(take(&bytes), Ok(()));
        assert!(take(&bytes[..bytes.len() - 1]).is_err());
        put_limb(&[97; 64], &mut bytes);
        assert!(take(&bytes[bytes.len() / 2..]).unwrap_err().to_string().contains("97 is no residue modulo 97"));
        assert!(take(&[[0].as_slice(), &[0; 64]].concat()).is_err());
        assert!(take(&[[8].as_slice(), &[0; 64]].concat()).is_err());
    }
}
