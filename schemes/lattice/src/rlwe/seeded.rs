//! Public uniform polynomials, expanded from a seed instead of sent.

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::ntt::Ntt;
use blindbench_kernels::sample::Sampler;

use super::parameters::Parameters;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// The limb of a uniform polynomial for a prime, in slots. Each prime has a stream of its own, so that fewer
/// primes and more threads give the same limbs.
pub fn uniform_limb(params: &Parameters, plan: &Ntt, seed: &Seed) -> Buffer {
    let mut limb = Buffer::stale(params.degree());
    let own = seed.derive("limb", plan.modulus().value());
    Sampler::new(params.instructions(), *own.expose()).uniform(plan.modulus(), &mut limb);
    limb
}

/// A uniform polynomial in slots, with limbs for the ciphertext primes up to a level.
pub fn uniform(params: &Parameters, level: usize, seed: &Seed) -> Polynomial {
    let mut limbs: Vec<Buffer> = (0..=level).map(|_| Buffer::stale(0)).collect();
    each_mut(&mut limbs, |j, limb| *limb = uniform_limb(params, &params.data()[j], seed));
    Polynomial { limbs }
}
