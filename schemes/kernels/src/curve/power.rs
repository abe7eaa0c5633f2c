//! Inverses and the power that square roots need, by Bernstein's chain of 254 squarings and 11 products (Curve25519,
//! 2006). The power depends on no value.

use super::field::Field;
use super::lanes::{Lanes, Limbs};

/// Registers of the chain: `z`, then what the steps leave.
const REGISTERS: usize = 11;

/// `registers[to] = registers[from]^(2^squarings) registers[factor]`.
struct Step {
    from: usize,
    squarings: usize,
    factor: usize,
    to: usize,
}

const fn step(from: usize, squarings: usize, factor: usize, to: usize) -> Step {
    Step { from, squarings, factor, to }
}

/// From `z` in register 0 and one in register 10: `z^11` in register 3, `z^(2^250 - 1)` in register 9.
const CHAIN: [Step; 11] = [
    step(0, 1, 10, 1),
    step(1, 2, 0, 2),
    step(2, 0, 1, 3),
    // 2^5 - 1, 2^10 - 1, 2^20 - 1, 2^40 - 1, 2^50 - 1 and so on.
    step(3, 1, 2, 4),
    step(4, 5, 4, 5),
    step(5, 10, 5, 6),
    step(6, 20, 6, 7),
    step(7, 10, 5, 8),
    step(8, 50, 8, 7),
    step(7, 100, 7, 6),
    step(6, 50, 8, 9),
];

/// `z^(p - 2) = z^(2^255 - 21)`.
const INVERSE: Step = step(9, 5, 3, 9);

/// `z^((p - 5) / 8) = z^(2^252 - 3)`.
const ROOT: Step = step(9, 2, 0, 9);

/// K powers together: one chain leaves most of the processor idle, as every step waits for the last.
#[inline(always)]
fn power<L: Lanes, const K: usize>(z: &[Field<L>; K], last: Step) -> [Field<L>; K] {
    let mut registers = [[Field::one(); K]; REGISTERS];
    registers[0] = *z;
    for step in CHAIN.into_iter().chain([last]) {
        let mut x = registers[step.from];
        for _ in 0..step.squarings {
            for x in &mut x {
                *x = x.square();
            }
        }
        for (x, factor) in x.iter_mut().zip(&registers[step.factor]) {
            *x = x.times(factor);
        }
        registers[step.to] = x;
    }
    registers[9]
}

/// `z^((p - 5) / 8)`.
#[inline(always)]
pub(super) fn root_power<L: Lanes, const K: usize>(z: &[Field<L>; K]) -> [Field<L>; K] {
    power(z, ROOT)
}

/// Chains of a batch of inversions: each product waits for the last of its own chain alone.
const CHAINS: usize = 4;

/// Inverts elements that are not zero, all by one inversion (Montgomery's trick).
#[inline(always)]
pub(super) fn invert_all<L: Lanes>(values: &mut [Limbs]) {
    let mut prefixes = vec![Limbs::default(); values.len()];
    let mut products = [Field::<L>::one(); CHAINS];
    for (block, prefixes) in values.chunks(CHAINS).zip(prefixes.chunks_mut(CHAINS)) {
        for ((value, prefix), product) in block.iter().zip(prefixes).zip(&mut products) {
            product.store(prefix);
            *product = product.times(&Field::load(value));
        }
    }
    let mut inverses = inverted(products);
    for (block, prefixes) in values.chunks_mut(CHAINS).rev().zip(prefixes.chunks(CHAINS).rev()) {
        for ((value, prefix), inverse) in block.iter_mut().zip(prefixes).zip(&mut inverses) {
            let factor = Field::load(value);
            inverse.times(&Field::load(prefix)).store(value);
            *inverse = inverse.times(&factor);
        }
    }
}

/// The inverses of all chains' products.
#[inline(always)]
fn inverted<L: Lanes>([a, b, c, d]: [Field<L>; CHAINS]) -> [Field<L>; CHAINS] {
    let (ab, cd) = (a.times(&b), c.times(&d));
    let [inverse] = power(&[ab.times(&cd)], INVERSE);
    let (of_ab, of_cd) = (inverse.times(&cd), inverse.times(&ab));
    [of_ab.times(&b), of_ab.times(&a), of_cd.times(&d), of_cd.times(&c)]
}
