//! Slots to coefficients: the stages of the forward direction, backwards.

use super::super::modulus::Multiplier;
use super::super::ntt::{Ntt, RingKind};
use super::butterfly::{Group, Heap, Range, Roomy, Tail, Tight, inverse};
use super::field::{Factor, Field};
use super::forward::PASSES;
use super::lanes::{Lanes, Row};

/// Where the first stages find the slots.
pub(super) trait Slots {
    fn load(&self, block: usize, rows: &[Row; 8]) -> [Lanes; 8];
}

/// In the rows that the coefficients go to.
pub(super) struct InPlace;

/// Elsewhere.
pub(super) struct Apart<'a>(pub(super) &'a [Row]);

impl Slots for InPlace {
    #[inline(always)]
    fn load(&self, _: usize, rows: &[Row; 8]) -> [Lanes; 8] {
        Lanes::load_block(rows)
    }
}

impl Slots for Apart<'_> {
    #[inline(always)]
    fn load(&self, block: usize, _: &[Row; 8]) -> [Lanes; 8] {
        Lanes::load_block(&self.0.as_chunks::<8>().0[block])
    }
}

/// Fills `rows` with the coefficients of canonical slots.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn transform<S: Slots>(plan: &Ntt, slots: &S, rows: &mut [Row]) {
    let p = plan.modulus();
    let mut f = Field::new(p);
    let (twiddles, tail) = (plan.inverse_twiddles(), plan.inverse_tail());
    if p.bits() <= Roomy::INVERSE_BITS {
        f.slack = Lanes::splat(p.value() << 6);
        Transform { f, twiddles, tail }.run::<Roomy, S>(plan, slots, rows);
    } else {
        Transform { f, twiddles, tail }.run::<Tight, S>(plan, slots, rows);
    }
    if plan.ring() == RingKind::ConjugateInvariant {
        super::fold::unfold(plan, rows);
    }
}

struct Transform<'a> {
    f: Field,
    twiddles: &'a [Multiplier],
    tail: &'a [u64],
}

impl Transform<'_> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn run<R: Range, S: Slots>(&self, plan: &Ntt, slots: &S, rows: &mut [Row]) {
        let (p, scale) = (plan.modulus(), plan.scale());
        let passes = PASSES[plan.log_n() as usize - 6];
        let Some((log, rest)) = passes.split_first() else {
            self.ascend::<R, S>(&[], slots, rows, 1, 0);
            return super::elementwise::scale(p, rows, scale);
        };
        self.ascend::<R, S>(rest, slots, rows, 1 << log, 0);
        let last = [scale, p.multiplier(p.multiply(self.twiddles[1].value, scale.value))];
        match log {
            1 => self.last2::<R>(rows, last),
            2 => self.last4::<R>(rows, last),
            _ => self.last8::<R>(rows, last),
        }
    }

    /// Brings the parts at `node` of the tree and those beside it, which make up `rows`, to the stage
    /// above them.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn ascend<R: Range, S: Slots>(&self, passes: &[u32], slots: &S, rows: &mut [Row], node: usize, block: usize) {
        let Some((log, rest)) = passes.split_first() else {
            for (i, rows) in rows.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                self.begin::<R, S>(slots, rows, node + i, block + i);
            }
            return;
        };
        let parts = (rows.len() << node.ilog2()) / (self.twiddles.len() / 8);
        let size = rows.len() / parts;
        for (i, part) in rows.chunks_exact_mut(size).enumerate() {
            self.ascend::<R, S>(rest, slots, part, (node + i) << log, block + i * size / 8);
            match log {
                1 => self.pass2::<R>(part, node + i),
                2 => self.pass4::<R>(part, node + i),
                _ => self.pass8::<R>(part, node + i),
            }
        }
    }

    /// The first six stages of a block of 64.
    #[inline(always)]
    fn begin<R: Range, S: Slots>(&self, slots: &S, rows: &mut [Row; 8], node: usize, block: usize) {
        let f = &self.f;
        let tail = Tail::new(self.tail, block);
        let [a, b, c, d, e, g, h, i] = slots.load(block, rows);
        let (a, b) = inverse::<R>(f, a, b, tail.at(3));
        let (c, d) = inverse::<R>(f, c, d, tail.at(4));
        let (e, g) = inverse::<R>(f, e, g, tail.at(5));
        let (h, i) = inverse::<R>(f, h, i, tail.at(6));
        let (a, c) = inverse::<R>(f, a, c, tail.at(1));
        let (b, d) = inverse::<R>(f, b, d, tail.at(1));
        let (e, h) = inverse::<R>(f, e, h, tail.at(2));
        let (g, i) = inverse::<R>(f, g, i, tail.at(2));
        let (a, e) = inverse::<R>(f, a, e, tail.at(0));
        let (b, g) = inverse::<R>(f, b, g, tail.at(0));
        let (c, h) = inverse::<R>(f, c, h, tail.at(0));
        let (d, i) = inverse::<R>(f, d, i, tail.at(0));
        let v = Lanes::transpose([a, b, c, d, e, g, h, i]);
        let v = Group::inverse::<R>(f, &Heap::new(self.twiddles, node), 0, v);
        for i in 0..8 {
            v[i].store(&mut rows[i]);
        }
    }
}

