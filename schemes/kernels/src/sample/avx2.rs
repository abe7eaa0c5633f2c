//! Samples with registers of 256 bits.
#![expect(unsafe_code, reason = "instructions that only functions compiled for them reach; loads and stores in bounds")]

use std::arch::x86_64::{
    __m256i, _mm_srli_si128, _mm256_add_epi8, _mm256_add_epi32, _mm256_and_si256, _mm256_castsi256_pd,
    _mm256_castsi256_si128, _mm256_cmpeq_epi8, _mm256_cmpgt_epi64, _mm256_cvtepi8_epi64, _mm256_extracti128_si256,
    _mm256_loadu_si256, _mm256_loadu2_m128i, _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_permutevar8x32_epi32, _mm256_sad_epu8, _mm256_set1_epi8, _mm256_set1_epi32,
    _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_slli_epi64,
    _mm256_srli_epi16, _mm256_srli_epi32, _mm256_srli_epi64, _mm256_srlv_epi64, _mm256_storeu_si256, _mm256_sub_epi64,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::chacha20::{ChaCha20, Words};
use super::gaussian;
use super::portable::{self, BINOMIAL_GROUP, BINOMIAL_SAMPLES, Progress, TERNARY_GROUP};
use crate::dispatch::Kernel;

/// Eight blocks at once. Private to the kernels: whoever names it must be compiled for AVX2 and have asked
/// the processor for it.
#[derive(Clone, Copy)]
struct Eight(__m256i);

// SAFETY of the instructions: the type's contract.
impl Words for Eight {
    const LANES: usize = 8;
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Eight(unsafe { _mm256_set1_epi32(word as i32) })
    }
    #[inline(always)]
    fn counted(first: u32) -> Self {
        let lanes: [u32; 8] = std::array::from_fn(|lane| lane as u32);
        // SAFETY: 32 bytes are read from an array of that size.
        Eight(unsafe { _mm256_add_epi32(_mm256_set1_epi32(first as i32), _mm256_loadu_si256(lanes.as_ptr().cast())) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Eight(unsafe { _mm256_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Eight(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // Whole bytes move by a shuffle, which is one instruction instead of three.
        if LEFT % 8 == 0 {
            let sources: [u8; 32] = std::array::from_fn(|b| (b % 16 / 4 * 4 + (b + 4 - LEFT as usize / 8) % 4) as u8);
            // SAFETY: 32 bytes are read from an array of that size.
            return Eight(unsafe { _mm256_shuffle_epi8(self.0, _mm256_loadu_si256(sources.as_ptr().cast())) });
        }
        Eight(unsafe { _mm256_or_si256(_mm256_slli_epi32::<LEFT>(self.0), _mm256_srli_epi32::<RIGHT>(self.0)) })
    }
    #[inline(always)]
    fn store(state: &[Self; 16], out: &mut [u8]) {
        let (halves, _) = out.as_chunks_mut::<32>();
        assert!(halves.len() == 2 * Self::LANES);
        for (half, words) in state.as_chunks::<8>().0.iter().enumerate() {
            // SAFETY: 32 bytes are written to each of sixteen halves of blocks of 64.
            unsafe {
                let low = transpose_words([words[0].0, words[1].0, words[2].0, words[3].0]);
                let high = transpose_words([words[4].0, words[5].0, words[6].0, words[7].0]);
                for (block, (low, high)) in low.into_iter().zip(high).enumerate() {
                    let (first, second) =
                        (_mm256_permute2x128_si256::<0x20>(low, high), _mm256_permute2x128_si256::<0x31>(low, high));
                    _mm256_storeu_si256(halves[2 * block + half].as_mut_ptr().cast(), first);
                    _mm256_storeu_si256(halves[2 * (block + 4) + half].as_mut_ptr().cast(), second);
                }
            }
        }
    }
}

/// Four words by four lanes, transposed in each half of the registers.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose_words([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let (low_ab, high_ab) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (low_cd, high_cd) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(low_ab, low_cd),
        _mm256_unpackhi_epi64(low_ab, low_cd),
        _mm256_unpacklo_epi64(high_ab, high_cd),
        _mm256_unpackhi_epi64(high_ab, high_cd),
    ]
}

/// [`ChaCha20::fill`].
pub(crate) fn fill(generator: &mut ChaCha20, out: &mut [u8]) {
    #[target_feature(enable = "avx2")]
    fn inner(generator: &mut ChaCha20, out: &mut [u8]) {
        generator.fill::<Eight>(out);
    }
    assert!(Kernel::Avx2.is_available());
    // SAFETY: the line above found every instruction of the inner function available.
    unsafe { inner(generator, out) }
}

/// [`portable::uniform`].
pub(crate) fn uniform(bytes: &[u8], width: usize, bound: u64, out: &mut [u64]) -> Progress {
    assert!(Kernel::Avx2.is_available() && width <= 50);
    // SAFETY: the line above found every instruction of the function available.
    let done = unsafe { whole_uniform(bytes, width, bound, out) };
    done.then(portable::uniform(&bytes[done.used..], width, bound, &mut out[done.written..]))
}

/// Where four fields of a group lie.
struct Fields {
    /// The first byte of each pair.
    pairs: [usize; 2],
    /// By byte of a register, its place among the sixteen from there.
    sources: __m256i,
    /// Bits before each field.
    shifts: __m256i,
}

impl Fields {
    /// The four fields of `width` bits from `first` on. Two fields and what stands before them have
    /// 107 bits at most.
    #[target_feature(enable = "avx2")]
    fn new(width: usize, first: usize) -> Fields {
        let pairs = [first, first + 2].map(|field| field * width / 8);
        let source = |b: usize| (first + b / 8) * width / 8 - pairs[b / 16] + b % 8;
        let sources: [u8; 32] = std::array::from_fn(|b| source(b) as u8);
        let shifts: [u64; 4] = std::array::from_fn(|i| ((first + i) * width % 8) as u64);
        // SAFETY: 32 bytes are read from arrays of that size.
        let [sources, shifts] =
            unsafe { [_mm256_loadu_si256(sources.as_ptr().cast()), _mm256_loadu_si256(shifts.as_ptr().cast())] };
        Fields { pairs, sources, shifts }
    }
}

/// By the set of lanes that are kept, the words that bring them to the front.
const COMPRESS: [[u32; 8]; 16] = {
    let mut table = [[0; 8]; 16];
    let mut kept = 0;
    while kept < 16 {
        let (mut lane, mut to) = (0, 0);
        while lane < 4 {
            if kept >> lane & 1 == 1 {
                (table[kept][to], table[kept][to + 1]) = (2 * lane, 2 * lane + 1);
                to += 2;
            }
            lane += 1;
        }
        kept += 1;
    }
    table
};

/// As long as there are whole groups that may be read in whole registers, and room for one.
#[target_feature(enable = "avx2")]
fn whole_uniform(bytes: &[u8], width: usize, bound: u64, out: &mut [u64]) -> Progress {
    let halves = [Fields::new(width, 0), Fields::new(width, 4)];
    let (field, bound) = (_mm256_set1_epi64x((1 << width) - 1), _mm256_set1_epi64x(bound as i64));
    let mut done = Progress { used: 0, written: 0 };
    while bytes.len() - done.used >= 64 && out.len() - done.written >= 8 {
        for half in &halves {
            // SAFETY: the last pair starts at byte 37 at most, and 64 bytes are left; of the room for eight
            // words at least four are left.
            unsafe {
                let [low, high] = half.pairs.map(|pair| bytes.as_ptr().add(done.used + pair).cast());
                let packed = _mm256_shuffle_epi8(_mm256_loadu2_m128i(high, low), half.sources);
                let candidates = _mm256_and_si256(_mm256_srlv_epi64(packed, half.shifts), field);
                let kept = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(bound, candidates))) as usize;
                let order = _mm256_loadu_si256(COMPRESS[kept & 15].as_ptr().cast());
                let residues = _mm256_permutevar8x32_epi32(candidates, order);
                _mm256_storeu_si256(out.as_mut_ptr().add(done.written).cast(), residues);
                done.written += kept.count_ones() as usize;
            }
        }
        done.used += width;
    }
    done
}

/// [`portable::centered_binomial`].
pub(crate) fn centered_binomial(bytes: &[u8], out: &mut [i64]) -> Progress {
    assert!(Kernel::Avx2.is_available());
    // SAFETY: the line above found every instruction of the function available.
    let done = unsafe { whole_binomial(bytes, out) };
    done.then(portable::centered_binomial(&bytes[done.used..], &mut out[done.written..]))
}

/// As long as there are whole groups and room for one.
#[target_feature(enable = "avx2")]
fn whole_binomial(bytes: &[u8], out: &mut [i64]) -> Progress {
    let low = _mm256_set1_epi64x((1 << 21) - 1);
    let high = _mm256_slli_epi64::<21>(low);
    let both = _mm256_or_si256(low, high);
    let (groups, _) = bytes.as_chunks::<BINOMIAL_GROUP>();
    let (rooms, _) = out.as_chunks_mut::<BINOMIAL_SAMPLES>();
    let done = groups.len().min(rooms.len());
    for (group, room) in groups.iter().zip(rooms) {
        for half in [0, 4] {
            // SAFETY: a group is two times eight words, the room for its samples three times; four of
            // each eight are read and written.
            unsafe {
                let a = _mm256_loadu_si256(group[8 * half..].as_ptr().cast());
                let b = _mm256_loadu_si256(group[64 + 8 * half..].as_ptr().cast());
                let rest_of_b = _mm256_and_si256(_mm256_srli_epi64::<22>(b), high);
                let rest = _mm256_or_si256(_mm256_srli_epi64::<43>(a), rest_of_b);
                for (i, x) in [a, b, rest].into_iter().enumerate() {
                    // The ones among the low half and the zeros among the high half are 21 more than
                    // the difference.
                    let turned = _mm256_and_si256(_mm256_xor_si256(x, high), both);
                    let sample = _mm256_sub_epi64(count_ones(turned), _mm256_set1_epi64x(21));
                    _mm256_storeu_si256(room[8 * i + half..].as_mut_ptr().cast(), sample);
                }
            }
        }
    }
    Progress { used: done * BINOMIAL_GROUP, written: done * BINOMIAL_SAMPLES }
}

/// The number of ones in each word (Muła, Kurz and Lemire, "Faster population counts using AVX2
/// instructions", 2018, section 3.1).
#[inline]
#[target_feature(enable = "avx2")]
fn count_ones(x: __m256i) -> __m256i {
    let table: [u8; 32] = std::array::from_fn(|nibble| (nibble as u8 % 16).count_ones() as u8);
    // SAFETY: 32 bytes are read from an array of that size.
    let table = unsafe { _mm256_loadu_si256(table.as_ptr().cast()) };
    let nibble = _mm256_set1_epi8(15);
    let low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    let high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(x), nibble));
    _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256())
}

