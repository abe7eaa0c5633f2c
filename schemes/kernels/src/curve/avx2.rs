//! Eight lanes in two registers of AVX2, by fused products of doubles.
//!
//! Operands are integers of which no product is too small for a double, so that no instruction takes longer for one than for
//! another.
#![expect(unsafe_code, reason = "instructions that only callers under AVX2 reach; loads and stores of whole rows")]

use std::arch::asm;
use std::arch::x86_64::{
    __m128i, __m256d, __m256i, _mm_cvtsi32_si128, _mm256_add_epi64, _mm256_and_si256, _mm256_blendv_epi8,
    _mm256_castsi256_pd, _mm256_cmpeq_epi64, _mm256_cvtepu8_epi64, _mm256_load_si256, _mm256_movemask_pd, _mm256_or_pd,
    _mm256_or_si256, _mm256_permutevar8x32_epi32, _mm256_set1_epi64x, _mm256_set1_pd, _mm256_setr_epi64x,
    _mm256_sll_epi64, _mm256_slli_epi64, _mm256_srl_epi64, _mm256_store_si256, _mm256_sub_epi64, _mm256_sub_pd,
};
use std::mem::MaybeUninit;

use super::field::LOW;
use super::lanes::{Lanes, Mask, Row};

/// A register of four words.
type Half = __m256i;

/// Two registers. Private to the kernel: whoever names it must be compiled for AVX2 and FMA and have asked the
/// processor.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Avx2([Half; 2]);

/// A register of four doubles.
type Doubles = __m256d;

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

#[inline(always)]
fn twice(a: Half) -> Half {
    plus(a, a)
}

/// `19 a`.
#[inline(always)]
fn nineteen_times(a: Half) -> Half {
    plus(plus(left::<4>(a), twice(a)), a)
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

/// A word below 2^52 as a double: with the exponent of 2^52 above it, it is 2^52 too much.
#[inline(always)]
fn double(word: Half) -> Doubles {
    unsafe {
        let exponent = _mm256_set1_pd(TWO_52);
        _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(word), exponent), exponent)
    }
}

const TWO_51: f64 = (1u64 << 51) as f64;
const TWO_52: f64 = 2.0 * TWO_51;
const TWO_103: f64 = TWO_51 * TWO_52;

