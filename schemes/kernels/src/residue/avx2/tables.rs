//! Twiddles as doubles.

use super::field::Constant;
use super::lanes::Row;
use crate::residue::modulus::{Modulus, Multiplier};

/// The twiddles of a transform.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(super) forward: Twiddles,
    pub(super) inverse: Twiddles,
    /// What coefficients are divided by at the end, and that times the twiddle of the inverse's last stage.
    pub(super) scale: Constant,
    pub(super) last: Constant,
    /// The square root of -1 that folds.
    pub(super) fold: Constant,
}

/// Those of one direction.
#[derive(Debug, Clone)]
pub(super) struct Twiddles {
    /// Of all stages but the last three: entry `2^s + j` is that of block `j` in stage `s`.
    stages: Vec<Constant>,
    /// Of the last three, for four lanes at once, in order of use.
    tail: Vec<Tail>,
}

/// Entries 1, 2 to 3 and 4 to 7 are those of the three stages; values and ratios.
pub(super) type Tail = [[Row; 2]; 8];

impl Tables {
    pub(crate) fn new(
        p: &Modulus,
        [forward, inverse]: [&[Multiplier]; 2],
        scale: Multiplier,
        fold: Multiplier,
    ) -> Self {
        Tables {
            forward: Twiddles::new(p, forward),
            inverse: Twiddles::new(p, inverse),
            scale: Constant::of(p, scale),
            last: Constant::new(p, p.multiply(scale.value, inverse[1].value)),
            fold: Constant::of(p, fold),
        }
    }
}

impl Twiddles {
    fn new(p: &Modulus, all: &[Multiplier]) -> Self {
        let eighth = all.len() / 8;
        let tail = |four: usize| {
            let mut tail = Tail::default();
            for (place, pair) in tail.iter_mut().enumerate().skip(1) {
                let stage = place.ilog2();
                let lanes: [Constant; 4] = std::array::from_fn(|lane| {
                    let block = ((4 * four + lane) << stage) + place - (1 << stage);
                    Constant::of(p, all[(eighth << stage) + block])
                });
                *pair = [lanes.map(|lane| lane.value.to_bits()), lanes.map(|lane| lane.ratio.to_bits())];
            }
            tail
        };
        Twiddles {
            stages: all[..eighth].iter().map(|twiddle| Constant::of(p, *twiddle)).collect(),
            tail: (0..eighth / 4).map(tail).collect(),
        }
    }

    /// The twiddles of `log2 R` stages from stage `stage` on for its block `block`, in the order of [`Tail`].
    #[inline(always)]
    pub(super) fn group<const R: usize>(&self, stage: u32, block: usize) -> [Constant; R] {
        let mut group = [Constant::default(); R];
        for (place, constant) in group.iter_mut().enumerate().skip(1) {
            let layer = place.ilog2();
            *constant = self.stages[(1 << (stage + layer)) + (block << layer) + place - (1 << layer)];
        }
        group
    }

    /// Those of the last three stages.
    pub(super) fn tail(&self) -> &[Tail] {
        &self.tail
    }
}
