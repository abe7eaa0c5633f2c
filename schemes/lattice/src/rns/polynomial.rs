//! A polynomial as one vector of residues a prime.

use blindbench_kernels::buffer::Buffer;
use zeroize::Zeroize;

/// Residues of a polynomial, one limb a prime: of its slots, unless said otherwise.
///
/// Which primes they belong to, the owner knows: a ciphertext by its level, a key by its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polynomial {
    /// One vector of N residues a prime.
    pub limbs: Vec<Buffer>,
}

impl Polynomial {
    /// Zero, with `count` limbs of `n` residues.
    pub fn zero(n: usize, count: usize) -> Polynomial {
        Polynomial { limbs: (0..count).map(|_| Buffer::zeroed(n)).collect() }
    }

    /// `count` limbs of `n` words to be written over; see [`Buffer::stale`].
    pub fn stale(n: usize, count: usize) -> Polynomial {
        Polynomial { limbs: (0..count).map(|_| Buffer::stale(n)).collect() }
    }

    /// The limbs as slices.
    pub fn slices(&self) -> Vec<&[u64]> {
        self.limbs.iter().map(|limb| &limb[..]).collect()
    }

    /// Number of limbs.
    pub fn count(&self) -> usize {
        self.limbs.len()
    }

    /// Number of residues a limb.
    pub fn degree(&self) -> usize {
        self.limbs.first().map_or(0, |limb| limb.len())
    }
}

impl Zeroize for Polynomial {
    fn zeroize(&mut self) {
        self.limbs.iter_mut().for_each(Zeroize::zeroize);
    }
}
