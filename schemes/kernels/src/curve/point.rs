//! Eight points of the twisted Edwards curve `-x^2 + y^2 = 1 + d x^2 y^2` at once.
//!
//! Formulas are complete, for every pair of points and in constant time: Hisil, Wong, Carter and Dawson, Twisted
//! Edwards Curves Revisited (2008), section 3.1 and 3.3, in the form of the Explicit-Formulas Database
//! (`twisted/extended-1`). Points are kept by `Y + X` and `Y - X`, which is what they begin with.

use super::constants::TWICE_D;
use super::field::{Field, Wide};
use super::lanes::{Lanes, Limbs, Mask};
use super::power::invert_all;

/// Points as memory holds them: `Y + X`, `Y - X`, `Z`, `T`.
pub(super) type PointRows = [Limbs; 4];

/// Affine points as summands: `y + x`, `y - x`, `2 d x y`.
pub(super) type NielsRows = [Limbs; 3];

/// Affine points `x`, `y`.
pub(super) type AffineRows = [Limbs; 2];

/// Extended coordinates: `x = X / Z`, `y = Y / Z`, `x y = T / Z`.
#[derive(Clone, Copy)]
pub(super) struct Point<L> {
    /// `Y + X`.
    pub(super) plus: Field<L>,
    /// `Y - X`.
    pub(super) minus: Field<L>,
    pub(super) z: Field<L>,
    pub(super) t: Field<L>,
}

/// Affine points as summands.
#[derive(Clone, Copy)]
pub(super) struct Niels<L> {
    /// `y + x`.
    pub(super) plus: Field<L>,
    /// `y - x`.
    pub(super) minus: Field<L>,
    /// `2 d x y`, or its negative in the lanes of `negative`.
    pub(super) product: Field<L>,
    /// Where a sum takes the negative of `product`: only then are points good for nothing else.
    pub(super) negative: Mask,
}

impl<L: Lanes> Niels<L> {
    #[inline(always)]
    pub(super) fn identity() -> Self {
        Niels { plus: Field::one(), minus: Field::one(), product: Field::zero(), negative: 0 }
    }

    #[inline(always)]
    pub(super) fn load([plus, minus, product]: &NielsRows) -> Self {
        Niels { plus: Field::load(plus), minus: Field::load(minus), product: Field::load(product), negative: 0 }
    }

    #[inline(always)]
    pub(super) fn store(self, [plus, minus, product]: &mut NielsRows) {
        self.plus.store(plus);
        self.minus.store(minus);
        self.product.store(product);
    }

    #[inline(always)]
    fn from_affine(x: Field<L>, y: Field<L>) -> Self {
        let product = x.times(&y).times(&Field::splat(&TWICE_D));
        Niels { plus: y.plus(x), minus: y.minus(x), product, negative: 0 }
    }

    /// The points or, all of them, their negatives; only good as a summand. Which they are is told by what is loaded, in
    /// variable time, and by no branch, which no processor foresees.
    #[inline(always)]
    pub(super) fn load_signed_vartime(rows: &NielsRows, negative: bool) -> Self {
        let first = usize::from(negative);
        Niels {
            plus: Field::load(&rows[first]),
            minus: Field::load(&rows[1 - first]),
            product: Field::load(&rows[2]),
            negative: Mask::from(negative).wrapping_neg(),
        }
    }

    /// The negatives in the lanes of the mask; only good as a summand.
    #[inline(always)]
    pub(super) fn negated(self, mask: Mask) -> Self {
        let [plus, minus] = self.plus.swapped(mask, self.minus);
        Niels { plus, minus, product: self.product, negative: self.negative ^ mask }
    }

    /// In the lanes of `plus` and of `minus`, that lane of the table, or its negative; the identity elsewhere. Only
    /// good as a summand.
    #[inline(always)]
    pub(super) fn chosen(table: &NielsRows, lanes: L, [plus, minus]: [Mask; 2]) -> Self {
        let [sums, differences, products] = table;
        let one = Field::one();
        Niels {
            plus: one.permuted(plus, lanes, sums).permuted(minus, lanes, differences),
            minus: one.permuted(plus, lanes, differences).permuted(minus, lanes, sums),
            product: Field::zero().permuted(plus | minus, lanes, products),
            negative: minus,
        }
    }
}

impl<L: Lanes> Point<L> {
    #[inline(always)]
    pub(super) fn identity() -> Self {
        Point { plus: Field::one(), minus: Field::one(), z: Field::one(), t: Field::zero() }
    }

    #[inline(always)]
    pub(super) fn load([plus, minus, z, t]: &PointRows) -> Self {
        Point { plus: Field::load(plus), minus: Field::load(minus), z: Field::load(z), t: Field::load(t) }
    }

    #[inline(always)]
    pub(super) fn store(self, [plus, minus, z, t]: &mut PointRows) {
        self.plus.store(plus);
        self.minus.store(minus);
        self.z.store(z);
        self.t.store(t);
    }

    #[inline(always)]
    pub(super) fn rows(self) -> PointRows {
        let mut rows = PointRows::default();
        self.store(&mut rows);
        rows
    }

    /// `x = E / G`, `y = H / F` and the like from the sums and products that every formula ends with.
    #[inline(always)]
    fn from_efgh(e: Field<L>, f: Field<L>, g: Field<L>, h: Field<L>) -> Self {
        let (x, y) = (e.product(&f), g.product(&h));
        Point { plus: y.plus(x).carry(), minus: y.minus(x).carry(), z: f.times(&g), t: e.times(&h) }
    }

