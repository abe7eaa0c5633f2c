//! Samples with registers of 512 bits.
#![expect(unsafe_code, reason = "instructions that only functions compiled for them reach; loads and stores in bounds")]

use std::arch::x86_64::{
    __m128i, __m512i, _mm_srli_si128, _mm512_add_epi8, _mm512_add_epi32, _mm512_and_si512, _mm512_cmplt_epu64_mask,
    _mm512_cmpneq_epi8_mask, _mm512_cvtepi8_epi64, _mm512_extracti32x4_epi32, _mm512_loadu_si512,
    _mm512_maskz_compress_epi64, _mm512_maskz_loadu_epi8, _mm512_or_si512, _mm512_permutexvar_epi8,
    _mm512_popcnt_epi64, _mm512_rol_epi32, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_epi64,
    _mm512_shuffle_i32x4, _mm512_srli_epi16, _mm512_srli_epi64, _mm512_srlv_epi64, _mm512_storeu_si512,
    _mm512_sub_epi64, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    _mm512_xor_si512,
};

use super::chacha20::{ChaCha20, Words};
use super::gaussian;
use super::portable::{self, BINOMIAL_GROUP, BINOMIAL_SAMPLES, Progress, TERNARY_GROUP};
use crate::dispatch::Kernel;

/// Sixteen blocks at once. Private to the kernels: whoever names it must be compiled for AVX-512 and have
/// asked the processor for it.
#[derive(Clone, Copy)]
struct Sixteen(__m512i);