/// [`portable::ternary`].
pub(crate) fn ternary(bytes: &[u8], out: &mut [i64]) -> Progress {
    assert!(Kernel::Avx2.is_available());
    let (mut done, mut out) = (Progress { used: 0, written: 0 }, out);
    while bytes.len() - done.used >= TERNARY_GROUP && !out.is_empty() {
        // SAFETY: the first line found every instruction of the function available.
        let whole = unsafe { whole_ternary(&bytes[done.used..], out) };
        // Then one group with rejections, or for which there is no room.
        let rest = &bytes[done.used + whole.used..];
        let one = portable::ternary(&rest[..rest.len().min(TERNARY_GROUP)], &mut out[whole.written..]);
        let both = whole.then(one);
        (done, out) = (done.then(both), &mut out[both.written..]);
    }
    done
}

/// As long as there are whole groups without a byte to reject, and room for one.
#[target_feature(enable = "avx2")]
fn whole_ternary(bytes: &[u8], out: &mut [i64]) -> Progress {
    // Since 16 is 1 modulo 3, a byte is the sum of the remainders of its digits to base 16.
    let remainders: [u8; 32] = std::array::from_fn(|digit| digit as u8 % 16 % 3);
    let samples: [i8; 32] = std::array::from_fn(|sum| (sum % 16 % 3) as i8 - 1);
    // SAFETY: 32 bytes are read from arrays of that size.
    let [remainders, samples] =
        unsafe { [_mm256_loadu_si256(remainders.as_ptr().cast()), _mm256_loadu_si256(samples.as_ptr().cast())] };
    let nibble = _mm256_set1_epi8(15);
    let mut groups = 0;
    for (group, room) in bytes.as_chunks::<TERNARY_GROUP>().0.iter().zip(out.as_chunks_mut::<TERNARY_GROUP>().0) {
        // SAFETY: a group is two registers.
        let drawn: [__m256i; 2] =
            unsafe { [_mm256_loadu_si256(group.as_ptr().cast()), _mm256_loadu_si256(group[32..].as_ptr().cast())] };
        let [first, second] = drawn.map(|drawn| _mm256_cmpeq_epi8(drawn, _mm256_set1_epi8(-1)));
        if _mm256_movemask_epi8(_mm256_or_si256(first, second)) != 0 {
            break;
        }
        for (drawn, room) in drawn.into_iter().zip(room.as_chunks_mut::<32>().0) {
            let low = _mm256_shuffle_epi8(remainders, _mm256_and_si256(drawn, nibble));
            let high = _mm256_shuffle_epi8(remainders, _mm256_and_si256(_mm256_srli_epi16::<4>(drawn), nibble));
            let eights = _mm256_shuffle_epi8(samples, _mm256_add_epi8(low, high));
            let quarters = [_mm256_castsi256_si128(eights), _mm256_extracti128_si256::<1>(eights)];
            for (sixteen, room) in quarters.into_iter().zip(room.as_chunks_mut::<16>().0) {
                let fours = [
                    sixteen,
                    _mm_srli_si128::<4>(sixteen),
                    _mm_srli_si128::<8>(sixteen),
                    _mm_srli_si128::<12>(sixteen),
                ];
                for (four, room) in fours.into_iter().zip(room.as_chunks_mut::<4>().0) {
                    // SAFETY: the room is one register.
                    unsafe { _mm256_storeu_si256(room.as_mut_ptr().cast(), _mm256_cvtepi8_epi64(four)) };
                }
            }
        }
        groups += 1;
    }
    Progress { used: groups * TERNARY_GROUP, written: groups * TERNARY_GROUP }
}

/// [`gaussian::look_up`].
pub(crate) fn look_up(table: &[u64], words: &[u64; gaussian::BATCH], out: &mut [i64; gaussian::BATCH]) {
    #[target_feature(enable = "avx2")]
    fn compiled(table: &[u64], words: &[u64; gaussian::BATCH], out: &mut [i64; gaussian::BATCH]) {
        gaussian::look_up(table, words, out);
    }
    assert!(Kernel::Avx2.is_available());
    // SAFETY: the line above found every instruction of the function available.
    unsafe { compiled(table, words, out) }
}
