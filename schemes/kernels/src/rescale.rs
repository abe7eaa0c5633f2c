//! Residues brought from one modulus to a power of two and rounded, and sums under that power decoded.
//!
//! A residue x modulo q stands as the digits `x (q / p_t)^-1 mod p_t` of its residue number system: `x / q` is the sum of
//! the `digit_t / p_t` less an integer, so `2^b x / q mod 2^b` is a sum of as many doubles. Each is off by a share of 2^-52 at
//! most, so that with up to 48 bits the sum is off by less than 2^-2 before it is rounded; or of as many fractions of 128
//! bits, where many results are added up afterwards. All in constant time.

use crate::dispatch::Kernel;

/// 3 * 2^51: added to a double of magnitude below 2^51, it leaves the nearest integer in the low bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// Largest power of two.
pub const MOST_BITS: u32 = 48;

/// A call of a portable function, compiled for a kernel's instructions.
macro_rules! dispatch {
    ($kernel:expr, $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                $name($($argument),*)
            }
            #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                $name($($argument),*)
            }
            // SAFETY: the kernel is available, and with it the instructions.
            #[expect(unsafe_code, reason = "calls of functions whose instructions the kernel stands for")]
            match $kernel {
                Kernel::Avx512 | Kernel::Ifma if $kernel.is_available() => unsafe { avx512($($argument),*) },
                Kernel::Avx2 if $kernel.is_available() => unsafe { avx2($($argument),*) },
                Kernel::Scalar | Kernel::Avx2 | Kernel::Avx512 | Kernel::Ifma => $name($($argument),*),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = $kernel;
            $name($($argument),*)
        }
    }};
}

/// `out[x] = sum_t digits[t][x] * factors[t]` rounded, modulo 2^bits; up to eight terms below 2^48 each.
///
/// Panics for slices of different lengths and for more than [`MOST_BITS`].
pub fn switch(kernel: Kernel, bits: u32, digits: &[&[u64]], factors: &[f64], out: &mut [u64]) {
    assert!((1..=MOST_BITS).contains(&bits) && digits.len() == factors.len() && digits.len() <= 8, "{bits} bits");
    assert!(digits.iter().all(|digits| digits.len() == out.len()), "digits of unequal lengths");
    dispatch!(kernel, switch_portable(bits: u32, digits: &[&[u64]], factors: &[f64], out: &mut [u64]));
}

/// `1 / p_t` for each prime of a residue number system, in 128 bits behind the point.
#[derive(Debug, Clone)]
pub struct Fractions(Vec<u128>);

impl Fractions {
    /// Of up to eight primes below 2^50.
    ///
    /// Panics for other primes.
    pub fn new(primes: &[u64]) -> Self {
        let fits = primes.len() <= 8 && primes.iter().all(|prime| (2..1 << 50).contains(prime));
        assert!(fits, "up to eight primes below 2^50");
        Fractions(primes.iter().map(|prime| u128::MAX / u128::from(*prime)).collect())
    }

    /// The fractional part of `sum_t digit_t / p_t`, in 128 bits behind the point: less than 2^-75 too small.
    #[inline]
    pub fn sum(&self, digits: impl Iterator<Item = u64>) -> u128 {
        // The integers above the point fall off.
        let terms = self.0.iter().zip(digits).map(|(fraction, digit)| fraction.wrapping_mul(digit.into()));
        terms.fold(0, u128::wrapping_add)
    }
}

/// [`switch`] by fractions of 128 bits: what is rounded is off by no more than 2^-27.
///
/// Panics for slices of different lengths and for more than [`MOST_BITS`].
pub fn switch_exactly(bits: u32, digits: &[&[u64]], fractions: &Fractions, out: &mut [u64]) {
    assert!((1..=MOST_BITS).contains(&bits) && digits.len() == fractions.0.len(), "{bits} bits");
    assert!(digits.iter().all(|digits| digits.len() == out.len()), "digits of unequal lengths");
    let half = 1 << (u128::BITS - bits - 1);
    for (place, out) in out.iter_mut().enumerate() {
        let sum = fractions.sum(digits.iter().map(|digits| digits[place]));
        *out = (sum.wrapping_add(half) >> (u128::BITS - bits)) as u64;
    }
}

/// How sums under 2^bits are decoded: as integers around a center, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decoding {
    /// The modulus is 2 to this power.
    pub bits: u32,
    /// What one unit of a result adds to a sum.
    pub step: f64,
    /// The result in the middle of what there may be.
    pub center: i64,
}

/// What decoding found beside the results.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Farthest {
    /// Largest distance of a sum from that of its result.
    pub remainder: f64,
    /// Smallest and largest result.
    pub results: (i64, i64),
}

/// `sums[x] - masks[x]` decoded, in place of the sums.
///
/// Panics for slices of different lengths and for more than [`MOST_BITS`].
pub fn decode(kernel: Kernel, decoding: &Decoding, masks: &[u64], sums: &mut [i64]) -> Farthest {
    assert!((1..=MOST_BITS).contains(&decoding.bits), "{} bits", decoding.bits);
    assert_eq!(masks.len(), sums.len(), "masks and sums");
    dispatch!(kernel, decode_portable(decoding: &Decoding, masks: &[u64], sums: &mut [i64]) -> Farthest)
}

