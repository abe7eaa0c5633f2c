//! Keys: two binary secret keys, and the bootstrapping key from one to the other.

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Rng;
use blindbench_core::wire::Reader;
use blindbench_core::workers::Workers;
use tfhe::core_crypto::commons::math::random::Seeder;
use tfhe::core_crypto::prelude::{
    DefaultRandomGenerator, GlweSecretKey, LweBootstrapKeyOwned, LweSecretKey, SecretRandomGenerator,
    SeededLweBootstrapKey, generate_seeded_lwe_bootstrap_key, par_generate_seeded_lwe_bootstrap_key,
};
use zeroize::Zeroize;

use crate::parameters::Parameters;
use crate::randomness::{RoleSeeder, compression_seed, public_seed};

/// The client's secret keys, as bits: the key that images are encrypted under, and the key that
/// bootstraps answer under. Zeroised on request; [`blindbench_core::scheme::Secret`] asks for it.
pub struct SecretKey {
    input: Vec<u32>,
    output: Vec<u64>,
}

impl Zeroize for SecretKey {
    fn zeroize(&mut self) {
        self.input.zeroize();
        self.output.zeroize();
    }
}

impl SecretKey {
    /// Draws both keys.
    pub fn generate(parameters: &Parameters, rng: &mut Rng) -> Self {
        let (input, output) = (parameters.input(), parameters.output());
        let seed = RoleSeeder(rng).seed();
        let mut generator = SecretRandomGenerator::<DefaultRandomGenerator>::new(seed);
        let input = GlweSecretKey::generate_new_binary(input.dimension, input.polynomial, &mut generator);
        let output = GlweSecretKey::generate_new_binary(output.dimension, output.polynomial, &mut generator);
        SecretKey { input: input.into_container(), output: output.into_container() }
    }

    /// The key that images are encrypted under.
    pub(crate) fn input_glwe(&self, parameters: &Parameters) -> GlweSecretKey<&[u32]> {
        GlweSecretKey::from_container(&self.input, parameters.input().polynomial)
    }

    /// The same key, flattened: what the linear layer's results are encrypted under.
    pub(crate) fn input_lwe(&self) -> LweSecretKey<&[u32]> {
        LweSecretKey::from_container(&self.input)
    }

    fn output_glwe(&self, parameters: &Parameters) -> GlweSecretKey<&[u64]> {
        GlweSecretKey::from_container(&self.output, parameters.output().polynomial)
    }

    /// The key that answers are encrypted under.
    pub(crate) fn output_lwe(&self) -> LweSecretKey<&[u64]> {
        LweSecretKey::from_container(&self.output)
    }

    /// Encrypts the bits of the input key under the output key.
    pub fn bootstrapping_key(&self, parameters: &Parameters, workers: &Workers, rng: &mut Rng) -> BootstrappingKey {
        let shape = parameters.output();
        let seed = public_seed(rng);
        let mut key = SeededLweBootstrapKey::new(
            0u64,
            shape.size,
            shape.polynomial,
            shape.base_log,
            shape.levels,
            parameters.input().lwe,
            compression_seed(seed),
            shape.modulus,
        );
        let (input, output) = (self.input_lwe(), self.output_glwe(parameters));
        workers.choose(
            (&mut key, RoleSeeder(rng)),
            |(key, mut seeder)| generate_seeded_lwe_bootstrap_key(&input, &output, key, shape.noise, &mut seeder),
            |(key, mut seeder)| par_generate_seeded_lwe_bootstrap_key(&input, &output, key, shape.noise, &mut seeder),
        );
        BootstrappingKey { seed, bodies: key.into_container() }
    }
}

/// A bootstrapping key as it travels: the seed of the masks and the bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrappingKey {
    seed: u128,
    bodies: Vec<u64>,
}

impl BootstrappingKey {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.seed.to_le_bytes());
        out.extend(self.bodies.iter().flat_map(|x| x.to_le_bytes()));
    }

    pub(crate) fn take(message: &'static str, parameters: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let seed = take_seed(input)?;
        let count = parameters.lwe_dimension() * parameters.seeded_ggsw_size();
        if input.left() != count * size_of::<u64>() {
            let reason = format!("{} bytes of bodies, these parameters have {}", input.left(), count * 8);
            return Err(Error::wire(message, reason));
        }
        let (bodies, _) = input.bytes(count * size_of::<u64>())?.as_chunks();
        Ok(BootstrappingKey { seed, bodies: bodies.iter().map(|b| u64::from_le_bytes(*b)).collect() })
    }

    /// Expands the masks: the key in the standard domain.
    pub fn expand(self, parameters: &Parameters, workers: &Workers) -> LweBootstrapKeyOwned<u64> {
        let shape = parameters.output();
        let seeded = SeededLweBootstrapKey::from_container(
            self.bodies,
            shape.size,
            shape.polynomial,
            shape.base_log,
            shape.levels,
            compression_seed(self.seed),
            shape.modulus,
        );
        workers.choose(
            seeded,
            |seeded| seeded.decompress_into_lwe_bootstrap_key(),
            |seeded| seeded.par_decompress_into_lwe_bootstrap_key(),
        )
    }
}

/// Reads the 16 bytes of a public seed.
pub(crate) fn take_seed(input: &mut Reader<'_>) -> Result<u128> {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(input.bytes(16)?);
    Ok(u128::from_le_bytes(bytes))
}
