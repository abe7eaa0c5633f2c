//! Integers modulo the plaintext modulus t as plaintexts: one a slot where t lets the ring fall apart into N slots,
//! one a coefficient otherwise (Smart and Vercauteren, "Fully homomorphic SIMD operations", 2014).

use std::ops::RangeInclusive;

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::modulus::Modulus;
use blindbench_kernels::residue::ntt::{Ntt, RingKind};

use crate::error::{Error, Result};
use crate::ring::prime::is_prime_vartime;

/// A polynomial with coefficients modulo t, unencrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plaintext {
    pub(crate) modulus: Modulus,
    /// N residues modulo t.
    pub(crate) coefficients: Buffer,
}

impl Plaintext {
    /// The plaintext modulus t.
    pub fn modulus(&self) -> u64 {
        self.modulus.value()
    }

    /// Coefficients in [0, t), N of them.
    pub fn coefficients(&self) -> &[u64] {
        &self.coefficients
    }

    /// Coefficients around zero.
    pub(crate) fn centered(&self) -> Vec<i64> {
        self.coefficients.iter().map(|x| self.modulus.centered(*x)).collect()
    }
}

/// Encodes and decodes plaintexts.
///
/// Slots are two rows of N/2, the first row first: the Galois element 5 rotates both rows left by one, 2N - 1 swaps
/// them. Additions and products of plaintexts are those of slots modulo t.
#[derive(Debug)]
pub struct Encoder {
    modulus: Modulus,
    degree: usize,
    slots: std::result::Result<Slots, String>,
}

/// The transform modulo t and where its slots stand.
#[derive(Debug)]
struct Slots {
    plan: Ntt,
    /// By slot of the encoder, the transform's.
    places: Vec<u32>,
}

impl Slots {
    fn new(kernel: Kernel, modulus: Modulus, log_n: u32) -> std::result::Result<Slots, String> {
        let (t, order) = (modulus.value(), 2usize << log_n);
        let plan = is_prime_vartime(t).then(|| Ntt::new(kernel, modulus, log_n, RingKind::Standard)).flatten();
        let plan = plan.ok_or_else(|| {
            format!("{t} has no slots in a ring of degree 2^{log_n}: take a prime that is 1 modulo {order}, or encode coefficients")
        })?;
        let mut by_exponent = vec![0u32; order];
        (0..plan.degree()).for_each(|slot| by_exponent[plan.exponent(slot)] = slot as u32);
        let row: Vec<usize> =
            std::iter::successors(Some(1), |power| Some(power * 5 % order)).take(plan.degree() / 2).collect();
        let exponents = row.iter().copied().chain(row.iter().map(|exponent| order - exponent));
        let places = exponents.map(|exponent| by_exponent[exponent]).collect();
        Ok(Slots { plan, places })
    }
}

impl Encoder {
    /// The encoder for a plaintext modulus and a ring degree of 2^log_n; without slots where t allows none.
    pub fn new(kernel: Kernel, modulus: Modulus, log_n: u32) -> Encoder {
        Encoder { modulus, degree: 1 << log_n, slots: Slots::new(kernel, modulus, log_n) }
    }

    /// The plaintext modulus t.
    pub fn modulus(&self) -> u64 {
        self.modulus.value()
    }

    /// Number of slots: N.
    ///
    /// # Errors
    /// [`Error::Refused`] where t has none in this ring.
    pub fn slot_count(&self) -> Result<usize> {
        self.slots().map(|_| self.degree)
    }

    /// The values that signed encoding takes, those around zero.
    pub fn signed_range(&self) -> RangeInclusive<i64> {
        let half = (self.modulus.value() / 2) as i64;
        -half..=half
    }

    /// Integers in [-t/2, t/2], one a slot; slots beyond them are zero.
    ///
    /// # Errors
    /// [`Error::Slots`], [`Error::Value`], or [`Error::Refused`] where t has no slots.
    pub fn encode(&self, values: &[i64]) -> Result<Plaintext> {
        self.place(&self.residues_of_signed(values)?)
    }

    /// Integers in [0, t), one a slot; slots beyond them are zero.
    ///
    /// # Errors
    /// [`Error::Slots`], [`Error::Value`], or [`Error::Refused`] where t has no slots.
    pub fn encode_unsigned(&self, values: &[u64]) -> Result<Plaintext> {
        self.require_unsigned(values)?;
        self.place(values)
    }

