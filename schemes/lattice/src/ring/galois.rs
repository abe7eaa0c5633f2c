//! Galois elements: the automorphisms X -> X^g of a ring.

use blindbench_kernels::residue::ntt::RingKind;

/// Order of the roots of unity of a ring: 2N, and 4N in the conjugate-invariant ring.
pub fn order(ring: RingKind, log_n: u32) -> usize {
    match ring {
        RingKind::Standard => 2 << log_n,
        RingKind::ConjugateInvariant => 4 << log_n,
    }
}

/// The element that rotates slots left by `steps`; right where they are negative. Slot `j` belongs to the root
/// psi^(5^j): N/2 of them beside their conjugates, N in the conjugate-invariant ring.
pub fn rotation(ring: RingKind, log_n: u32, steps: i64) -> usize {
    let order = order(ring, log_n);
    let cycle = order / 4;
    let steps = steps.rem_euclid(cycle as i64);
    (0..steps).fold(1, |element, _| element * 5 % order)
}

/// The element of complex conjugation, which swaps the rows of slots in BFV and BGV.
pub fn conjugation(ring: RingKind, log_n: u32) -> usize {
    order(ring, log_n) - 1
}

/// The inverse of an odd element.
pub fn inverse(ring: RingKind, log_n: u32, element: usize) -> usize {
    let order = order(ring, log_n);
    // Each step doubles the number of correct bits (Hensel lifting); three are correct at the start.
    let step = |x: usize, _| x.wrapping_mul(2usize.wrapping_sub(element.wrapping_mul(x)));
    (0..6).fold(element, step) % order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotations_compose_and_invert() {
        for ring in [RingKind::Standard, RingKind::ConjugateInvariant] {
            let order = order(ring, 6);
            assert_eq!(rotation(ring, 6, 0), 1);
            assert_eq!(rotation(ring, 6, 3) * rotation(ring, 6, -3) % order, 1);
            assert_eq!(rotation(ring, 6, 2) * rotation(ring, 6, 5) % order, rotation(ring, 6, 7));
            for element in (1..order).step_by(2) {
                assert_eq!(element * inverse(ring, 6, element) % order, 1);
            }
        }
    }
}
