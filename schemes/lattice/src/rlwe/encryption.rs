//! Encryption under either key.

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::sample::Sampler;
use zeroize::{Zeroize, Zeroizing};

use super::ciphertext::Ciphertext;
use super::parameters::Parameters;
use super::public_key::PublicKey;
use super::secret_key::SecretKey;
use super::seeded::uniform;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// What noise is multiplied by before it is added: 1, or the plaintext modulus in BGV, which reads messages
/// modulo it. Below 2^44, so that products stay in a transform's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    /// The factor.
    pub factor: i64,
}

impl Noise {
    /// Noise as it is drawn.
    pub const PLAIN: Noise = Noise { factor: 1 };

    /// A noise polynomial's coefficients, scaled.
    fn draw(self, n: usize, sampler: &mut Sampler) -> Zeroizing<Vec<i64>> {
        let mut noise = Zeroizing::new(vec![0; n]);
        sampler.centered_binomial(&mut noise);
        if self.factor != 1 {
            noise.iter_mut().for_each(|e| *e *= self.factor);
        }
        noise
    }
}

/// A polynomial in slots and the seed of the uniform one that belongs to it: a fresh encryption by the secret
/// key in half the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeededCiphertext {
    /// Expands to the second polynomial.
    pub seed: Seed,
    /// The first polynomial.
    pub body: Polynomial,
}

impl SeededCiphertext {
    /// With the second polynomial expanded.
    pub fn expand(self, params: &Parameters) -> Ciphertext {
        let mask = uniform(params, self.body.count() - 1, &self.seed);
        Ciphertext { parts: vec![self.body, mask] }
    }
}

/// `(e - a s, a)`: an encryption of zero, `a` expanded from the public seed.
pub fn zero_by_secret_key(
    params: &Parameters,
    secret: &SecretKey,
    level: usize,
    noise: Noise,
    public: &Seed,
    private: &Seed,
) -> [Polynomial; 2] {
    let mut sampler = Sampler::new(params.instructions(), *private.expose());
    let noise = noise.draw(params.degree(), &mut sampler);
    let mask = uniform(params, level, public);
    let mut body = Polynomial::stale(params.degree(), level + 1);
    each_mut(&mut body.limbs, |j, limb| {
        let (plan, kernel) = (&params.data()[j], params.kernel());
        kernel.forward_signed(plan, &noise, limb);
        let mut product = Buffer::stale(params.degree());
        kernel.multiply(plan.modulus(), &mask.limbs[j], secret.data(j), &mut product);
        kernel.subtract_assign(plan.modulus(), limb, &product);
        product.zeroize();
    });
    [body, mask]
}

/// Encrypts a message in slots by the secret key, at the level of the message.
pub fn encrypt_by_secret_key(
    params: &Parameters,
    secret: &SecretKey,
    message: &Polynomial,
    noise: Noise,
    seed: &Seed,
) -> SeededCiphertext {
    let (public, level) = (seed.derive("public", 0), message.count() - 1);
    let [body, _] = zero_by_secret_key(params, secret, level, noise, &public, &seed.derive("noise", 0));
    let mut ciphertext = Ciphertext { parts: vec![body] };
    ciphertext.add_plain_assign(params, message);
    let body = ciphertext.parts.swap_remove(0);
    SeededCiphertext { seed: public, body }
}

/// Encrypts a message in slots by the public key, at the level of the message: `(b u + e_0 + m, a u + e_1)` for a
/// ternary u (Lyubashevsky, Peikert and Regev, "On ideal lattices and learning with errors over rings", 2013).
pub fn encrypt_by_public_key(
    params: &Parameters,
    public: &PublicKey,
    message: &Polynomial,
    noise: Noise,
    seed: &Seed,
) -> Ciphertext {
    let (n, kernel) = (params.degree(), params.kernel());
    let mut sampler = Sampler::new(params.instructions(), *seed.expose());
    let mut mask = Zeroizing::new(vec![0; n]);
    sampler.ternary(&mut mask);
    let noise = [(); 2].map(|()| noise.draw(n, &mut sampler));
    let mut parts = [(); 2].map(|()| Polynomial::stale(n, message.count()));
    let [c0, c1] = &mut parts;
    let mut limbs: Vec<_> = c0.limbs.iter_mut().zip(&mut c1.limbs).collect();
    each_mut(&mut limbs, |j, (c0, c1)| {
        let plan = &params.data()[j];
        let mut u = Buffer::stale(n);
        kernel.forward_signed(plan, &mask, &mut u);
        kernel.forward_signed(plan, &noise[0], c0);
        kernel.multiply_add(plan.modulus(), c0, &public.parts[0].limbs[j], &u);
        kernel.add_assign(plan.modulus(), c0, &message.limbs[j]);
        kernel.forward_signed(plan, &noise[1], c1);
        kernel.multiply_add(plan.modulus(), c1, &public.parts[1].limbs[j], &u);
        u.zeroize();
    });
    Ciphertext { parts: parts.into() }
}
