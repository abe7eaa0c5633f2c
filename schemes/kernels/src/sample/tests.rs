//! Known answers, distributions, and every kernel against the definition.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Sampler;
use crate::dispatch::Kernel;
use crate::residue::modulus::Modulus;

fn kernels() -> impl Iterator<Item = Kernel> {
    Kernel::ALL.into_iter().filter(|kernel| kernel.is_available())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 8439, appendix A.1, test vectors 1 to 4: those with a nonce of zero.
#[test]
fn the_stream_is_that_of_the_rfc() {
    let mut last = [0; 32];
    last[31] = 1;
    let mut second = [0; 32];
    second[1] = 0xff;
    let vectors = [
        (
            [0; 32],
            0,
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
             da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
        ),
        (
            [0; 32],
            1,
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed\
             29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
        ),
        (
            last,
            1,
            "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a\
             8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0",
        ),
        (
            second,
            2,
            "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca\
             13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096",
        ),
    ];
    for kernel in kernels() {
        for (key, block, expected) in &vectors {
            let mut bytes = [0; 192];
            Sampler::new(kernel, *key).fill(&mut bytes);
            assert_eq!(hex(&bytes[64 * block..64 * block + 64]), *expected, "{kernel}");
        }
    }
}

#[test]
fn the_stream_is_that_of_another_implementation() {
    for kernel in kernels() {
        let mut expected = vec![0; 20_000];
        ChaCha20Rng::from_seed([7; 32]).fill_bytes(&mut expected);
        let mut bytes = vec![0; 20_000];
        let mut sampler = Sampler::new(kernel, [7; 32]);
        // In pieces that fit no block.
        bytes.chunks_mut(777).for_each(|piece| sampler.fill(piece));
        assert_eq!(bytes, expected, "{kernel}");
    }
}

/// A polynomial hash of integers modulo 2^64.
fn digest<T: Copy>(values: &[T], word: impl Fn(T) -> u64) -> u64 {
    values.iter().fold(0, |digest: u64, value| digest.wrapping_mul(31).wrapping_add(word(*value)))
}

/// Values from a program in Python written after the module's description of the format, drawn in this
/// order from one stream.
#[test]
fn samples_are_those_of_the_format() {
    for kernel in kernels() {
        let mut sampler = Sampler::new(kernel, std::array::from_fn(|i| i as u8));
        let mut residues = [0; 1000];
        let uniform = [
            (12_289, [7575, 1649, 3434], 0xadfb_0a54_c83f_177c),
            (786_433, [660_980, 385_798, 644_408], 0x8d4c_ff09_a3b6_58c7),
            (
                1_125_899_906_826_241,
                [92_822_357_920_478, 187_561_408_723_020, 641_418_459_717_368],
                0x2d8b_7587_cbad_9dc0,
            ),
        ];
        for (p, first, hash) in uniform {
            sampler.uniform(&Modulus::new(p).unwrap(), &mut residues);
            assert_eq!(residues[..3], first, "{kernel}");
            assert_eq!(digest(&residues, |x| x), hash, "{kernel}");
        }
        let mut samples = [0; 1000];
        sampler.centered_binomial(&mut samples);
        assert_eq!(samples[..8], [-2, 0, 2, 7, -1, 5, 2, -1], "{kernel}");
        assert_eq!(digest(&samples, |x| x as u64), 0xab45_0960_2293_a8e8, "{kernel}");
        sampler.ternary(&mut samples);
        assert_eq!(samples[..8], [0, 1, 1, 0, 0, 1, 1, 1], "{kernel}");
        assert_eq!(digest(&samples, |x| x as u64), 0x4833_40ad_5cc1_20c7, "{kernel}");
    }
}

proptest! {
    /// Calls of any kind and length, one after the other on one stream.
    #[test]
    fn every_kernel_draws_the_same(
        seed: [u8; 32],
        calls in proptest::collection::vec((0usize..4, 0usize..700, 0usize..5), 1..20),
    ) {
        let primes = [3, 12_289, 786_433, (1 << 40) + 1, 1_125_899_906_826_241];
        let draw = |kernel: Kernel| -> Vec<Vec<u64>> {
            let mut sampler = Sampler::new(kernel, seed);
            let mut call = |(kind, length, prime): &(usize, usize, usize)| {
                let (mut words, mut signed, mut bytes) = (vec![0; *length], vec![0i64; *length], vec![0u8; *length]);
                match kind {
                    0 => sampler.uniform(&Modulus::new(primes[*prime]).unwrap(), &mut words),
                    1 => sampler.centered_binomial(&mut signed),
                    2 => sampler.ternary(&mut signed),
                    _ => sampler.fill(&mut bytes),
                }
                let joined = words.iter().zip(&signed).zip(&bytes);
                joined.map(|((word, signed), byte)| word ^ *signed as u64 ^ u64::from(*byte)).collect()
            };
            calls.iter().map(&mut call).collect()
        };
        let expected = draw(Kernel::Scalar);
        for kernel in kernels() {
            prop_assert_eq!(&draw(kernel), &expected, "{}", kernel);
        }
    }
}

/// Pearson's statistic of counts against probabilities over its bound: the quantile that chance exceeds
/// once in a million draws, by the approximation of Wilson and Hilferty (1931). Categories are joined
/// until each expects ten.
fn excess(counts: &[u64], probabilities: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let mut joined = vec![(0.0, 0.0)];
    for (count, probability) in counts.iter().zip(probabilities) {
        if let Some(last) = joined.last_mut() {
            *last = (last.0 + *count as f64, last.1 + probability * total);
            if last.1 >= 10.0 {
                joined.push((0.0, 0.0));
            }
        }
    }
    let (count, expected) = joined.pop().unwrap();
    let last = joined.last_mut().unwrap();
    *last = (last.0 + count, last.1 + expected);
    let statistic: f64 = joined.iter().map(|(count, expected)| (count - expected).powi(2) / expected).sum();
    let spread = 2.0 / (9.0 * (joined.len() - 1) as f64);
    statistic / ((joined.len() - 1) as f64 * (1.0 - spread + 4.753 * spread.sqrt()).powi(3))
}

/// The centered binomial distribution on -eta..=eta.
fn binomial(eta: u32) -> Vec<f64> {
    let start = (-2.0 * f64::from(eta)).exp2();
    let next = |(k, p): &(u32, f64)| Some((k + 1, p * f64::from(2 * eta - k) / f64::from(k + 1)));
    std::iter::successors(Some((0, start)), next).take(2 * eta as usize + 1).map(|(_, p)| p).collect()
}

#[test]
fn noise_is_centered_binomial() {
    let mut samples = vec![0; 24 * 20_000];
    Sampler::new(Kernel::best(), [1; 32]).centered_binomial(&mut samples);
    // The three sources in a group, each by itself and together.
    for part in [0..8, 8..16, 16..24, 0..24] {
        let mut counts = [0; 43];
        let of_part = samples.chunks(24).flat_map(|group| &group[part.clone()]);
        of_part.for_each(|sample| counts[(sample + 21) as usize] += 1);
        assert!(excess(&counts, &binomial(21)) < 1.0);
        // The test tells it from its neighbour.
        assert!(excess(&counts[1..42], &binomial(20)) > 1.0);
    }
    let variance = samples.iter().map(|sample| sample * sample).sum::<i64>() as f64 / samples.len() as f64;
    assert!((variance - 10.5).abs() < 0.1, "{variance}");
}

#[test]
fn secrets_are_uniform_over_three() {
    let mut samples = vec![0i64; 4_000_000];
    Sampler::new(Kernel::best(), [2; 32]).ternary(&mut samples);
    let mut counts = [0; 9];
    let pairs = samples.as_chunks::<2>().0;
    pairs.iter().for_each(|[a, b]| counts[(3 * (a + 1) + b + 1) as usize] += 1);
    assert!(excess(&counts, &[1.0 / 9.0; 9]) < 1.0);
    // One part in 256 is what a remainder without rejection would add to -1.
    let biased = [85.0 / 256.0 + 1.0 / 256.0, 85.0 / 256.0, 85.0 / 256.0];
    let expected: Vec<f64> = (0..9).map(|i| biased[i / 3] * biased[i % 3]).collect();
    assert!(excess(&counts, &expected) > 1.0);
}

#[test]
fn residues_are_uniform() {
    // Just above and below powers of two: most and fewest rejections.
    for p in [12_289, 16_381, 8_209, 786_433, (1 << 49) + 9, 1_125_899_906_826_241] {
        let mut samples = vec![0; 200_000];
        Sampler::new(Kernel::best(), [3; 32]).uniform(&Modulus::new(p).unwrap(), &mut samples);
        assert!(samples.iter().all(|x| *x < p));
        let place = |x: u64, n: u64| (u128::from(x) * u128::from(n) / u128::from(p)) as usize;
        let mut counts = vec![0; 100];
        samples.iter().for_each(|x| counts[place(*x, 100)] += 1);
        assert!(excess(&counts, &shares(p, 100)) < 1.0, "{p}");
        // The next number of the same rank against every eighth: lanes are independent.
        let mut counts = vec![0; 64];
        samples.chunks_exact(16).for_each(|s| counts[8 * place(s[0], 8) + place(s[8], 8)] += 1);
        let share = shares(p, 8);
        let pairs: Vec<f64> = (0..64).map(|i| share[i / 8] * share[i % 8]).collect();
        assert!(excess(&counts, &pairs) < 1.0, "{p}");
    }
}

/// How much of 0..p falls into each of `n` parts.
fn shares(p: u64, n: u64) -> Vec<f64> {
    let border = |i: u64| (u128::from(i) * u128::from(p)).div_ceil(u128::from(n));
    (0..n).map(|i| (border(i + 1) - border(i)) as f64 / p as f64).collect()
}

#[test]
fn a_sampler_tells_nothing_of_its_seed() {
    let printed = format!("{:?}", Sampler::new(Kernel::Scalar, [0xab; 32]));
    assert_eq!(printed, "Sampler(scalar)");
}
