//! Sums of digits put together, added to earlier ones and reduced.

use super::blocks::Product;
use super::digits::{self, Digits};
use crate::buffer::Buffer;
use crate::residue::modulus::{Modulus, Multiplier};
use crate::residue::operations::{Residues, residues};

/// What becomes of the sums of one chunk of inputs.
#[derive(Debug)]
pub(super) struct Merging<'a> {
    operations: &'static dyn Residues,
    p: &'a Modulus,
    digits: Digits,
    /// Whether accumulators hold integers, rather than residues, until the last chunk.
    lazy: bool,
    is_first: bool,
    is_last: bool,
}

impl<'a> Merging<'a> {
    /// Reductions work on rows of a multiple of this many words.
    pub(super) const ROW: usize = 64;

    pub(super) fn new(product: &Product<'a>, digits: Digits, first: usize, count: usize) -> Self {
        Merging {
            operations: residues(product.engine.method().kernel()),
            p: product.p,
            digits,
            lazy: digits::is_lazy(product.p, &product.norms),
            is_first: first == 0,
            is_last: first + count == product.inputs,
        }
    }

    /// Merges sums, `[digit][output][stride]`, into the accumulators of some columns.
    pub(super) fn merge<'b>(&self, sums: &mut [Buffer], stride: usize, acc: impl Iterator<Item = &'b mut [u64]>) {
        let Some((lowest, others)) = sums.split_first_mut() else { return };
        let mut reduced = [Buffer::stale(stride), Buffer::stale(stride)];
        for (output, acc) in acc.enumerate() {
            let row = output * stride..(output + 1) * stride;
            let others = (1u32..).zip(others.iter().map(|sums| &sums.integers()[row.clone()]));
            if self.lazy {
                self.merge_integers(&mut lowest.integers_mut()[row.clone()], others, acc, &mut reduced[0]);
            } else {
                self.merge_residues(&lowest.integers()[row.clone()], others, acc, &mut reduced);
            }
        }
    }

    fn merge_integers<'b>(
        &self,
        sum: &mut [i64],
        others: impl Iterator<Item = (u32, &'b [i64])>,
        acc: &mut [u64],
        reduced: &mut [u64],
    ) {
        for (digit, other) in others {
            let shift = digit * self.digits.bits;
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other << shift);
        }
        if !self.is_first {
            sum.iter_mut().zip(&*acc).for_each(|(sum, acc)| *sum += *acc as i64);
        }
        if self.is_last {
            self.operations.reduce_signed(self.p, sum, reduced);
            acc.copy_from_slice(&reduced[..acc.len()]);
        } else {
            acc.iter_mut().zip(sum).for_each(|(acc, sum)| *acc = *sum as u64);
        }
    }

    fn merge_residues<'b>(
        &self,
        sum: &[i64],
        others: impl Iterator<Item = (u32, &'b [i64])>,
        acc: &mut [u64],
        [total, reduced]: &mut [Buffer; 2],
    ) {
        self.operations.reduce_signed(self.p, sum, total);
        for (digit, other) in others {
            self.operations.reduce_signed(self.p, other, reduced);
            self.operations.scale_add(self.p, total, reduced, self.weight(digit));
        }
        if !self.is_first {
            reduced[acc.len()..].fill(0);
            reduced[..acc.len()].copy_from_slice(acc);
            self.operations.add_assign(self.p, total, reduced);
        }
        acc.copy_from_slice(&total[..acc.len()]);
    }

    /// 2^(bits * digit).
    fn weight(&self, digit: u32) -> Multiplier {
        self.p.multiplier(1 << (digit * self.digits.bits))
    }
}
