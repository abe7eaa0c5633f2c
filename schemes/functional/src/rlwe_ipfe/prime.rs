//! Primes with the roots of unity that transforms need.

use blindbench_core::error::{Error, Result};
use blindbench_kernels::residue::modulus::Modulus;

/// As few primes that are 1 modulo `order` as have a product of at least 2^log2, all of about the same size.
///
/// # Errors
/// [`Error::Unsupported`] where more than 120 bits are asked for, or there are too few primes.
pub(super) fn product_of_at_least(log2: f64, order: u64) -> Result<Vec<u64>> {
    // A little less than kernels can hold: the next prime lies above.
    const MOST_BITS: f64 = 49.9;
    let count = (log2 / MOST_BITS).ceil().max(1.0);
    let least_bits = (order as f64).log2() + 1.0;
    let start = (log2 / count).max(least_bits).exp2();
    let unsupported = || Error::Unsupported(format!("rlwe-ipfe: no modulus of {log2:.1} bits"));
    if !(log2 <= 120.0 && start < MOST_BITS.exp2() + 1.0) {
        return Err(unsupported());
    }
    let candidates = (start as u64 / order + 1..(1 << Modulus::BITS) / order).map(|k| k * order + 1);
    let primes: Vec<u64> = candidates.filter(|candidate| is_prime_vartime(*candidate)).take(count as usize).collect();
    if primes.len() == count as usize { Ok(primes) } else { Err(unsupported()) }
}

/// Whether an odd number from 41 on and below 2^50 is prime: Miller-Rabin with the first twelve primes as bases, which is exact
/// in this range (Sorenson and Webster, "Strong pseudoprimes to twelve prime bases", 2015).
fn is_prime_vartime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    let Some(modulus) = Modulus::new(n) else { return false };
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|base| {
        let mut x = modulus.power_vartime(*base, (n - 1) >> twos);
        let mut passes = x == 1 || x == n - 1;
        for _ in 1..twos {
            x = modulus.multiply(x, x);
            passes |= x == n - 1;
        }
        passes
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{is_prime_vartime, product_of_at_least};

    #[test]
    fn primes_are_prime() {
        for n in [41, 43, 97, 7681, 12_289, 786_433, 1_125_899_906_826_241] {
            assert!(is_prime_vartime(n), "{n}");
        }
        for n in [49, 91, 561, 1105, 25_326_001, 3_215_031_751, 1_125_899_906_826_243] {
            assert!(!is_prime_vartime(n), "{n}");
        }
    }

    #[test]
    fn products_are_just_large_enough() {
        for log2 in [20.0, 40.0, 49.9, 50.0, 60.3, 96.7, 99.8, 105.0] {
            let primes = product_of_at_least(log2, 2048).unwrap();
            let product: f64 = primes.iter().map(|prime| (*prime as f64).log2()).sum();
            assert!((log2..log2 + 0.1).contains(&product), "{log2}: {product}");
            assert_eq!(primes.len(), (log2 / 49.9).ceil() as usize);
            assert!(primes.is_sorted_by(|a, b| a < b) && primes.iter().all(|prime| prime % 2048 == 1));
        }
        assert!(product_of_at_least(121.0, 2048).is_err() && product_of_at_least(f64::NAN, 2048).is_err());
        assert_eq!(product_of_at_least(-3.0, 128).unwrap().len(), 1);
    }
}
