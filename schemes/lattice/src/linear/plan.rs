//! Which rotations a matrix takes.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The plan with the least work for a matrix of these diagonals, and among those with the fewest keys.
    pub fn new(slots: usize, diagonals: impl IntoIterator<Item = usize> + Clone) -> Plan {
        let plans = (0..=slots.max(1).ilog2()).map(|log_baby| Plan::with_baby_steps(diagonals.clone(), 1 << log_baby));
        let cost = |plan: &Plan| (plan.work(), plan.rotations().len());
        plans.min_by_key(cost).unwrap_or_else(|| Plan::with_baby_steps(diagonals, 1))
    }

    /// The plan whose baby steps are below `count`. With 1 there is no baby step, with as many as there are slots
    /// no giant step.
    pub fn with_baby_steps(diagonals: impl IntoIterator<Item = usize>, count: usize) -> Plan {
        let mut giants: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for k in diagonals {
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

    /// How many baby steps are rotations.
    pub fn moving_babies(&self) -> usize {
        self.babies().iter().filter(|steps| **steps != 0).count()
    }

    /// How many giant steps are rotations.
    pub fn moving_giants(&self) -> usize {
        self.giants.keys().filter(|steps| **steps != 0).count()
    }

    /// The rotations that take a key, left by so many slots.
    pub fn rotations(&self) -> BTreeSet<usize> {
        self.babies().into_iter().chain(self.giants.keys().copied()).filter(|steps| *steps != 0).collect()
    }

    /// The steps of a diagonal: giant, then baby; none for a diagonal that the plan was not made for.
    pub fn place(&self, diagonal: usize) -> Option<(usize, usize)> {
        let fits = |(giant, babies): (&usize, &BTreeSet<usize>)| {
            let baby = diagonal.checked_sub(*giant)?;
            babies.contains(&baby).then_some((*giant, baby))
        };
        self.giants.iter().find_map(fits)
    }

    /// Key switches, in baby steps.
    pub fn work(&self) -> usize {
        self.moving_babies() + GIANT_STEP * self.moving_giants()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::Plan;

    #[test]
    fn full_matrices_take_about_twice_the_root_of_their_size_in_keys() {
        let plan = Plan::new(256, 0..256);
        // 31 baby steps and 7 giant steps; 15 and 15 would be more work.
        assert_eq!((plan.babies().len(), plan.giants().count()), (32, 8));
        assert_eq!(plan.rotations().len(), 38);
        let total: usize = plan.giants().map(|(_, babies)| babies.len()).sum();
        assert_eq!(total, 256);
        assert_eq!(plan.place(77), Some((64, 13)));
    }

    #[test]
    fn few_diagonals_take_few_keys() {
        assert!(Plan::new(256, [0]).rotations().is_empty());
        assert_eq!(Plan::new(256, [0, 2]).rotations(), [2].into());
        let steps = Plan::with_baby_steps([0, 2], 1);
        assert_eq!((steps.babies(), steps.giants().count()), ([0].into(), 2));
        assert_eq!(steps.place(1), None);
    }
}
