//! The secret key.

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::sample::Sampler;
use zeroize::Zeroize;

use super::ciphertext::Ciphertext;
use super::parameters::Parameters;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// A polynomial with uniform ternary coefficients. Zeroized when dropped, never printed, and without a form in bytes.
pub struct SecretKey {
    /// In slots, for the ciphertext primes and then the special ones.
    slots: Polynomial,
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.slots.zeroize();
    }
}

impl Zeroize for SecretKey {
    fn zeroize(&mut self) {
        self.slots.zeroize();
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl SecretKey {
    /// Draws a key.
    pub fn generate(params: &Parameters, seed: &Seed) -> SecretKey {
        let mut coefficients = vec![0; params.degree()];
        Sampler::new(params.instructions(), *seed.expose()).ternary(&mut coefficients);
        let plans = params.key_plans(params.max_level());
        let mut slots = Polynomial::stale(params.degree(), plans.len());
        each_mut(&mut slots.limbs, |j, limb| plans[j].kernel().forward_signed(plans[j], &coefficients, limb));
        coefficients.zeroize();
        SecretKey { slots }
    }

    /// The limb for a ciphertext prime.
    pub(crate) fn data(&self, prime: usize) -> &Buffer {
        &self.slots.limbs[prime]
    }

    /// The limbs for the primes of keys at a level: ciphertext primes up to it, then the special ones.
    pub(crate) fn key_limbs(&self, params: &Parameters, level: usize) -> Vec<&Buffer> {
        let (data, special) = self.slots.limbs.split_at(params.data().len());
        data[..=level].iter().chain(special).collect()
    }

    /// `s^2` for the ciphertext primes up to a level.
    pub(crate) fn square(&self, params: &Parameters, level: usize) -> SecretPolynomial {
        self.map(params, level, |j, out| {
            params.kernel().multiply(params.data()[j].modulus(), self.data(j), self.data(j), out);
        })
    }

    /// `s(X^g)` for the ciphertext primes up to a level, by the automorphism's permutation of slots.
    pub(crate) fn automorphism(
        &self,
        params: &Parameters,
        level: usize,
        permutation: &blindbench_kernels::residue::permutation::Permutation,
    ) -> SecretPolynomial {
        self.map(params, level, |j, out| params.kernel().permute(permutation.whole(), self.data(j), out))
    }

    fn map(&self, params: &Parameters, level: usize, f: impl Fn(usize, &mut Buffer)) -> SecretPolynomial {
        let mut image = Polynomial::stale(params.degree(), level + 1);
        image.limbs.iter_mut().enumerate().for_each(|(j, limb)| f(j, limb));
        SecretPolynomial(image)
    }

    /// The phase of a ciphertext, `c_0 + c_1 s + c_2 s^2 + ...`, in slots: message and noise together.
    pub fn phase(&self, params: &Parameters, ciphertext: &Ciphertext) -> Polynomial {
        let Some((last, lower)) = ciphertext.parts.split_last() else {
            return Polynomial::zero(params.degree(), ciphertext.level() + 1);
        };
        let mut phase = last.clone();
        for (j, limb) in phase.limbs.iter_mut().enumerate() {
            let p = params.data()[j].modulus();
            for part in lower.iter().rev() {
                params.kernel().multiply_assign(p, limb, self.data(j));
                params.kernel().add_assign(p, limb, &part.limbs[j]);
            }
        }
        phase
    }
}

/// A polynomial that follows from the secret key; zeroized when dropped.
pub(crate) struct SecretPolynomial(pub(crate) Polynomial);

impl Drop for SecretPolynomial {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
