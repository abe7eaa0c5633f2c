//! How large the coefficients of a polynomial are as integers around zero.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};

use crate::error::{Error, Result};

/// Tables for comparing integers modulo `Q = q_0 q_1 ...` by their mixed-radix digits
/// `x = d_0 + d_1 q_0 + d_2 q_0 q_1 + ...` (Garner, "The residue number system", 1959): exact, without big integers.
#[derive(Debug, Clone)]
pub struct MixedRadix {
    moduli: Vec<Modulus>,
    /// By prime i, then k < i: q_k^-1 mod q_i.
    inverses: Vec<Vec<Multiplier>>,
    /// By prime i: log2(q_0 ... q_(i-1)).
    log2_weights: Vec<f64>,
}

impl MixedRadix {
    /// Tables for different primes, at least one.
    ///
    /// # Errors
    /// [`Error::Refused`] where primes repeat.
    pub fn new(moduli: &[Modulus]) -> Result<MixedRadix> {
        let refused = || Error::Refused("a residue number system needs different primes".into());
        let inverse = |p: &Modulus, q: &Modulus| p.inverse_vartime(q.value()).map(|inverse| p.multiplier(inverse));
        let row = |(i, p): (usize, &Modulus)| moduli[..i].iter().map(|q| inverse(p, q)).collect::<Option<Vec<_>>>();
        let inverses = moduli.iter().enumerate().map(row).collect::<Option<_>>().ok_or_else(refused)?;
        let log2 = |p: &Modulus| (p.value() as f64).log2();
        let log2_weights = (0..moduli.len()).map(|i| moduli[..i].iter().map(log2).sum()).collect();
        Ok(MixedRadix { moduli: moduli.to_vec(), inverses, log2_weights })
    }

    /// log2 of the largest magnitude among coefficients given by their residues, one limb a prime, each taken
    /// in (-Q/2, Q/2); negative infinity where all are zero. Variable time.
    pub fn log2_largest_vartime(&self, limbs: &[Buffer]) -> f64 {
        let count = limbs.first().map_or(0, |limb| limb.len());
        let mut digits = vec![0; self.moduli.len()];
        let magnitude = |i: usize| {
            digits.iter_mut().zip(limbs).for_each(|(digit, limb)| *digit = limb[i]);
            self.log2_of(&mut digits)
        };
        (0..count).map(magnitude).fold(f64::NEG_INFINITY, f64::max)
    }

    /// log2 of the magnitude of one integer; its residues are used up.
    fn log2_of(&self, residues: &mut [u64]) -> f64 {
        for (i, p) in self.moduli.iter().enumerate() {
            let (lower, rest) = residues.split_at_mut(i);
            for (digit, inverse) in lower.iter().zip(&self.inverses[i]) {
                rest[0] = p.scale(p.subtract(rest[0], p.reduce(u128::from(*digit))), *inverse);
            }
        }
        if self.is_negative(residues) {
            self.negate(residues);
        }
        let Some(top) = residues.iter().rposition(|digit| *digit != 0) else { return f64::NEG_INFINITY };
        let leading = (1..=top)
            .fold(residues[0] as f64, |below, i| residues[i] as f64 + below / self.moduli[i - 1].value() as f64);
        leading.log2() + self.log2_weights[top]
    }

    /// Whether the digits are those of a number above (Q - 1) / 2, whose digits are (q_i - 1) / 2.
    fn is_negative(&self, digits: &[u64]) -> bool {
        let halves = self.moduli.iter().map(|q| q.value() / 2);
        digits.iter().rev().gt(halves.rev().collect::<Vec<_>>().iter())
    }

    /// From the digits of x to those of Q - x: those of Q - 1 - x are q_i - 1 - d_i.
    fn negate(&self, digits: &mut [u64]) {
        let mut carry = 1;
        for (digit, q) in digits.iter_mut().zip(&self.moduli) {
            *digit = q.value() - 1 - *digit + carry;
            carry = u64::from(*digit == q.value());
            if carry == 1 {
                *digit = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_kernels::buffer::Buffer;

    use super::MixedRadix;
    use crate::ring::prime::primes;

    /// Residues of the numbers, one limb a prime.
    fn limbs(moduli: &[u64], values: &[i128]) -> Vec<Buffer> {
        let residue = |q: u64| values.iter().map(|x| x.rem_euclid(i128::from(q)) as u64).collect::<Vec<_>>();
        moduli.iter().map(|q| Buffer::copy_of(&residue(*q))).collect()
    }

    #[test]
    fn magnitudes_are_those_of_the_integers() {
        let primes = primes(&[40, 30, 26, 30], 1 << 8).unwrap();
        let moduli: Vec<u64> = primes.iter().map(|q| q.value()).collect();
        let product: i128 = moduli.iter().map(|q| i128::from(*q)).product();
        let tables = MixedRadix::new(&primes).unwrap();
        let half = product / 2;
        for value in [
            1,
            -1,
            2,
            -5,
            1 << 39,
            -(1 << 40),
            -(1 << 70) - 3,
            half,
            -half,
            half - 1,
            1 - half,
            123_456_789_i128.pow(3),
        ] {
            let got = tables.log2_largest_vartime(&limbs(&moduli, &[0, value, 0]));
            assert!((got - (value as f64).abs().log2()).abs() < 1e-9, "{value}: {got}");
        }
        assert_eq!(tables.log2_largest_vartime(&limbs(&moduli, &[0, 0])), f64::NEG_INFINITY);
        let got = tables.log2_largest_vartime(&limbs(&moduli, &[3, -7, 5]));
        assert!((got - 7f64.log2()).abs() < 1e-12);
        assert!(MixedRadix::new(&[primes[0], primes[0]]).is_err());
    }
}
