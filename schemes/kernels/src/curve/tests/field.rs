//! Arithmetic against another way to compute it, and vector instructions against portable code.

use super::{random, random_within};
use crate::curve::field::{Field, LOW};
use crate::curve::lanes::{Lanes, Limbs, Mask, Row};
use crate::curve::portable::Portable;
#[cfg(target_arch = "x86_64")]
use crate::dispatch::Kernel;
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

/// Lanes that are changed for others.
const SWAPPED: Mask = 0b1010_0101;

/// Product, square, sum, difference, negative, a difference of sums of products, and what is changed for another.
#[inline(always)]
fn results<L: Lanes>(a: &Limbs, b: &Limbs) -> [Limbs; 7] {
    let (a, b) = (Field::<L>::load(a), Field::<L>::load(b));
    let products = a.product(&b).twice().twice().minus(b.squared().twice().twice());
    let mut out = [Limbs::default(); 7];
    let [swapped, _] = a.swapped(SWAPPED, b);
    let fields = [a.times(&b), a.square(), a.plus(b), a.minus(b), a.negated(), products.carry(), swapped];
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
            reduced(if SWAPPED >> lane & 1 == 1 { b } else { a }),
        ];
        assert_eq!(portable.map(|rows| numbers(rows)[lane]), expected, "{a:x?} and {b:x?}");
    }
    #[cfg(target_arch = "x86_64")]
    for vector in vector_results(&left, &right) {
        assert_eq!(vector, portable);
    }
}

/// What a function gives with the lanes of each kernel that the processor has.
#[cfg(target_arch = "x86_64")]
macro_rules! with_vectors {
    ($function:ident($($argument:ident: $type:ty),*) -> $output:ty) => {{
        #[target_feature(enable = "avx2,fma")]
        fn avx2($($argument: $type),*) -> $output {
            $function::<crate::curve::avx2::Avx2>($($argument),*)
        }
        #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")]
        fn ifma($($argument: $type),*) -> $output {
            $function::<crate::curve::ifma::Ifma>($($argument),*)
        }
        // SAFETY: just asked.
        let avx2 = Kernel::Avx2.is_available().then(|| unsafe { avx2($($argument),*) });
        let ifma = Kernel::Ifma.is_available().then(|| unsafe { ifma($($argument),*) });
        avx2.into_iter().chain(ifma)
    }};
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "calls of functions that need instructions which detection has found")]
fn vector_results(a: &Limbs, b: &Limbs) -> impl Iterator<Item = [Limbs; 7]> {
    with_vectors!(results(a: &Limbs, b: &Limbs) -> [Limbs; 7])
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "calls of functions that need instructions which detection has found")]
fn vector_choices(table: &Row, indices: [u8; 8]) -> impl Iterator<Item = (Row, Row, Mask)> {
    with_vectors!(choices(table: &Row, indices: [u8; 8]) -> (Row, Row, Mask))
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

/// All ones in the lanes that are changed for others.
const CHANGED: Row = Row([u64::MAX, 0, 0, u64::MAX, u64::MAX, 0, u64::MAX, 0]);

/// Lanes of a table, chosen in some lanes; some of its lanes changed for others; and where it is equal to itself with some
/// lanes replaced.
#[inline(always)]
fn choices<L: Lanes>(table: &Row, indices: [u8; 8]) -> (Row, Row, Mask) {
    let (lanes, table) = (L::from_bytes(u64::from_le_bytes(indices)), L::load(table));
    let (mut permuted, mut changed) = (Row::default(), Row::default());
    L::splat(9).permuted(0b1011_0110, lanes, table).store(&mut permuted);
    table.choose(L::load(&CHANGED), lanes).store(&mut changed);
    (permuted, changed, table.equal(table.select(0b1000_0001, L::splat(5))))
}

#[test]
fn lanes_are_chosen_and_compared_alike() {
    let mut rng = random(1);
    for indices in [[7, 0, 3, 3, 1, 6, 2, 5], [0, 1, 2, 3, 4, 5, 6, 7], [4; 8], [1, 4, 7, 2, 5, 0, 3, 6]] {
        let table: [u64; 8] = std::array::from_fn(|_| random_within(&mut rng, 1 << 60) as u64);
        let permuted: [u64; 8] =
            std::array::from_fn(|k| if 0b1011_0110 >> k & 1 == 1 { table[usize::from(indices[k])] } else { 9 });
        let changed = std::array::from_fn(|k| if CHANGED.0[k] == 0 { table[k] } else { indices[k].into() });
        let (table, expected) = (Row(table), (Row(permuted), Row(changed), 0b0111_1110));
        assert_eq!(choices::<Portable>(&table, indices), expected);
        #[cfg(target_arch = "x86_64")]
        for found in vector_choices(&table, indices) {
            assert_eq!(found, expected);
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
