//! Parameters: written down literally, then checked once.

use blindbench_core::security::SecurityEstimate;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::ntt::{Ntt, RingKind};
use blindbench_kernels::residue::operations::Residues;

use super::matrix::Special;
use super::tables::Level;
use crate::error::{Error, Result};
use crate::ring::galois;
use crate::ring::prime::primes;

/// Standard deviation of a centered binomial with eta = 21, the noise of everything here.
pub const NOISE_SIGMA: f64 = 3.240_370_349_203_93;

/// Parameters as somebody wrote them, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// The ring.
    pub ring: RingKind,
    /// Sizes in bits of the primes that ciphertexts live under, the one that stays longest first.
    pub moduli: Vec<u32>,
    /// Sizes in bits of the special primes, which key switching alone uses; at least as large together as each
    /// digit, a group of as many ciphertext primes as there are special ones.
    pub special: Vec<u32>,
}

/// Checked parameters with the tables that follow from them. Holding one is the proof that they fit together;
/// whether they are secure, [`Parameters::security`] says.
#[derive(Debug)]
pub struct Parameters {
    literal: Literal,
    instructions: Kernel,
    kernel: &'static dyn Residues,
    data: Vec<Ntt>,
    special: Vec<Ntt>,
    levels: Vec<Level>,
}

impl Parameters {
    /// Checks a literal and makes the tables for a kernel.
    ///
    /// # Errors
    /// [`Error::Range`] or [`Error::Primes`] with what does not fit.
    pub fn new(literal: Literal, kernel: Kernel) -> Result<Parameters> {
        let range = |name, given: usize, least: i64, most: i64| {
            let given = given as i64;
            if (least..=most).contains(&given) { Ok(()) } else { Err(Error::Range { name, given, least, most }) }
        };
        range("log_n", literal.log_n as usize, i64::from(Ntt::LEAST_LOG_N), i64::from(Ntt::MOST_LOG_N) - 1)?;
        range("number of moduli", literal.moduli.len(), 1, 60)?;
        range("number of special moduli", literal.special.len(), 1, 16)?;
        let order = galois::order(literal.ring, literal.log_n) as u64;
        let sizes: Vec<u32> = literal.moduli.iter().chain(&literal.special).copied().collect();
        let plan = |prime| {
            let refused = || Error::Refused(format!("{prime:?} has no transform of degree 2^{}", literal.log_n));
            Ntt::new(kernel, prime, literal.log_n, literal.ring).ok_or_else(refused)
        };
        let mut data: Vec<Ntt> = primes(&sizes, order)?.into_iter().map(plan).collect::<Result<_>>()?;
        let special = data.split_off(literal.moduli.len());
        let levels = (0..data.len()).map(|level| Level::new(&data, &special, level)).collect::<Result<_>>()?;
        let operations = data[0].kernel();
        Ok(Parameters { literal, instructions: kernel, kernel: operations, data, special, levels })
    }

    /// The literal that they were made from.
    pub fn literal(&self) -> &Literal {
        &self.literal
    }

    /// The operations on residues.
    pub fn kernel(&self) -> &'static dyn Residues {
        self.kernel
    }

    /// The instructions that were asked for: samplers and encoders may have them where residues have not.
    pub fn instructions(&self) -> Kernel {
        self.instructions
    }

    /// log2 of the ring degree.
    pub fn log_n(&self) -> u32 {
        self.literal.log_n
    }

    /// The ring degree N.
    pub fn degree(&self) -> usize {
        1 << self.literal.log_n
    }

    /// The ring.
    pub fn ring(&self) -> RingKind {
        self.literal.ring
    }

    /// Level of a fresh ciphertext: one less than there are primes.
    pub fn max_level(&self) -> usize {
        self.data.len() - 1
    }

    /// Transforms for the primes of ciphertexts; a ciphertext at level `l` has limbs for the first `l + 1`.
    pub fn data(&self) -> &[Ntt] {
        &self.data
    }

    /// Transforms for the special primes.
    pub fn special(&self) -> &[Ntt] {
        &self.special
    }

    /// Transforms for the primes of a key at a level: those of ciphertexts, then the special ones.
    pub fn key_plans(&self, level: usize) -> Vec<&Ntt> {
        self.data[..=level].iter().chain(&self.special).collect()
    }

    /// The tables of a level.
    pub fn level(&self, level: usize) -> &Level {
        &self.levels[level]
    }

    /// What keys at a level multiply by and key switching divides by: the special primes.
    pub fn special_at(&self, level: usize) -> Special<'_> {
        let tables = &self.levels[level];
        Special { constants: &tables.special, inputs: None, division: &tables.by_special }
    }

    /// log2 of the ciphertext modulus at a level.
    pub fn log_q(&self, level: usize) -> f64 {
        log2_product(&self.data[..=level])
    }

    /// log2 of the last ciphertext prime at a level.
    pub fn log2_prime(&self, level: usize) -> f64 {
        log2_product(&self.data[level..=level])
    }

    /// log2 of the special modulus.
    pub fn log_p(&self) -> f64 {
        log2_product(&self.special)
    }

    /// log2 of the largest modulus that keys live under.
    pub fn log_qp(&self) -> f64 {
        self.log_q(self.max_level()) + self.log_p()
    }

    /// The cheapest known attack, from the committed table.
    pub fn security(&self) -> SecurityEstimate {
        super::security::estimate(self.log_n(), self.log_qp(), super::security::Secret::UniformTernary, NOISE_SIGMA)
    }

    /// Refuses operands of other parameters.
    ///
    /// # Errors
    /// [`Error::Parameters`] naming both.
    pub fn require_same(&self, other: &Parameters, operand: &'static str) -> Result<()> {
        if std::ptr::eq(self, other) || self.literal == other.literal {
            return Ok(());
        }
        Err(Error::Parameters { operand, given: other.to_string(), expected: self.to_string() })
    }
}

fn log2_product(plans: &[Ntt]) -> f64 {
    plans.iter().map(|plan| (plan.modulus().value() as f64).log2()).sum()
}

impl std::fmt::Display for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes = |sizes: &[u32]| sizes.iter().map(u32::to_string).collect::<Vec<_>>().join("+");
        let Literal { log_n, ring, moduli, special } = &self.literal;
        let real = if *ring == RingKind::ConjugateInvariant { " (conjugate-invariant)" } else { "" };
        write!(f, "N = 2^{log_n}{real}, q = {} bits, P = {} bits", sizes(moduli), sizes(special))
    }
}
