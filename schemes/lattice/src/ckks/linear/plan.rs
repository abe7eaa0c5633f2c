//! Which rotations a matrix takes.

use std::collections::{BTreeMap, BTreeSet};

use super::diagonals::Diagonals;
use crate::ckks::parameters::Parameters;
use crate::ring::galois;
use crate::rlwe::evaluation_keys::Request;

/// What a giant step costs in baby steps: the division by the special primes, the decomposition and an inner
/// product, against an inner product alone.
const GIANT_STEP: usize = 4;

/// Baby steps and giant steps (Halevi and Shoup, "Faster homomorphic linear transformations in HElib", 2018,
/// section 4): diagonal `giant + baby` is taken in a rotation by `baby`, and the sum of those with the same
/// giant step is rotated by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// By giant step, the baby steps that come with it.
    giants: BTreeMap<usize, BTreeSet<usize>>,
}

impl Plan {
    /// The plan with the least work for a matrix, and among those with the fewest keys.
    pub fn new(matrix: &Diagonals) -> Plan {
        let plans = (0..=matrix.slots().ilog2()).map(|log_baby| Plan::with_baby_steps(matrix, 1 << log_baby));
        let cost = |plan: &Plan| (plan.work(), plan.rotations().len());
        plans.min_by_key(cost).unwrap_or_else(|| Plan::with_baby_steps(matrix, 1))
    }

    /// The plan whose baby steps are below `count`. With 1 there is no baby step, with as many as there are slots
    /// no giant step.
    pub fn with_baby_steps(matrix: &Diagonals, count: usize) -> Plan {
        let mut giants: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (k, _) in matrix.iter() {
            let baby = k % count.max(1);
            giants.entry(k - baby).or_default().insert(baby);
        }
        Plan { giants }
    }

    /// Giant steps, ascending, each with its baby steps.
    pub fn giants(&self) -> impl Iterator<Item = (usize, &BTreeSet<usize>)> {
        self.giants.iter().map(|(giant, babies)| (*giant, babies))
    }

    /// All baby steps, 0 among them where there is no rotation.
    pub fn babies(&self) -> BTreeSet<usize> {
        self.giants.values().flatten().copied().collect()
    }

    /// The rotations that take a key, left by so many slots.
    pub fn rotations(&self) -> BTreeSet<usize> {
        self.babies().into_iter().chain(self.giants.keys().copied()).filter(|steps| *steps != 0).collect()
    }

    /// Adds the Galois elements of the plan to a request, for ciphertexts up to a level.
    pub fn request(&self, params: &Parameters, level: usize, request: &mut Request) {
        for steps in self.rotations() {
            let element = galois::rotation(params.rlwe().ring(), params.rlwe().log_n(), steps as i64);
            let highest = request.galois.entry(element).or_insert(level);
            *highest = level.max(*highest);
        }
    }

    /// Key switches, in baby steps.
    fn work(&self) -> usize {
        let rotated = |steps: &&usize| **steps != 0;
        self.babies().iter().filter(rotated).count() + GIANT_STEP * self.giants.keys().filter(rotated).count()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Diagonals, Plan};

    #[test]
    fn full_matrices_take_about_twice_the_root_of_their_size_in_keys() {
        let matrix = Diagonals::of_matrix(256, [256, 256], |_, _| 1.0).unwrap();
        let plan = Plan::new(&matrix);
        // 31 baby steps and 7 giant steps; 15 and 15 would be more work.
        assert_eq!((plan.babies().len(), plan.giants().count()), (32, 8));
        assert_eq!(plan.rotations().len(), 38);
        let total: usize = plan.giants().map(|(_, babies)| babies.len()).sum();
        assert_eq!(total, 256);
    }

    #[test]
    fn few_diagonals_take_few_keys() {
        let diagonal = Diagonals::of_matrix(256, [256, 256], |i, j| f64::from(u8::from(i == j))).unwrap();
        assert!(Plan::new(&diagonal).rotations().is_empty());
        let banded = Diagonals::of_matrix(256, [200, 200], |i, j| f64::from(u8::from(j == i || j == i + 2))).unwrap();
        assert_eq!(Plan::new(&banded).rotations(), [2].into());
        let steps = Plan::with_baby_steps(&banded, 1);
        assert_eq!((steps.babies(), steps.giants().count()), ([0].into(), 2));
    }
}
