//! Keys that carry a ciphertext from one secret to another.

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::key::{Form, KeyStream, read_first, write_digit};
use blindbench_kernels::residue::ntt::Ntt;
use blindbench_kernels::sample::Sampler;
use zeroize::{Zeroize, Zeroizing};

use super::parameters::Parameters;
use super::secret_key::{SecretKey, SecretPolynomial};
use super::seeded::uniform_limb;
use crate::rns::threads::each_mut;

/// Encryptions of `P g_d s'` under s for every digit d, where g_d is 1 modulo the digit's primes and 0 modulo the
/// others: hybrid key switching (Han and Ki, "Better bootstrapping for approximate homomorphic encryption", 2020,
/// section 3).
///
/// Serves ciphertexts at its level and, with its first digits, those below where the digits' borders agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySwitchingKey {
    /// Expands to the uniform polynomials.
    pub(crate) seed: Seed,
    pub(crate) level: usize,
    pub(crate) digits: usize,
    /// For each prime of keys at the level the digits' two polynomials b and a, as one stream in the order of use
    /// ([`KeyStream`]).
    pub(crate) limbs: Vec<Limb>,
}

/// A key modulo one prime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limb {
    pub form: Form,
    pub words: Buffer,
}

impl KeySwitchingKey {
    /// The key from `from` to the secret key, for ciphertexts up to `level`. The message is `from` times a
    /// constant modulo each of the level's primes: the product of the special primes, or what a scheme
    /// divides by instead of it.
    pub(crate) fn generate(
        params: &Parameters,
        secret: &SecretKey,
        from: &SecretPolynomial,
        level: usize,
        constants: &[u64],
        seed: &Seed,
    ) -> KeySwitchingKey {
        let public = seed.derive("public", 0);
        let ranges: Vec<_> = params.level(level).digits.iter().map(|digit| digit.primes.clone()).collect();
        let noise: Vec<Zeroizing<Vec<i64>>> = (0..ranges.len() as u64)
            .map(|digit| {
                let mut noise = Zeroizing::new(vec![0; params.degree()]);
                let own = seed.derive("noise", digit);
                Sampler::new(params.instructions(), *own.expose()).centered_binomial(&mut noise);
                noise
            })
            .collect();
        let (plans, secrets) = (params.key_plans(level), secret.key_limbs(params, level));
        let mut limbs = Limb::unwritten(&plans, ranges.len());
        each_mut(&mut limbs, |j, limb| {
            for (digit, range) in ranges.iter().enumerate() {
                let mask = uniform_limb(params, plans[j], &public.derive("digit", digit as u64));
                let mut body = Buffer::stale(params.degree());
                encrypt(plans[j], &noise[digit], &mask, secrets[j], &mut body);
                if range.contains(&j) {
                    let factor = plans[j].modulus().multiplier(constants[j]);
                    plans[j].kernel().scale_add(plans[j].modulus(), &mut body, &from.0.limbs[j], factor);
                }
                limb.write(ranges.len(), digit, [&body, &mask]);
            }
        });
        KeySwitchingKey { seed: public, level, digits: ranges.len(), limbs }
    }

    /// Highest level of ciphertexts that the key serves.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The limb for a prime of keys at a lower level than the key's own, or the same.
    pub(crate) fn limb(&self, level: usize, prime: usize) -> KeyStream<'_> {
        let Limb { form, words } = &self.limbs[if prime <= level { prime } else { prime - level + self.level }];
        KeyStream::new(words, self.digits, *form)
    }

    /// The degree of the ring that the key was made in.
    pub(crate) fn degree(&self) -> usize {
        let slots = |limb: &Limb| limb.words.len() / (self.digits.max(1) * limb.form.words());
        self.limbs.first().map_or(0, slots)
    }

    /// Bytes that the expanded key takes in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.limbs.iter().map(|limb| size_of_val(&limb.words[..]) as u64).sum()
    }
}

/// `body = e - mask s`.
fn encrypt(plan: &Ntt, noise: &[i64], mask: &Buffer, secret: &Buffer, body: &mut Buffer) {
    let (p, kernel) = (plan.modulus(), plan.kernel());
    kernel.forward_signed(plan, noise, body);
    let mut product = Buffer::stale(body.len());
    kernel.multiply(p, mask, secret, &mut product);
    kernel.subtract_assign(p, body, &product);
    product.zeroize();
}

impl Limb {
    /// Limbs of so many digits, to be written.
    pub fn unwritten(plans: &[&Ntt], digits: usize) -> Vec<Limb> {
        let limb = |plan: &&Ntt| {
            let form = Form::of(plan.modulus());
            Limb { form, words: Buffer::stale(form.words() * digits * plan.degree()) }
        };
        plans.iter().map(limb).collect()
    }

    /// Writes one of so many digits.
    pub fn write(&mut self, digits: usize, digit: usize, pair: [&[u64]; 2]) {
        write_digit(&mut self.words, self.form, digits, digit, pair);
    }

    /// The first polynomial of one of so many digits.
    pub fn first(&self, digits: usize, digit: usize) -> Buffer {
        let mut first = Buffer::stale(self.words.len() / (digits * self.form.words()));
        read_first(&self.words, self.form, digits, digit, &mut first);
        first
    }
}
