//! The encoder: between vectors of numbers and polynomials.
//!
//! Slot `j` is the polynomial's value at `zeta^(5^j)` by the canonical embedding (Cheon, Kim, Kim and Song, 2017,
//! section 2.2). In the conjugate-invariant ring values at all N of these roots are real (Kim and Song, 2018,
//! section 3): a polynomial `a_0 + sum a_k (X^k + X^-k)` has the values of `a_0 + sum (a_k - i a_(N-k)) X^k`
//! at the roots of X^N = i.

pub(crate) mod integers;

use blindbench_kernels::embedding::Embedding;
use blindbench_kernels::residue::ntt::{Ntt, RingKind};

use super::complex::Complex;
use super::noise::Noise;
use super::parameters::Parameters;
use super::plaintext::Plaintext;
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;
use integers::{Aligned, round_to_slots, to_reals};

/// Tables for encoding and decoding.
#[derive(Debug)]
pub struct Encoder<'a> {
    params: &'a Parameters,
    embedding: Embedding,
}

/// Coefficients before they are rounded, with a bound of their magnitudes.
struct Coefficients {
    reals: Aligned,
    /// Largest magnitude of the values.
    bound: f64,
}

impl<'a> Encoder<'a> {
    /// An encoder for these parameters.
    ///
    /// # Errors
    /// [`Error::Slots`] where there are more slots than the embedding has tables for.
    pub fn new(params: &'a Parameters) -> Result<Encoder<'a>> {
        let slots = params.slots();
        let embedding = Embedding::new(params.rlwe().instructions(), slots.ilog2());
        let embedding = embedding.ok_or(Error::Slots { given: slots, slots: 1 << Embedding::MOST_LOG_SLOTS })?;
        Ok(Encoder { params, embedding })
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
        self.encoded(values.len(), |j| Complex::from(values[j]), level, scale)
    }

    /// Encodes complex numbers into the first slots; see [`Encoder::encode`].
    ///
    /// # Errors
    /// Those of [`Encoder::encode`], and [`Error::Value`] for what is not real in the conjugate-invariant ring.
    pub fn encode_complex(&self, values: &[Complex], level: usize, scale: f64) -> Result<Plaintext> {
        self.encoded(values.len(), |j| values[j], level, scale)
    }

    fn encoded(&self, count: usize, value: impl Fn(usize) -> Complex, level: usize, scale: f64) -> Result<Plaintext> {
        self.params.require_level(level)?;
        let coefficients = self.coefficients(count, value, scale)?;
        let plans: Vec<&Ntt> = self.params.rlwe().data()[..=level].iter().collect();
        let largest = self.require_room(&coefficients, level, scale)?;
        let polynomial = round_to_slots(&plans, &coefficients.reals, largest);
        let noise = self.noise(coefficients.bound, scale);
        Ok(Plaintext { origin: self.params.origin().clone(), polynomial, scale, noise })
    }

    /// Encodes modulo the primes of keys at a level, the special ones behind: a factor for accumulators.
    pub(crate) fn encode_extended(&self, values: &[Complex], level: usize, scale: f64) -> Result<Polynomial> {
        self.params.require_level(level)?;
        let coefficients = self.coefficients(values.len(), |j| values[j], scale)?;
        let largest = self.require_room(&coefficients, level, scale)?;
        Ok(round_to_slots(&self.params.rlwe().key_plans(level), &coefficients.reals, largest))
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
        let largest = integers::largest(&coefficients.reals);
        self.params.require_room(largest, level)?;
        Ok(largest)
    }

    fn coefficients(&self, count: usize, value: impl Fn(usize) -> Complex, scale: f64) -> Result<Coefficients> {
        let slots = self.params.slots();
        if count > slots {
            return Err(Error::Slots { given: count, slots });
        }
        if !(scale.is_finite() && scale > 0.0) {
            return Err(Error::Refused(format!("a scale of {scale} scales nothing: take a positive number")));
        }
        let mut reals = Aligned::zeroed(2 * slots);
        let (re, im) = reals.halves();
        let mut largest = 0.0f64;
        let real_only = self.params.rlwe().ring() == RingKind::ConjugateInvariant;
        for j in 0..count {
            let value = value(j);
            let square = value.re * value.re + value.im * value.im;
            if !square.is_finite() || (real_only && value.im != 0.0) {
                return Err(refused(j, value));
            }
            largest = largest.max(square);
            (re[j], im[j]) = (value.re * scale, value.im * scale);
        }
        self.embedding.inverse(re, im);
        if real_only {
            // The imaginary parts repeat the real ones, mirrored.
            reals.truncate(slots);
        }
        Ok(Coefficients { reals, bound: largest.sqrt() })
    }

    /// The real parts of all slots, with the error that they carry.
    ///
    /// # Errors
    /// [`Error::Parameters`].
    pub fn decode(&self, plaintext: &Plaintext) -> Result<Vec<f64>> {
        let reals = self.slots(plaintext)?;
        Ok(reals[..self.params.slots()].to_vec())
    }

    /// All slots, with the error that they carry.
    ///
    /// # Errors
    /// [`Error::Parameters`].
    pub fn decode_complex(&self, plaintext: &Plaintext) -> Result<Vec<Complex>> {
        let reals = self.slots(plaintext)?;
        let (re, im) = reals.split_at(self.params.slots());
        Ok(re.iter().zip(im).map(|(re, im)| Complex::new(*re, *im)).collect())
    }

    /// Real parts, then imaginary ones.
    fn slots(&self, plaintext: &Plaintext) -> Result<Aligned> {
        self.params.require_origin(&plaintext.origin, "a plaintext")?;
        let slots = self.params.slots();
        let mut reals = Aligned::zeroed(2 * slots);
        // No coefficient is larger than the largest slot.
        let error = plaintext.noise.slot_error(plaintext.scale, self.params);
        let largest = (plaintext.noise.bound + error) * plaintext.scale;
        to_reals(self.params.rlwe(), &plaintext.polynomial, largest, 1.0 / plaintext.scale, &mut reals);
        let (re, im) = reals.halves();
        if self.params.rlwe().ring() == RingKind::ConjugateInvariant {
            (1..slots).for_each(|k| im[k] = -re[slots - k]);
        }
        self.embedding.forward(re, im);
        if self.params.rlwe().ring() == RingKind::ConjugateInvariant {
            im.fill(0.0);
        }
        Ok(reals)
    }
}

fn refused(place: usize, value: Complex) -> Error {
    let reason = match value.is_finite() {
        false => "is not finite: take numbers",
        true if value.im != 0.0 => "is not real: the conjugate-invariant ring holds real numbers alone",
        true => "is too large: take numbers below 2^511",
    };
    Error::Value { place, value: value.to_string(), reason: reason.into() }
}
