//! Parameters of CKKS: those of RLWE and the scale.

use std::sync::Arc;

use blindbench_core::security::SecurityEstimate;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::embedding::Embedding;
use blindbench_kernels::residue::ntt::RingKind;

use super::encoder::Tables;
use crate::error::{Error, Result};
use crate::rlwe;

/// Parameters as somebody wrote them, unchecked.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// The ring: N/2 complex slots, or N real ones.
    pub ring: RingKind,
    /// Sizes in bits of the primes that ciphertexts live under, the one that stays longest first.
    pub moduli: Vec<u32>,
    /// Sizes in bits of the special primes.
    pub special: Vec<u32>,
    /// log2 of the scale that values are multiplied by; usually the size of the primes that rescaling drops.
    pub log_scale: f64,
}

/// What parameters say of themselves: by it operands of other parameters are told apart.
#[derive(Debug, Clone, Eq)]
pub struct Origin(Arc<str>);

impl PartialEq for Origin {
    fn eq(&self, other: &Origin) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checked parameters with their tables.
#[derive(Debug)]
pub struct Parameters {
    rlwe: rlwe::parameters::Parameters,
    log_scale: f64,
    origin: Origin,
    embedding: Tables,
}

impl Parameters {
    /// Largest scale: 2^120.
    pub const MOST_LOG_SCALE: f64 = 120.0;

    /// Checks a literal and makes the tables for a kernel.
    ///
    /// # Errors
    /// [`Error::Range`] or [`Error::Primes`] with what does not fit, [`Error::ScaleOverflow`] for a scale beyond
    /// the modulus.
    pub fn new(literal: Literal, kernel: Kernel) -> Result<Parameters> {
        let Literal { log_n, ring, moduli, special, log_scale } = literal;
        if !(0.0..=Self::MOST_LOG_SCALE).contains(&log_scale) {
            let (least, most) = (0, Self::MOST_LOG_SCALE as i64);
            return Err(Error::Range { name: "log_scale", given: log_scale as i64, least, most });
        }
        let literal = rlwe::parameters::Literal { log_n, ring, moduli, special };
        let rlwe = rlwe::parameters::Parameters::new(literal, kernel)?;
        let (level, available) = (rlwe.max_level(), rlwe.log_q(rlwe.max_level()));
        if log_scale + 1.0 > available {
            return Err(Error::ScaleOverflow { needed: log_scale + 1.0, available, level });
        }
        let (given, slots) = (rlwe.degree(), 1 << Embedding::MOST_LOG_SLOTS);
        let embedding = Tables::new(&rlwe).ok_or(Error::Slots { given, slots })?;
        let origin = Origin(rlwe.to_string().into());
        Ok(Parameters { rlwe, log_scale, origin, embedding })
    }

    /// The parameters of RLWE.
    pub fn rlwe(&self) -> &rlwe::parameters::Parameters {
        &self.rlwe
    }

    /// The literal that they were made from.
    pub fn literal(&self) -> Literal {
        let rlwe::parameters::Literal { log_n, ring, moduli, special } = self.rlwe.literal().clone();
        Literal { log_n, ring, moduli, special, log_scale: self.log_scale }
    }

    /// What these parameters say of themselves.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Tables of the ring's embedding.
    pub(super) fn embedding(&self) -> &Tables {
        &self.embedding
    }

    /// The scale that values are multiplied by unless said otherwise.
    pub fn scale(&self) -> f64 {
        self.log_scale.exp2()
    }

    /// log2 of the scale.
    pub fn log_scale(&self) -> f64 {
        self.log_scale
    }

    /// Values in one plaintext: N/2 complex ones, or N real ones in the conjugate-invariant ring.
    pub fn slots(&self) -> usize {
        match self.rlwe.ring() {
            RingKind::Standard => self.rlwe.degree() / 2,
            RingKind::ConjugateInvariant => self.rlwe.degree(),
        }
    }

    /// Level of a fresh ciphertext.
    pub fn max_level(&self) -> usize {
        self.rlwe.max_level()
    }

    /// The prime that rescaling from a level divides by.
    pub fn prime(&self, level: usize) -> f64 {
        self.rlwe.data()[level].modulus().value() as f64
    }

    /// The cheapest known attack, from the committed table.
    pub fn security(&self) -> SecurityEstimate {
        self.rlwe.security()
    }

    /// Refuses operands of other parameters.
    pub(crate) fn require_origin(&self, origin: &Origin, operand: &'static str) -> Result<()> {
        if *origin == self.origin {
            return Ok(());
        }
        Err(Error::Parameters { operand, given: origin.to_string(), expected: self.origin.to_string() })
    }

    /// Refuses levels that there are not.
    pub(crate) fn require_level(&self, level: usize) -> Result<()> {
        let (given, most) = (level as i64, self.max_level() as i64);
        if given <= most { Ok(()) } else { Err(Error::Range { name: "level", given, least: 0, most }) }
    }

    /// Refuses numbers that the modulus of a level cannot hold: `largest` is the largest magnitude.
    pub(crate) fn require_room(&self, largest: f64, level: usize) -> Result<()> {
        let (needed, available) = (largest.max(0.5).log2() + 1.0, self.rlwe.log_q(level));
        if needed <= available { Ok(()) } else { Err(Error::ScaleOverflow { needed, available, level }) }
    }
}
