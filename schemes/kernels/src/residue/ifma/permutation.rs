//! Automorphisms of transformed polynomials, a block of 64 slots at a time.

use super::super::permutation::{BlockMove, Run, reverse};
use super::lanes::{Lanes, Row};

/// A permutation with the places of rows in a block.
pub(super) struct Moves<'a> {
    blocks: &'a [BlockMove],
    /// Where the rows of a source block stand, by row of the image before lanes rotate.
    rows: [usize; 8],
}

impl<'a> Moves<'a> {
    pub(super) fn new(permutation: Run<'a>) -> Self {
        let rows = std::array::from_fn(|row| reverse(permutation.stride() * row % 8));
        Moves { blocks: permutation.blocks(), rows }
    }

    /// The image's block of that number.
    #[inline(always)]
    pub(super) fn block(&self, number: usize, a: &[Row], image: &mut [Row; 8]) {
        let block = &self.blocks[number];
        let source = &a.as_chunks::<8>().0[block.source as usize];
        let lanes = Lanes::load_bytes(&block.lanes);
        let row = |i: usize| Lanes::load(&source[self.rows[i] & 7]).permute(lanes);
        let v = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)];
        let v = rotate::<1>(v, block.rotations[0]);
        let v = rotate::<2>(v, block.rotations[1]);
        let [a, b, c, d, e, f, g, h] = rotate::<4>(v, block.rotations[2]);
        // In bit-reversed order.
        for (image, row) in image.iter_mut().zip([a, e, c, g, b, f, d, h]) {
            row.store(image);
        }
    }
}

/// Moves the lanes of the mask by `BY` rows.
#[inline(always)]
fn rotate<const BY: usize>(v: [Lanes; 8], mask: u8) -> [Lanes; 8] {
    let row = |i: usize| v[i].blend(mask, v[(i + BY) % 8]);
    [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)]
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn permute(permutation: Run<'_>, a: &[Row], out: &mut [Row]) {
    let moves = Moves::new(permutation);
    for (number, image) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        moves.block(number, a, image);
    }
}