// SAFETY of the instructions: the type's contract.
impl Words for Sixteen {
    const LANES: usize = 16;
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Sixteen(unsafe { _mm512_set1_epi32(word as i32) })
    }
    #[inline(always)]
    fn counted(first: u32) -> Self {
        let lanes: [u32; 16] = std::array::from_fn(|lane| lane as u32);
        // SAFETY: 64 bytes are read from an array of that size.
        Sixteen(unsafe { _mm512_add_epi32(_mm512_set1_epi32(first as i32), _mm512_loadu_si512(lanes.as_ptr().cast())) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Sixteen(unsafe { _mm512_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Sixteen(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        Sixteen(unsafe { _mm512_rol_epi32::<LEFT>(self.0) })
    }
    #[inline(always)]
    fn store(state: &[Self; 16], out: &mut [u8]) {
        let (blocks, _) = out.as_chunks_mut::<64>();
        assert!(blocks.len() == Self::LANES);
        // SAFETY: 64 bytes are written to each of sixteen blocks of 64.
        unsafe {
            let mut quads = [[state[0].0; 4]; 4];
            for (quad, words) in quads.iter_mut().zip(state.as_chunks::<4>().0) {
                *quad = transpose_words([words[0].0, words[1].0, words[2].0, words[3].0]);
            }
            // Register q of quad w holds words 4w..4w+4 of the blocks q, 4+q, 8+q, 12+q.
            for q in 0..4 {
                let [a, b, c, d] = [quads[0][q], quads[1][q], quads[2][q], quads[3][q]];
                let (ab02, ab13) = (_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xdd>(a, b));
                let (cd02, cd13) = (_mm512_shuffle_i32x4::<0x88>(c, d), _mm512_shuffle_i32x4::<0xdd>(c, d));
                _mm512_storeu_si512(blocks[q].as_mut_ptr().cast(), _mm512_shuffle_i32x4::<0x88>(ab02, cd02));
                _mm512_storeu_si512(blocks[4 + q].as_mut_ptr().cast(), _mm512_shuffle_i32x4::<0x88>(ab13, cd13));
                _mm512_storeu_si512(blocks[8 + q].as_mut_ptr().cast(), _mm512_shuffle_i32x4::<0xdd>(ab02, cd02));
                _mm512_storeu_si512(blocks[12 + q].as_mut_ptr().cast(), _mm512_shuffle_i32x4::<0xdd>(ab13, cd13));
            }
        }
    }
}

/// Four words by four lanes, transposed in each quarter of the registers.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose_words([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let (low_ab, high_ab) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let (low_cd, high_cd) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    [
        _mm512_unpacklo_epi64(low_ab, low_cd),
        _mm512_unpackhi_epi64(low_ab, low_cd),
        _mm512_unpacklo_epi64(high_ab, high_cd),
        _mm512_unpackhi_epi64(high_ab, high_cd),
    ]
}

/// [`ChaCha20::fill`].
pub(crate) fn fill(generator: &mut ChaCha20, out: &mut [u8]) {
    #[target_feature(enable = "avx512f")]
    fn inner(generator: &mut ChaCha20, out: &mut [u8]) {
        generator.fill::<Sixteen>(out);
    }
    assert!(Kernel::Avx512.is_available());
    // SAFETY: the line above found every instruction of the inner function available.
    unsafe { inner(generator, out) }
}

/// [`portable::uniform`].
pub(crate) fn uniform(bytes: &[u8], width: usize, bound: u64, out: &mut [u64]) -> Progress {
    assert!(Kernel::Ifma.is_available() && width <= 50);
    // SAFETY: the line above found every instruction of the function available.
    let done = unsafe { whole_uniform(bytes, width, bound, out) };
    done.then(portable::uniform(&bytes[done.used..], width, bound, &mut out[done.written..]))
}

/// As long as there are whole groups and room for one.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
fn whole_uniform(bytes: &[u8], width: usize, bound: u64, out: &mut [u64]) -> Progress {
    // Byte b of lane i is byte b of the eight that field i starts in; the last is byte 50 at most.
    let sources: [u8; 64] = std::array::from_fn(|b| (b / 8 * width / 8 + b % 8) as u8);
    let shifts: [u64; 8] = std::array::from_fn(|field| (field * width % 8) as u64);
    // SAFETY: 64 bytes are read from arrays of that size.
    let (sources, shifts) =
        unsafe { (_mm512_loadu_si512(sources.as_ptr().cast()), _mm512_loadu_si512(shifts.as_ptr().cast())) };
    let (field, bound) = (_mm512_set1_epi64((1 << width) - 1), _mm512_set1_epi64(bound as i64));
    let group = (1u64 << width) - 1;
    let mut done = Progress { used: 0, written: 0 };
    while bytes.len() - done.used >= width && out.len() - done.written >= 8 {
        // SAFETY: the mask lets `width` bytes be read, which there are; there is room for eight words.
        unsafe {
            let packed = _mm512_maskz_loadu_epi8(group, bytes.as_ptr().add(done.used).cast());
            let shifted = _mm512_srlv_epi64(_mm512_permutexvar_epi8(sources, packed), shifts);
            let candidates = _mm512_and_si512(shifted, field);
            let kept = _mm512_cmplt_epu64_mask(candidates, bound);
            let residues = _mm512_maskz_compress_epi64(kept, candidates);
            _mm512_storeu_si512(out.as_mut_ptr().add(done.written).cast(), residues);
            done.used += width;
            done.written += kept.count_ones() as usize;
        }
    }
    done
}

/// [`portable::centered_binomial`].
pub(crate) fn centered_binomial(bytes: &[u8], out: &mut [i64]) -> Progress {
    assert!(Kernel::Ifma.is_available());
    // SAFETY: the line above found every instruction of the function available.
    let done = unsafe { whole_binomial(bytes, out) };
    done.then(portable::centered_binomial(&bytes[done.used..], &mut out[done.written..]))
}

/// As long as there are whole groups and room for one.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn whole_binomial(bytes: &[u8], out: &mut [i64]) -> Progress {
    let low = _mm512_set1_epi64((1 << 21) - 1);
    let (high, both) = (_mm512_set1_epi64(((1 << 21) - 1) << 21), _mm512_set1_epi64((1 << 42) - 1));
    let eta = _mm512_set1_epi64(21);
    // The ones among the low half and the zeros among the high half are 21 more than the difference.
    let sample = |x: __m512i| {
        let turned = _mm512_and_si512(_mm512_xor_si512(x, high), both);
        _mm512_sub_epi64(_mm512_popcnt_epi64(turned), eta)
    };
    let (groups, _) = bytes.as_chunks::<BINOMIAL_GROUP>();
    let (rooms, _) = out.as_chunks_mut::<BINOMIAL_SAMPLES>();
    let done = groups.len().min(rooms.len());
    for (group, room) in groups.iter().zip(rooms) {
        // SAFETY: a group is two registers, the room for its samples three.
        unsafe {
            let (a, b) = (_mm512_loadu_si512(group.as_ptr().cast()), _mm512_loadu_si512(group[64..].as_ptr().cast()));
            let rest_of_b = _mm512_and_si512(_mm512_srli_epi64::<22>(b), high);
            let rest = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi64::<43>(a), low), rest_of_b);
            _mm512_storeu_si512(room.as_mut_ptr().cast(), sample(a));
            _mm512_storeu_si512(room[8..].as_mut_ptr().cast(), sample(b));
            _mm512_storeu_si512(room[16..].as_mut_ptr().cast(), sample(rest));
        }
    }
    Progress { used: done * BINOMIAL_GROUP, written: done * BINOMIAL_SAMPLES }
}

