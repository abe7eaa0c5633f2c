//! Points of G1 and G2, affine and in Jacobian coordinates.
#![expect(unsafe_code, reason = "calls into blst, which take pointers to plain data")]

use blst::{BLST_ERROR, blst_fp, blst_fp2, blst_p1, blst_p1_affine, blst_p2, blst_p2_affine};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use super::field::Field;
use super::scalar::Scalar;

/// Bits of a scalar.
const SCALAR_BITS: usize = 255;

/// Bytes that encode no point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedPoint {
    /// Flags, length or a coordinate beyond the prime.
    Encoding,
    /// Coordinates that are not on the curve.
    Curve,
    /// A point outside the subgroup of order r.
    Subgroup,
}

impl std::fmt::Display for MalformedPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            MalformedPoint::Encoding => "no encoding of a point",
            MalformedPoint::Curve => "a point off the curve",
            MalformedPoint::Subgroup => "a point outside the subgroup of order r",
        })
    }
}

/// An affine point of either group, by its coordinates; (0, 0) stands for the neutral element.
pub trait Affine: Copy + Default + Send + Sync {
    /// The field of its coordinates.
    type Coordinate: Field;
    /// The abscissa.
    fn x(&self) -> &Self::Coordinate;
    /// The ordinate.
    fn y(&self) -> &Self::Coordinate;
    /// The point of these coordinates, which must be on the curve.
    fn of_coordinates(x: Self::Coordinate, y: Self::Coordinate) -> Self;
    /// Whether the point has order r: the check of Scott, "A note on group membership tests for G1, G2 and GT on
    /// BLS pairing-friendly curves" (2021), section 4 and 6.
    fn is_in_subgroup(&self) -> bool;

    /// Whether it is the neutral element.
    fn is_neutral(&self) -> bool {
        self.x().is_zero() && self.y().is_zero()
    }
    /// The opposite point.
    fn negate(&self) -> Self {
        Self::of_coordinates(*self.x(), self.y().negate())
    }
}

