//! Primes below 2^50 with the roots of unity that transforms need.

use blindbench_kernels::residue::modulus::Modulus;

use crate::error::{Error, Result};

/// Whether a number below 2^64 is prime: Miller-Rabin with the first twelve primes as bases, which is exact in
/// this range (Sorenson and Webster, "Strong pseudoprimes to twelve prime bases", 2015). Variable time.
pub fn is_prime_vartime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || BASES.iter().any(|base| n.is_multiple_of(*base)) {
        return BASES.contains(&n);
    }
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|base| {
        let mut x = power(*base, (n - 1) >> twos, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            x = multiply(x, x, n);
            x == n - 1
        })
    })
}

fn multiply(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

fn power(mut base: u64, mut exponent: u64, n: u64) -> u64 {
    let mut result = 1;
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = multiply(result, base, n);
        }
        base = multiply(base, base, n);
        exponent >>= 1;
    }
    result
}

/// For each size in `bits`, in order, a prime of that size that is 1 modulo `order`, all of them different:
/// the largest below 2^bits first.
///
/// # Errors
/// [`Error::Range`] for a size that kernels cannot hold or that leaves no room above `order`,
/// [`Error::Primes`] where a size has too few.
pub fn primes(bits: &[u32], order: u64) -> Result<Vec<Modulus>> {
    let mut found: Vec<Modulus> = Vec::with_capacity(bits.len());
    for &size in bits {
        let least = order.ilog2() + 1;
        if !(least..=Modulus::BITS).contains(&size) {
            let (least, most) = (i64::from(least), i64::from(Modulus::BITS));
            return Err(Error::Range { name: "size of a prime in bits", given: i64::from(size), least, most });
        }
        let candidates = (1..(1u64 << (size - 1)) / order + 1).map(|k| (1u64 << size) + 1 - k * order);
        let fresh = |n: &u64| found.iter().all(|known| known.value() != *n) && is_prime_vartime(*n);
        let prime = candidates.into_iter().find(fresh).and_then(Modulus::new);
        let count = bits.iter().filter(|other| **other == size).count();
        found.push(prime.ok_or(Error::Primes { count, bits: size, order })?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{is_prime_vartime, primes};

    #[test]
    fn primality_agrees_with_trial_division_and_known_pseudoprimes() {
        let by_trial = |n: u64| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        assert!((0..20_000).all(|n| is_prime_vartime(n) == by_trial(n)));
        // Strong pseudoprimes to the bases 2, 3, 5 and 7 (OEIS A014233), and 2^61 - 1.
        assert!(!is_prime_vartime(3_215_031_751));
        assert!(!is_prime_vartime(3_825_123_056_546_413_051));
        assert!(is_prime_vartime((1 << 61) - 1));
    }

    #[test]
    fn primes_have_their_size_and_are_different() {
        let found = primes(&[50, 50, 28, 26, 26, 26], 1 << 14).unwrap();
        for (prime, bits) in found.iter().zip([50, 50, 28, 26, 26, 26]) {
            assert_eq!(prime.value().ilog2() + 1, bits);
            assert_eq!(prime.value() % (1 << 14), 1);
        }
        let mut values: Vec<u64> = found.iter().map(|prime| prime.value()).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), 6);
    }

    #[test]
    fn sizes_without_primes_are_refused() {
        assert!(primes(&[51], 1 << 14).is_err());
        assert!(primes(&[14], 1 << 14).is_err());
        assert!(primes(&[16; 9], 1 << 14).is_err());
    }
}
