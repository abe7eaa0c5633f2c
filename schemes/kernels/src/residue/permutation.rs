//! How an automorphism moves the slots of a transformed polynomial.

use super::ntt::Ntt;

/// Slot `i` of the image is slot `source(i)` of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutation {
    sources: Vec<u32>,
}

impl Permutation {
    /// Of the automorphism X -> X^element, for a transform of this plan's shape: the same for every
    /// modulus. None where the element is no unit of the exponents.
    pub fn of_automorphism(plan: &Ntt, element: usize) -> Option<Permutation> {
        let order = plan.order();
        if element.is_multiple_of(2) {
            return None;
        }
        let mut slots = vec![u32::MAX; order];
        for slot in 0..plan.degree() {
            *slots.get_mut(plan.exponent(slot))? = u32::try_from(slot).ok()?;
        }
        let source = |slot: usize| {
            let exponent = plan.exponent(slot) * (element % order) % order;
            let found = slots[exponent];
            // In the conjugate-invariant ring X^e and X^-e stand in the same slot.
            if found == u32::MAX { slots[(order - exponent) % order] } else { found }
        };
        let sources: Vec<u32> = (0..plan.degree()).map(source).collect();
        sources.iter().all(|source| *source != u32::MAX).then_some(Permutation { sources })
    }

    /// By slot of the image, the slot of the original: each below the degree.
    pub fn sources(&self) -> &[u32] {
        &self.sources
    }
}
