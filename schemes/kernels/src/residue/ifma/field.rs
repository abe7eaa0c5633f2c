//! A modulus in registers, and reductions by it.
//!
//! Inside the kernel residues are *dirty*: only the low 52 bits of a lane count, and they hold some
//! representative in [0, 2^52), which is [0, 4p) or more. The multiplications look at no other bits, so
//! additions may carry into the upper ones freely.

use super::super::modulus::{Modulus, Multiplier};
use super::lanes::Lanes;

/// A factor with its quotient, in every lane or lane by lane.
#[derive(Clone, Copy)]
pub(super) struct Factor {
    pub(super) value: Lanes,
    pub(super) quotient: Lanes,
}

impl Factor {
    #[inline(always)]
    pub(super) fn broadcast(multiplier: &Multiplier) -> Self {
        Factor { value: Lanes::broadcast(&multiplier.value), quotient: Lanes::broadcast(&multiplier.quotient) }
    }

    #[inline(always)]
    pub(super) fn splat(multiplier: Multiplier) -> Self {
        Factor { value: Lanes::splat(multiplier.value), quotient: Lanes::splat(multiplier.quotient) }
    }
}

/// What reductions by one modulus need.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) p: Lanes,
    /// 2^52 - p: a factor of -p.
    pub(super) minus_p: Lanes,
    /// 2p, or a larger multiple of p: what keeps differences from becoming negative.
    pub(super) slack: Lanes,
    /// floor(2^52 / p).
    pub(super) reciprocal: Lanes,
    /// 2^52 - 1.
    pub(super) mask: Lanes,
}

impl Field {
    #[inline(always)]
    pub(super) fn new(p: &Modulus) -> Self {
        let value = p.value();
        Field {
            p: Lanes::splat(value),
            minus_p: Lanes::splat((1 << 52) - value),
            slack: Lanes::splat(2 * value),
            reciprocal: Lanes::splat((1 << 52) / value),
            mask: Lanes::splat((1 << 52) - 1),
        }
    }

    /// From dirty to below (1 + e)p, dirty still, where `e = x/2^52` times the fraction of 2^52/p, less
    /// than 1: below 2p always, and hardly above p for p just below a power of two.
    #[inline(always)]
    pub(super) fn tame(&self, x: Lanes) -> Lanes {
        x.low(Lanes::zero().high(x, self.reciprocal), self.minus_p)
    }

    /// From dirty and below 2p to canonical.
    #[inline(always)]
    pub(super) fn finish(&self, x: Lanes) -> Lanes {
        self.reduce_once(x.and(self.mask))
    }

    /// From dirty to canonical.
    #[inline(always)]
    pub(super) fn canonical(&self, x: Lanes) -> Lanes {
        self.finish(self.tame(x))
    }

    /// From [0, 2p) to [0, p).
    #[inline(always)]
    pub(super) fn reduce_once(&self, x: Lanes) -> Lanes {
        x.min(x.sub(self.p))
    }

    /// `x * factor` for dirty `x`, dirty and below (1 + x/2^52)p (Harvey 2014, section 2).
    #[inline(always)]
    pub(super) fn scale(&self, x: Lanes, factor: Factor) -> Lanes {
        let quotient = Lanes::zero().high(x, factor.quotient);
        Lanes::zero().low(x, factor.value).low(quotient, self.minus_p)
    }
}

/// What products of two residues need besides.
#[derive(Clone, Copy)]
pub(super) struct Products {
    /// 52 less the bits of p.
    shift: Lanes,
    /// [`Modulus::reciprocal`].
    reciprocal: Lanes,
}

impl Products {
    #[inline(always)]
    pub(super) fn new(p: &Modulus) -> Self {
        Products { shift: Lanes::splat(u64::from(52 - p.bits())), reciprocal: Lanes::splat(p.reciprocal()) }
    }

    /// Shifts a canonical factor up, so that the high half of a product holds its upper bits.
    #[inline(always)]
    pub(super) fn shifted(&self, a: Lanes) -> Lanes {
        a.shift_left(self.shift)
    }

