//! How an automorphism moves the slots of a transformed polynomial.

use std::ops::Range;

use super::ntt::Ntt;

/// Slot `i` of the image is slot `source(i)` of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutation {
    sources: Vec<u32>,
    /// The element modulo 8, up to sign in the conjugate-invariant ring: how rows move in every block.
    stride: usize,
    blocks: Vec<BlockMove>,
}

/// How a block of 64 slots comes about. Call the row of a block whose number has the reversed bits of `h`
/// its row `h`. Lane `a` of row `h` is lane `lanes[a]` of row `stride * (h + r)` mod 8 of the source
/// block, where bit `k` of `r` is bit `a` of `rotations[k]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockMove {
    pub(crate) source: u32,
    pub(crate) lanes: [u8; 8],
    pub(crate) rotations: [u8; 3],
}

impl Permutation {
    /// Of the automorphism X -> X^element, for a transform of this plan's shape: the same for every
    /// modulus. None where the element is no unit of the exponents.
    pub fn of_automorphism(plan: &Ntt, element: usize) -> Option<Permutation> {
        let order = plan.order();
        if element.is_multiple_of(2) {
            return None;
        }
        let mut slots = vec![u32::MAX; order];
        for slot in 0..plan.degree() {
            *slots.get_mut(plan.exponent(slot))? = u32::try_from(slot).ok()?;
        }
        let source = |slot: usize| {
            let exponent = plan.exponent(slot) * (element % order) % order;
            let found = slots[exponent];
            // In the conjugate-invariant ring X^e and X^-e stand in the same slot.
            if found == u32::MAX { slots[(order - exponent) % order] } else { found }
        };
        let sources: Vec<u32> = (0..plan.degree()).map(source).collect();
        if sources.contains(&u32::MAX) {
            return None;
        }
        let stride = (8 + row(sources[slot_of(1, 0)]) - row(sources[slot_of(0, 0)])) % 8;
        let blocks = sources.chunks_exact(64).map(|sources| block_move(sources, stride)).collect();
        Some(Permutation { sources, stride, blocks })
    }

    /// By slot of the image, the slot of the original: each below the degree.
    pub fn sources(&self) -> &[u32] {
        &self.sources
    }

    /// All slots of the image.
    pub fn whole(&self) -> Run<'_> {
        self.run(0..self.sources.len())
    }

    /// Some slots of the image, from a multiple of 64 to another.
    ///
    /// # Panics
    /// For other slots, and those that there are not.
    pub fn run(&self, slots: Range<usize>) -> Run<'_> {
        assert!(
            slots.start.is_multiple_of(64) && slots.end.is_multiple_of(64),
            "{slots:?} are no whole blocks of 64 slots"
        );
        let blocks = &self.blocks[slots.start / 64..slots.end / 64];
        Run { degree: self.sources.len(), sources: &self.sources[slots], stride: self.stride, blocks }
    }
}

/// Neighboring slots of an automorphism's image: what is made of them can stay in the cache.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    degree: usize,
    sources: &'a [u32],
    stride: usize,
    blocks: &'a [BlockMove],
}

impl<'a> Run<'a> {
    /// Slots of the original.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// By slot of the run, the slot of the original: each below the degree.
    pub fn sources(&self) -> &'a [u32] {
        self.sources
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    pub(crate) fn blocks(&self) -> &'a [BlockMove] {
        self.blocks
    }
}

/// The slot at lane `lane` of row `row` of its block.
fn slot_of(row: usize, lane: usize) -> usize {
    8 * reverse(row) + lane
}

/// The row of a slot in its block.
fn row(slot: u32) -> usize {
    reverse((slot >> 3 & 7) as usize)
}

/// The three bits of a number below 8, reversed.
pub(crate) const fn reverse(bits: usize) -> usize {
    (bits & 1) << 2 | bits & 2 | bits >> 2
}

/// The exponents of a block's slots are `a + b h` with the row `h`, where b is a power of two and a
/// depends on the lane: so the element multiplies rows, and lanes carry into them.
fn block_move(sources: &[u32], stride: usize) -> BlockMove {
    let mut block = BlockMove { source: sources[0] / 64, lanes: [0; 8], rotations: [0; 3] };
    for (lane, source) in sources[..8].iter().enumerate() {
        block.lanes[lane] = (source % 8) as u8;
        // The stride is odd, hence its own inverse modulo 8.
        let rotation = stride * row(*source) % 8;
        for (bit, rotations) in block.rotations.iter_mut().enumerate() {
            *rotations |= ((rotation >> bit & 1) as u8) << lane;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Permutation, reverse};
    use crate::dispatch::Kernel;
    use crate::residue::ntt::{Ntt, RingKind};
    use crate::residue::testing::primes;

    #[test]
    fn block_moves_say_what_the_sources_say() {
        for (log_n, ring) in [(6, RingKind::Standard), (6, RingKind::ConjugateInvariant), (9, RingKind::Standard)] {
            let plan = Ntt::new(Kernel::Scalar, primes(log_n)[0], log_n, ring).unwrap();
            for element in (1..plan.order()).step_by(2) {
                let permutation = Permutation::of_automorphism(&plan, element).unwrap();
                for (slot, source) in permutation.sources().iter().enumerate() {
                    let (block, lane) = (&permutation.whole().blocks()[slot / 64], slot % 8);
                    let rotation: usize = (0..3).map(|bit| (block.rotations[bit] as usize >> lane & 1) << bit).sum();
                    let row = permutation.whole().stride() * (reverse(slot / 8 % 8) + rotation) % 8;
                    let expected = 64 * block.source as usize + 8 * reverse(row) + usize::from(block.lanes[lane]);
                    assert_eq!(*source as usize, expected, "{ring:?} {log_n} {element} {slot}");
                }
            }
        }
    }
}
