//! Images: encrypted by the client in seeded GLWE ciphertexts, a pixel a coefficient; on the server, a row
//! of LWE coefficients a pixel, by sample extraction.

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Rng;
use blindbench_core::wire::Reader;
use tfhe::core_crypto::prelude::{
    ContiguousEntityContainer, LweCiphertext, MonomialDegree, PlaintextList, SeededGlweCiphertextList,
    encrypt_seeded_glwe_ciphertext_list, extract_lwe_sample_from_glwe_ciphertext,
};

use crate::keys::{SecretKey, take_seed};
use crate::parameters::Parameters;
use crate::randomness::{RoleSeeder, compression_seed, public_seed};

/// One image as it travels: the seed of the masks and 32 bits a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedImage {
    seed: u128,
    bodies: Vec<u32>,
}

impl EncryptedImage {
    /// Encrypts levels that lie `step` apart on the torus of 32 bits.
    pub fn encrypt(parameters: &Parameters, key: &SecretKey, levels: &[u16], step: u32, rng: &mut Rng) -> Self {
        let shape = parameters.input();
        let mut plaintexts: Vec<u32> = levels.iter().map(|&level| u32::from(level).wrapping_mul(step)).collect();
        plaintexts.resize(coefficients(parameters, levels.len()), 0);
        let seed = public_seed(rng);
        let mut list = SeededGlweCiphertextList::from_container(
            vec![0u32; plaintexts.len()],
            shape.size,
            shape.polynomial,
            compression_seed(seed),
            shape.modulus,
        );
        let plaintexts = PlaintextList::from_container(plaintexts);
        let key = key.input_glwe(parameters);
        encrypt_seeded_glwe_ciphertext_list(&key, &mut list, &plaintexts, shape.noise, &mut RoleSeeder(rng));
        EncryptedImage { seed, bodies: list.into_container() }
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.seed.to_le_bytes());
        out.extend(self.bodies.iter().flat_map(|x| x.to_le_bytes()));
    }

    pub(crate) fn take(
        message: &'static str,
        parameters: &Parameters,
        pixels: usize,
        input: &mut Reader<'_>,
    ) -> Result<Self> {
        let seed = take_seed(input)?;
        let count = coefficients(parameters, pixels);
        if input.left() != count * size_of::<u32>() {
            return Err(Error::wire(message, format!("{} bytes of pixels, expected {}", input.left(), count * 4)));
        }
        let (bodies, _) = input.bytes(count * size_of::<u32>())?.as_chunks();
        Ok(EncryptedImage { seed, bodies: bodies.iter().map(|b| u32::from_le_bytes(*b)).collect() })
    }

    /// The LWE ciphertext of each pixel, `pixels` rows of `n + 1` coefficients, body last.
    pub fn rows(&self, parameters: &Parameters, pixels: usize) -> Vec<u32> {
        let shape = parameters.input();
        let list = SeededGlweCiphertextList::from_container(
            self.bodies.as_slice(),
            shape.size,
            shape.polynomial,
            compression_seed(self.seed),
            shape.modulus,
        );
        let list = list.decompress_into_glwe_ciphertext_list();
        let width = parameters.lwe_dimension() + 1;
        let mut rows = vec![0; pixels * width];
        for (rows, glwe) in rows.chunks_mut(shape.polynomial.0 * width).zip(list.iter()) {
            for (degree, row) in rows.chunks_exact_mut(width).enumerate() {
                let mut lwe = LweCiphertext::from_container(row, shape.modulus);
                extract_lwe_sample_from_glwe_ciphertext(&glwe, &mut lwe, MonomialDegree(degree));
            }
        }
        rows
    }
}

/// Coefficients of the whole GLWE ciphertexts that hold `pixels` pixels.
fn coefficients(parameters: &Parameters, pixels: usize) -> usize {
    pixels.next_multiple_of(parameters.input().polynomial.0)
}
