//! Coefficients to slots.
//!
//! The stages that combine distant rows go in passes of two or three stages over all of the
//! polynomial; as soon as a part of it can be finished by itself it is, so that it stays in the first
//! cache. The last six stages of a block of 64 happen in registers: three between rows, three between
//! lanes after a transposition.

use super::super::modulus::{Modulus, Multiplier};
use super::super::ntt::Ntt;
use super::butterfly::{Fresh, Group, Heap, Range, Roomy, Tail, Tight, forward_in, stage};
use super::elementwise::{Lift, offset};
use super::field::{Factor, Field};
use super::lanes::{Lanes, Row};

/// Where the first pass finds its coefficients, and what it makes of them: dirty residues.
pub(super) trait Input {
    /// Whether they are below 2p.
    const IS_FRESH: bool = true;
    fn load(&self, f: &Field, rows: &[Row], row: usize) -> Lanes;
}

/// Canonical residues in place.
pub(super) struct InPlace;

/// What [`super::fold`] leaves in place.
pub(super) struct Folded;

/// Residues modulo another number near p.
pub(super) struct LiftedNear<'a>(pub(super) &'a [Row], pub(super) Lift);

/// Residues modulo any other number.
pub(super) struct Lifted<'a>(pub(super) &'a [Row], pub(super) Lift);

/// Integers below 2^49 in magnitude, with a multiple of p that makes them nonnegative.
pub(super) struct Signed<'a>(pub(super) &'a [[i64; 8]], pub(super) Lanes);

impl Input for InPlace {
    #[inline(always)]
    fn load(&self, _: &Field, rows: &[Row], row: usize) -> Lanes {
        Lanes::load(&rows[row])
    }
}

impl Input for Folded {
    const IS_FRESH: bool = false;

    #[inline(always)]
    fn load(&self, _: &Field, rows: &[Row], row: usize) -> Lanes {
        Lanes::load(&rows[row])
    }
}

impl Input for LiftedNear<'_> {
    #[inline(always)]
    fn load(&self, _: &Field, _: &[Row], row: usize) -> Lanes {
        self.1.apply(Lanes::load(&self.0[row]))
    }
}

impl Input for Lifted<'_> {
    #[inline(always)]
    fn load(&self, f: &Field, _: &[Row], row: usize) -> Lanes {
        f.tame(self.1.apply(Lanes::load(&self.0[row])))
    }
}

impl<'a> Signed<'a> {
    pub(super) const BITS: u32 = 49;

    #[inline(always)]
    pub(super) fn new(p: &Modulus, values: &'a [[i64; 8]]) -> Self {
        Signed(values, Lanes::splat(offset(p, 1 << Self::BITS)))
    }
}

impl Input for Signed<'_> {
    #[inline(always)]
    fn load(&self, f: &Field, _: &[Row], row: usize) -> Lanes {
        f.tame(Lanes::load_signed(&self.0[row]).add(self.1))
    }
}

/// What becomes of finished slots, a block of 64 at a time.
pub(super) trait Output {
    fn store<R: Range>(&mut self, f: &Field, block: usize, rows: &mut [Row; 8], slots: [Lanes; 8]);
}

/// Canonical slots in place.
pub(super) struct Canonical;

/// Lazy slots in place.
pub(super) struct Lazy;

/// `acc = (acc - slots) * factor + add`.
pub(super) struct Divide<'a> {
    pub(super) acc: &'a mut [Row],
    pub(super) add: Option<&'a [Row]>,
    pub(super) factor: Factor,
    pub(super) minus_factor: Factor,
}

impl Output for Canonical {
    #[inline(always)]
    fn store<R: Range>(&mut self, f: &Field, _: usize, rows: &mut [Row; 8], slots: [Lanes; 8]) {
        for i in 0..8 {
            f.canonical(slots[i]).store(&mut rows[i]);
        }
    }
}

impl Output for Lazy {
    #[inline(always)]
    fn store<R: Range>(&mut self, f: &Field, _: usize, rows: &mut [Row; 8], slots: [Lanes; 8]) {
        for i in 0..8 {
            let slots = if R::TAMES { slots[i] } else { f.tame(slots[i]) };
            slots.and(f.mask).store(&mut rows[i]);
        }
    }
}

