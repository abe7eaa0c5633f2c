//! Products of tiles of bytes: AMX. The compiler knows neither its registers nor its instructions yet, so each
//! product is one block of assembly.
#![expect(unsafe_code, reason = "assembly on whole tiles; calls that need instructions which detection has found")]

use std::arch::asm;
use std::arch::x86_64::{__m512i, _mm512_loadu_si512, _mm512_setzero_si512};

use super::blocks::Block;
use super::bytes::{self, COLUMNS, LINE, OUTPUTS, PLANES, TILE, add_planes, bytes_engine};

/// Bytes from one line of a tile to the next.
const LINE_BYTES: usize = 64;

/// What `ldtilecfg` reads (Intel's manual, volume 1, section 18.3): palette 1, and all eight tiles of 16 lines of 64 bytes.
#[repr(C, align(64))]
pub(super) struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    line_bytes: [u16; 16],
    lines: [u8; 16],
}

pub(super) static SHAPES: Shapes = Shapes {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    line_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    lines: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Accumulators of one product, plane by plane.
#[repr(C, align(64))]
struct Products([[u64; TILE]; PLANES + 1]);

#[target_feature(enable = "avx512f")]
fn multiply(planes: usize, weights: &[u64], block: &Block<'_>, sums: &mut [i64]) {
    // SAFETY: the processor has tiles, and the system has allowed this process their use.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, readonly)) };
    let mut products = Products([[0; TILE]; PLANES + 1]);
    for (t, rows) in block.packed.chunks_exact(bytes::stride(block.count)).enumerate() {
        let outputs = bytes::within(planes, weights, block).zip(sums.chunks_exact_mut(OUTPUTS * block.stride));
        for (weights, sums) in outputs {
            let sums = &mut sums[t * COLUMNS..];
            if planes == 1 {
                one_plane(weights, rows, &mut products);
                merge::<PLANES>(&products, 0, block.stride, sums);
            } else {
                for plane in (0..planes).step_by(2) {
                    two_planes(&weights[plane * TILE..], planes, rows, &mut products);
                    merge::<{ PLANES + 1 }>(&products, 8 * plane as u32, block.stride, sums);
                }
            }
        }
    }
    // SAFETY: as above. Without it, every switch of threads would save the tiles.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Weights of one plane times rows of four: four accumulators, and each tile of weights loaded once.
fn one_plane(weights: &[u64], rows: &[u64], products: &mut Products) {
    let tiles = rows.len() / (PLANES * TILE);
    assert!(weights.len() == tiles * TILE && tiles > 0, "{} words of weights for {tiles} tiles", weights.len());
    // SAFETY: tiles are configured; the loop reads `tiles` tiles of weights and four times as many of rows, whose
    // lengths have been compared, and writes four tiles. The tiles' registers are declared.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{weights} + {line}]",
            "tileloadd tmm5, [{rows} + {line}]",
            "tdpbsud tmm0, tmm4, tmm5",
            "tileloadd tmm6, [{rows} + {line} + 1024]",
            "tdpbsud tmm1, tmm4, tmm6",
            "tileloadd tmm7, [{rows} + {line} + 2048]",
            "tdpbsud tmm2, tmm4, tmm7",
            "tileloadd tmm5, [{rows} + {line} + 3072]",
            "tdpbsud tmm3, tmm4, tmm5",
            "add {weights}, 1024",
            "add {rows}, 4096",
            "dec {tiles}",
            "jnz 2b",
            "tilestored [{products} + {line}], tmm0",
            "tilestored [{products} + {line} + 1024], tmm1",
            "tilestored [{products} + {line} + 2048], tmm2",
            "tilestored [{products} + {line} + 3072], tmm3",
            weights = inout(reg) weights.as_ptr() => _,
            rows = inout(reg) rows.as_ptr() => _,
            tiles = inout(reg) tiles => _,
            products = in(reg) products.0.as_mut_ptr(),
            line = in(reg) LINE_BYTES,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// Weights of two planes, the first ones of so many, times rows of four: products of the same weight share one of
/// five accumulators.
fn two_planes(weights: &[u64], planes: usize, rows: &[u64], products: &mut Products) {
    let tiles = rows.len() / (PLANES * TILE);
    assert!(tiles > 0 && weights.len() >= ((tiles - 1) * planes + 2) * TILE, "{} words of weights", weights.len());
    // SAFETY: as for one plane; `tiles` pairs of tiles of weights are read, each `planes` tiles after the one before,
    // and five tiles written.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", "tilezero tmm4",
            "2:",
            "tileloadd tmm5, [{weights} + {line}]",
            "tileloadd tmm6, [{weights} + {line} + 1024]",
            "tileloadd tmm7, [{rows} + {line}]",
            "tdpbsud tmm0, tmm5, tmm7",
            "tdpbsud tmm1, tmm6, tmm7",
            "tileloadd tmm7, [{rows} + {line} + 2048]",
            "tdpbsud tmm2, tmm5, tmm7",
            "tdpbsud tmm3, tmm6, tmm7",
            "tileloadd tmm7, [{rows} + {line} + 1024]",
            "tdpbsud tmm1, tmm5, tmm7",
            "tdpbsud tmm2, tmm6, tmm7",
            "tileloadd tmm7, [{rows} + {line} + 3072]",
            "tdpbsud tmm3, tmm5, tmm7",
            "tdpbsud tmm4, tmm6, tmm7",
            "add {weights}, {step}",
            "add {rows}, 4096",
            "dec {tiles}",
            "jnz 2b",
            "tilestored [{products} + {line}], tmm0",
            "tilestored [{products} + {line} + 1024], tmm1",
            "tilestored [{products} + {line} + 2048], tmm2",
            "tilestored [{products} + {line} + 3072], tmm3",
            "tilestored [{products} + {line} + 4096], tmm4",
            weights = inout(reg) weights.as_ptr() => _,
            rows = inout(reg) rows.as_ptr() => _,
            tiles = inout(reg) tiles => _,
            step = in(reg) planes * TILE * 8,
            products = in(reg) products.0.as_mut_ptr(),
            line = in(reg) LINE_BYTES,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// Adds K planes of products, one line for each output.
#[inline]
#[target_feature(enable = "avx512f")]
fn merge<const K: usize>(products: &Products, shift: u32, stride: usize, sums: &mut [i64]) {
    for o in 0..OUTPUTS {
        let mut acc = [_mm512_setzero_si512(); K];
        for (acc, plane) in acc.iter_mut().zip(&products.0) {
            *acc = load(&plane[o * LINE..]);
        }
        add_planes(acc, shift, &mut sums[o * stride..]);
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(line: &[u64]) -> __m512i {
    let line = &line[..LINE];
    // SAFETY: a line's words.
    unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
}

bytes_engine!(Amx, multiply);

/// Tiles of bytes on this processor, and the system's permission to use them, asked for once.
///
/// Linux hands out the tiles' 8 kB of state a thread only to processes that ask (`arch_prctl` with
/// `ARCH_REQ_XCOMP_PERM`, Documentation/arch/x86/xstate.rst).
pub(super) fn is_permitted() -> bool {
    static PERMITTED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *PERMITTED.get_or_init(|| is_present() && ask_for_tiles())
}

/// CPUID leaf 7: AMX-TILE and AMX-INT8.
fn is_present() -> bool {
    const TILE_AND_INT8: u32 = 1 << 24 | 1 << 25;
    std::arch::x86_64::__cpuid(0).eax >= 7
        && std::arch::x86_64::__cpuid_count(7, 0).edx & TILE_AND_INT8 == TILE_AND_INT8
}

#[cfg(target_os = "linux")]
fn ask_for_tiles() -> bool {
    const ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const TILE_DATA: usize = 18;
    let answer: isize;
    // SAFETY: a system call that takes no pointer; the registers it overwrites are declared.
    unsafe {
        asm!(
            "syscall",
            inout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") TILE_DATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn ask_for_tiles() -> bool {
    false
}
