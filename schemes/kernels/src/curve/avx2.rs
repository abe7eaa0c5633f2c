//! Eight lanes in two registers of AVX2, by products of 32 bits.
#![expect(unsafe_code, reason = "instructions that only callers under AVX2 reach; loads and stores of whole rows")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_cvtsi32_si128, _mm256_add_epi64, _mm256_and_si256, _mm256_blendv_epi8, _mm256_castsi256_pd,
    _mm256_cmpeq_epi64, _mm256_cvtepu8_epi64, _mm256_load_si256, _mm256_movemask_pd, _mm256_mul_epu32, _mm256_or_si256,
    _mm256_permutevar8x32_epi32, _mm256_set1_epi64x, _mm256_setr_epi64x, _mm256_sll_epi64, _mm256_slli_epi64,
    _mm256_srl_epi64, _mm256_srli_epi64, _mm256_store_si256, _mm256_sub_epi64,
};

use super::lanes::{Lanes, Mask, Row};

/// A register of four words.
type Half = __m256i;

/// Two registers. Private to the kernel: whoever names it must be compiled for AVX2 and have asked the processor.
#[derive(Clone, Copy)]
pub(super) struct Avx2([Half; 2]);

/// The low 26 and 25 bits: a limb of 51 bits is a digit of 26 and, above it, one of 25.
const LOW_26: u64 = (1 << 26) - 1;
const LOW_25: u64 = (1 << 25) - 1;

// SAFETY of the instructions: the type's contract.
#[inline(always)]
fn splat(word: u64) -> Half {
    unsafe { _mm256_set1_epi64x(word as i64) }
}

#[inline(always)]
fn plus(a: Half, b: Half) -> Half {
    unsafe { _mm256_add_epi64(a, b) }
}

#[inline(always)]
fn and(a: Half, b: Half) -> Half {
    unsafe { _mm256_and_si256(a, b) }
}

#[inline(always)]
fn right<const COUNT: i32>(a: Half) -> Half {
    unsafe { _mm256_srli_epi64::<COUNT>(a) }
}

#[inline(always)]
fn left<const COUNT: i32>(a: Half) -> Half {
    unsafe { _mm256_slli_epi64::<COUNT>(a) }
}

/// A count for [`shifted_right`] and [`shifted_left`]; the instructions with a constant want another type than the trait has.
#[inline(always)]
fn splat_count<const COUNT: u32>() -> __m128i {
    unsafe { _mm_cvtsi32_si128(COUNT as i32) }
}

#[inline(always)]
fn shifted_right(a: Half, count: __m128i) -> Half {
    unsafe { _mm256_srl_epi64(a, count) }
}

#[inline(always)]
fn shifted_left(a: Half, count: __m128i) -> Half {
    unsafe { _mm256_sll_epi64(a, count) }
}

/// Products of the low 32 bits.
#[inline(always)]
fn times(a: Half, b: Half) -> Half {
    unsafe { _mm256_mul_epu32(a, b) }
}

#[inline(always)]
fn twice(a: Half) -> Half {
    plus(a, a)
}

/// `19 a`.
#[inline(always)]
fn nineteen_times(a: Half) -> Half {
    plus(plus(left::<4>(a), twice(a)), a)
}

/// `sum + a_1 b_1 + a_2 b_2 + ...`
macro_rules! sum {
    ($first:expr, $($a:expr, $b:expr);+ $(;)?) => {{
        let sum = $first;
        $(let sum = plus(sum, times($a, $b));)+
        sum
    }};
}

/// Adds a product to each of ten sums.
macro_rules! add_products {
    ($h:ident; $a0:expr, $b0:expr; $a1:expr, $b1:expr; $a2:expr, $b2:expr; $a3:expr, $b3:expr; $a4:expr, $b4:expr;
     $a5:expr, $b5:expr; $a6:expr, $b6:expr; $a7:expr, $b7:expr; $a8:expr, $b8:expr; $a9:expr, $b9:expr) => {
        $h[0] = plus($h[0], times($a0, $b0));
        $h[1] = plus($h[1], times($a1, $b1));
        $h[2] = plus($h[2], times($a2, $b2));
        $h[3] = plus($h[3], times($a3, $b3));
        $h[4] = plus($h[4], times($a4, $b4));
        $h[5] = plus($h[5], times($a5, $b5));
        $h[6] = plus($h[6], times($a6, $b6));
        $h[7] = plus($h[7], times($a7, $b7));
        $h[8] = plus($h[8], times($a8, $b8));
        $h[9] = plus($h[9], times($a9, $b9));
    };
}

