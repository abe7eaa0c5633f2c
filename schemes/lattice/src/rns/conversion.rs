//! Base conversion of whole polynomials.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::operations::Residues;

/// Weighs residues of coefficients in place, one limb for each prime converted from, and gives the multiples of their
/// modulus that are to be taken off: what [`Residues::combine`] works on, target by target.
pub fn weigh(kernel: &dyn Residues, tables: &Conversion, limbs: &mut [Buffer]) -> Buffer {
    let mut overflow = Buffer::stale(limbs.first().map_or(0, |limb| limb.len()));
    let mut limbs: Vec<&mut [u64]> = limbs.iter_mut().map(|limb| &mut limb[..]).collect();
    kernel.weigh(tables, &mut limbs, &mut overflow);
    overflow
}
