//! What both directions of a transform share.
//!
//! All stages but three combine whole rows of four. For the last three each block of 64, eight by eight, is
//! transposed, so that these too combine whole registers, and stays so: this is the order of slots.

use super::field::{Constant, Factor};
use super::lanes::{Reals, Row};
use super::tables::Tail;

/// Rows of a block of 64 slots.
pub(super) const BLOCK: usize = 16;

/// Rows that the first cache holds with room for twiddles: all stages are done on that many before the next.
pub(super) const CACHED: usize = 512;

/// How the stages on whole rows go into passes of two or three, those of two first.
#[derive(Clone, Copy)]
pub(super) struct Passes {
    stages: u32,
}

impl Passes {
    /// For a polynomial of that many rows: sixteen or more, and so three stages or more.
    pub(super) fn new(rows: usize) -> Self {
        Passes { stages: rows.ilog2() - 1 }
    }

    /// The stages in the pass that begins at a stage; none after the last.
    pub(super) fn width(self, stage: u32) -> Option<u32> {
        let twos = (3 - self.stages % 3) % 3;
        let width = if stage < 2 * twos { 2 } else { 3 };
        (stage < self.stages).then_some(width)
    }
}

/// A part of a polynomial under transformation: block `block` of those that stage `stage` finds.
pub(super) struct Part<'a> {
    pub work: &'a mut [Row],
    pub stage: u32,
    pub block: usize,
}

impl Part<'_> {
    /// The place of its first row in the polynomial.
    pub(super) fn place(&self) -> usize {
        self.block * self.work.len()
    }

    /// Its block of that number after the next `width` stages.
    pub(super) fn block(&mut self, width: u32, number: usize) -> Part<'_> {
        let rows = self.work.len() >> width;
        Part {
            work: &mut self.work[number * rows..(number + 1) * rows],
            stage: self.stage + width,
            block: (self.block << width) + number,
        }
    }
}

#[inline(always)]
pub(super) fn splat<const R: usize>(constants: &[Constant; R]) -> [Factor; R] {
    let mut factors = [Constant::default().splat(); R];
    for (factor, constant) in factors.iter_mut().zip(constants) {
        *factor = constant.splat();
    }
    factors
}

#[inline(always)]
pub(super) fn load_tail(tail: &Tail) -> [Factor; 8] {
    let mut factors = [Constant::default().splat(); 8];
    for (factor, pair) in factors.iter_mut().zip(tail).skip(1) {
        *factor = Factor::load(pair);
    }
    factors
}

/// An 8 by 4 matrix as two of 4 by 4, each transposed.
#[inline(always)]
pub(super) fn transpose_both([a, b, c, d, e, f, g, h]: [Reals; 8]) -> [Reals; 8] {
    let [a, b, c, d] = Reals::transpose([a, b, c, d]);
    let [e, f, g, h] = Reals::transpose([e, f, g, h]);
    [a, b, c, d, e, f, g, h]
}