impl Divide<'_> {
    /// Both products less both quotients' multiples of p: below 3p, and 4p with what is added.
    #[inline(always)]
    fn apply(&self, f: &Field, acc: Lanes, slots: Lanes, start: Lanes) -> Lanes {
        let quotient = Lanes::zero().high(acc, self.factor.quotient).high(slots, self.minus_factor.quotient);
        let products = start.low(acc, self.factor.value).low(slots, self.minus_factor.value);
        f.canonical(products.low(quotient, f.minus_p))
    }
}

impl Output for Divide<'_> {
    #[inline(always)]
    fn store<R: Range>(&mut self, f: &Field, block: usize, _: &mut [Row; 8], slots: [Lanes; 8]) {
        for (i, slots) in slots.iter().enumerate() {
            let row = 8 * block + i;
            let start = self.add.map_or(Lanes::zero(), |add| Lanes::load(&add[row]));
            let acc = Lanes::load(&self.acc[row]);
            self.apply(f, acc, *slots, start).store(&mut self.acc[row]);
        }
    }
}

/// How the stages before the last six go in passes, by their number.
pub(super) const PASSES: [&[u32]; 12] = [
    &[],
    &[1],
    &[2],
    &[3],
    &[2, 2],
    &[2, 3],
    &[3, 3],
    &[2, 2, 3],
    &[2, 3, 3],
    &[3, 3, 3],
    &[2, 2, 3, 3],
    &[2, 3, 3, 3],
];

/// Transforms `rows`, of which `input` may make something first; leaves the rest to `output`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn transform<I: Input, O: Output>(plan: &Ntt, input: &I, rows: &mut [Row], output: &mut O) {
    let passes = PASSES[plan.log_n() as usize - 6];
    let transform =
        Transform { f: Field::new(plan.modulus()), twiddles: plan.forward_twiddles(), tail: plan.forward_tail() };
    if plan.modulus().bits() <= Roomy::FORWARD_BITS {
        transform.start::<Roomy, Roomy, I, O>(passes, input, rows, output);
    } else if I::IS_FRESH {
        transform.start::<Fresh, Tight, I, O>(passes, input, rows, output);
    } else {
        transform.start::<Tight, Tight, I, O>(passes, input, rows, output);
    }
}

struct Transform<'a> {
    f: Field,
    twiddles: &'a [Multiplier],
    tail: &'a [u64],
}

