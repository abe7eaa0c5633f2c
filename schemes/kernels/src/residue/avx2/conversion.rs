//! Base conversion.

use super::ends::Input;
use super::field::{Constant, Field};
use super::lanes::{Reals, Row, Words};
use crate::residue::conversion::Conversion;
use crate::residue::modulus::Modulus;

/// Products, each within 9p/16, that are added to half of p before it is reduced again: below 2^53.
const SUMMED: usize = 12;

/// The primes converted from.
pub(super) struct Sources {
    primes: Vec<(Modulus, Constant, f64)>,
}

impl Sources {
    pub(super) fn new(tables: &Conversion) -> Self {
        let weights = tables.from.iter().zip(&tables.weights).zip(&tables.reciprocals);
        Sources { primes: weights.map(|((q, weight), inverse)| (*q, Constant::of(q, *weight), *inverse)).collect() }
    }
}

/// One that is converted to.
pub(super) struct Target {
    p: Modulus,
    products: Vec<Constant>,
    correction: Constant,
}

impl Target {
    pub(super) fn new(tables: &Conversion, to: usize) -> Self {
        let p = tables.to[to];
        let products = tables.products[to].iter().map(|product| Constant::new(&p, *product)).collect();
        Target { p, products, correction: Constant::new(&p, tables.corrections[to]) }
    }

    /// The sum of what was weighted, within p/2.
    #[inline(always)]
    fn combine(&self, field: &Field, weighted: &impl Weighted, overflow: Reals) -> Reals {
        let mut sum = field.scale(overflow, self.correction.splat());
        for (number, product) in self.products.iter().enumerate() {
            sum = sum.add(field.scale(weighted.residue(number), product.splat()));
            if number % SUMMED == SUMMED - 1 {
                sum = field.reduce(sum);
            }
        }
        field.reduce(sum)
    }
}

/// Four residues for each source prime.
trait Weighted {
    fn residue(&self, number: usize) -> Reals;
}

impl Weighted for [Reals; Conversion::MOST] {
    #[inline(always)]
    fn residue(&self, number: usize) -> Reals {
        self[number]
    }
}

/// Those at one row of polynomials.
struct At<'a>(&'a [&'a [Row]], usize);

impl Weighted for At<'_> {
    #[inline(always)]
    fn residue(&self, number: usize) -> Reals {
        Words::load(&self.0[number][self.1]).reals()
    }
}

/// A weighted residue in [0, q), and the overflow with its share.
#[inline(always)]
fn weigh_one((q, weight, inverse): &(Modulus, Constant, f64), residues: &Row, overflow: Reals) -> (Reals, Reals) {
    let field = Field::new(q);
    let weighted = field.scale(Words::load(residues).reals(), weight.splat());
    let weighted = weighted.add(weighted.where_negative(field.p()));
    // Rounded twice, as in portable code.
    (weighted, overflow.add(weighted.multiply(Reals::splat(*inverse))))
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn weigh(sources: &Sources, from: &mut [&mut [Row]], overflows: &mut [Row]) {
    for (place, overflows) in overflows.iter_mut().enumerate() {
        let mut overflow = Reals::splat(0.5);
        for (prime, from) in sources.primes.iter().zip(&mut *from) {
            let weighted;
            (weighted, overflow) = weigh_one(prime, &from[place], overflow);
            weighted.words().store(&mut from[place]);
        }
        overflow.truncate().words().store(overflows);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn combine(combined: &Combined<'_>, out: &mut [Row]) {
    let field = Field::new(&combined.target.p);
    for (place, out) in out.iter_mut().enumerate() {
        let sum = combined.load(out, place);
        field.lifted(sum).store(out);
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn convert(sources: &Sources, targets: &[Target], from: &[&[Row]], to: &mut [&mut [Row]]) {
    let mut weighted = [Reals::splat(0.0); Conversion::MOST];
    for place in 0..from[0].len() {
        let mut overflow = Reals::splat(0.5);
        for ((prime, from), weighted) in sources.primes.iter().zip(from).zip(&mut weighted) {
            (*weighted, overflow) = weigh_one(prime, &from[place], overflow);
        }
        let overflow = overflow.truncate();
        for (target, to) in targets.iter().zip(&mut *to) {
            let field = Field::new(&target.p);
            field.lifted(target.combine(&field, &weighted, overflow)).store(&mut to[place]);
        }
    }
}

/// The other half of a conversion, as the input of a transform.
pub(super) struct Combined<'a> {
    pub target: Target,
    pub weighted: &'a [&'a [Row]],
    pub overflow: &'a [Row],
}

impl Input for Combined<'_> {
    #[inline(always)]
    fn load(&self, _: &Row, place: usize) -> Reals {
        let overflow = Words::load(&self.overflow[place]).reals();
        self.target.combine(&Field::new(&self.target.p), &At(self.weighted, place), overflow)
    }
}
