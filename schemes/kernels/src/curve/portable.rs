//! Eight lanes one after the other, by products of 128 bits.

use super::lanes::{Lanes, Mask, Row};

/// Eight words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable([u64; 8]);

/// The low 51 bits.
const LOW: u64 = (1 << 51) - 1;

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Portable(std::array::from_fn(|j| f(self.0[j], other.0[j])))
    }
}

/// All ones where the mask has the lane.
#[inline(always)]
fn spread(mask: Mask, lane: usize) -> u64 {
    (u64::from(mask >> lane) & 1).wrapping_neg()
}

/// A product of one lane, its limbs below 2^51 + 2^14.
#[inline(always)]
fn product(a: [u64; 5], b: [u64; 5]) -> [u64; 5] {
    let wide = |x: u64, y: u64| u128::from(x) * u128::from(y);
    let [a0, a1, a2, a3, a4] = a;
    let [b0, b1, b2, b3, b4] = b;
    // 2^255 = 19.
    let [c1, c2, c3, c4] = [19 * b1, 19 * b2, 19 * b3, 19 * b4];
    let sums = [
        wide(a0, b0) + wide(a4, c1) + wide(a3, c2) + wide(a2, c3) + wide(a1, c4),
        wide(a1, b0) + wide(a0, b1) + wide(a4, c2) + wide(a3, c3) + wide(a2, c4),
        wide(a2, b0) + wide(a1, b1) + wide(a0, b2) + wide(a4, c3) + wide(a3, c4),
        wide(a3, b0) + wide(a2, b1) + wide(a1, b2) + wide(a0, b3) + wide(a4, c4),
        wide(a4, b0) + wide(a3, b1) + wide(a2, b2) + wide(a1, b3) + wide(a0, b4),
    ];
    let (mut out, mut carry) = ([0; 5], 0u128);
    for (out, sum) in out.iter_mut().zip(sums) {
        let sum = sum + carry;
        *out = sum as u64 & LOW;
        carry = sum >> 51;
    }
    let low = u128::from(out[0]) + 19 * carry;
    out[0] = low as u64 & LOW;
    out[1] += (low >> 51) as u64;
    out
}

impl Lanes for Portable {
    #[inline(always)]
    fn load(row: &Row) -> Self {
        Portable(row.0)
    }
    #[inline(always)]
    fn store(self, row: &mut Row) {
        row.0 = self.0;
    }
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Portable([word; 8])
    }
    #[inline(always)]
    fn from_bytes(bytes: u64) -> Self {
        Portable(bytes.to_le_bytes().map(u64::from))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_add)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_sub)
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.zip(other, |x, y| x & y)
    }
    #[inline(always)]
    fn shift_right<const COUNT: u32>(self) -> Self {
        Portable(self.0.map(|x| x >> COUNT))
    }
    #[inline(always)]
    fn shift_left<const COUNT: u32>(self) -> Self {
        Portable(self.0.map(|x| x << COUNT))
    }
    #[inline(always)]
    fn select(self, mask: Mask, other: Self) -> Self {
        self.choose(Portable(std::array::from_fn(|j| spread(mask, j))), other)
    }
    #[inline(always)]
    fn choose(self, mask: Self, other: Self) -> Self {
        Portable(std::array::from_fn(|j| self.0[j] ^ (mask.0[j] & (self.0[j] ^ other.0[j]))))
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Mask {
        let difference = self.zip(other, |x, y| x ^ y).0;
        // The top bit of d | -d is set unless d is zero.
        let bit = |d: u64| ((d | d.wrapping_neg()) >> 63) as Mask ^ 1;
        difference.iter().enumerate().fold(0, |mask, (j, d)| mask | bit(*d) << j)
    }
    #[inline(always)]
    fn add_19_times(self, x: Self) -> Self {
        self.zip(x, |sum, x| sum.wrapping_add(19 * x))
    }
    #[inline(always)]
    fn permuted(self, mask: Mask, lanes: Self, table: Self) -> Self {
        // A secret lane must not choose what is loaded: all are looked at.
        let scan = |wanted: u64| {
            (0u64..8).zip(table.0).fold(0, |found, (lane, word)| {
                let d = lane ^ (wanted & 7);
                found | (word & ((d | d.wrapping_neg()) >> 63).wrapping_sub(1))
            })
        };
        self.select(mask, Portable(lanes.0.map(scan)))
    }
    #[inline(always)]
    fn multiply(a: &[Self; 5], b: &[Self; 5]) -> [Self; 5] {
        let mut out = [Portable([0; 8]); 5];
        for lane in 0..8 {
            let product = product(a.map(|limb| limb.0[lane]), b.map(|limb| limb.0[lane]));
            out.iter_mut().zip(product).for_each(|(out, limb)| out.0[lane] = limb);
        }
        out
    }
    #[inline(always)]
    fn square(a: &[Self; 5]) -> [Self; 5] {
        Self::multiply(a, a)
    }
}
