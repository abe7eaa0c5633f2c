//! A prime below 2^50 and arithmetic on single residues.

/// A constant factor with its companion, for multiplication without division (Shoup's method with
/// 52-bit quotients; Harvey, "Faster arithmetic for number-theoretic transforms", 2014, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Multiplier {
    /// The factor, in [0, p).
    pub value: u64,
    /// floor(value * 2^52 / p).
    pub quotient: u64,
}

/// An odd number between 3 and 2^50, usually prime, with the constants that reductions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modulus {
    value: u64,
    /// 2^52 mod p as a multiplier.
    radix: Multiplier,
    /// floor(2^(52 + bits) / p) - 2^52.
    reciprocal: u64,
}

impl Modulus {
    /// Moduli are below 2^50.
    pub const BITS: u32 = 50;

    /// None for even numbers and for what is not between 3 and 2^50. Whether it is prime is not looked at.
    pub fn new(value: u64) -> Option<Modulus> {
        if value < 3 || value >> Self::BITS != 0 || value.is_multiple_of(2) {
            return None;
        }
        let mut modulus = Modulus { value, radix: Multiplier::default(), reciprocal: 0 };
        modulus.radix = modulus.multiplier((1 << 52) % value);
        // Between 2^52 and 2^53, since p is between 2^(bits - 1) and 2^bits.
        modulus.reciprocal = ((1u128 << (52 + modulus.bits())) / u128::from(value)) as u64 - (1 << 52);
        Some(modulus)
    }

    /// The number itself.
    #[inline]
    pub fn value(&self) -> u64 {
        self.value
    }

    /// The number's length in bits.
    #[inline]
    pub fn bits(&self) -> u32 {
        u64::BITS - self.value.leading_zeros()
    }

    /// floor(2^(52 + bits) / p) - 2^52: with [`Modulus::bits`] bits of a product, this gives its quotient
    /// by p (Barrett's reduction).
    #[inline]
    pub fn reciprocal(&self) -> u64 {
        self.reciprocal
    }

    /// 2^52 mod p as a multiplier: folds the high half of a product.
    #[inline]
    pub fn radix(&self) -> Multiplier {
        self.radix
    }

    /// The factor `value` mod p with its companion.
    pub fn multiplier(&self, value: u64) -> Multiplier {
        let value = value % self.value;
        // Both fit doubles and the quotient is below 2^52: it is off by 1 at most, which shows in the remainder.
        let quotient = (value as f64 / self.value as f64 * (1u64 << 52) as f64) as u64;
        let remainder = (value << 52).wrapping_sub(quotient.wrapping_mul(self.value)) as i64;
        let off = i64::from(remainder >= self.value as i64) - i64::from(remainder < 0);
        Multiplier { value, quotient: quotient.wrapping_add_signed(off) }
    }

    /// `a + b` mod p of residues.
    #[inline]
    pub fn add(&self, a: u64, b: u64) -> u64 {
        reduce_once(a + b, self.value)
    }

    /// `a - b` mod p of residues.
    #[inline]
    pub fn subtract(&self, a: u64, b: u64) -> u64 {
        reduce_once(a + self.value - b, self.value)
    }

    /// `-a` mod p of a residue.
    #[inline]
    pub fn negate(&self, a: u64) -> u64 {
        reduce_once(self.value - a, self.value)
    }

    /// `a * b` mod p for any operands below 2^64.
    #[inline]
    pub fn multiply(&self, a: u64, b: u64) -> u64 {
        self.reduce(u128::from(a) * u128::from(b))
    }

    /// `a * m` in [0, 2p) for `a` below 2^52.
    #[inline]
    pub fn multiply_lazy(&self, a: u64, m: Multiplier) -> u64 {
        let quotient = ((u128::from(a) * u128::from(m.quotient)) >> 52) as u64;
        a.wrapping_mul(m.value).wrapping_sub(quotient.wrapping_mul(self.value))
    }

    /// `a * m` mod p for `a` below 2^52.
    #[inline]
    pub fn scale(&self, a: u64, m: Multiplier) -> u64 {
        reduce_once(self.multiply_lazy(a, m), self.value)
    }

    /// `a` mod p.
    #[inline]
    pub fn reduce(&self, a: u128) -> u64 {
        (a % u128::from(self.value)) as u64
    }

    /// `a` mod p, in [0, p).
    #[inline]
    pub fn reduce_signed(&self, a: i64) -> u64 {
        a.rem_euclid(self.value as i64) as u64
    }

    /// The representative of a residue in (-p/2, p/2).
    #[inline]
    pub fn centered(&self, a: u64) -> i64 {
        if a > self.value / 2 { a as i64 - self.value as i64 } else { a as i64 }
    }

    /// The residue mod p of the centered representative of `a`, a residue mod `from`.
    #[inline]
    pub fn lift(&self, from: &Modulus, a: u64) -> u64 {
        self.reduce_signed(from.centered(a))
    }

    /// `base` to the power of `exponent` mod p.
    pub fn power_vartime(&self, base: u64, mut exponent: u64) -> u64 {
        let (mut base, mut result) = (base % self.value, 1);
        while exponent != 0 {
            if exponent & 1 == 1 {
                result = self.multiply(result, base);
            }
            base = self.multiply(base, base);
            exponent >>= 1;
        }
        result
    }

    /// The inverse modulo a prime; none for multiples of it.
    pub fn inverse_vartime(&self, a: u64) -> Option<u64> {
        let inverse = self.power_vartime(a, self.value - 2);
        (self.multiply(a % self.value, inverse) == 1).then_some(inverse)
    }
}

/// `a` in [0, 2p) to [0, p), without a branch.
#[inline]
fn reduce_once(a: u64, p: u64) -> u64 {
    a.min(a.wrapping_sub(p))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::Modulus;

    const PRIMES: [u64; 4] = [3, 12_289, 786_433, 1_125_899_906_826_241];

    #[test]
    fn numbers_that_the_kernels_cannot_hold_are_refused() {
        for value in [0, 1, 2, 4, 1 << 49, 1 << 50, (1 << 50) + 1, u64::MAX] {
            assert_eq!(Modulus::new(value), None);
        }
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_the_integers(which in 0..PRIMES.len(), a: u64, b: u64, s in -(1i64 << 62)..1 << 62) {
            let p = Modulus::new(PRIMES[which]).unwrap();
            let q = u128::from(p.value());
            let (x, y) = (a % p.value(), b % p.value());
            prop_assert_eq!(u128::from(p.add(x, y)), (u128::from(x) + u128::from(y)) % q);
            prop_assert_eq!(p.add(p.subtract(x, y), y), x);
            prop_assert_eq!(p.add(p.negate(x), x), 0);
            prop_assert_eq!(u128::from(p.multiply(a, b)), u128::from(a) * u128::from(b) % q);
            let wide = a >> 12;
            let m = p.multiplier(y);
            prop_assert_eq!(u128::from(m.quotient), (u128::from(y) << 52) / q);
            prop_assert!(p.multiply_lazy(wide, m) < 2 * p.value());
            prop_assert_eq!(u128::from(p.scale(wide, m)), u128::from(wide) * u128::from(y) % q);
            prop_assert_eq!(i128::from(p.reduce_signed(s)), i128::from(s).rem_euclid(i128::from(p.value())));
            prop_assert_eq!(p.reduce_signed(p.centered(x)), x);
            prop_assert_eq!(p.inverse_vartime(x).map(|i| p.multiply(i, x)), (x != 0).then_some(1));
        }
    }
}
