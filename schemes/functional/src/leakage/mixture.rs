//! A basis of issued keys that can be computed with.

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::{Rng, Seed};
use rand_chacha::rand_core::Rng as _;

use super::span::{Growth, Span};

/// Multipliers are odd and have this many bits beside their sign.
const BITS: u32 = 10;

/// As many random combinations of all issued weight vectors as these have numbers.
///
/// The first independent vectors among those issued would be a basis of their span too, but often a hopeless one in floating
/// point: a single filter's windows fix most pixels in theory and hardly in practice. Every combination holds something of
/// all keys, so that what many keys say about a pixel counts.
#[derive(Debug)]
pub struct Mixture {
    combinations: Vec<Vec<i64>>,
    multipliers: Rng,
}

impl Mixture {
    /// Of no vectors yet, of `length` numbers each.
    pub fn new(length: usize) -> Self {
        // Any will do, and the same always, so that an attack can be repeated.
        Mixture { combinations: vec![vec![0; length]; length], multipliers: Seed::from_number(0).rng() }
    }

    /// Adds a vector to every combination. Vectors of a few thousand steps with weights of 31 bits stay within 64 bits.
    ///
    /// # Errors
    /// [`Error::Refused`] for a vector of another length, or where a sum would leave 64 bits.
    pub fn add(&mut self, vector: &[i64]) -> Result<()> {
        let length = self.combinations.len();
        if vector.len() != length {
            return Err(Error::Refused(format!("a vector of {} numbers, the others have {length}", vector.len())));
        }
        // Windows of an image are zero nearly everywhere.
        let present: Vec<(usize, i64)> = (0..).zip(vector.iter().copied()).filter(|(_, weight)| *weight != 0).collect();
        let overflow = || Error::Refused("combinations of keys beyond 64 bits".into());
        for combination in &mut self.combinations {
            let drawn = self.multipliers.next_u32();
            let size = i64::from(drawn >> (32 - BITS)) | 1;
            let multiplier = if drawn & 1 == 0 { size } else { -size };
            for (place, weight) in &present {
                let sum = weight.checked_mul(multiplier).and_then(|term| combination[*place].checked_add(term));
                combination[*place] = sum.ok_or_else(overflow)?;
            }
        }
        Ok(())
    }

    /// Independent combinations, `rank` of them: a basis where that is the rank of all vectors.
    ///
    /// # Errors
    /// None but those of [`Span::add`].
    pub fn basis(&self, rank: usize) -> Result<Vec<Vec<i64>>> {
        let (mut span, mut basis) = (Span::new(self.combinations.len()), Vec::with_capacity(rank));
        for combination in &self.combinations {
            if basis.len() == rank {
                break;
            }
            if span.add(combination)? == Growth::Grew {
                basis.push(combination.clone());
            }
        }
        Ok(basis)
    }
}
