//! Primes and residues for tests.

use super::modulus::Modulus;

/// Primes of several sizes that suit transforms of this degree in both rings: the largest below 2^50,
/// 2^36 and 2^26 that are 1 mod 4N, and 786433 where it is.
pub fn primes(log_n: u32) -> Vec<Modulus> {
    let below = |bits: u32| {
        let step = 4u64 << log_n;
        let candidates = (1..).map(move |k| ((1u64 << bits) / step - k) * step + 1);
        candidates.filter_map(Modulus::new).find(is_prime)
    };
    let small = Modulus::new(786_433).filter(|_| log_n <= 16);
    [50, 36, 26].into_iter().filter_map(below).chain(small).collect()
}

/// Trial division by what a strong test to base 2, 3, 5, 7, 11 and 13 leaves; exact below 3.4e12, and no
/// prime of these tests depends on more.
fn is_prime(p: &Modulus) -> bool {
    let n = p.value();
    let twos = (n - 1).trailing_zeros();
    [2, 3, 5, 7, 11, 13, 17].into_iter().all(|base| {
        let mut x = p.power_vartime(base, (n - 1) >> twos);
        if x == 1 || x == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            x = p.multiply(x, x);
            x == n - 1
        })
    })
}

/// Residues drawn by a splitmix64 generator.
pub fn random_residues(p: &Modulus, count: usize, seed: u64) -> Vec<u64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % p.value()
    };
    (0..count).map(|_| next()).collect()
}
