//! All levels of a real transform.

use super::level::Level;
use crate::embedding::lanes::Lanes;
use crate::embedding::plan::{Plan, Transform};

/// For registers of `L` lanes and at least `4 L^2` slots; the first slice holds the numbers, the second is scratch of
/// the same length.
#[derive(Debug, Clone)]
pub(crate) struct RealPlan<const L: usize> {
    /// The longest first.
    levels: Vec<Level<L>>,
    /// For `2 L^2` slots, as complex numbers without imaginary parts.
    rest: Plan<L>,
}

impl<const L: usize> RealPlan<L> {
    /// The slots that are left to the plan for complex numbers.
    const REST: usize = 2 * L * L;

    pub(crate) fn new(slots: usize) -> Self {
        let lengths = std::iter::successors(Some(slots), |length| Some(length / 2));
        let levels = lengths.take_while(|length| *length > Self::REST).map(Level::new).collect();
        RealPlan { levels, rest: Plan::new(Self::REST) }
    }
}

impl<const L: usize> Transform<L> for RealPlan<L> {
    #[inline(always)]
    fn inverse<V: Lanes<L>>(&self, values: &mut [f64], scratch: &mut [f64]) {
        for level in &self.levels {
            level.split::<V>(values, scratch);
        }
        let last = values.len() - Self::REST;
        values.copy_within(..Self::REST, last);
        let (front, back) = values.split_at_mut(last);
        let imaginary = &mut front[..Self::REST];
        imaginary.fill(0.0);
        self.rest.inverse::<V>(back, imaginary);
        for level in self.levels.iter().rev() {
            level.interleave::<V>(values, scratch);
        }
    }

    #[inline(always)]
    fn forward<V: Lanes<L>>(&self, coefficients: &mut [f64], scratch: &mut [f64]) {
        for level in &self.levels {
            level.separate::<V>(coefficients, scratch);
        }
        let (front, back) = coefficients.split_at_mut(Self::REST);
        let imaginary = &mut back[..Self::REST];
        super::mirror(front, imaginary);
        self.rest.forward::<V>(front, imaginary);
        for level in self.levels.iter().rev() {
            level.join::<V>(coefficients, scratch);
        }
    }
}
