//! Whether many points have order r, tested together.

use super::linear::LinearMap;
use super::point::Affine;

/// Whether all points have order r; true for all that do, and with probability at most 2^-trials for others.
///
/// Each trial adds up the points whose bit in `bits` is set and tests the order of the sum: where one point lies
/// outside the subgroup, at least one of the two choices of its bit leaves the sum outside (the random subset test of
/// Bellare, Garay, Rabin, EUROCRYPT 1998, section 3.1; small exponents in place of bits would not do, since the
/// cofactor has small factors: Boyd, Pavlovski, ASIACRYPT 2000). The points' sender must not know `bits`, which holds
/// a word of up to 64 trials a point.
pub fn in_subgroup_batch<P: Affine>(points: &[P], bits: &[u64], trials: u32) -> bool {
    let rows: Vec<Vec<i64>> =
        (0..trials.min(u64::BITS)).map(|trial| bits.iter().map(|word| (word >> trial & 1) as i64).collect()).collect();
    let map = LinearMap::in_blocks(&rows, points.len(), TRIALS_A_BLOCK);
    bits.len() == points.len() && map.apply_vartime(points).iter().all(P::is_in_subgroup)
}

/// Trials whose sums share their terms.
const TRIALS_A_BLOCK: usize = 6;
