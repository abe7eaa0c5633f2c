//! Arithmetic against another way to compute it, and vector instructions against portable code.

use super::{random, random_within};
use crate::curve::field::{Field, LOW};
use crate::curve::lanes::{Lanes, Limbs, Mask, Row};
use crate::curve::portable::Portable;
use proptest::prelude::*;

/// What operands may be: limbs below 2^51 + 2^18.
const LIMIT: u64 = (1 << 51) + (1 << 18);

/// A number modulo p from limbs, bit by bit: `sum`, then `double and add`.
fn product_bitwise(a: [u64; 5], b: [u64; 5]) -> [u64; 5] {
    let mut sum = [0; 5];
    for bit in (0..260).rev() {
        sum = reduced([0, 1, 2, 3, 4].map(|k| 2 * sum[k]));
        // Limbs of b overlap in their bit 51.
        for (k, limb) in b.iter().enumerate() {
            if bit >= 51 * k && bit - 51 * k < 52 && limb >> (bit - 51 * k) & 1 == 1 {
                sum = reduced([0, 1, 2, 3, 4].map(|k| sum[k] + a[k]));
            }
        }
    }
    reduced(sum)
}

/// The representative below p, by subtraction.
fn reduced(mut x: [u64; 5]) -> [u64; 5] {
    for _ in 0..2 {
        for k in 0..5 {
            let carry = x[k] >> 51;
            x[k] &= LOW;
            x[(k + 1) % 5] += if k == 4 { 19 * carry } else { carry };
        }
    }
    let p = [LOW - 18, LOW, LOW, LOW, LOW];
    if x.iter().rev().ge(p.iter().rev()) {
        x = [x[0] - p[0], 0, 0, 0, 0];
    }
    x
}

fn rows(numbers: [[u64; 5]; 8]) -> Limbs {
    [0, 1, 2, 3, 4].map(|k| Row(numbers.map(|number| number[k])))
}

fn numbers(rows: Limbs) -> [[u64; 5]; 8] {
    std::array::from_fn(|lane| rows.map(|row| row.0[lane]))
}

/// Lanes whose factor is negated.
const NEGATED: Mask = 0b1010_0101;

/// Product, square, sum, difference, negative, a difference of sums of products, and a product by what is not carried.
#[inline(always)]
fn results<L: Lanes>(a: &Limbs, b: &Limbs) -> [Limbs; 7] {
    let (a, b) = (Field::<L>::load(a), Field::<L>::load(b));
    let products = a.product(b).twice().twice().minus(b.squared().twice().twice());
    let mut out = [Limbs::default(); 7];
    let loose = a.times(b.negated_loosely(NEGATED));
    let fields = [a.times(b), a.square(), a.plus(b), a.minus(b), a.negated(), products.carry(), loose];
    for (field, out) in fields.into_iter().zip(&mut out) {
        assert!(within_limit(field));
        field.canonical().store(out);
    }
    out
}

#[inline(always)]
fn within_limit<L: Lanes>(field: Field<L>) -> bool {
    let mut rows = Limbs::default();
    field.store(&mut rows);
    rows.iter().flat_map(|row| row.0).all(|limb| limb < LIMIT)
}

