//! Products of tiles of bytes: AMX. The compiler knows neither its registers nor its instructions yet, so each
//! product is one block of assembly.
#![expect(unsafe_code, reason = "assembly on whole tiles; calls that need instructions which detection has found")]

use std::arch::asm;

use super::block::{Block, Engine, Products, go_through};
use super::{OUTPUTS, Planes, TILE};
use crate::product::amx::SHAPES;
use crate::product::method::Method;

/// There is no value of it on processors without the instructions.
#[derive(Debug)]
pub(super) struct Amx(());

impl Amx {
    pub(super) fn detect() -> Option<&'static dyn Engine> {
        Method::Amx.is_available().then_some(&Amx(()))
    }
}

impl Engine for Amx {
    fn method(&self) -> Method {
        Method::Amx
    }

    fn multiply(&self, block: &Block<'_>, sums: &mut [i64]) {
        // SAFETY: an engine is at hand, so the processor has tiles and AVX-512, and the system has allowed their use.
        unsafe { multiply(block, sums) }
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
fn multiply(block: &Block<'_>, sums: &mut [i64]) {
    // SAFETY: the processor has tiles, and the system has allowed this process their use.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, readonly)) };
    let line = block.depth * TILE;
    let mut spare = [[0; OUTPUTS * Planes::COLUMNS]; 2];
    go_through::<2>(block, sums, |weights, rows, products| {
        let planes = rows.len() / line;
        for pair in (0..planes).step_by(2) {
            // What is missing to two outputs by two planes is a copy whose products are left aside.
            let weights = [&weights[..line], &weights[weights.len() - line..]];
            let rows = [&rows[pair * line..][..line], &rows[(pair + 1).min(planes - 1) * line..][..line]];
            let (first, second) = products.split_at_mut(planes);
            let [spare0, spare1] = &mut spare;
            let (a, b) = two_of(&mut first[pair..], spare0);
            let mut none = [[0; OUTPUTS * Planes::COLUMNS]; 1];
            let (c, d) = if second.is_empty() { (&mut none[0], spare1) } else { two_of(&mut second[pair..], spare1) };
            two_by_two(weights, rows, [a, b, c, d]);
        }
    });
    // SAFETY: as above. Without it, every switch of threads would save the tiles.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// The first of some products, and the second or what stands in for it.
fn two_of<'a>(products: &'a mut [Products], spare: &'a mut Products) -> (&'a mut Products, &'a mut Products) {
    match products {
        [first, second, ..] => (first, second),
        [first] => (first, spare),
        [] => unreachable!("a pair starts at a plane"),
    }
}

/// Two tiles of outputs times two planes of rows: `[first outputs' two planes, second outputs' two]`.
#[inline(always)]
fn two_by_two(weights: [&[u64]; 2], rows: [&[u64]; 2], out: [&mut Products; 4]) {
    let tiles = weights[0].len() / TILE;
    assert!(tiles > 0 && [weights[1], rows[0], rows[1]].iter().all(|line| line.len() == tiles * TILE), "equal depths");
    // SAFETY: tiles are configured; the loop reads `tiles` tiles of each line, whose lengths have been compared, and writes
    // one tile to each product. The tiles' registers are declared.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{w0} + {line}]",
            "tileloadd tmm6, [{r0} + {line}]",
            "tdpbsud tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{r1} + {line}]",
            "tdpbsud tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{w1} + {line}]",
            "tdpbsud tmm2, tmm5, tmm6",
            "tdpbsud tmm3, tmm5, tmm7",
            "add {w0}, 1024",
            "add {w1}, 1024",
            "add {r0}, 1024",
            "add {r1}, 1024",
            "dec {tiles}",
            "jnz 2b",
            "tilestored [{o0} + {line}], tmm0",
            "tilestored [{o1} + {line}], tmm1",
            "tilestored [{o2} + {line}], tmm2",
            "tilestored [{o3} + {line}], tmm3",
            w0 = inout(reg) weights[0].as_ptr() => _,
            w1 = inout(reg) weights[1].as_ptr() => _,
            r0 = inout(reg) rows[0].as_ptr() => _,
            r1 = inout(reg) rows[1].as_ptr() => _,
            tiles = inout(reg) tiles => _,
            o0 = in(reg) out[0].as_mut_ptr(),
            o1 = in(reg) out[1].as_mut_ptr(),
            o2 = in(reg) out[2].as_mut_ptr(),
            o3 = in(reg) out[3].as_mut_ptr(),
            line = in(reg) 64usize,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
