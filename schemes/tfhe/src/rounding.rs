//! Rounding an LWE ciphertext's coefficients without a bias.

/// Rounds to the top `bits` of 64, half up, as a number below `2^bits`; wraps at the torus's end.
pub(crate) fn top_bits(x: u64, bits: u32) -> u64 {
    match bits {
        64.. => x,
        0 => 0,
        _ => (x >> (64 - bits - 1)).wrapping_add(1) >> 1 & (u64::MAX >> (64 - bits)),
    }
}

/// What to add to the body of an LWE ciphertext on 32 bits before a modulus switch to `2^bits`, for
/// the noise to be centred: half of the sum of the mask's rounding errors, their mean under a binary key.
pub(crate) fn centering_u32(mask: &[u32], bits: u32) -> u32 {
    let sum: i64 = mask.iter().map(|&a| i64::from(error_u32(a, bits))).sum();
    (sum / 2) as u32
}

/// As [`centering_u32`], on 64 bits.
pub(crate) fn centering_u64(mask: &[u64], bits: u32) -> u64 {
    if bits >= 64 {
        return 0;
    }
    let error = |a: u64| i128::from((top_bits(a, bits) << (64 - bits)).wrapping_sub(a) as i64);
    (mask.iter().map(|&a| error(a)).sum::<i128>() / 2) as u64
}

fn error_u32(a: u32, bits: u32) -> i32 {
    let shift = 32 - bits.clamp(1, 31);
    let half = 1u32 << (shift - 1);
    (a.wrapping_add(half) >> shift << shift).wrapping_sub(a) as i32
}

#[cfg(test)]
mod tests {
    use super::{centering_u32, centering_u64, error_u32, top_bits};

    #[test]
    fn rounding_is_half_up_and_wraps() {
        assert_eq!(top_bits(0x8000_0000_0000_0000, 1), 1);
        assert_eq!(top_bits(0x4000_0000_0000_0000, 1), 1);
        assert_eq!(top_bits(0x3fff_ffff_ffff_ffff, 1), 0);
        assert_eq!(top_bits(u64::MAX, 16), 0);
        assert_eq!(top_bits(12345, 64), 12345);
        assert_eq!(error_u32(0x8000, 16), 0x8000);
        assert_eq!(error_u32(0x7fff, 16), -0x7fff);
        assert_eq!(error_u32(u32::MAX, 16), 1);
    }

    #[test]
    fn centring_takes_half_of_the_errors() {
        assert_eq!(centering_u32(&[0x1_8000, 0x2_8000], 16), 0x8000);
        assert_eq!(centering_u64(&[0x1_8000 << 32, 0x2_7ffe << 32], 16), 1 << 32);
        assert_eq!(centering_u64(&[5, 6], 64), 0);
    }
}
