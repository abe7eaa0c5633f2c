//! Where transforms take their first values from, and what they do with their last.

use super::field::{Centered, Constant, Factor, Field};
use super::lanes::{Reals, Row, Words};
use crate::residue::modulus::Modulus;

/// What the first pass reads: magnitudes of p at most, or of 2^49.
pub(super) trait Input {
    /// The values at row `place` of the polynomial; `row` is what stands there in the working space.
    fn load(&self, row: &Row, place: usize) -> Reals;
}

/// Canonical residues in the working space itself.
pub(super) struct InPlace;

impl Input for InPlace {
    #[inline(always)]
    fn load(&self, row: &Row, _: usize) -> Reals {
        Words::load(row).reals()
    }
}

/// Doubles in the working space.
pub(super) struct Doubles;

impl Input for Doubles {
    #[inline(always)]
    fn load(&self, row: &Row, _: usize) -> Reals {
        Reals::load(row)
    }
}

/// Canonical residues elsewhere.
pub(super) struct Apart<'a>(pub &'a [Row]);

impl Input for Apart<'_> {
    #[inline(always)]
    fn load(&self, _: &Row, place: usize) -> Reals {
        Words::load(&self.0[place]).reals()
    }
}

/// The centered representatives of residues modulo another prime.
pub(super) struct Lifted<'a> {
    pub residues: &'a [Row],
    pub from: &'a Modulus,
}

impl Input for Lifted<'_> {
    #[inline(always)]
    fn load(&self, _: &Row, place: usize) -> Reals {
        Centered::new(self.from).of(&self.residues[place])
    }
}

/// Integers of magnitude below 2^49.
pub(super) struct Signed<'a>(pub &'a [[i64; 4]]);

impl Input for Signed<'_> {
    #[inline(always)]
    fn load(&self, _: &Row, place: usize) -> Reals {
        Words::load_signed(&self.0[place]).signed_reals()
    }
}

/// What becomes of the last pass's values: magnitudes of 3p at most.
pub(super) trait Output {
    /// Takes the values at row `place` of the polynomial; `row` is its working space.
    fn store(&mut self, field: &Field, row: &mut Row, place: usize, x: Reals);
}

/// Canonical residues in the working space.
pub(super) struct Canonical;

impl Output for Canonical {
    #[inline(always)]
    fn store(&mut self, field: &Field, row: &mut Row, _: usize, x: Reals) {
        field.canonical(x).store(row);
    }
}

/// Lazy residues in the working space.
pub(super) struct Lazy;

impl Output for Lazy {
    #[inline(always)]
    fn store(&mut self, field: &Field, row: &mut Row, _: usize, x: Reals) {
        field.lazy(x).store(row);
    }
}

impl Output for Doubles {
    #[inline(always)]
    fn store(&mut self, _: &Field, row: &mut Row, _: usize, x: Reals) {
        x.store(row);
    }
}

/// `acc = (acc - x) * factor + add`, canonical; nothing is left in the working space.
pub(super) struct Divide<'a> {
    pub acc: &'a mut [Row],
    pub add: Option<&'a [Row]>,
    pub factor: Constant,
}

impl Output for Divide<'_> {
    #[inline(always)]
    fn store(&mut self, field: &Field, _: &mut Row, place: usize, x: Reals) {
        let difference = Words::load(&self.acc[place]).reals().subtract(x);
        let factor: Factor = self.factor.splat();
        // The difference is within 4p.
        let mut quotient = field.scale(difference, factor);
        if let Some(add) = self.add {
            // Above -p and below 2p: one p less, where it is not negative, leaves it within p.
            quotient = quotient.add(Words::load(&add[place]).reals());
            quotient = field.reduce(quotient);
        }
        field.lifted(quotient).store(&mut self.acc[place]);
    }
}
