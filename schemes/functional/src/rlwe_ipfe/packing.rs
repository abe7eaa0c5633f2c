//! Numbers of a few bits each, side by side, the lowest bit first.

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::Reader;

/// Bytes that so many numbers of a width take.
fn bytes(count: usize, width: u32) -> Option<usize> {
    count.checked_mul(width as usize).map(|bits| bits.div_ceil(8))
}

/// Appends numbers of up to 64 bits; the last byte is filled up with zeros.
pub(super) fn pack(numbers: impl IntoIterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let (mut held, mut bits) = (0u128, 0);
    for number in numbers {
        held |= u128::from(number) << bits;
        bits += width;
        while bits >= 8 {
            out.push(held as u8);
            held >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(held as u8);
    }
}

/// Reads what [`pack`] wrote into `out`, one number after the other, each below `bound`.
pub(super) fn unpack(
    message: &'static str,
    input: &mut Reader<'_>,
    width: u32,
    bound: u64,
    out: &mut [u64],
) -> Result<()> {
    let too_many = || Error::wire(message, format!("{} numbers of {width} bits", out.len()));
    let packed = input.bytes(bytes(out.len(), width).ok_or_else(too_many)?)?;
    let mut packed = packed.iter();
    let (mut held, mut bits) = (0u128, 0);
    let mask = u64::MAX >> (u64::BITS - width);
    for number in out.iter_mut() {
        while bits < width {
            held |= u128::from(packed.next().copied().unwrap_or(0)) << bits;
            bits += 8;
        }
        *number = held as u64 & mask;
        held >>= width;
        bits -= width;
        if *number >= bound {
            return Err(Error::wire(message, format!("holds {number}, expected less than {bound}")));
        }
    }
    if held != 0 { Err(Error::wire(message, "bits beyond the last number")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_core::wire::Reader;
    use proptest::prelude::*;

    use super::{pack, unpack};

    proptest! {
        #[test]
        fn what_is_packed_comes_back(numbers in prop::collection::vec(any::<u64>(), 0..50), width in 1u32..=63) {
            let numbers: Vec<u64> = numbers.into_iter().map(|x| x >> (64 - width)).collect();
            let mut bytes = Vec::new();
            pack(numbers.iter().copied(), width, &mut bytes);
            prop_assert_eq!(bytes.len(), (numbers.len() * width as usize).div_ceil(8));
            let mut out = vec![0; numbers.len()];
            let mut input = Reader::new("test", &bytes);
            unpack("test", &mut input, width, 1 << width, &mut out).unwrap();
            prop_assert_eq!((out, input.left()), (numbers.clone(), 0));
            if let Some(most) = numbers.iter().max().filter(|most| **most > 0) {
                let mut out = vec![0; numbers.len()];
                prop_assert!(unpack("test", &mut Reader::new("test", &bytes), width, *most, &mut out).is_err());
            }
        }
    }

    #[test]
    fn filled_up_bits_are_zero_and_counts_do_not_overflow() {
        let mut out = [0];
        assert!(unpack("test", &mut Reader::new("test", &[0b1001]), 3, 8, &mut out).is_err());
        assert!(unpack("test", &mut Reader::new("test", &[0b0001]), 3, 8, &mut out).is_ok());
        assert!(unpack("test", &mut Reader::new("test", &[]), 3, 8, &mut out).is_err());
    }
}
