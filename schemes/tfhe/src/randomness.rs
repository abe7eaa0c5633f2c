//! The `tfhe` crate's randomness, drawn from a role's generator: everything follows from its seed.

use blindbench_core::roles::seed::Rng;
use rand_chacha::rand_core::Rng as _;
use tfhe::core_crypto::commons::math::random::{CompressionSeed, Seed, Seeder};

/// Hands out seeds from a role's generator.
pub(crate) struct RoleSeeder<'a>(pub(crate) &'a mut Rng);

impl Seeder for RoleSeeder<'_> {
    fn seed(&mut self) -> Seed {
        Seed(draw(self.0))
    }

    fn is_available() -> bool {
        true
    }
}

/// A public seed that masks are expanded from: 128 fresh bits, never used for anything secret.
pub(crate) fn public_seed(rng: &mut Rng) -> u128 {
    draw(rng)
}

/// The seed in the type that ciphertexts carry.
pub(crate) fn compression_seed(seed: u128) -> CompressionSeed {
    CompressionSeed::from(Seed(seed))
}

fn draw(rng: &mut Rng) -> u128 {
    u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())
}