    /// Mixed addition: 7 products.
    #[inline(always)]
    pub(super) fn plus_niels(&self, other: &Niels<L>) -> Self {
        let (a, b) = (self.minus.product(&other.minus), self.plus.product(&other.plus));
        let (c, d) = (self.t.product(&other.product), self.z.wide().twice());
        let [f, g] = d.minus(c).carry().swapped(other.negative, d.plus(c).carry());
        Self::from_efgh(b.minus(a).carry(), f, g, b.plus(a).carry())
    }

    /// Addition: 9 products.
    #[inline(always)]
    pub(super) fn plus(&self, other: &Self) -> Self {
        let (a, b) = (self.minus.product(&other.minus), self.plus.product(&other.plus));
        let c = self.t.product(&other.t.times(&Field::splat(&TWICE_D)));
        let d = self.z.product(&other.z).twice();
        Self::from_efgh(b.minus(a).carry(), d.minus(c).carry(), d.plus(c).carry(), b.plus(a).carry())
    }

    /// Doubling, with all of E to H doubled: 3 squares and 5 products.
    #[inline(always)]
    pub(super) fn doubled(&self) -> Self {
        let (plus, minus) = (self.plus.squared(), self.minus.squared());
        let g = self.plus.product(&self.minus).twice();
        let f = g.minus(self.z.squared().twice().twice());
        Self::from_efgh(plus.minus(minus).carry(), f.carry(), g.carry(), plus.plus(minus).negated().carry())
    }

    /// The identity plus a summand.
    #[inline(always)]
    pub(super) fn from_niels(niels: &Niels<L>) -> Self {
        Self::identity().plus_niels(niels)
    }
}

/// A double before its products: `x = E / F` and `y = G / H`, all four times 2.
pub(super) struct Double<L> {
    pub(super) e: Field<L>,
    pub(super) f: Field<L>,
    pub(super) g: Field<L>,
    pub(super) h: Field<L>,
}

impl<L: Lanes> Double<L> {
    #[inline(always)]
    pub(super) fn load([plus, minus, z, _]: &PointRows) -> Self {
        Self::new(Field::load(plus), Field::load(minus), Field::load(z).squared())
    }

    /// Of affine points.
    #[inline(always)]
    fn of_affine([x, y]: &AffineRows) -> Self {
        let (x, y) = (Field::load(x), Field::<L>::load(y));
        Self::new(y.plus(x), y.minus(x), Field::one().wide())
    }

    /// From `Y + X`, `Y - X` and `Z^2`.
    #[inline(always)]
    fn new(plus: Field<L>, minus: Field<L>, z_squared: Wide<L>) -> Self {
        let f = plus.product(&minus).twice();
        let h = z_squared.twice().twice().minus(f);
        let (plus, minus) = (plus.squared(), minus.squared());
        Double { e: plus.minus(minus).carry(), f: f.carry(), g: plus.plus(minus).carry(), h: h.carry() }
    }
}

/// Twice affine points, as summands, by one inversion.
#[inline(always)]
pub(super) fn doubled<L: Lanes>(points: &[AffineRows], out: &mut Vec<NielsRows>) {
    let mut inverses = vec![Limbs::default(); points.len()];
    for (point, inverse) in points.iter().zip(&mut inverses) {
        let Double { f, h, .. } = Double::<L>::of_affine(point);
        f.times(&h).store(inverse);
    }
    invert_all::<L>(&mut inverses);
    for (point, inverse) in points.iter().zip(&inverses) {
        let (Double { e, f, g, h }, inverse) = (Double::<L>::of_affine(point), Field::load(inverse));
        let mut rows = NielsRows::default();
        Niels::from_affine(e.times(&h.times(&inverse)), g.times(&f.times(&inverse))).store(&mut rows);
        out.push(rows);
    }
}

/// Affine coordinates of all, by one inversion.
#[inline(always)]
pub(super) fn affine<L: Lanes>(points: &[PointRows]) -> Vec<AffineRows> {
    let mut inverses: Vec<Limbs> = points.iter().map(|point| point[2]).collect();
    invert_all::<L>(&mut inverses);
    let half = Field::<L>::splat(&HALF);
    let mut out = vec![AffineRows::default(); points.len()];
    for (([plus, minus, ..], inverse), [x, y]) in points.iter().zip(&inverses).zip(&mut out) {
        let (plus, minus) = (Field::<L>::load(plus), Field::load(minus));
        let factor = Field::load(inverse).times(&half);
        plus.minus(minus).times(&factor).store(x);
        plus.plus(minus).times(&factor).store(y);
    }
    out
}

/// `1 / 2 = 2^254 - 9`.
const HALF: [u64; 5] = [super::field::LOW - 8, super::field::LOW, super::field::LOW, super::field::LOW, (1 << 50) - 1];

/// All as summands, by one inversion.
#[inline(always)]
pub(super) fn normalized<L: Lanes>(points: &[PointRows]) -> Vec<NielsRows> {
    let mut inverses: Vec<Limbs> = points.iter().map(|point| point[2]).collect();
    invert_all::<L>(&mut inverses);
    let mut out = vec![NielsRows::default(); points.len()];
    for (([plus, minus, _, t], inverse), out) in points.iter().zip(&inverses).zip(&mut out) {
        let inverse = Field::<L>::load(inverse);
        let (plus, minus) = (Field::load(plus).times(&inverse), Field::load(minus).times(&inverse));
        let product = Field::load(t).times(&inverse).times(&Field::splat(&TWICE_D));
        Niels { plus, minus, product, negative: 0 }.store(out);
    }
    out
}