macro_rules! group {
    (
        $name:literal, $affine:ident($raw_affine:ty, $coordinate:ty), $point:ident($raw:ty), $compressed:literal,
        $bytes:literal, $generator:ident, $affine_generator:ident, $on_curve:ident, $in_group:ident, $multiply:ident,
        $add:ident, $add_affine:ident, $double:ident, $normalize:ident, $compress:ident, $uncompress:ident,
        $serialize:ident, $deserialize:ident
    ) => {
        #[doc = concat!("An affine point of the curve of ", $name, ".")]
        #[derive(Clone, Copy, Default, PartialEq, Eq)]
        #[repr(transparent)]
        pub struct $affine(pub(super) $raw_affine);

        #[doc = concat!("A point of ", $name, " in Jacobian coordinates.")]
        #[derive(Clone, Copy, Default)]
        #[repr(transparent)]
        pub struct $point($raw);

        impl std::fmt::Debug for $affine {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($name, "("))?;
                self.compressed().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(")")
            }
        }

        impl std::fmt::Debug for $point {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($name, "(..)"))
            }
        }

        impl Zeroize for $affine {
            fn zeroize(&mut self) {
                self.0 = Default::default();
                std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
            }
        }

        impl Affine for $affine {
            type Coordinate = $coordinate;

            fn x(&self) -> &$coordinate {
                &self.0.x
            }

            fn y(&self) -> &$coordinate {
                &self.0.y
            }

            fn of_coordinates(x: $coordinate, y: $coordinate) -> Self {
                let mut point = Self::default();
                (point.0.x, point.0.y) = (x, y);
                point
            }

            fn is_in_subgroup(&self) -> bool {
                // SAFETY: the pointer is to a point that lives through the call.
                unsafe { blst::$in_group(&self.0) }
            }
        }

        impl $affine {
            /// Bytes of the compressed encoding.
            pub const COMPRESSED: usize = $compressed;
            /// Bytes of the uncompressed encoding.
            pub const BYTES: usize = $bytes;

            /// The standard generator.
            pub fn generator() -> Self {
                // SAFETY: blst gives a pointer to a constant.
                $affine(unsafe { *blst::$affine_generator() })
            }

            /// The point times a scalar, in constant time.
            pub fn multiply(&self, scalar: &Scalar) -> $point {
                $point::from(*self).multiply(scalar)
            }

            /// The point of a table of multiples 0, 1, 2, ... that stands at `index`, in constant time.
            pub fn select(multiples: &[Self], index: u16) -> Self {
                let mut out = Self::default();
                for (place, point) in multiples.iter().enumerate() {
                    let here = (place as u64).ct_eq(&index.into());
                    for (out, point) in out.limbs_mut().zip(point.limbs()) {
                        out.conditional_assign(&point, here);
                    }
                }
                out
            }

            /// The compressed encoding.
            pub fn compressed(&self) -> [u8; $compressed] {
                let mut out = [0; $compressed];
                // SAFETY: as many bytes as the function writes.
                unsafe { blst::$compress(out.as_mut_ptr(), &self.0) };
                out
            }

            /// The uncompressed encoding.
            pub fn to_bytes(&self) -> [u8; $bytes] {
                let mut out = [0; $bytes];
                // SAFETY: as many bytes as the function writes.
                unsafe { blst::$serialize(out.as_mut_ptr(), &self.0) };
                out
            }

            /// Reads a compressed encoding; checks that the point has order r.
            ///
            /// # Errors
            /// [`MalformedPoint`] for bytes that are none.
            pub fn from_compressed(bytes: &[u8; $compressed]) -> Result<Self, MalformedPoint> {
                let mut out = Self::default();
                // SAFETY: as many bytes as the function reads.
                decoded(unsafe { blst::$uncompress(&mut out.0, bytes.as_ptr()) })?;
                if out.is_in_subgroup() { Ok(out) } else { Err(MalformedPoint::Subgroup) }
            }

            /// Reads an uncompressed encoding; checks that the point is on the curve, and leaves its order to
            /// [`Affine::is_in_subgroup`] or [`super::OrderTest`].
            ///
            /// # Errors
            /// [`MalformedPoint`] for bytes that are none.
            pub fn from_bytes_of_any_order(bytes: &[u8; $bytes]) -> Result<Self, MalformedPoint> {
                let mut out = Self::default();
                // The function reads compressed encodings too, where the first bit says so.
                if bytes[0] & 0x80 != 0 {
                    return Err(MalformedPoint::Encoding);
                }
                // SAFETY: as many bytes as the function reads.
                decoded(unsafe { blst::$deserialize(&mut out.0, bytes.as_ptr()) })?;
                Ok(out)
            }

            /// Whether the coordinates are those of a point of the curve.
            pub fn is_on_curve(&self) -> bool {
                // SAFETY: the pointer is to a point that lives through the call.
                unsafe { blst::$on_curve(&self.0) }
            }
        }

        impl From<$affine> for $point {
            fn from(point: $affine) -> Self {
                let z = if point.is_neutral() { <$coordinate>::default() } else { <$coordinate>::ONE };
                let mut out = <$raw>::default();
                (out.x, out.y, out.z) = (point.0.x, point.0.y, z);
                $point(out)
            }
        }

        impl Zeroize for $point {
            fn zeroize(&mut self) {
                self.0 = Default::default();
                std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
            }
        }

        impl $point {
            /// The generator times a scalar, in constant time.
            pub fn of_scalar(scalar: &Scalar) -> Self {
                // SAFETY: blst gives a pointer to a constant.
                $point(unsafe { *blst::$generator() }).multiply(scalar)
            }

            /// The point times a scalar, in constant time.
            pub fn multiply(&self, scalar: &Scalar) -> Self {
                let mut bytes = scalar.bytes();
                let mut out = <$raw>::default();
                // SAFETY: the scalar has as many bits as is stated, and the pointers live through the call.
                unsafe { blst::$multiply(&mut out, &self.0, bytes.as_ptr(), SCALAR_BITS) };
                bytes.zeroize();
                $point(out)
            }

            /// The sum, in constant time.
            pub fn add(&self, other: &Self) -> Self {
                let mut out = <$raw>::default();
                // SAFETY: all pointers are to points that live through the call.
                unsafe { blst::$add(&mut out, &self.0, &other.0) };
                $point(out)
            }

            /// The sum with an affine point, in constant time.
            pub fn add_affine(&self, other: &$affine) -> Self {
                let mut out = <$raw>::default();
                // SAFETY: as above.
                unsafe { blst::$add_affine(&mut out, &self.0, &other.0) };
                $point(out)
            }

            /// Twice the point, in constant time.
            pub fn double(&self) -> Self {
                let mut out = <$raw>::default();
                // SAFETY: as above.
                unsafe { blst::$double(&mut out, &self.0) };
                $point(out)
            }

            /// The points in affine coordinates, by one inversion for many.
            pub fn normalize(points: &[Self]) -> Vec<$affine> {
                let mut out = vec![$affine::default(); points.len()];
                if points.is_empty() {
                    return out;
                }
                // A null pointer behind the first says that the points follow each other.
                let pointers = [points.as_ptr().cast::<$raw>(), std::ptr::null()];
                // SAFETY: both types are transparent over blst's, and both slices have as many points as is stated.
                unsafe { blst::$normalize(out.as_mut_ptr().cast(), pointers.as_ptr(), points.len()) };
                out
            }
        }
    };
}