fn check(a: [[u64; 5]; 8], b: [[u64; 5]; 8]) {
    let (left, right) = (rows(a), rows(b));
    let portable = results::<Portable>(&left, &right);
    for lane in 0..8 {
        let (a, b) = (a[lane], b[lane]);
        let limbs = |f: fn(u64, u64) -> u64| reduced([0, 1, 2, 3, 4].map(|k| f(a[k], b[k])));
        let twice_p = [2 * (LOW - 18), 2 * LOW, 2 * LOW, 2 * LOW, 2 * LOW];
        let negative = |x: [u64; 5]| reduced([0, 1, 2, 3, 4].map(|k| twice_p[k] - x[k]));
        let sum = |x: [u64; 5], y: [u64; 5]| reduced([0, 1, 2, 3, 4].map(|k| x[k] + y[k]));
        let (product, square) = (product_bitwise(a, b), product_bitwise(a, a));
        let difference = sum(product, negative(product_bitwise(b, b)));
        let expected = [
            product,
            square,
            limbs(|x, y| x + y),
            sum(a, negative(b)),
            negative(a),
            product_bitwise(difference, [4, 0, 0, 0, 0]),
            if NEGATED >> lane & 1 == 1 { negative(product) } else { product },
        ];
        assert_eq!(portable.map(|rows| numbers(rows)[lane]), expected, "{a:x?} and {b:x?}");
    }
    #[cfg(target_arch = "x86_64")]
    for vector in [avx2_results(&left, &right), ifma_results(&left, &right)].into_iter().flatten() {
        assert_eq!(vector, portable);
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a call of a function that needs instructions which detection has found")]
fn ifma_results(a: &Limbs, b: &Limbs) -> Option<[Limbs; 7]> {
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")]
    fn compiled(a: &Limbs, b: &Limbs) -> [Limbs; 7] {
        results::<crate::curve::ifma::Ifma>(a, b)
    }
    // SAFETY: just asked.
    crate::dispatch::Kernel::Ifma.is_available().then(|| unsafe { compiled(a, b) })
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a call of a function that needs instructions which detection has found")]
fn avx2_results(a: &Limbs, b: &Limbs) -> Option<[Limbs; 7]> {
    #[target_feature(enable = "avx2")]
    fn compiled(a: &Limbs, b: &Limbs) -> [Limbs; 7] {
        results::<crate::curve::avx2::Avx2>(a, b)
    }
    // SAFETY: just asked.
    crate::dispatch::Kernel::Avx2.is_available().then(|| unsafe { compiled(a, b) })
}

#[test]
fn results_are_right_at_the_borders() {
    let p = [LOW - 18, LOW, LOW, LOW, LOW];
    let borders = [
        [0; 5],
        [1, 0, 0, 0, 0],
        p,
        [LOW - 19, LOW, LOW, LOW, LOW],
        [LOW; 5],
        [LIMIT - 1; 5],
        [LIMIT - 1, 0, 0, 0, LIMIT - 1],
        [1 << 51; 5],
    ];
    for shift in 0..8 {
        check(borders, std::array::from_fn(|lane| borders[(lane + shift) % 8]));
    }
}

/// Lanes of a table, chosen in some lanes, and where it is equal to itself with some lanes replaced.
#[inline(always)]
fn chosen<L: Lanes>(table: &Row, indices: [u8; 8]) -> (Row, Mask) {
    let (lanes, table) = (L::from_bytes(u64::from_le_bytes(indices)), L::load(table));
    let mut out = Row::default();
    L::splat(9).permuted(0b1011_0110, lanes, table).store(&mut out);
    (out, table.equal(table.select(0b1000_0001, L::splat(5))))
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a call of a function that needs instructions which detection has found")]
fn avx2_chosen(table: &Row, indices: [u8; 8]) -> Option<(Row, Mask)> {
    #[target_feature(enable = "avx2")]
    fn compiled(table: &Row, indices: [u8; 8]) -> (Row, Mask) {
        chosen::<crate::curve::avx2::Avx2>(table, indices)
    }
    // SAFETY: just asked.
    crate::dispatch::Kernel::Avx2.is_available().then(|| unsafe { compiled(table, indices) })
}

#[test]
fn lanes_are_chosen_and_compared_alike() {
    let mut rng = random(1);
    for indices in [[7, 0, 3, 3, 1, 6, 2, 5], [0, 1, 2, 3, 4, 5, 6, 7], [4; 8], [1, 4, 7, 2, 5, 0, 3, 6]] {
        let table: [u64; 8] = std::array::from_fn(|_| random_within(&mut rng, 1 << 60) as u64);
        let expected: [u64; 8] =
            std::array::from_fn(|k| if 0b1011_0110 >> k & 1 == 1 { table[usize::from(indices[k])] } else { 9 });
        let table = Row(table);
        assert_eq!(chosen::<Portable>(&table, indices), (Row(expected), 0b0111_1110));
        #[cfg(target_arch = "x86_64")]
        if let Some(found) = avx2_chosen(&table, indices) {
            assert_eq!(found, (Row(expected), 0b0111_1110));
        }
    }
}

proptest! {
    #[test]
    fn results_are_right(limbs in prop::collection::vec(0..LIMIT, 80)) {
        let take = |start: usize| -> [[u64; 5]; 8] {
            std::array::from_fn(|lane| std::array::from_fn(|k| limbs[start + 5 * lane + k]))
        };
        check(take(0), take(40));
    }
}
