//! How much noise answers are flooded with, so that it tells nothing of the weights.
//!
//! The magnitude follows from the plan alone: from a bound of noise that holds for all weights within what the
//! architecture declares, not from the noise that these weights really make.

use crate::error::{Error, Result};
use crate::rlwe::flooding::MOST_LOG2;

/// Uniform noise over an answer's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flood {
    /// Bits by which it is larger than what an answer's own noise stays below.
    pub bits: u32,
    /// log2 of its magnitude.
    pub log2: u32,
}

impl Flood {
    /// A flood of a magnitude.
    ///
    /// # Errors
    /// [`Error::Refused`] for more than noise is drawn of, with the bits that would do.
    pub fn new(bits: u32, log2: u32) -> Result<Flood> {
        if log2 > MOST_LOG2 {
            let fewer = fewer(bits, log2 - MOST_LOG2);
            return Err(Error::Refused(format!("a flood of 2^{log2}, at most 2^{MOST_LOG2}: {fewer}")));
        }
        Ok(Flood { bits, log2 })
    }

    /// log2 of the standard deviation.
    pub fn log2_deviation(self) -> f64 {
        f64::from(self.log2) - 3f64.log2() / 2.0
    }

    /// Refuses noise that is not small enough to drown.
    ///
    /// # Errors
    /// [`Error::Refused`] with the bits by which it would be flooded.
    pub fn require(self, log2_own: f64) -> Result<()> {
        let flooded = f64::from(self.log2) - log2_own;
        if flooded >= f64::from(self.bits) {
            return Ok(());
        }
        let missing = (f64::from(self.bits) - flooded).ceil() as u32;
        Err(Error::Refused(format!(
            "these weights leave noise of 2^{log2_own:.1} in an answer, which the planned flood is larger than by \
             {flooded:.1} bits: take a longer moduli chain, or {}",
            fewer(self.bits, missing)
        )))
    }
}

/// What would do for a flood that misses bits.
pub fn fewer(bits: u32, missing: u32) -> String {
    match bits.checked_sub(missing).filter(|bits| *bits > 0) {
        Some(bits) => format!("take flood_bits of {bits}"),
        None => "leave `answer` out".into(),
    }
}
