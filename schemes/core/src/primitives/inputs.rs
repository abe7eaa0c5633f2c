//! The operands of operations: the same numbers in every scheme and in every language.
//!
//! They are no secret and need no cryptography, but every peer has to draw them too: SplitMix64
//! (Steele, Lea, Flood, OOPSLA 2014, figure 14) is a few lines in any language. Operand `k` starts at
//! the `k`-th eight bytes of the seed, little-endian.

use crate::roles::seed::Seed;

/// How far the circuit rotates: to the left, each row of slots by itself.
pub const CIRCUIT_STEPS: usize = 3;

/// What SplitMix64 counts by: 2^64 over the golden ratio, made odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which operand of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// The first: what is encoded, encrypted, rotated.
    A,
    /// The second: what is added or multiplied.
    B,
    /// The third, of the circuit alone.
    C,
}

/// `count` whole numbers below `modulus`, which is at least 1.
pub fn integers(seed: &Seed, operand: Operand, count: usize, modulus: u64) -> Vec<u64> {
    draws(seed, operand).take(count).map(|draw| draw % modulus.max(1)).collect()
}

/// `count` reals from -1 on and below 1, multiples of 2^-52.
pub fn reals(seed: &Seed, operand: Operand, count: usize) -> Vec<f64> {
    let scale = f64::powi(2.0, -52);
    draws(seed, operand).take(count).map(|draw| (draw >> 11) as f64 * scale - 1.0).collect()
}

/// The circuit in the clear over reals: `a * b + c`, rotated by [`CIRCUIT_STEPS`] as one row.
pub fn circuit_of_reals(seed: &Seed, count: usize) -> Vec<f64> {
    let operand = |operand| reals(seed, operand, count);
    let (a, b, c) = (operand(Operand::A), operand(Operand::B), operand(Operand::C));
    let mut result: Vec<f64> = a.iter().zip(&b).zip(&c).map(|((a, b), c)| a * b + c).collect();
    rotate(&mut result, CIRCUIT_STEPS);
    result
}

/// The circuit in the clear modulo `modulus`: `a * b + c`, each half of the `count` slots rotated by
/// [`CIRCUIT_STEPS`] as a row of its own.
pub fn circuit_of_integers(seed: &Seed, count: usize, modulus: u64) -> Vec<u64> {
    let operand = |operand| integers(seed, operand, count, modulus);
    let (a, b, c) = (operand(Operand::A), operand(Operand::B), operand(Operand::C));
    let of = |(a, b, c): (u64, u64, u64)| (u128::from(a) * u128::from(b) + u128::from(c)) % u128::from(modulus.max(1));
    let mut result: Vec<u64> = a.iter().zip(&b).zip(&c).map(|((&a, &b), &c)| of((a, b, c)) as u64).collect();
    let (first, second) = result.split_at_mut(count / 2);
    rotate(first, CIRCUIT_STEPS);
    rotate(second, CIRCUIT_STEPS);
    result
}

/// Rotates a row of slots to the left; a row without slots stays as it is.
pub fn rotate<T>(row: &mut [T], steps: usize) {
    let length = row.len();
    if length > 0 {
        row.rotate_left(steps % length);
    }
}

fn draws(seed: &Seed, operand: Operand) -> impl Iterator<Item = u64> {
    let place = 8 * operand as usize;
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&seed.expose()[place..place + 8]);
    let start = u64::from_le_bytes(bytes);
    (1..).map(move |count: u64| mixed(start.wrapping_add(count.wrapping_mul(GAMMA))))
}

/// SplitMix64's output function.
fn mixed(state: u64) -> u64 {
    let first = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    second ^ (second >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]
    use super::*;

    /// Operand A starts at `number`.
    fn starting_at(number: u64) -> Seed {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Seed::new(bytes)
    }

    /// The first outputs for seed 1234567 that the generator's users test with (Rosetta Code, "Pseudo-random
    /// numbers/Splitmix64").
    #[test]
    fn draws_are_those_of_splitmix64() {
        let expected = [
            6_457_827_717_110_365_317_u64,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(integers(&starting_at(1_234_567), Operand::A, 5, u64::MAX), expected);
    }

    /// The same numbers stand in `schemes/peers/python/test_operands.py`: every language draws them.
    #[test]
    fn draws_are_those_of_the_peers() {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(0..).for_each(|(byte, number)| *byte = number);
        let seed = Seed::new(bytes);
        assert_eq!(integers(&seed, Operand::A, 4, 786_433), [300_008, 745_183, 678_993, 49_203]);
        assert_eq!(integers(&seed, Operand::C, 4, 786_433), [590_569, 675_967, 720_202, 497_377]);
        assert_eq!(reals(&seed, Operand::B, 2), [-0.3015830103300714, -0.4336909022402655]);
        let circuit = [628_328, 540_975, 752_405, 451_932, 616_195, 371_468, 663_728, 117_167];
        assert_eq!(circuit_of_integers(&seed, 8, 786_433), circuit);
    }

    #[test]
    fn operands_differ_and_keep_their_range() {
        let seed = Seed::from_number(3);
        let of = |operand| integers(&seed, operand, 1000, 786_433);
        assert!(of(Operand::A) != of(Operand::B) && of(Operand::B) != of(Operand::C));
        assert!(of(Operand::A).iter().all(|value| *value < 786_433));
        let reals = reals(&seed, Operand::B, 1000);
        assert!(reals.iter().all(|value| (-1.0..1.0).contains(value)));
        assert!(reals.iter().any(|value| *value < -0.9) && reals.iter().any(|value| *value > 0.9));
    }

    #[test]
    fn the_circuit_rotates_each_row_to_the_left() {
        let seed = Seed::from_number(3);
        let (a, b, c) = (
            integers(&seed, Operand::A, 16, 97),
            integers(&seed, Operand::B, 16, 97),
            integers(&seed, Operand::C, 16, 97),
        );
        let result = circuit_of_integers(&seed, 16, 97);
        assert_eq!(result[0], (a[3] * b[3] + c[3]) % 97);
        assert_eq!(result[5], (a[0] * b[0] + c[0]) % 97);
        assert_eq!(result[8], (a[11] * b[11] + c[11]) % 97);
        let real = circuit_of_reals(&seed, 8);
        let at = |operand| reals(&seed, operand, 8)[0];
        assert_eq!(real[5], at(Operand::A) * at(Operand::B) + at(Operand::C));
        assert!(circuit_of_reals(&seed, 0).is_empty());
    }
}