    /// `start + a * b` for canonical operands, dirty and below 4p (Barrett's reduction: `start` and a
    /// quotient that may be 2 too small).
    #[inline(always)]
    pub(super) fn multiply_add(&self, f: &Field, start: Lanes, a: Lanes, b: Lanes) -> Lanes {
        let upper = Lanes::zero().high(self.shifted(a), b);
        start.low(a, b).low(upper.high(upper, self.reciprocal), f.minus_p)
    }

    /// `a0 * b1 + a1 * b0` for canonical operands, dirty and below 4p; `shifted` are those of `a`.
    #[inline(always)]
    pub(super) fn cross(&self, f: &Field, a: [Lanes; 2], shifted: [Lanes; 2], b: [Lanes; 2]) -> Lanes {
        let upper = Lanes::zero().high(shifted[0], b[1]).high(shifted[1], b[0]);
        Lanes::zero().low(a[0], b[1]).low(a[1], b[0]).low(upper.high(upper, self.reciprocal), f.minus_p)
    }

    /// `a * b` for canonical operands, dirty and below 4p; `shifted` is that of `a`.
    #[inline(always)]
    pub(super) fn multiply(&self, f: &Field, a: Lanes, shifted: Lanes, b: Lanes) -> Lanes {
        let upper = Lanes::zero().high(shifted, b);
        Lanes::zero().low(a, b).low(upper.high(upper, self.reciprocal), f.minus_p)
    }
}

/// A sum of up to 2^12 products as the sums of their lower and of their upper halves.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    low: Lanes,
    high: Lanes,
}

impl Sum {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Sum { low: Lanes::zero(), high: Lanes::zero() }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, a: Lanes, b: Lanes) {
        self.low = self.low.low(a, b);
        self.high = self.high.high(a, b);
    }
}

/// What sums of products are reduced with.
pub(super) trait Folding: Copy {
    fn new(p: &Modulus) -> Self;

    /// A representative of the sum, dirty.
    fn fold(&self, f: &Field, sum: Sum) -> Lanes;
}

/// For sums below 2^104.
#[derive(Clone, Copy)]
pub(super) struct Short(Factor);

/// For sums below 2^116.
#[derive(Clone, Copy)]
pub(super) struct Long {
    radix: Factor,
    upper: Factor,
    mask: Lanes,
}

impl Short {
    /// The most products of a lazy and a canonical residue that stay below 2^104 in sum.
    pub(super) fn most_terms(p: &Modulus) -> usize {
        // The upper half of each is below p, and each lower half carries at most 1.
        ((1usize << 52) - 1) / (p.value() as usize + 1)
    }
}

impl Folding for Short {
    #[inline(always)]
    fn new(p: &Modulus) -> Self {
        Short(Factor::splat(p.radix()))
    }

    /// Below (3 + e)p for e the fraction of 2^52/p.
    #[inline(always)]
    fn fold(&self, f: &Field, sum: Sum) -> Lanes {
        let high = sum.high.add(sum.low.shift_right::<52>());
        let quotient = Lanes::zero().high(high, self.0.quotient).high(sum.low, f.reciprocal);
        sum.low.low(high, self.0.value).low(quotient, f.minus_p)
    }
}

impl Folding for Long {
    #[inline(always)]
    fn new(p: &Modulus) -> Self {
        Long {
            radix: Factor::splat(p.radix()),
            upper: Factor::splat(p.multiplier(p.reduce(1 << 103))),
            mask: Lanes::splat((1 << 51) - 1),
        }
    }

    /// Below (7/2 + e)p for e the fraction of 2^52/p, give or take 2^-40.
    #[inline(always)]
    fn fold(&self, f: &Field, sum: Sum) -> Lanes {
        let high = sum.high.add(sum.low.shift_right::<52>());
        let (upper, high) = (high.shift_right::<51>(), high.and(self.mask));
        let quotient = Lanes::zero().high(high, self.radix.quotient).high(upper, self.upper.quotient);
        let quotient = quotient.high(sum.low, f.reciprocal);
        sum.low.low(high, self.radix.value).low(upper, self.upper.value).low(quotient, f.minus_p)
    }
}
