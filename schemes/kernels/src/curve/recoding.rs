//! Weights and scalars as signed digits.

use curve25519_dalek::Scalar;

/// Digits of `bits` bits, the lowest first, all of them in `[-2^(bits - 1), 2^(bits - 1)]`: `bits` is at most 16.
/// Variable time.
pub(super) fn digits_vartime(number: i64, bits: u32, count: usize) -> Vec<i32> {
    let (half, mut rest) = (1i64 << (bits - 1), number);
    let mut digit = |place| {
        // The highest digit is what is left.
        let digit = if place + 1 == count { rest } else { ((rest + half) & (2 * half - 1)) - half };
        rest = (rest - digit) >> bits;
        digit as i32
    };
    (0..count).map(&mut digit).collect()
}

/// How many digits numbers up to the bound in magnitude take.
pub(super) fn digit_count(bound: u64, bits: u32) -> usize {
    let (half, mut most, mut count) = (1u64 << (bits - 1), 1u64 << (bits - 1), 1);
    while most < bound {
        most = (most << bits) + half - 1;
        count += 1;
    }
    count
}

/// Digits of a whole scalar below 2^253.
pub(super) fn scalar_digit_count(bits: u32) -> usize {
    // The carry out of the last full digit needs room.
    254usize.div_ceil(bits as usize)
}

/// A scalar's digits, as [`digits_vartime`] has them.
pub(super) fn scalar_digits_vartime(scalar: &Scalar, bits: u32) -> Vec<i32> {
    let bytes = scalar.to_bytes();
    let bit = |k: usize| i32::from(bytes.get(k / 8).map_or(0, |byte| byte >> (k % 8) & 1));
    let (width, mut carry) = (bits as usize, 0);
    let mut digit = |place: usize| {
        let digit = carry + (0..width).map(|k| bit(place * width + k) << k).sum::<i32>();
        carry = i32::from(digit > 1 << (bits - 1));
        digit - (carry << bits)
    };
    (0..scalar_digit_count(bits)).map(&mut digit).collect()
}