/// All ones in the lanes of the mask, of which these are the bits.
#[inline(always)]
fn spread(mask: Mask, bits: [i64; 4]) -> Half {
    let [a, b, c, d] = bits;
    unsafe {
        let bits = _mm256_setr_epi64x(a, b, c, d);
        _mm256_cmpeq_epi64(and(splat(mask.into()), bits), bits)
    }
}

#[inline(always)]
fn minus(a: Half, b: Half) -> Half {
    unsafe { _mm256_sub_epi64(a, b) }
}

/// The words of `b` where the mask is all ones.
#[inline(always)]
fn blend(a: Half, b: Half, mask: Half) -> Half {
    unsafe { _mm256_blendv_epi8(a, b, mask) }
}

/// A bit for each word that is equal.
#[inline(always)]
fn equal(a: Half, b: Half) -> Mask {
    unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(a, b))) as Mask }
}

/// The words of a table at the given lanes.
#[inline(always)]
fn looked_up(lanes: Half, table: [Half; 2]) -> Half {
    let [first, second] = table;
    // Words as pairs of 32 bits: lane k of a half has the pairs 2 k and 2 k + 1.
    let low = twice(and(lanes, splat(3)));
    unsafe {
        let pairs = _mm256_or_si256(low, left::<32>(plus(low, splat(1))));
        let upper = _mm256_cmpeq_epi64(and(lanes, splat(4)), splat(4));
        let (first, second) = (_mm256_permutevar8x32_epi32(first, pairs), _mm256_permutevar8x32_epi32(second, pairs));
        blend(first, second, upper)
    }
}

/// Limbs of 51 bits as digits of 26 and 25 bits.
#[inline(always)]
fn digits(limbs: [Half; 5]) -> [Half; 10] {
    let [a, b, c, d, e] = limbs;
    let low = splat(LOW_26);
    [
        and(a, low),
        right::<26>(a),
        and(b, low),
        right::<26>(b),
        and(c, low),
        right::<26>(c),
        and(d, low),
        right::<26>(d),
        and(e, low),
        right::<26>(e),
    ]
}

/// A limb from the sums of its digits and what the limb below gives off.
#[inline(always)]
fn limb(low: Half, high: Half, carry: Half) -> Half {
    plus(plus(low, left::<26>(and(high, splat(LOW_25)))), carry)
}

/// Limbs from sums of products by digit: what exceeds the upper digit of a limb goes to the next.
#[inline(always)]
fn limbs(h: [Half; 10]) -> [Half; 5] {
    [
        limb(h[0], h[1], nineteen_times(right::<25>(h[9]))),
        limb(h[2], h[3], right::<25>(h[1])),
        limb(h[4], h[5], right::<25>(h[3])),
        limb(h[6], h[7], right::<25>(h[5])),
        limb(h[8], h[9], right::<25>(h[7])),
    ]
}

