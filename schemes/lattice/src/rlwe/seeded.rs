//! Public uniform polynomials, expanded from a seed instead of sent.

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::ntt::Ntt;
use blindbench_kernels::sample::Sampler;

use super::parameters::Parameters;

/// The limb of a uniform polynomial for a prime, in slots. Each prime has a stream of its own, so that fewer
/// primes and more threads give the same limbs.
pub fn uniform_limb(params: &Parameters, plan: &Ntt, seed: &Seed) -> Buffer {
    let mut limb = Buffer::stale(params.degree());
    let own = seed.derive("limb", plan.modulus().value());
    Sampler::new(params.instructions(), *own.expose()).uniform(plan.modulus(), &mut limb);
    limb
}
