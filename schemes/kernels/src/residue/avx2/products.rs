//! Sums of products.

use super::field::Field;
use super::lanes::{Reals, Row, Words};
use crate::residue::key::{Form, KeyStream};
use crate::residue::modulus::Modulus;
use crate::residue::permutation::Run;
use crate::residue::rows::rows;

/// Products, each within p, that are added to half of p before it is reduced again: below 2^53.
const SUMMED: usize = 6;

/// Lazy residues times canonical ones.
struct Product {
    field: Field,
    /// Twice p: lazy residues are that far from zero, once it is taken off.
    twice: f64,
}

impl Product {
    #[inline(always)]
    fn new(p: &Modulus) -> Self {
        Product { field: Field::new(p), twice: (2 * p.value()) as f64 }
    }

    /// A lazy residue within 2p.
    #[inline(always)]
    fn left(&self, row: &Row) -> Reals {
        Words::load(row).reals_less(self.twice)
    }

    /// The sum and one more product, within p.
    #[inline(always)]
    fn add(&self, sum: Reals, left: Reals, right: &Row) -> Reals {
        sum.add(self.field.multiply(left, Words::load(right).reals()))
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn dot(p: &Modulus, left: &[&[Row]], right: &[&[Row]], out: &mut [Row]) {
    let product = Product::new(p);
    for (place, out) in out.iter_mut().enumerate() {
        let mut sum = Reals::splat(0.0);
        for (left, right) in left.chunks(SUMMED).zip(right.chunks(SUMMED)) {
            for (left, right) in left.iter().zip(right) {
                sum = product.add(sum, product.left(&left[place]), &right[place]);
            }
            sum = product.field.reduce(sum);
        }
        product.field.lifted(sum).store(out);
    }
}

/// How digits are read: in order, or as an automorphism moves them.
trait Source {
    fn rows(&self, digit: &[Row], block: usize) -> [Row; 2];
}

struct InOrder;

impl Source for InOrder {
    #[inline(always)]
    fn rows(&self, digit: &[Row], block: usize) -> [Row; 2] {
        [digit[2 * block], digit[2 * block + 1]]
    }
}

impl Source for Run<'_> {
    #[inline(always)]
    fn rows(&self, digit: &[Row], block: usize) -> [Row; 2] {
        let slots = digit.as_flattened();
        let mut rows = [Row::default(); 2];
        for (row, sources) in rows.as_flattened_mut().iter_mut().zip(&self.sources()[8 * block..8 * block + 8]) {
            *row = slots[*sources as usize];
        }
        rows
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn inner_product(p: &Modulus, digits: &[&[Row]], key: KeyStream<'_>, out: [&mut [Row]; 2]) {
    products(p, digits, &InOrder, key, out);
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn inner_product_permuted(
    p: &Modulus,
    digits: &[&[Row]],
    permutation: Run<'_>,
    key: KeyStream<'_>,
    out: [&mut [Row]; 2],
) {
    products(p, digits, &permutation, key, out);
}

/// A digit's residues of eight slots: the rows of the first half, then those of the second.
#[inline(always)]
fn pairs(form: Form, words: &[Row]) -> [Row; 4] {
    match form {
        Form::Apart => [words[0], words[1], words[2], words[3]],
        Form::Together => {
            let low = |row: &Row| row.map(|word| word & u64::from(u32::MAX));
            let high = |row: &Row| row.map(|word| word >> 32);
            [low(&words[0]), low(&words[1]), high(&words[0]), high(&words[1])]
        }
    }
}

/// Eight slots at a time, two rows, since a key's pairs are two rows for each of its halves.
#[inline(always)]
fn products<S: Source>(p: &Modulus, digits: &[&[Row]], source: &S, key: KeyStream<'_>, [out0, out1]: [&mut [Row]; 2]) {
    let product = Product::new(p);
    // Two rows of four slots for each word of a slot.
    let (stride, width) = (2 * key.stride(), 2 * key.form().words());
    let outs = out0.as_chunks_mut::<2>().0.iter_mut().zip(out1.as_chunks_mut::<2>().0);
    for ((block, words), (out0, out1)) in rows(key.words()).chunks_exact(stride).enumerate().zip(outs) {
        let mut sums = [Reals::splat(0.0); 4];
        for (digits, words) in digits.chunks(SUMMED).zip(words.chunks(width * SUMMED)) {
            for (digit, words) in digits.iter().zip(words.chunks_exact(width)) {
                let key = pairs(key.form(), words);
                let rows = source.rows(digit, block);
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = product.add(*sum, product.left(&rows[i % 2]), &key[i]);
                }
            }
            for sum in &mut sums {
                *sum = product.field.reduce(*sum);
            }
        }
        for (row, sum) in out0.iter_mut().chain(out1).zip(sums) {
            product.field.lifted(sum).store(row);
        }
    }
}
