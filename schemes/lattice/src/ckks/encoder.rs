//! The encoder: between vectors of numbers and polynomials.
//!
//! Slot `j` is the polynomial's value at `zeta^(5^j)` by the canonical embedding (Cheon, Kim, Kim and Song, 2017,
//! section 2.2): N/2 complex numbers, or N real ones in the conjugate-invariant ring (Kim and Song, 2018, section 3).

pub(crate) mod integers;
pub(crate) mod values;

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::embedding::Embedding;
use blindbench_kernels::embedding::real::RealEmbedding;
use blindbench_kernels::residue::ntt::{Ntt, RingKind};
use zeroize::Zeroizing;

use super::complex::Complex;
use super::noise::Noise;
use super::parameters::Parameters;
use super::plaintext::Plaintext;
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;
use integers::{round_to_slots, to_reals};
use values::Values;

/// Encodes and decodes by the tables of its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Encoder<'a> {
    params: &'a Parameters,
}

/// Tables of the ring's embedding.
#[derive(Debug)]
pub(super) enum Tables {
    Complex(Embedding),
    Real(RealEmbedding),
}

impl Tables {
    /// For parameters of RLWE; none where there are more slots than the embedding has tables for.
    pub(super) fn new(params: &crate::rlwe::parameters::Parameters) -> Option<Tables> {
        let (kernel, log_slots) =
            (params.instructions(), params.log_n() - u32::from(params.ring() == RingKind::Standard));
        match params.ring() {
            RingKind::Standard => Embedding::new(kernel, log_slots).map(Tables::Complex),
            RingKind::ConjugateInvariant => RealEmbedding::new(kernel, log_slots).map(Tables::Real),
        }
    }

    /// Slots, as real parts and then imaginary ones, to coefficients.
    fn inverse(&self, reals: &mut [f64]) {
        match self {
            Tables::Complex(embedding) => {
                let (re, im) = reals.split_at_mut(reals.len() / 2);
                embedding.inverse(re, im);
            }
            Tables::Real(embedding) => embedding.inverse(reals),
        }
    }

    /// Undoes [`Tables::inverse`].
    fn forward(&self, reals: &mut [f64]) {
        match self {
            Tables::Complex(embedding) => {
                let (re, im) = reals.split_at_mut(reals.len() / 2);
                embedding.forward(re, im);
            }
            Tables::Real(embedding) => embedding.forward(reals),
        }
    }
}

/// Coefficients before they are rounded, with a bound of their magnitudes.
struct Coefficients {
    reals: Zeroizing<Buffer>,
    /// Largest magnitude of the values.
    bound: f64,
}

impl<'a> Encoder<'a> {
    /// An encoder for these parameters, whose tables it uses.
    pub fn new(params: &'a Parameters) -> Encoder<'a> {
        Encoder { params }
    }

    /// The parameters.
    pub fn params(&self) -> &'a Parameters {
        self.params
    }

    /// Encodes reals into the first slots at a level and scale; the other slots become 0.
    ///
    /// # Errors
    /// [`Error::Slots`] for too many values, [`Error::Value`] for what is not finite, [`Error::ScaleOverflow`] for what
    /// the level's modulus cannot hold, [`Error::Range`] for levels that there are not.
    pub fn encode(&self, values: &[f64], level: usize, scale: f64) -> Result<Plaintext> {
        self.encoded(Values::Real(values), level, scale)
    }

    /// Encodes complex numbers into the first slots; see [`Encoder::encode`].
    ///
    /// # Errors
    /// Those of [`Encoder::encode`], and [`Error::Value`] for what is not real in the conjugate-invariant ring.
    pub fn encode_complex(&self, values: &[Complex], level: usize, scale: f64) -> Result<Plaintext> {
        self.encoded(Values::Complex(values), level, scale)
    }

