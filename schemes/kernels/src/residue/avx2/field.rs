//! Residues as doubles: integers that are exact, around zero, and reduced only as far as needed.
//!
//! A product is an exact sum of two doubles, `a b = h + l` with `h` its rounding and `l` from a fused
//! multiplication; with the rounded quotient `q` of `h` by p, the difference `h - q p` is exact again in one fused
//! operation (van der Hoeven, Lecerf and Quintin, "Modular SIMD arithmetic in Mathemagix", 2016,
//! section 3; as in FLINT's `fft_small`).
//!
//! Bounds, for p below 2^50 and `k` standing for |a| / 2^50: every sum stays below 2^53, where
//! integers are exact; a factor `a` of a product by a constant stays within `k <= 4`, where its quotient, half of it
//! at most, is within 2^51; the product then is at most (1/2 + k/16) p, since the constant's ratio to p is
//! within 2^-54 of the true one.

use super::lanes::{Reals, Row, Words};
use crate::residue::modulus::{Modulus, Multiplier};

/// A prime and its inverse.
#[derive(Clone, Copy)]
pub(super) struct Field {
    p: Reals,
    inverse: Reals,
}

/// A constant in (-p/2, p/2), and its ratio to p.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Constant {
    pub value: f64,
    pub ratio: f64,
}

impl Constant {
    pub(super) fn new(p: &Modulus, value: u64) -> Self {
        let value = p.centered(value) as f64;
        Constant { value, ratio: value / p.value() as f64 }
    }

    pub(super) fn of(p: &Modulus, multiplier: Multiplier) -> Self {
        Self::new(p, multiplier.value)
    }

    #[inline(always)]
    pub(super) fn splat(self) -> Factor {
        Factor { value: Reals::splat(self.value), ratio: Reals::splat(self.ratio) }
    }
}

/// Four constants.
#[derive(Clone, Copy)]
pub(super) struct Factor {
    value: Reals,
    ratio: Reals,
}

impl Factor {
    #[inline(always)]
    pub(super) fn load([value, ratio]: &[Row; 2]) -> Self {
        Factor { value: Reals::load(value), ratio: Reals::load(ratio) }
    }
}

impl Field {
    #[inline(always)]
    pub(super) fn new(p: &Modulus) -> Self {
        Field { p: Reals::splat(p.value() as f64), inverse: Reals::splat(1.0 / p.value() as f64) }
    }

    #[inline(always)]
    pub(super) fn p(&self) -> Reals {
        self.p
    }

    /// `a * b` within (1/2 + k/16) p.
    #[inline(always)]
    pub(super) fn scale(&self, a: Reals, b: Factor) -> Reals {
        let high = a.multiply(b.value);
        let low = a.multiply_subtract(b.value, high);
        let quotient = a.multiply_round(b.ratio);
        quotient.subtract_from(self.p, high).add(low)
    }

    /// `a * b` where |a b| is at most c p^2, c <= 2: within (1/2 + c/4) p.
    #[inline(always)]
    pub(super) fn multiply(&self, a: Reals, b: Reals) -> Reals {
        let high = a.multiply(b);
        let low = a.multiply_subtract(b, high);
        let quotient = high.multiply_round(self.inverse);
        quotient.subtract_from(self.p, high).add(low)
    }

    /// Any integer below 2^53 in magnitude, and whose quotient by p is 2^51 at most, to p/2 at most, and one
    /// more where p/2 is missed by a rounding.
    #[inline(always)]
    pub(super) fn reduce(&self, a: Reals) -> Reals {
        a.multiply_round(self.inverse).subtract_from(self.p, a)
    }

    /// From (-p, p) to [0, p).
    #[inline(always)]
    pub(super) fn lifted(&self, a: Reals) -> Words {
        a.add(a.where_negative(self.p)).words()
    }

    /// [`Field::reduce`], to [0, p).
    #[inline(always)]
    pub(super) fn canonical(&self, a: Reals) -> Words {
        self.lifted(self.reduce(a))
    }

    /// [`Field::reduce`], to [0, 2p).
    #[inline(always)]
    pub(super) fn lazy(&self, a: Reals) -> Words {
        self.reduce(a).add(self.p).words()
    }
}

/// The representatives around zero of residues modulo a prime.
#[derive(Clone, Copy)]
pub(super) struct Centered {
    q: Reals,
    half: Reals,
}

impl Centered {
    #[inline(always)]
    pub(super) fn new(q: &Modulus) -> Self {
        let q = q.value() as f64;
        Centered { q: Reals::splat(q), half: Reals::splat(q / 2.0) }
    }

    #[inline(always)]
    pub(super) fn of(&self, residues: &Row) -> Reals {
        let a = Words::load(residues).reals();
        a.subtract(a.where_above(self.half, self.q))
    }
}