#[inline(always)]
fn switch_portable(bits: u32, digits: &[&[u64]], factors: &[f64], out: &mut [u64]) {
    out.fill(0);
    let mask = (1 << bits) - 1;
    for (digits, factor) in digits.iter().zip(factors) {
        for (out, digit) in out.iter_mut().zip(*digits) {
            // Below 2^50: exact.
            *out = (f64::from_bits(*out) + *digit as i64 as f64 * factor).to_bits();
        }
    }
    out.iter_mut().for_each(|out| *out = (f64::from_bits(*out) + MAGIC).to_bits() & mask);
}

#[inline(always)]
fn decode_portable(decoding: &Decoding, masks: &[u64], sums: &mut [i64]) -> Farthest {
    let unused = u64::BITS - decoding.bits;
    let middle = (decoding.center as f64 * decoding.step).round() as i64;
    let inverse = 1.0 / decoding.step;
    let mut remainder = [0.0f64; 8];
    let (mut least, mut most) = ([i64::MAX; 8], [i64::MIN; 8]);
    for (sums, masks) in sums.chunks_mut(8).zip(masks.chunks(8)) {
        for (lane, (sum, mask)) in sums.iter_mut().zip(masks).enumerate() {
            let distance = sum.wrapping_sub(*mask as i64).wrapping_sub(middle) << unused >> unused;
            let distance = distance as f64;
            let rounded = distance * inverse + MAGIC;
            let off = distance - (rounded - MAGIC) * decoding.step;
            *sum = (rounded.to_bits() as i64).wrapping_sub(MAGIC.to_bits() as i64).wrapping_add(decoding.center);
            remainder[lane] = if off.abs() > remainder[lane] { off.abs() } else { remainder[lane] };
            least[lane] = least[lane].min(*sum);
            most[lane] = most[lane].max(*sum);
        }
    }
    Farthest {
        remainder: remainder.into_iter().fold(0.0, f64::max),
        results: (least.into_iter().fold(i64::MAX, i64::min), most.into_iter().fold(i64::MIN, i64::max)),
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::{Decoding, Fractions, decode, switch, switch_exactly};
    use crate::dispatch::Kernel;

    fn kernels() -> impl Iterator<Item = Kernel> {
        Kernel::ALL.into_iter().filter(|kernel| kernel.is_available())
    }

    proptest! {
        #[test]
        fn switching_divides_and_rounds(x in prop::collection::vec(0u64..1_125_899_906_826_241, 1..40), bits in 1u32..=48) {
            let p = 1_125_899_906_826_241u64;
            let mut out = vec![0; x.len()];
            for kernel in kernels() {
                switch(kernel, bits, &[&x], &[(1u64 << bits) as f64 / p as f64], &mut out);
                for (x, out) in x.iter().zip(&out) {
                    // Twice the distance of out * p from x * 2^bits, around the circle.
                    let (wide, around) = (u128::from(*x) << bits, u128::from(p) << bits);
                    let off = (wide + around - u128::from(*out) * u128::from(p)) % around;
                    prop_assert!(4 * off.min(around - off) <= 3 * u128::from(p), "{}: {}", kernel, out);
                }
            }
        }

        #[test]
        fn exact_switching_rounds_to_the_nearest(
            x in prop::collection::vec((0u64..1_125_899_906_826_241, 0u64..1_125_899_906_793_473), 1..40), bits in 1u32..=48,
        ) {
            let primes = [1_125_899_906_826_241u64, 1_125_899_906_793_473];
            let (first, second): (Vec<u64>, Vec<u64>) = x.iter().copied().unzip();
            let mut out = vec![0; x.len()];
            switch_exactly(bits, &[&first, &second], &Fractions::new(&primes), &mut out);
            let [p, q] = primes.map(u128::from);
            for ((x, y), out) in x.iter().zip(&out) {
                // x / p + y / q, of which the fractional part counts, over p q.
                let value = (u128::from(*x) * q + u128::from(*y) * p) % (p * q);
                let wide = (BigUint::from(value) << (bits + 1)) + p * q;
                let nearest = (wide / (2 * p * q)) % (BigUint::from(1u8) << bits);
                prop_assert_eq!(BigUint::from(*out), nearest);
            }
        }

        #[test]
        fn decoding_undoes_encoding(
            results in prop::collection::vec(-900i64..=1100, 1..40), noise in -250i64..=250, mask: u64, bits in 24u32..=48,
        ) {
            let step = (1u64 << bits) as f64 / 2001.0;
            let decoding = Decoding { bits, step, center: 100 };
            for kernel in kernels() {
                let masks = vec![mask; results.len()];
                let sum = |x: &i64| (*x as f64 * step).round() as i64 + noise;
                let mut sums: Vec<i64> = results.iter().map(|x| sum(x).wrapping_add(mask as i64)).collect();
                let found = decode(kernel, &decoding, &masks, &mut sums);
                prop_assert_eq!(&sums, &results);
                prop_assert!((found.remainder - noise.abs() as f64).abs() <= 1.01, "{}", found.remainder);
                prop_assert_eq!(Some(found.results.0), results.iter().min().copied());
                prop_assert_eq!(Some(found.results.1), results.iter().max().copied());
            }
        }
    }
}
