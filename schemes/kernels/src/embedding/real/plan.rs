//! All levels of a real transform.

use super::level::Level;
use crate::embedding::lanes::Lanes;
use crate::embedding::plan::{Plan, Transform};

/// For registers of `L` lanes and at least `4 L^2` slots; the first slice holds the numbers, the second is scratch of
/// half the length: the longest level's. The others find theirs where that one has left nothing.
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
        let Some((longest, shorter)) = self.levels.split_first() else { return };
        longest.split::<V>(values, scratch);
        let (half, free) = values.split_at_mut(scratch.len());
        for level in shorter {
            level.split::<V>(half, level.place(free));
        }
        let (rest, imaginary) = (&mut half[..Self::REST], &mut free[..Self::REST]);
        imaginary.fill(0.0);
        self.rest.inverse::<V>(rest, imaginary);
        for level in shorter.iter().rev() {
            level.interleave::<V>(half, level.place(free));
        }
        longest.interleave::<V>(values, scratch);
    }

    #[inline(always)]
    fn forward<V: Lanes<L>>(&self, coefficients: &mut [f64], scratch: &mut [f64]) {
        let Some((longest, shorter)) = self.levels.split_first() else { return };
        longest.separate::<V>(coefficients, scratch);
        let (half, free) = coefficients.split_at_mut(scratch.len());
        for level in shorter {
            level.separate::<V>(half, level.place(free));
        }
        let (rest, imaginary) = (&mut half[..Self::REST], &mut free[..Self::REST]);
        super::mirror(rest, imaginary);
        self.rest.forward::<V>(rest, imaginary);
        for level in shorter.iter().rev() {
            level.join::<V>(half, level.place(free));
        }
        longest.join::<V>(coefficients, scratch);
    }
}
