//! Numbers modulo the order r of the groups.
#![expect(unsafe_code, reason = "calls into blst, which take pointers to plain data")]

use blst::{blst_fr, blst_scalar};
use zeroize::Zeroize;

/// A number modulo r, in Montgomery form; all operations take constant time.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scalar(blst_fr);

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scalar(..)")
    }
}

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        self.0.l.zeroize();
    }
}

impl Scalar {
    /// The number of 64 bytes modulo r: uniform up to 2^-257 where they are.
    pub fn from_wide_bytes(bytes: &[u8; 64]) -> Self {
        let mut reduced = blst_scalar::default();
        let mut out = blst_fr::default();
        // SAFETY: the pointers are to as many bytes as is stated, and to plain data that lives through the calls.
        unsafe {
            blst::blst_scalar_from_le_bytes(&mut reduced, bytes.as_ptr(), bytes.len());
            blst::blst_fr_from_scalar(&mut out, &reduced);
        }
        reduced.b.zeroize();
        Scalar(out)
    }

    /// A small number, negative ones from the top of the range.
    pub fn from_i64(value: i64) -> Self {
        let limbs = [value.unsigned_abs(), 0, 0, 0];
        let mut out = blst_fr::default();
        // SAFETY: four limbs, as the function reads.
        unsafe {
            blst::blst_fr_from_uint64(&mut out, limbs.as_ptr());
            blst::blst_fr_cneg(&mut out, &out, value < 0);
        }
        Scalar(out)
    }

    /// The sum.
    pub fn add(&self, other: &Scalar) -> Scalar {
        let mut out = blst_fr::default();
        // SAFETY: all pointers are to numbers that live through the call.
        unsafe { blst::blst_fr_add(&mut out, &self.0, &other.0) };
        Scalar(out)
    }

    /// The difference.
    pub fn subtract(&self, other: &Scalar) -> Scalar {
        let mut out = blst_fr::default();
        // SAFETY: as above.
        unsafe { blst::blst_fr_sub(&mut out, &self.0, &other.0) };
        Scalar(out)
    }

    /// The product.
    pub fn multiply(&self, other: &Scalar) -> Scalar {
        let mut out = blst_fr::default();
        // SAFETY: as above.
        unsafe { blst::blst_fr_mul(&mut out, &self.0, &other.0) };
        Scalar(out)
    }

    /// The opposite.
    pub fn negate(&self) -> Scalar {
        Scalar::default().subtract(self)
    }

    /// The inverse; 0 of 0.
    pub fn inverse(&self) -> Scalar {
        let mut out = blst_fr::default();
        // SAFETY: as above.
        unsafe { blst::blst_fr_inverse(&mut out, &self.0) };
        Scalar(out)
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        *self == Scalar::default()
    }

    /// The bytes of the number, little-endian, for multiplication of points.
    pub(super) fn bytes(&self) -> [u8; 32] {
        let mut out = blst_scalar::default();
        // SAFETY: as above.
        unsafe { blst::blst_scalar_from_fr(&mut out, &self.0) };
        out.b
    }
}