    /// Integers in [-t/2, t/2] as coefficients; those beyond them are zero.
    ///
    /// # Errors
    /// [`Error::Slots`] or [`Error::Value`].
    pub fn encode_coefficients(&self, values: &[i64]) -> Result<Plaintext> {
        let residues = self.residues_of_signed(values)?;
        let mut coefficients = Buffer::zeroed(self.degree);
        coefficients[..residues.len()].copy_from_slice(&residues);
        Ok(Plaintext { modulus: self.modulus, coefficients })
    }

    /// The slots around zero, N of them.
    ///
    /// # Errors
    /// [`Error::Refused`] where t has no slots or the plaintext is modulo another.
    pub fn decode(&self, plaintext: &Plaintext) -> Result<Vec<i64>> {
        let slots = self.decode_unsigned(plaintext)?;
        Ok(slots.into_iter().map(|value| self.modulus.centered(value)).collect())
    }

    /// The slots in [0, t), N of them.
    ///
    /// # Errors
    /// [`Error::Refused`] where t has no slots or the plaintext is modulo another.
    pub fn decode_unsigned(&self, plaintext: &Plaintext) -> Result<Vec<u64>> {
        let Slots { plan, places } = self.slots()?;
        self.require_own(plaintext)?;
        let mut slots = plaintext.coefficients.clone();
        plan.kernel().forward(plan, &mut slots);
        Ok(places.iter().map(|place| slots[*place as usize]).collect())
    }

    /// The coefficients around zero, N of them.
    ///
    /// # Errors
    /// [`Error::Refused`] where the plaintext is modulo another.
    pub fn decode_coefficients(&self, plaintext: &Plaintext) -> Result<Vec<i64>> {
        self.require_own(plaintext)?;
        Ok(plaintext.centered())
    }

    /// Refuses plaintexts of another modulus or ring.
    ///
    /// # Errors
    /// [`Error::Refused`] naming both.
    pub fn require_own(&self, plaintext: &Plaintext) -> Result<()> {
        let (given, degree) = (plaintext.modulus(), plaintext.coefficients.len());
        if given == self.modulus() && degree == self.degree {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "the plaintext has {degree} coefficients modulo {given}, but {} modulo {} are at work: encode it again",
            self.degree,
            self.modulus()
        )))
    }

    fn slots(&self) -> Result<&Slots> {
        self.slots.as_ref().map_err(|reason| Error::Refused(reason.clone()))
    }

    /// Puts residues into slots.
    fn place(&self, values: &[u64]) -> Result<Plaintext> {
        let Slots { plan, places } = self.slots()?;
        let mut coefficients = Buffer::zeroed(self.degree);
        for (value, place) in values.iter().zip(places) {
            coefficients[*place as usize] = *value;
        }
        plan.kernel().inverse(plan, &mut coefficients);
        Ok(Plaintext { modulus: self.modulus, coefficients })
    }

    fn require_room(&self, given: usize) -> Result<()> {
        if given <= self.degree { Ok(()) } else { Err(Error::Slots { given, slots: self.degree }) }
    }

    fn residues_of_signed(&self, values: &[i64]) -> Result<Vec<u64>> {
        self.require_room(values.len())?;
        let range = self.signed_range();
        let residue = |(place, value): (usize, &i64)| {
            if range.contains(value) {
                return Ok(self.modulus.reduce_signed(*value));
            }
            let reason =
                format!("is not between {} and {}: take a larger plaintext modulus", range.start(), range.end());
            Err(Error::Value { place, value: value.to_string(), reason })
        };
        values.iter().enumerate().map(residue).collect()
    }

    fn require_unsigned(&self, values: &[u64]) -> Result<()> {
        self.require_room(values.len())?;
        let t = self.modulus();
        match values.iter().position(|value| *value >= t) {
            None => Ok(()),
            Some(place) => {
                let reason = format!("is not below {t}: take a larger plaintext modulus");
                Err(Error::Value { place, value: values[place].to_string(), reason })
            }
        }
    }
}

#[cfg(test)]
mod tests;