impl Transform<'_> {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn start<First: Range, R: Range, I: Input, O: Output>(
        &self,
        passes: &[u32],
        input: &I,
        rows: &mut [Row],
        out: &mut O,
    ) {
        match passes.first() {
            None => {
                for row in 0..rows.len() {
                    input.load(&self.f, rows, row).store(&mut rows[row]);
                }
            }
            Some(1) => self.pass2::<First, I>(input, rows, 1),
            Some(2) => self.pass4::<First, I>(input, rows, 1),
            Some(_) => self.pass8::<First, I>(input, rows, 1),
        }
        self.descend::<R, O>(passes.get(1..).unwrap_or_default(), rows, 1 << passes.first().unwrap_or(&0), 0, out);
    }

    /// Finishes the parts at `node` of the tree and those beside it, which make up `rows`.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn descend<R: Range, O: Output>(&self, passes: &[u32], rows: &mut [Row], node: usize, block: usize, out: &mut O) {
        // `node` counts the parts that `rows` holds, when it holds all of the polynomial.
        let parts = self.parts(rows.len(), node);
        let size = rows.len() / parts;
        let Some((log, rest)) = passes.split_first() else {
            let (pairs, single) = rows.as_chunks_mut::<8>().0.as_chunks_mut::<2>();
            for (i, rows) in pairs.iter_mut().enumerate() {
                self.finish_pair::<R, O>(rows, node + 2 * i, block + 2 * i, out);
            }
            for (i, rows) in single.iter_mut().enumerate() {
                self.finish::<R, O>(rows, node + i, block + i, out);
            }
            return;
        };
        for (i, part) in rows.chunks_exact_mut(size).enumerate() {
            match log {
                1 => self.pass2::<R, InPlace>(&InPlace, part, node + i),
                2 => self.pass4::<R, InPlace>(&InPlace, part, node + i),
                _ => self.pass8::<R, InPlace>(&InPlace, part, node + i),
            }
            self.descend::<R, O>(rest, part, (node + i) << log, block + i * size / 8, out);
        }
    }

    /// Parts of the level of `node` in that many rows.
    fn parts(&self, rows: usize, node: usize) -> usize {
        let level = node.ilog2();
        (rows << level) / (self.twiddles.len() / 8)
    }

    /// The last six stages of two blocks of 64: of one alone the processor would wait for results.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn finish_pair<R: Range, O: Output>(&self, rows: &mut [[Row; 8]; 2], node: usize, block: usize, out: &mut O) {
        let f = &self.f;
        let heaps = [Heap::new(self.twiddles, node), Heap::new(self.twiddles, node + 1)];
        let butterfly = |x, y, w| forward_in::<R>(f, x, y, w);
        let (a, b) = (Lanes::load_block(&rows[0]), Lanes::load_block(&rows[1]));
        let (a, b) = (stage::<4>(a, |_| heaps[0].at(0), butterfly), stage::<4>(b, |_| heaps[1].at(0), butterfly));
        let (a, b) = Lanes::settle(a, b);
        let (a, b) =
            (stage::<2>(a, |i| heaps[0].at(1 + i), butterfly), stage::<2>(b, |i| heaps[1].at(1 + i), butterfly));
        let (a, b) = Lanes::settle(a, b);
        let (a, b) =
            (stage::<1>(a, |i| heaps[0].at(3 + i), butterfly), stage::<1>(b, |i| heaps[1].at(3 + i), butterfly));
        let (a, b) = (Lanes::transpose(a), Lanes::transpose(b));
        let (a, b) = Lanes::settle(a, b);
        let tails = Tail::pair(self.tail, block);
        let (a, b) = (stage::<4>(a, |_| tails[0].at(0), butterfly), stage::<4>(b, |_| tails[1].at(0), butterfly));
        let (a, b) = Lanes::settle(a, b);
        let (a, b) =
            (stage::<2>(a, |i| tails[0].at(1 + i), butterfly), stage::<2>(b, |i| tails[1].at(1 + i), butterfly));
        let (a, b) = Lanes::settle(a, b);
        let (a, b) =
            (stage::<1>(a, |i| tails[0].at(3 + i), butterfly), stage::<1>(b, |i| tails[1].at(3 + i), butterfly));
        out.store::<R>(f, block, &mut rows[0], a);
        out.store::<R>(f, block + 1, &mut rows[1], b);
    }

    /// The last six stages of a block of 64.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn finish<R: Range, O: Output>(&self, rows: &mut [Row; 8], node: usize, block: usize, out: &mut O) {
        let f = &self.f;
        let heap = Heap::new(self.twiddles, node);
        let tail = Tail::new(self.tail, block);
        let butterfly = |x, y, w| forward_in::<R>(f, x, y, w);
        let v = stage::<4>(Lanes::load_block(rows), |_| heap.at(0), butterfly);
        let v = stage::<2>(v, |i| heap.at(1 + i), butterfly);
        let v = Lanes::transpose(stage::<1>(v, |i| heap.at(3 + i), butterfly));
        let v = stage::<4>(v, |_| tail.at(0), butterfly);
        let v = stage::<2>(v, |i| tail.at(1 + i), butterfly);
        out.store::<R>(f, block, rows, stage::<1>(v, |i| tail.at(3 + i), butterfly));
    }
}

macro_rules! pass {
    ($name:ident, $count:literal, $($i:literal),*) => {
        impl Transform<'_> {
            #[doc = concat!("A pass over columns of ", $count, " rows at `node` of the tree.")]
            #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
            fn $name<R: Range, I: Input>(&self, input: &I, rows: &mut [Row], node: usize) {
                let f = &self.f;
                let twiddles = Heap::new(self.twiddles, node);
                let stride = rows.len() / $count;
                for column in 0..stride {
                    let v = [$(input.load(f, rows, $i * stride + column)),*];
                    let v = Group::forward::<R>(f, &twiddles, v);
                    $(v[$i].store(&mut rows[$i * stride + column]);)*
                }
            }
        }
    };
}

pass!(pass2, 2, 0, 1);
pass!(pass4, 4, 0, 1, 2, 3);
pass!(pass8, 8, 0, 1, 2, 3, 4, 5, 6, 7);
