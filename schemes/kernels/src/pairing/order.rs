//! Whether many points have order r, tested together.

use super::linear::LinearMap;
use super::point::Affine;

/// Random subsets of points, whose sums are to have order r.
///
/// Where one point lies outside the subgroup, at least one of the two choices whether a sum takes it leaves the sum
/// outside: each subset overlooks it with a probability of 1/2 at most (the random subset test of Bellare, Garay, Rabin,
/// EUROCRYPT 1998, section 3.1). Random exponents in place of subsets would not do better by more than a few bits, since
/// the cofactors have factors as small as 3 and 13 (Boyd, Pavlovski, ASIACRYPT 2000).
#[derive(Debug, Clone)]
pub struct OrderTest(LinearMap);

impl OrderTest {
    /// Subsets of points by the low bits of a random word for each point, which the points' sender must not know.
    pub fn new(words: &[u64], subsets: u32) -> Self {
        OrderTest(LinearMap::of_subsets(words, subsets.min(u64::BITS)))
    }

    /// Whether the points pass: always if all have order r, with a probability of 2^-subsets at most if one has not,
    /// and never if there are more points than words. The time depends on the points.
    pub fn passes_vartime<P: Affine>(&self, points: &[P]) -> bool {
        points.len() <= self.0.inputs() && self.0.apply_vartime(points).iter().all(P::is_in_subgroup)
    }
}