/// Adds `a b`, an integer below 2^103, to sums of weights 1 and 2^51.
///
/// 2^103 plus the product is rounded to a multiple of 2^51, which the bits of the sum count. What it leaves of the product is
/// between -2^50 and 2^50; with 3 * 2^51 more it is a double whose bits count by 1. So bits add up to the product, but for
/// those of 2^103 and of 3 * 2^51, which [`CORRECTIONS`] take off. Emmart, Zheng and Weems, Faster modular exponentiation
/// using double precision floating point arithmetic on the GPU (2018), split at 2^52 and round towards zero.
///
/// The instructions are given in order, as the compiler would first make all products of a column, for which there are not
/// enough registers.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add_product([mut low, mut high]: [Half; 2], a: Doubles, b: Doubles) -> [Half; 2] {
    let (two_103, more) = (_mm256_set1_pd(TWO_103), _mm256_set1_pd(TWO_103 + 3.0 * TWO_51));
    // SAFETY: arithmetic on registers alone.
    unsafe {
        asm!(
            "vmovapd {top}, {two_103}",
            "vfmadd231pd {top}, {a}, {b}",
            "vsubpd {rest}, {more}, {top}",
            "vpaddq {high}, {high}, {top}",
            "vfmadd231pd {rest}, {a}, {b}",
            "vpaddq {low}, {low}, {rest}",
            top = out(ymm_reg) _,
            rest = out(ymm_reg) _,
            low = inout(ymm_reg) low,
            high = inout(ymm_reg) high,
            a = in(ymm_reg) a,
            b = in(ymm_reg) b,
            two_103 = in(ymm_reg) two_103,
            more = in(ymm_reg) more,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    [low, high]
}

/// Sums of weights 1 and 2^51 with products added.
macro_rules! column {
    ($low:expr, $high:expr; $($a:ident $b:ident),+) => {{
        let sums = [$low, $high];
        $(let sums = add_product(sums, $a, $b);)+
        sums
    }};
}

/// What brings sums of bits by weight to limbs of the product: they take off what [`add_product`] added and add 2^6 p, by which
/// limbs stay positive. Limbs are between -81 * 2^50 and 119 * 2^52 before, and below 2^60 then.
const CORRECTIONS: [u64; 5] = {
    /// Products `a_i b_j` with `i + j = weight`.
    const fn products(weight: usize) -> u64 {
        if weight < 5 { weight as u64 + 1 } else { 9u64.saturating_sub(weight as u64) }
    }
    let (mut corrections, mut limb) = ([64 * LOW; 5], 0);
    corrections[0] -= 64 * 18;
    while limb < 5 {
        let below = if limb == 0 { 0 } else { products(limb - 1) };
        let lows = (products(limb) + 19 * products(limb + 5)).wrapping_mul((3.0 * TWO_51).to_bits());
        let highs = (below + 19 * products(limb + 4)).wrapping_mul(TWO_103.to_bits());
        corrections[limb] = corrections[limb].wrapping_sub(lows).wrapping_sub(highs);
        limb += 1;
    }
    corrections
};

/// What the sum of a limb starts from: its correction and the sum that counts 2^255 times as much, since 2^255 is 19.
#[inline(always)]
fn start(limb: usize, high: Half) -> Half {
    plus(splat(CORRECTIONS[limb]), nineteen_times(high))
}

/// The first or the last four lanes.
#[inline(always)]
fn half_of([a, b, c, d, e]: &[Avx2; 5], half: usize) -> [Doubles; 5] {
    [double(a.0[half]), double(b.0[half]), double(c.0[half]), double(d.0[half]), double(e.0[half])]
}

/// Writes one half of all limbs.
#[inline(always)]
fn store(out: &mut MaybeUninit<[Avx2; 5]>, half: usize, limbs: [Half; 5]) {
    let first = out.as_mut_ptr().cast::<Half>();
    let [a, b, c, d, e] = limbs;
    // SAFETY: five limbs of two halves.
    unsafe {
        first.add(half).write(a);
        first.add(half + 2).write(b);
        first.add(half + 4).write(c);
        first.add(half + 6).write(d);
        first.add(half + 8).write(e);
    }
}

// Products are calls and loops over both halves, since their instructions at every place would leave the cache for
// instructions. They begin with the upper sums, from which the lower ones start: few registers wait.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn product(a: &[Avx2; 5], b: &[Avx2; 5], out: &mut MaybeUninit<[Avx2; 5]>) {
    let zero = splat(0);
    for half in 0..2 {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (half_of(a, half), half_of(b, half));
        let [h4, h5] = column!(zero, zero; a0 b4, a1 b3, a2 b2, a3 b1, a4 b0);
        let [h5, h6] = column!(h5, zero; a1 b4, a2 b3, a3 b2, a4 b1);
        let [h6, h7] = column!(h6, zero; a2 b4, a3 b3, a4 b2);
        let [h7, h8] = column!(h7, zero; a3 b4, a4 b3);
        let [h8, h9] = column!(h8, zero; a4 b4);
        let [h0, h1] = column!(start(0, h5), start(1, h6); a0 b0);
        let [h1, h2] = column!(h1, start(2, h7); a0 b1, a1 b0);
        let [h2, h3] = column!(h2, start(3, h8); a0 b2, a1 b1, a2 b0);
        let [h3, h4] = column!(h3, plus(h4, start(4, h9)); a0 b3, a1 b2, a2 b1, a3 b0);
        store(out, half, [h0, h1, h2, h3, h4]);
    }
}

// As above, with the products of different limbs counted once and their sums doubled.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn square(a: &[Avx2; 5], out: &mut MaybeUninit<[Avx2; 5]>) {
    let zero = splat(0);
    for half in 0..2 {
        let [a0, a1, a2, a3, a4] = half_of(a, half);
        let [x4, x5] = column!(zero, zero; a0 a4, a1 a3);
        let [x5, x6] = column!(x5, zero; a1 a4, a2 a3);
        let [x6, x7] = column!(x6, zero; a2 a4);
        let [x7, x8] = column!(x7, zero; a3 a4);
        let [h4, h5] = column!(zero, twice(x5); a2 a2);
        let [h6, h7] = column!(twice(x6), twice(x7); a3 a3);
        let [h8, h9] = column!(twice(x8), zero; a4 a4);
        let [x1, x2] = column!(zero, zero; a0 a1);
        let [x2, x3] = column!(x2, zero; a0 a2);
        let [x3, x4] = column!(x3, x4; a0 a3, a1 a2);
        let [h0, h1] = column!(start(0, h5), plus(start(1, h6), twice(x1)); a0 a0);
        let [h2, h3] = column!(plus(start(2, h7), twice(x2)), plus(start(3, h8), twice(x3)); a1 a1);
        store(out, half, [h0, h1, h2, h3, plus(plus(h4, start(4, h9)), twice(x4))]);
    }
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
        self.choose(Avx2([spread(mask, [1, 2, 4, 8]), spread(mask, [16, 32, 64, 128])]), other)
    }
    #[inline(always)]
    fn choose(self, mask: Self, other: Self) -> Self {
        Avx2([blend(self.0[0], other.0[0], mask.0[0]), blend(self.0[1], other.0[1], mask.0[1])])
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
        let mut out = MaybeUninit::uninit();
        unsafe {
            product(a, b, &mut out);
            out.assume_init()
        }
    }
    #[inline(always)]
    fn square(a: &[Self; 5]) -> [Self; 5] {
        let mut out = MaybeUninit::uninit();
        unsafe {
            square(a, &mut out);
            out.assume_init()
        }
    }
}