/// What a pass takes up: tamed where blocks and passes do not tame, so that they may grow again.
#[inline(always)]
fn load<R: Range>(f: &Field, row: &Row) -> Lanes {
    let x = Lanes::load(row);
    if R::TAMES { x } else { f.tame(x) }
}

/// The last stage with 1/N in both factors: canonical.
#[inline(always)]
fn scaled(f: &Field, x: Lanes, y: Lanes, [scale, w]: [Factor; 2]) -> [Lanes; 2] {
    let (sum, difference) = (x.add(y), x.add(f.slack).sub(y));
    [f.finish(f.scale(sum, scale)), f.finish(f.scale(difference, w))]
}

macro_rules! pass {
    ($name:ident, $last:ident, $count:literal, [$($low:literal),*], [$($high:literal),*]) => {
        impl Transform<'_> {
            #[doc = concat!("A pass over columns of ", $count, " rows at `node` of the tree.")]
            #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
            fn $name<R: Range>(&self, rows: &mut [Row], node: usize) {
                let twiddles = Heap::new(self.twiddles, node);
                let stride = rows.len() / $count;
                for column in 0..stride {
                    let v = [$(load::<R>(&self.f, &rows[$low * stride + column]),)* $(load::<R>(&self.f, &rows[$high * stride + column])),*];
                    let v = Group::inverse::<R>(&self.f, &twiddles, 0, v);
                    $(v[$low].store(&mut rows[$low * stride + column]);)*
                    $(v[$high].store(&mut rows[$high * stride + column]);)*
                }
            }

            #[doc = concat!("The last pass, over columns of ", $count, " rows.")]
            #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
            fn $last<R: Range>(&self, rows: &mut [Row], last: [Multiplier; 2]) {
                let f = &self.f;
                let halves = [Heap::new(self.twiddles, 2), Heap::new(self.twiddles, 3)];
                let last = [Factor::splat(last[0]), Factor::splat(last[1])];
                let stride = rows.len() / $count;
                for column in 0..stride {
                    let low = last_half::<R, _>(f, &halves[0], [$(load::<R>(&self.f, &rows[$low * stride + column])),*]);
                    let high = last_half::<R, _>(f, &halves[1], [$(load::<R>(&self.f, &rows[$high * stride + column])),*]);
                    $({
                        let [sum, difference] = scaled(f, low[$low], high[$low], last);
                        sum.store(&mut rows[$low * stride + column]);
                        difference.store(&mut rows[($low + $count / 2) * stride + column]);
                    })*
                }
            }
        }
    };
}

/// The stages of half a group before its last.
#[inline(always)]
fn last_half<R: Range, G: Group>(f: &Field, t: &Heap, v: G) -> G {
    Group::inverse::<R>(f, t, 0, v)
}

pass!(pass2, last2, 2, [0], [1]);
pass!(pass4, last4, 4, [0, 1], [2, 3]);
pass!(pass8, last8, 8, [0, 1, 2, 3], [4, 5, 6, 7]);