/// blst's verdict on an encoding.
fn decoded(verdict: BLST_ERROR) -> Result<(), MalformedPoint> {
    match verdict {
        BLST_ERROR::BLST_SUCCESS => Ok(()),
        BLST_ERROR::BLST_POINT_NOT_ON_CURVE => Err(MalformedPoint::Curve),
        BLST_ERROR::BLST_POINT_NOT_IN_GROUP => Err(MalformedPoint::Subgroup),
        BLST_ERROR::BLST_BAD_ENCODING
        | BLST_ERROR::BLST_AGGR_TYPE_MISMATCH
        | BLST_ERROR::BLST_VERIFY_FAIL
        | BLST_ERROR::BLST_PK_IS_INFINITY
        | BLST_ERROR::BLST_BAD_SCALAR => Err(MalformedPoint::Encoding),
    }
}

group!(
    "G1",
    G1Affine(blst_p1_affine, blst_fp),
    G1(blst_p1),
    48,
    96,
    blst_p1_generator,
    blst_p1_affine_generator,
    blst_p1_affine_on_curve,
    blst_p1_affine_in_g1,
    blst_p1_mult,
    blst_p1_add_or_double,
    blst_p1_add_or_double_affine,
    blst_p1_double,
    blst_p1s_to_affine,
    blst_p1_affine_compress,
    blst_p1_uncompress,
    blst_p1_affine_serialize,
    blst_p1_deserialize
);
group!(
    "G2",
    G2Affine(blst_p2_affine, blst_fp2),
    G2(blst_p2),
    96,
    192,
    blst_p2_generator,
    blst_p2_affine_generator,
    blst_p2_affine_on_curve,
    blst_p2_affine_in_g2,
    blst_p2_mult,
    blst_p2_add_or_double,
    blst_p2_add_or_double_affine,
    blst_p2_double,
    blst_p2s_to_affine,
    blst_p2_affine_compress,
    blst_p2_uncompress,
    blst_p2_affine_serialize,
    blst_p2_deserialize
);

impl G1Affine {
    fn limbs(&self) -> impl Iterator<Item = u64> {
        [self.0.x, self.0.y].into_iter().flat_map(|coordinate| coordinate.l)
    }

    fn limbs_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        [&mut self.0.x, &mut self.0.y].into_iter().flat_map(|coordinate| &mut coordinate.l)
    }
}

impl G2Affine {
    fn limbs(&self) -> impl Iterator<Item = u64> {
        [self.0.x, self.0.y].into_iter().flat_map(|coordinate| coordinate.fp).flat_map(|half| half.l)
    }

    fn limbs_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        let coordinates = [&mut self.0.x, &mut self.0.y].into_iter();
        coordinates.flat_map(|coordinate| &mut coordinate.fp).flat_map(|half| &mut half.l)
    }
}
