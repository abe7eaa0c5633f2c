//! Base conversion, eight slots at a time.

use super::super::conversion::Conversion;
use super::super::modulus::Modulus;
use super::field::{Factor, Field, Folding, Long, Short, Sum};
use super::forward::Input;
use super::lanes::{Lanes, Reals, Row};

/// A prime converted from.
struct Source {
    field: Field,
    weight: Factor,
    reciprocal: Reals,
}

impl Source {
    #[inline(always)]
    fn all(tables: &Conversion) -> Vec<Source> {
        let mut sources = Vec::with_capacity(tables.from.len());
        for ((q, weight), reciprocal) in tables.from.iter().zip(&tables.weights).zip(&tables.reciprocals) {
            let (weight, reciprocal) = (Factor::splat(*weight), Reals::splat(*reciprocal));
            sources.push(Source { field: Field::new(q), weight, reciprocal });
        }
        sources
    }

    /// Weighs a residue and adds its share of Q.
    #[inline(always)]
    fn weigh(&self, x: Lanes, overflow: Reals) -> (Lanes, Reals) {
        let weighted = self.field.finish(self.field.scale(x, self.weight));
        // Rounded twice, as in portable code.
        (weighted, overflow.add(weighted.to_reals().mul(self.reciprocal)))
    }
}

/// A prime converted to.
pub(super) struct Target<'a, F> {
    field: Field,
    folding: F,
    products: &'a [u64],
    correction: Lanes,
}

impl<'a, F: Folding> Target<'a, F> {
    #[inline(always)]
    pub(super) fn new(tables: &'a Conversion, to: usize) -> Self {
        let p = &tables.to[to];
        let (products, correction) = (&tables.products[to][..], Lanes::splat(tables.corrections[to]));
        Target { field: Field::new(p), folding: F::new(p), products, correction }
    }

    /// The residue, dirty.
    #[inline(always)]
    fn combine(&self, weighted: impl Iterator<Item = Lanes>, overflow: Lanes) -> Lanes {
        let mut sum = Sum::zero();
        sum.add(overflow, self.correction);
        for (weighted, product) in weighted.zip(self.products) {
            sum.add(weighted, Lanes::splat(*product));
        }
        self.folding.fold(&self.field, sum)
    }
}

/// Whether sums of canonical residues' products modulo this prime are short.
pub(super) fn is_short(tables: &Conversion, p: &Modulus) -> bool {
    let largest = tables.from.iter().map(Modulus::value).max().unwrap_or(1);
    // The upper half of a product, which its lower half may carry into. The correction is one more term.
    let upper = ((u128::from(largest) * u128::from(p.value())) >> 52) + 1;
    (tables.from.len() as u128 + 1) * upper < 1 << 52
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn convert(tables: &Conversion, from: &[&[Row]], to: &mut [&mut [Row]]) {
    if tables.to.iter().all(|p| is_short(tables, p)) {
        convert_with::<Short>(tables, from, to);
    } else {
        convert_with::<Long>(tables, from, to);
    }
}

#[inline(always)]
fn convert_with<F: Folding>(tables: &Conversion, from: &[&[Row]], to: &mut [&mut [Row]]) {
    let sources = Source::all(tables);
    let mut targets = Vec::with_capacity(to.len());
    for j in 0..to.len() {
        targets.push(Target::<F>::new(tables, j));
    }
    let mut weighted = [Lanes::zero(); Conversion::MOST];
    for slot in 0..from[0].len() {
        let mut overflow = Reals::splat(0.5);
        for ((weighted, source), from) in weighted.iter_mut().zip(&sources).zip(from) {
            (*weighted, overflow) = source.weigh(Lanes::load(&from[slot]), overflow);
        }
        let overflow = overflow.truncate();
        for (target, to) in targets.iter().zip(to.iter_mut()) {
            let weighted = weighted[..sources.len()].iter().copied();
            target.field.canonical(target.combine(weighted, overflow)).store(&mut to[slot]);
        }
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn weigh(tables: &Conversion, from: &mut [&mut [Row]], overflow: &mut [Row]) {
    let sources = Source::all(tables);
    for (slot, out) in overflow.iter_mut().enumerate() {
        let mut overflow = Reals::splat(0.5);
        for (from, source) in from.iter_mut().zip(&sources) {
            let weighted;
            (weighted, overflow) = source.weigh(Lanes::load(&from[slot]), overflow);
            weighted.store(&mut from[slot]);
        }
        overflow.truncate().store(out);
    }
}

/// Weighted residues, on their way to one target prime: below 2p.
pub(super) struct Combined<'a, F> {
    pub(super) target: Target<'a, F>,
    pub(super) weighted: &'a [&'a [Row]],
    pub(super) overflow: &'a [Row],
}

impl<F: Folding> Combined<'_, F> {
    #[inline(always)]
    fn at(&self, slot: usize) -> Lanes {
        let weighted = self.weighted.iter().map(|weighted| Lanes::load(&weighted[slot]));
        self.target.combine(weighted, Lanes::load(&self.overflow[slot]))
    }
}

impl<F: Folding> Input for Combined<'_, F> {
    #[inline(always)]
    fn load(&self, f: &Field, _: &[Row], row: usize) -> Lanes {
        f.tame(self.at(row))
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn combine<F: Folding>(combined: &Combined<F>, out: &mut [Row]) {
    for (slot, out) in out.iter_mut().enumerate() {
        combined.target.field.canonical(combined.at(slot)).store(out);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn target<F: Folding>(tables: &Conversion, to: usize) -> Target<'_, F> {
    Target::new(tables, to)
}