// Digit i counts 2^ceil(25.5 i): the product of two odd digits counts twice, and what lies from digit 10 on 19 times. Digits
// are below 2^26, the odd ones of one factor below 2^25 + 1, so that no sum exceeds 172 * 2^52, which is below 2^60.
#[inline(always)]
fn product_of_halves(a: [Half; 5], b: [Half; 5]) -> [Half; 5] {
    let [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9] = digits(a);
    let [g0, g1, g2, g3, g4, g5, g6, g7, g8, g9] = digits(b);
    let [d1, d3, d5, d7, d9] = [twice(f1), twice(f3), twice(f5), twice(f7), twice(f9)];
    let nineteen = splat(19);
    let [n1, n2, n3] = [times(nineteen, g1), times(nineteen, g2), times(nineteen, g3)];
    let [n4, n5, n6] = [times(nineteen, g4), times(nineteen, g5), times(nineteen, g6)];
    let [n7, n8, n9] = [times(nineteen, g7), times(nineteen, g8), times(nineteen, g9)];
    let mut h = [
        times(f0, g0),
        times(f0, g1),
        times(f0, g2),
        times(f0, g3),
        times(f0, g4),
        times(f0, g5),
        times(f0, g6),
        times(f0, g7),
        times(f0, g8),
        times(f0, g9),
    ];
    add_products!(h; d1, n9; f1, g0; d1, g1; f1, g2; d1, g3; f1, g4; d1, g5; f1, g6; d1, g7; f1, g8);
    add_products!(h; f2, n8; f2, n9; f2, g0; f2, g1; f2, g2; f2, g3; f2, g4; f2, g5; f2, g6; f2, g7);
    add_products!(h; d3, n7; f3, n8; d3, n9; f3, g0; d3, g1; f3, g2; d3, g3; f3, g4; d3, g5; f3, g6);
    add_products!(h; f4, n6; f4, n7; f4, n8; f4, n9; f4, g0; f4, g1; f4, g2; f4, g3; f4, g4; f4, g5);
    add_products!(h; d5, n5; f5, n6; d5, n7; f5, n8; d5, n9; f5, g0; d5, g1; f5, g2; d5, g3; f5, g4);
    add_products!(h; f6, n4; f6, n5; f6, n6; f6, n7; f6, n8; f6, n9; f6, g0; f6, g1; f6, g2; f6, g3);
    add_products!(h; d7, n3; f7, n4; d7, n5; f7, n6; d7, n7; f7, n8; d7, n9; f7, g0; d7, g1; f7, g2);
    add_products!(h; f8, n2; f8, n3; f8, n4; f8, n5; f8, n6; f8, n7; f8, n8; f8, n9; f8, g0; f8, g1);
    add_products!(h; d9, n1; f9, n2; d9, n3; f9, n4; d9, n5; f9, n6; d9, n7; f9, n8; d9, n9; f9, g0);
    limbs(h)
}

// As above, with the products of different digits counted once and doubled.
#[inline(always)]
fn square_of_half(a: [Half; 5]) -> [Half; 5] {
    let [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9] = digits(a);
    let [d0, d1, d2, d3, d4] = [twice(f0), twice(f1), twice(f2), twice(f3), twice(f4)];
    let [d5, d6, d7, d8] = [twice(f5), twice(f6), twice(f7), twice(f8)];
    let nineteen = splat(19);
    let [n5, n6, n7] = [times(nineteen, f5), times(nineteen, f6), times(nineteen, f7)];
    let [n8, n9] = [times(nineteen, f8), times(nineteen, f9)];
    let [m7, m9] = [twice(n7), twice(n9)];
    limbs([
        sum!(times(f0, f0), d1, m9; d2, n8; d3, m7; d4, n6; d5, n5),
        sum!(times(d0, f1), d2, n9; d3, n8; d4, n7; d5, n6),
        sum!(times(d0, f2), d1, f1; d3, m9; d4, n8; d5, m7; f6, n6),
        sum!(times(d0, f3), d1, f2; d4, n9; d5, n8; d6, n7),
        sum!(times(d0, f4), d1, d3; f2, f2; d5, m9; d6, n8; d7, n7),
        sum!(times(d0, f5), d1, f4; d2, f3; d6, n9; d7, n8),
        sum!(times(d0, f6), d1, d5; d2, f4; d3, f3; d7, m9; f8, n8),
        sum!(times(d0, f7), d1, f6; d2, f5; d3, f4; d8, n9),
        sum!(times(d0, f8), d1, d7; d2, f6; d3, d5; f4, f4; f9, m9),
        sum!(times(d0, f9), d1, f8; d2, f7; d3, f6; d4, f5),
    ])
}

