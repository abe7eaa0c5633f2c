//! Ciphertexts, whatever the scheme.

use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// Polynomials `c_0, c_1, ...` in slots, whose combination `c_0 + c_1 s + c_2 s^2 + ...` is message plus noise.
/// Its degree is the number of polynomials less one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext {
    /// At least two, with a limb for each prime up to the level.
    pub parts: Vec<Polynomial>,
}

impl Ciphertext {
    /// Drops that can still be made: one less than there are limbs.
    pub fn level(&self) -> usize {
        self.parts.first().map_or(0, |part| part.count().saturating_sub(1))
    }

    /// Number of polynomials less one.
    pub fn degree(&self) -> usize {
        self.parts.len().saturating_sub(1)
    }

    /// Bytes that the polynomials take in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.parts.iter().map(|part| (8 * part.count() * part.degree()) as u64).sum()
    }

    /// Refuses other degrees.
    ///
    /// # Errors
    /// [`Error::Degree`].
    pub fn require_degree(&self, operation: &'static str, expected: usize) -> Result<()> {
        let given = self.degree();
        if given == expected { Ok(()) } else { Err(Error::Degree { operation, expected, given }) }
    }

    /// Refuses operands at different levels.
    ///
    /// # Errors
    /// [`Error::Levels`].
    pub fn require_level_of(&self, other: &Ciphertext) -> Result<()> {
        let (left, right) = (self.level(), other.level());
        if left == right { Ok(()) } else { Err(Error::Levels { left, right }) }
    }

    /// `self += other`; the degree becomes the larger one.
    ///
    /// # Errors
    /// [`Error::Levels`].
    pub fn add_assign(&mut self, params: &Parameters, other: &Ciphertext) -> Result<()> {
        self.require_level_of(other)?;
        let common = self.parts.len();
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            each_mut(&mut part.limbs, |j, limb| {
                params.kernel().add_assign(params.data()[j].modulus(), limb, &other.limbs[j]);
            });
        }
        self.parts.extend(other.parts.iter().skip(common).cloned());
        Ok(())
    }

    /// `self -= other`; the degree becomes the larger one.
    ///
    /// # Errors
    /// [`Error::Levels`].
    pub fn subtract_assign(&mut self, params: &Parameters, other: &Ciphertext) -> Result<()> {
        self.require_level_of(other)?;
        let common = self.parts.len();
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            each_mut(&mut part.limbs, |j, limb| {
                params.kernel().subtract_assign(params.data()[j].modulus(), limb, &other.limbs[j]);
            });
        }
        let mut rest: Vec<Polynomial> = other.parts.iter().skip(common).cloned().collect();
        rest.iter_mut().for_each(|part| negate(params, part));
        self.parts.append(&mut rest);
        Ok(())
    }

    /// `self = -self`.
    pub fn negate(&mut self, params: &Parameters) {
        self.parts.iter_mut().for_each(|part| negate(params, part));
    }

    /// `self += message`, a plaintext in slots with at least the ciphertext's limbs.
    pub fn add_plain_assign(&mut self, params: &Parameters, message: &Polynomial) {
        each_mut(&mut self.parts[0].limbs, |j, limb| {
            params.kernel().add_assign(params.data()[j].modulus(), limb, &message.limbs[j]);
        });
    }

    /// `self * message`, a plaintext in slots with at least the ciphertext's limbs.
    pub fn multiply_plain(&self, params: &Parameters, message: &Polynomial) -> Ciphertext {
        let product = |part: &Polynomial| {
            let mut product = Polynomial::stale(params.degree(), part.count());
            each_mut(&mut product.limbs, |j, limb| {
                params.kernel().multiply(params.data()[j].modulus(), &part.limbs[j], &message.limbs[j], limb);
            });
            product
        };
        Ciphertext { parts: self.parts.iter().map(product).collect() }
    }

    /// Refuses what cannot be multiplied.
    ///
    /// # Errors
    /// [`Error::Degree`] or [`Error::Levels`].
    pub fn require_factors(&self, other: &Ciphertext) -> Result<()> {
        self.require_degree("multiplication", 1)?;
        other.require_degree("multiplication", 1)?;
        self.require_level_of(other)
    }

    /// The product of two ciphertexts of degree 1, of degree 2: `(a_0 b_0, a_0 b_1 + a_1 b_0, a_1 b_1)`.
    ///
    /// # Errors
    /// [`Error::Degree`] or [`Error::Levels`].
    pub fn tensor(&self, params: &Parameters, other: &Ciphertext) -> Result<[Polynomial; 3]> {
        self.require_factors(other)?;
        let mut product = [0, 1, 2].map(|_| Polynomial::stale(params.degree(), self.level() + 1));
        let [d0, d1, d2] = &mut product;
        let mut limbs: Vec<_> = d0.limbs.iter_mut().zip(&mut d1.limbs).zip(&mut d2.limbs).collect();
        each_mut(&mut limbs, |j, ((d0, d1), d2)| {
            let [a, b] = [self, other].map(|c| [&c.parts[0].limbs[j][..], &c.parts[1].limbs[j][..]]);
            params.kernel().tensor(params.data()[j].modulus(), a, b, [d0, d1, d2]);
        });
        Ok(product)
    }

    /// Forgets the limbs above a level: the same message modulo a smaller modulus, without division.
    ///
    /// # Errors
    /// [`Error::Depth`] where the level is above the ciphertext's.
    pub fn drop_to(&mut self, level: usize) -> Result<()> {
        if level > self.level() {
            return Err(Error::Depth { operation: "dropping to a level", needed: level, level: self.level() });
        }
        self.parts.iter_mut().for_each(|part| part.limbs.truncate(level + 1));
        Ok(())
    }

    /// Divides by the level's last prime, rounded, and drops it.
    ///
    /// # Errors
    /// [`Error::Depth`] at level 0.
    pub fn divide_by_last(&mut self, params: &Parameters) -> Result<()> {
        let level = self.level();
        let tables = params.level(level).by_last.as_ref();
        let division = tables.ok_or(Error::Depth { operation: "dropping a prime", needed: 1, level })?;
        let plans = params.key_plans(level);
        for part in &mut self.parts {
            division.divide(&plans[..=level], &mut part.limbs, None);
        }
        Ok(())
    }
}

fn negate(params: &Parameters, polynomial: &mut Polynomial) {
    each_mut(&mut polynomial.limbs, |j, limb| params.kernel().negate(params.data()[j].modulus(), limb));
}
