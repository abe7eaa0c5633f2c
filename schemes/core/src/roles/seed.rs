//! Randomness: a seed per role and index, derived by a keyed hash, so that a resumed run equals an
//! uninterrupted one and no role can compute another's.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use zeroize::Zeroize;

/// The generator of every role: ChaCha20.
///
/// Reproducible when its seed is: keys from a stated seed are for benchmarks only and must never
/// leave the machine.
pub type Rng = ChaCha20Rng;

/// 32 secret bytes that randomness is derived from; zeroised when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl Seed {
    /// A seed from bytes that somebody else drew.
    pub fn new(bytes: [u8; 32]) -> Self {
        Seed(bytes)
    }

    /// The seed of a stated number: reproducible, for benchmarks only.
    pub fn from_number(number: u64) -> Self {
        Seed(blake3::derive_key("blindbench seed from a stated number", &number.to_le_bytes()))
    }

    /// The seed for `label` and `index` under this one: BLAKE3 keyed with it.
    pub fn derive(&self, label: &str, index: u64) -> Seed {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(label.len() as u64).to_le_bytes());
        hasher.update(label.as_bytes());
        hasher.update(&index.to_le_bytes());
        Seed(*hasher.finalize().as_bytes())
    }

    /// A seed from a generator.
    pub fn drawn(rng: &mut Rng) -> Seed {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        let seed = Seed(bytes);
        bytes.zeroize();
        seed
    }

    /// A generator that starts at this seed.
    pub fn rng(&self) -> Rng {
        ChaCha20Rng::from_seed(self.0)
    }

    /// The bytes, for handing the seed to the process that plays the role.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn labels_and_indices_separate_seeds() {
        let seed = Seed::from_number(7);
        assert_eq!(seed.derive("client", 1), seed.derive("client", 1));
        assert_ne!(seed.derive("client", 1), seed.derive("client", 2));
        assert_ne!(seed.derive("client", 1), seed.derive("server", 1));
        assert_ne!(seed.derive("client", 1), Seed::from_number(8).derive("client", 1));
        assert_eq!(format!("{seed:?}"), "Seed(..)");
    }
}