/// The first or the last four lanes.
#[inline(always)]
fn half(limbs: &[Avx2; 5], half: usize) -> [Half; 5] {
    let [a, b, c, d, e] = limbs;
    [a.0[half], b.0[half], c.0[half], d.0[half], e.0[half]]
}

/// Both again.
#[inline(always)]
fn whole([a, b, c, d, e]: [Half; 5], [v, w, x, y, z]: [Half; 5]) -> [Avx2; 5] {
    [Avx2([a, v]), Avx2([b, w]), Avx2([c, x]), Avx2([d, y]), Avx2([e, z])]
}

// Calls, since some three hundred instructions for each product would leave the cache for instructions.
#[inline(never)]
#[target_feature(enable = "avx2")]
fn product(a: &[Avx2; 5], b: &[Avx2; 5]) -> [Avx2; 5] {
    whole(product_of_halves(half(a, 0), half(b, 0)), product_of_halves(half(a, 1), half(b, 1)))
}

#[inline(never)]
#[target_feature(enable = "avx2")]
fn square(a: &[Avx2; 5]) -> [Avx2; 5] {
    whole(square_of_half(half(a, 0)), square_of_half(half(a, 1)))
}

#[inline(always)]
fn four_from_bytes(bytes: u32) -> Half {
    unsafe { _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(bytes as i32)) }
}

// SAFETY of the instructions: the type's contract. Loads and stores take references to whole aligned rows.
impl Lanes for Avx2 {
    #[inline(always)]
    fn load(row: &Row) -> Self {
        let words = row.0.as_ptr();
        Avx2(unsafe { [_mm256_load_si256(words.cast()), _mm256_load_si256(words.add(4).cast())] })
    }
    #[inline(always)]
    fn store(self, row: &mut Row) {
        let words = row.0.as_mut_ptr();
        unsafe {
            _mm256_store_si256(words.cast(), self.0[0]);
            _mm256_store_si256(words.add(4).cast(), self.0[1]);
        }
    }
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Avx2([splat(word); 2])
    }
    #[inline(always)]
    fn from_bytes(bytes: u64) -> Self {
        Avx2([four_from_bytes(bytes as u32), four_from_bytes((bytes >> 32) as u32)])
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Avx2([plus(self.0[0], other.0[0]), plus(self.0[1], other.0[1])])
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Avx2([minus(self.0[0], other.0[0]), minus(self.0[1], other.0[1])])
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Avx2([and(self.0[0], other.0[0]), and(self.0[1], other.0[1])])
    }
    #[inline(always)]
    fn shift_right<const COUNT: u32>(self) -> Self {
        let count = splat_count::<COUNT>();
        Avx2([shifted_right(self.0[0], count), shifted_right(self.0[1], count)])
    }
    #[inline(always)]
    fn shift_left<const COUNT: u32>(self) -> Self {
        let count = splat_count::<COUNT>();
        Avx2([shifted_left(self.0[0], count), shifted_left(self.0[1], count)])
    }
    #[inline(always)]
    fn select(self, mask: Mask, other: Self) -> Self {
        let [first, second] = [spread(mask, [1, 2, 4, 8]), spread(mask, [16, 32, 64, 128])];
        Avx2([blend(self.0[0], other.0[0], first), blend(self.0[1], other.0[1], second)])
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Mask {
        equal(self.0[0], other.0[0]) | equal(self.0[1], other.0[1]) << 4
    }
    #[inline(always)]
    fn add_19_times(self, x: Self) -> Self {
        Avx2([plus(self.0[0], nineteen_times(x.0[0])), plus(self.0[1], nineteen_times(x.0[1]))])
    }
    #[inline(always)]
    fn permuted(self, mask: Mask, lanes: Self, table: Self) -> Self {
        self.select(mask, Avx2([looked_up(lanes.0[0], table.0), looked_up(lanes.0[1], table.0)]))
    }
    #[inline(always)]
    fn multiply(a: &[Self; 5], b: &[Self; 5]) -> [Self; 5] {
        unsafe { product(a, b) }
    }
    #[inline(always)]
    fn square(a: &[Self; 5]) -> [Self; 5] {
        unsafe { square(a) }
    }
}