    fn encoded(&self, values: Values<'_>, level: usize, scale: f64) -> Result<Plaintext> {
        self.params.require_level(level)?;
        let coefficients = self.coefficients(values, scale)?;
        let plans: Vec<&Ntt> = self.params.rlwe().data()[..=level].iter().collect();
        let largest = self.require_room(&coefficients, level, scale)?;
        let polynomial = round_to_slots(&plans, coefficients.reals.reals(), largest);
        let noise = self.noise(coefficients.bound, scale);
        Ok(Plaintext { origin: self.params.origin().clone(), polynomial, scale, noise })
    }

    /// Encodes modulo the primes of keys at a level, the special ones behind: a factor for accumulators.
    pub(crate) fn encode_extended(&self, values: Values<'_>, level: usize, scale: f64) -> Result<Polynomial> {
        self.params.require_level(level)?;
        let coefficients = self.coefficients(values, scale)?;
        let largest = self.require_room(&coefficients, level, scale)?;
        Ok(round_to_slots(&self.params.rlwe().key_plans(level), coefficients.reals.reals(), largest))
    }

    /// What an encoding's error is: rounding, and that of the transform in double precision.
    fn noise(&self, bound: f64, scale: f64) -> Noise {
        let transform = f64::from(self.params.rlwe().log_n()) * f64::EPSILON * bound * scale;
        Noise::encoded(bound).plus_independent(self.params.deviation_of_slots(transform).powi(2))
    }

    /// Refuses coefficients that the level's modulus cannot hold. Gives what none is larger than: the largest
    /// slot, and where something depends on it, the largest coefficient itself.
    fn require_room(&self, coefficients: &Coefficients, level: usize, scale: f64) -> Result<f64> {
        let known = coefficients.bound * scale;
        if known < integers::MOST_EXACT && self.params.require_room(known, level).is_ok() {
            return Ok(known);
        }
        let largest = integers::largest(coefficients.reals.reals());
        self.params.require_room(largest, level)?;
        Ok(largest)
    }

    fn coefficients(&self, values: Values<'_>, scale: f64) -> Result<Coefficients> {
        let (given, slots) = (values.count(), self.params.slots());
        if given > slots {
            return Err(Error::Slots { given, slots });
        }
        if !(scale.is_finite() && scale > 0.0) {
            return Err(Error::Refused(format!("a scale of {scale} scales nothing: take a positive number")));
        }
        let mut buffer = Zeroizing::new(Buffer::zeroed(self.params.rlwe().degree()));
        let (reals, imaginaries) = buffer.reals_mut().split_at_mut(slots);
        let bound = values.scaled(scale, reals, imaginaries)?;
        self.params.embedding().inverse(buffer.reals_mut());
        Ok(Coefficients { reals: buffer, bound })
    }

    /// The real parts of all slots, with the error that they carry.
    ///
    /// # Errors
    /// [`Error::Parameters`].
    pub fn decode(&self, plaintext: &Plaintext) -> Result<Vec<f64>> {
        let buffer = self.slots(plaintext)?;
        Ok(buffer.reals()[..self.params.slots()].to_vec())
    }

    /// All slots, with the error that they carry.
    ///
    /// # Errors
    /// [`Error::Parameters`].
    pub fn decode_complex(&self, plaintext: &Plaintext) -> Result<Vec<Complex>> {
        let buffer = self.slots(plaintext)?;
        let (re, im) = buffer.reals().split_at(self.params.slots());
        let im = im.iter().copied().chain(std::iter::repeat(0.0));
        Ok(re.iter().zip(im).map(|(re, im)| Complex::new(*re, im)).collect())
    }

    /// Real parts, then imaginary ones where there are any.
    fn slots(&self, plaintext: &Plaintext) -> Result<Zeroizing<Buffer>> {
        self.params.require_origin(&plaintext.origin, "a plaintext")?;
        let mut buffer = Zeroizing::new(Buffer::zeroed(self.params.rlwe().degree()));
        let reals = buffer.reals_mut();
        // No coefficient is larger than the largest slot.
        let error = plaintext.noise.slot_error(plaintext.scale, self.params);
        let largest = (plaintext.noise.bound + error) * plaintext.scale;
        to_reals(self.params.rlwe(), &plaintext.polynomial, largest, 1.0 / plaintext.scale, reals);
        self.params.embedding().forward(reals);
        Ok(buffer)
    }
}
