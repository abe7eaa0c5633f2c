//! The pairing e: G1 x G2 -> GT on BLS12-381, safe over `blst`.
//!
//! The curve is y^2 = x^3 + 4 over a prime field of 381 bits, its twist the same with 4 (1 + u), and all three groups
//! have the prime order r of 255 bits (Barreto, Lynn, Scott, SCN 2002; parameters of Bowe, "BLS12-381: New zk-SNARK
//! Elliptic Curve Construction", 2017; encodings as in draft-irtf-cfrg-pairing-friendly-curves, appendix C).
//!
//! Scalars and multiplication by scalars take constant time; what serves public data alone has `vartime` in its name.

mod field;
mod linear;
mod order;
mod point;
mod scalar;
mod target;

#[cfg(test)]
mod tests;

pub use self::linear::LinearMap;
pub use self::order::OrderTest;
pub use self::point::{Affine, G1, G1Affine, G2, G2Affine, MalformedPoint};
pub use self::scalar::Scalar;
pub use self::target::{FixedG2, Gt, MillerValue, Tower};