/// [`portable::ternary`].
pub(crate) fn ternary(bytes: &[u8], out: &mut [i64]) -> Progress {
    assert!(Kernel::Ifma.is_available());
    // SAFETY: the line above found every instruction of the function available.
    let done = unsafe { whole_ternary(bytes, out) };
    done.then(portable::ternary(&bytes[done.used..], &mut out[done.written..]))
}

/// As long as there are whole groups and room for one.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
fn whole_ternary(bytes: &[u8], out: &mut [i64]) -> Progress {
    // Since 16 is 1 modulo 3, a byte is the sum of its digits to base 16; only that of 255 reaches 30.
    let remainders: [i8; 64] = std::array::from_fn(|sum| (sum % 3) as i8 - 1);
    // SAFETY: 64 bytes are read from an array of that size.
    let remainders = unsafe { _mm512_loadu_si512(remainders.as_ptr().cast()) };
    let (nibble, rejected) = (_mm512_set1_epi8(15), _mm512_set1_epi8(30));
    let mut done = Progress { used: 0, written: 0 };
    let (groups, _) = bytes.as_chunks::<TERNARY_GROUP>();
    for group in groups {
        let Some(room) = out.get_mut(done.written..done.written + TERNARY_GROUP) else { break };
        // SAFETY: a group is one register.
        let drawn = unsafe { _mm512_loadu_si512(group.as_ptr().cast()) };
        let high = _mm512_and_si512(_mm512_srli_epi16::<4>(drawn), nibble);
        let sums = _mm512_add_epi8(_mm512_and_si512(drawn, nibble), high);
        let mut kept = _mm512_cmpneq_epi8_mask(sums, rejected);
        let samples = _mm512_permutexvar_epi8(sums, remainders);
        let mut written = 0;
        for eight in eights(samples) {
            let eight = _mm512_maskz_compress_epi64(kept as u8, _mm512_cvtepi8_epi64(eight));
            // SAFETY: `written` is at most 8 times the number of stores before: there is room for eight.
            unsafe { _mm512_storeu_si512(room.as_mut_ptr().add(written).cast(), eight) };
            written += (kept as u8).count_ones() as usize;
            kept >>= 8;
        }
        done.used += TERNARY_GROUP;
        done.written += written;
    }
    done
}

/// The bytes of a register, eight to the front of each.
#[inline]
#[target_feature(enable = "avx512f")]
fn eights(x: __m512i) -> [__m128i; 8] {
    let quarters = [
        _mm512_extracti32x4_epi32::<0>(x),
        _mm512_extracti32x4_epi32::<1>(x),
        _mm512_extracti32x4_epi32::<2>(x),
        _mm512_extracti32x4_epi32::<3>(x),
    ];
    let halves = quarters.map(|quarter| [quarter, _mm_srli_si128::<8>(quarter)]);
    let [[a, b], [c, d], [e, f], [g, h]] = halves;
    [a, b, c, d, e, f, g, h]
}

/// [`gaussian::look_up`].
pub(crate) fn look_up(table: &[u64], words: &[u64; gaussian::BATCH], out: &mut [i64; gaussian::BATCH]) {
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
    fn compiled(table: &[u64], words: &[u64; gaussian::BATCH], out: &mut [i64; gaussian::BATCH]) {
        gaussian::look_up(table, words, out);
    }
    assert!(Kernel::Avx512.is_available());
    // SAFETY: the line above found every instruction of the function available.
    unsafe { compiled(table, words, out) }
}
