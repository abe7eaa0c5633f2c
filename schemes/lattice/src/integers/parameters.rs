//! Parameters: those of RLWE and the plaintext modulus.

use blindbench_core::security::SecurityEstimate;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};
use blindbench_kernels::residue::ntt::RingKind;

use super::placement::Placement;
use crate::batching::Encoder;
use crate::error::{Error, Result};
use crate::ring::prime::primes;
use crate::rlwe;

/// Parameters as somebody wrote them, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// Sizes in bits of the primes that ciphertexts live under, the one that stays longest first.
    pub moduli: Vec<u32>,
    /// Sizes in bits of the special primes.
    pub special: Vec<u32>,
    /// The plaintext modulus t: odd; for slots a prime that is 1 modulo 2N.
    pub plaintext_modulus: u64,
}

/// The largest plaintext modulus of a size that has slots in a ring of degree 2^log_n.
///
/// # Errors
/// [`Error::Range`] or [`Error::Primes`] where there is none.
pub fn batching_modulus(bits: u32, log_n: u32) -> Result<u64> {
    Ok(primes(&[bits], 2 << log_n)?[0].value())
}

/// Tables of a level for reading messages.
#[derive(Debug)]
pub(crate) struct Reading {
    /// From the level's residues of a phase to the message times the correction factor, modulo t.
    pub conversion: Conversion,
    /// Q mod t.
    pub modulus: u64,
}

/// Checked parameters with their tables.
#[derive(Debug)]
pub struct Parameters<P: Placement> {
    base: rlwe::parameters::Parameters,
    encoder: Encoder,
    t: Modulus,
    /// By level.
    readings: Vec<Reading>,
    /// By ciphertext prime, what lifted messages are multiplied by.
    message_scales: Vec<Multiplier>,
    own: P::Tables,
}

impl<P: Placement> Parameters<P> {
    /// The plaintext modulus is below 2^44, so that t times noise stays in a transform's range.
    pub const MOST_PLAINTEXT_BITS: u32 = 44;

    /// Checks a literal and makes the tables for a kernel.
    ///
    /// # Errors
    /// [`Error::Range`] or [`Error::Primes`] with what does not fit, [`Error::Refused`] for an even plaintext modulus
    /// or one that shares a factor with the ciphertext modulus.
    pub fn new(literal: Literal, kernel: Kernel) -> Result<Parameters<P>> {
        let Literal { log_n, moduli, special, plaintext_modulus } = literal;
        let t = checked_modulus(plaintext_modulus, Self::MOST_PLAINTEXT_BITS)?;
        let literal = rlwe::parameters::Literal { log_n, ring: RingKind::Standard, moduli, special };
        let base = rlwe::parameters::Parameters::new(literal, kernel)?;
        let readings = (0..base.data().len()).map(|level| reading::<P>(&base, &t, level)).collect::<Result<_>>()?;
        let scale = |p: &Modulus| Ok(p.multiplier(P::message_scale(&t, p)?));
        let message_scales = base.data().iter().map(|plan| scale(plan.modulus())).collect::<Result<_>>()?;
        let own = P::tables(&base, &t)?;
        Ok(Parameters { encoder: Encoder::new(kernel, t, log_n), base, t, readings, message_scales, own })
    }

    /// The parameters of RLWE.
    pub fn rlwe(&self) -> &rlwe::parameters::Parameters {
        &self.base
    }

    /// The plaintext modulus t.
    pub fn plaintext_modulus(&self) -> u64 {
        self.t.value()
    }

    /// Encodes and decodes plaintexts.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Level of a fresh ciphertext: one less than there are primes.
    pub fn max_level(&self) -> usize {
        self.base.max_level()
    }

    /// The cheapest known attack, from the committed table.
    pub fn security(&self) -> SecurityEstimate {
        self.base.security()
    }

    /// Refuses levels above the highest.
    ///
    /// # Errors
    /// [`Error::Range`].
    pub fn require_level(&self, level: usize) -> Result<()> {
        let (given, most) = (level as i64, self.max_level() as i64);
        if given <= most { Ok(()) } else { Err(Error::Range { name: "level", given, least: 0, most }) }
    }

    /// Refuses operands of other parameters.
    ///
    /// # Errors
    /// [`Error::Parameters`] naming both.
    pub fn require_same(&self, other: &Parameters<P>, operand: &'static str) -> Result<()> {
        if std::ptr::eq(self, other) || (self.t == other.t && self.base.literal() == other.base.literal()) {
            return Ok(());
        }
        Err(Error::Parameters { operand, given: other.to_string(), expected: self.to_string() })
    }

    pub(crate) fn t(&self) -> &Modulus {
        &self.t
    }

    pub(crate) fn reading(&self, level: usize) -> &Reading {
        &self.readings[level]
    }

    pub(crate) fn message_scale(&self, prime: usize) -> Multiplier {
        self.message_scales[prime]
    }

    pub(crate) fn own(&self) -> &P::Tables {
        &self.own
    }
}

fn checked_modulus(t: u64, bits: u32) -> Result<Modulus> {
    if !(3..1 << bits).contains(&t) {
        let (given, most) = (i64::try_from(t).unwrap_or(i64::MAX), (1 << bits) - 1);
        return Err(Error::Range { name: "plaintext modulus", given, least: 3, most });
    }
    let refused = || Error::Refused(format!("the plaintext modulus {t} is even: take an odd one, for slots a prime"));
    Modulus::new(t).ok_or_else(refused)
}

/// The refusal of a plaintext modulus that is not coprime to a prime.
pub(crate) fn shared_factor(t: &Modulus, p: &Modulus) -> Error {
    let (t, p) = (t.value(), p.value());
    Error::Refused(format!("the plaintext modulus {t} shares a factor with the prime {p}: take another"))
}

fn reading<P: Placement>(base: &rlwe::parameters::Parameters, t: &Modulus, level: usize) -> Result<Reading> {
    let from: Vec<Modulus> = base.data()[..=level].iter().map(|plan| *plan.modulus()).collect();
    let refused = || Error::Refused("the primes of a modulus chain must be different".into());
    let mut conversion = Conversion::new(&from, &[*t]).ok_or_else(refused)?;
    P::adjust_reading(&mut conversion, t)?;
    let modulus = from.iter().fold(1, |product, q| t.multiply(product, q.value()));
    Ok(Reading { conversion, modulus })
}

impl<P: Placement> std::fmt::Display for Parameters<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}, t = {}", P::NAME, self.base, self.t.value())
    }
}
