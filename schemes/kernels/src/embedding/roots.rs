//! Roots of unity in the order of the powers of 5.

use std::f64::consts::PI;

/// `e^(2 pi i numerator / 2^log_order)`, each part within a rounding of the true one: the angle is taken
/// to the first eighth of the circle in integers before it is rounded.
pub(crate) fn root(numerator: usize, log_order: u32) -> [f64; 2] {
    if log_order < 3 {
        return root(numerator << (3 - log_order), 3);
    }
    let eighth = 1 << (log_order - 3);
    let (octant, rest) = (numerator / eighth % 8, numerator % eighth);
    // In every other octant the angle is counted from its end.
    let angle = if octant % 2 == 0 { rest } else { eighth - rest };
    let (sin, cos) = (PI * angle as f64 / (4 * eighth) as f64).sin_cos();
    match octant {
        0 => [cos, sin],
        1 => [sin, cos],
        2 => [-sin, cos],
        3 => [-cos, sin],
        4 => [-cos, -sin],
        5 => [-sin, -cos],
        6 => [sin, -cos],
        _ => [cos, -sin],
    }
}

/// `5^j` modulo `2^log_order`.
pub(crate) fn power_of_five(j: usize, log_order: u32) -> usize {
    let mask = (1usize << log_order) - 1;
    let (mut power, mut base, mut j) = (1, 5, j);
    while j != 0 {
        if j & 1 == 1 {
            power = (power * base) & mask;
        }
        base = (base * base) & mask;
        j >>= 1;
    }
    power
}

/// The factor of butterfly `j` where blocks of `length` slots are put together from halves, a primitive
/// root of unity of order `4 length` to the power of `5^j`.
pub(crate) fn twiddle(length: usize, j: usize) -> [f64; 2] {
    let log_order = length.ilog2() + 2;
    root(power_of_five(j, log_order), log_order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_on_the_circle_and_multiply() {
        assert_eq!(root(1, 1), [-1.0, 0.0]);
        assert_eq!(root(1, 2), [0.0, 1.0]);
        assert_eq!(root(0, 10), [1.0, 0.0]);
        for k in 0..1 << 9 {
            let [c, s] = root(k, 9);
            let angle = 2.0 * PI * k as f64 / 512.0;
            assert!((c - angle.cos()).abs() < 1e-15 && (s - angle.sin()).abs() < 1e-15, "{k}");
        }
    }

    #[test]
    fn powers_of_five_are_one_modulo_four() {
        let powers: Vec<usize> = (0..16).map(|j| power_of_five(j, 6)).collect();
        assert_eq!(powers[..4], [1, 5, 25, 61]);
        assert!(powers.iter().all(|power| power % 4 == 1));
        assert_eq!(power_of_five(16, 6), 1);
    }
}
