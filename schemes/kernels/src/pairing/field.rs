//! The prime field and its quadratic extension, in Montgomery form and always fully reduced.
#![expect(unsafe_code, reason = "calls into blst, which take pointers to plain data")]

use blst::{blst_fp, blst_fp2};

/// A field that curve points have their coordinates in; all operations take constant time.
pub trait Field: Copy + Default + PartialEq + Send + Sync {
    /// 1.
    const ONE: Self;
    /// The sum.
    fn add(&self, other: &Self) -> Self;
    /// The difference.
    fn subtract(&self, other: &Self) -> Self;
    /// The product.
    fn multiply(&self, other: &Self) -> Self;
    /// The square.
    fn square(&self) -> Self;
    /// The inverse; 0 of 0.
    fn inverse(&self) -> Self;

    /// The opposite.
    fn negate(&self) -> Self {
        Self::default().subtract(self)
    }
    /// Whether it is 0.
    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// 1 in Montgomery form: 2^384 modulo the prime.
const ONE: blst_fp = blst_fp {
    l: [
        0x7609_0000_0002_fffd,
        0xebf4_000b_c40c_0002,
        0x5f48_9857_53c7_58ba,
        0x77ce_5853_7052_5745,
        0x5c07_1a97_a256_ec6d,
        0x15f6_5ec3_fa80_e493,
    ],
};

macro_rules! field {
    ($name:ty, $one:expr, $add:ident, $sub:ident, $mul:ident, $sqr:ident, $inverse:ident) => {
        impl Field for $name {
            const ONE: Self = $one;

            fn add(&self, other: &Self) -> Self {
                let mut out = Self::default();
                // SAFETY: all pointers are to field elements that live through the call.
                unsafe { blst::$add(&mut out, self, other) };
                out
            }

            fn subtract(&self, other: &Self) -> Self {
                let mut out = Self::default();
                // SAFETY: as above.
                unsafe { blst::$sub(&mut out, self, other) };
                out
            }

            fn multiply(&self, other: &Self) -> Self {
                let mut out = Self::default();
                // SAFETY: as above.
                unsafe { blst::$mul(&mut out, self, other) };
                out
            }

            fn square(&self) -> Self {
                let mut out = Self::default();
                // SAFETY: as above.
                unsafe { blst::$sqr(&mut out, self) };
                out
            }

            fn inverse(&self) -> Self {
                let mut out = Self::default();
                // SAFETY: as above.
                unsafe { blst::$inverse(&mut out, self) };
                out
            }
        }
    };
}

field!(blst_fp, ONE, blst_fp_add, blst_fp_sub, blst_fp_mul, blst_fp_sqr, blst_fp_inverse);
field!(
    blst_fp2,
    blst_fp2 { fp: [ONE, blst_fp { l: [0; 6] }] },
    blst_fp2_add,
    blst_fp2_sub,
    blst_fp2_mul,
    blst_fp2_sqr,
    blst_fp2_inverse
);
