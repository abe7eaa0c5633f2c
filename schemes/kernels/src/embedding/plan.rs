//! All passes of a transform.

use super::lanes::Lanes;
use super::passes::{Forward, Inverse, Pass};
use super::tile::Tile;

/// What runs on registers of `L` lanes, between slots and coefficients.
pub(crate) trait Transform<const L: usize> {
    /// Slots to coefficients.
    fn inverse<V: Lanes<L>>(&self, first: &mut [f64], second: &mut [f64]);
    /// Coefficients to slots.
    fn forward<V: Lanes<L>>(&self, first: &mut [f64], second: &mut [f64]);
}

/// The complex transform, for at least `L^2` slots: real parts first, imaginary ones second.
#[derive(Debug, Clone)]
pub(crate) struct Plan<const L: usize> {
    /// The longest blocks first.
    passes: Vec<Pass<L>>,
    tile: Tile<L>,
}

/// Registers of a block, real and imaginary, on which all passes are made before the next block's: what the
/// first cache holds.
const BLOCK_BYTES: usize = 1 << 14;

impl<const L: usize> Plan<L> {
    pub(crate) fn new(slots: usize) -> Self {
        Plan { passes: Pass::all(slots), tile: Tile::new(slots) }
    }

    /// The passes over everything, those made block by block, and the registers of such a block.
    fn split(&self, registers: usize) -> (&[Pass<L>], &[Pass<L>], usize) {
        let short = |pass: &Pass<L>| pass.block() * L * 8 <= BLOCK_BYTES;
        let first = self.passes.iter().position(short).unwrap_or(self.passes.len());
        let (long, short) = self.passes.split_at(first);
        (long, short, short.first().map_or(registers, Pass::block))
    }
}

impl<const L: usize> Transform<L> for Plan<L> {
    #[inline(always)]
    fn inverse<V: Lanes<L>>(&self, re: &mut [f64], im: &mut [f64]) {
        let (re, im) = (re.as_chunks_mut().0, im.as_chunks_mut().0);
        let (long, short, block) = self.split(re.len());
        for pass in long {
            pass.run::<Inverse, V>(re, im);
        }
        for (re, im) in re.chunks_exact_mut(block).zip(im.chunks_exact_mut(block)) {
            for pass in short {
                pass.run::<Inverse, V>(re, im);
            }
        }
        self.tile.inverse::<V>(re, im);
    }

    #[inline(always)]
    fn forward<V: Lanes<L>>(&self, re: &mut [f64], im: &mut [f64]) {
        let (re, im) = (re.as_chunks_mut().0, im.as_chunks_mut().0);
        let (long, short, block) = self.split(re.len());
        self.tile.forward::<V>(re, im);
        for (re, im) in re.chunks_exact_mut(block).zip(im.chunks_exact_mut(block)) {
            for pass in short.iter().rev() {
                pass.run::<Forward, V>(re, im);
            }
        }
        for pass in long.iter().rev() {
            pass.run::<Forward, V>(re, im);
        }
    }
}
