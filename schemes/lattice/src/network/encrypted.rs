//! Weights that the server does not see: diagonals encrypted by the client's public key.
//!
//! A product of an encrypted vector with an encrypted diagonal is one of two ciphertexts; all products of a map are
//! summed up before they are relinearized. There are no giant steps: each would take a relinearization of its own.

use blindbench_core::error::Error;
use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::{Encode, Reader};

use super::affine::{Affine, Stages};
use super::plan::{Route, Step};
use super::track::{Then, Track};
use crate::error::Result;
use crate::rlwe::public_key::PublicKey;
use crate::rns::items::made;

/// What weights are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A diagonal, to be multiplied by.
    Diagonal,
    /// The bias, to be added to the result.
    Bias,
}

/// A track that also computes with encrypted weights.
pub trait EncryptedWeights: Track {
    /// Encrypts weights of a map, given by its index, by the public key.
    ///
    /// # Errors
    /// For values that do not fit.
    fn encrypt_weights(
        &self,
        map_and_part: (usize, Part),
        public: &PublicKey,
        slots: &[Self::Value],
        seed: &Seed,
    ) -> Result<Self::Ciphertext>;
    /// The sum of products of the ciphertext's rotations to the right with diagonals, relinearized.
    ///
    /// # Errors
    /// Where a key is missing.
    fn transform_encrypted(
        &self,
        index: usize,
        keys: &Self::Keys,
        ciphertext: &Self::Ciphertext,
        diagonals: &[(usize, Self::Ciphertext)],
        then: Then,
    ) -> Result<Self::Ciphertext>;
    /// Adds to the result of a map.
    ///
    /// # Errors
    /// Where levels do not match.
    fn add_encrypted(&self, ciphertext: &mut Self::Ciphertext, addend: &Self::Ciphertext) -> Result<()>;
}

/// A map with encrypted weights.
#[derive(Debug)]
pub struct EncryptedMap<T: Track> {
    /// By rotation to the right: all that the plan has, whatever the weights.
    pub diagonals: Vec<(usize, T::Ciphertext)>,
    /// The bias.
    pub addend: T::Ciphertext,
}

impl<T: EncryptedWeights> EncryptedMap<T> {
    fn new(
        track: &T,
        index: usize,
        step: &Step,
        map: Affine<T::Value>,
        (public, seed): (&PublicKey, &Seed),
    ) -> Result<EncryptedMap<T>> {
        let map = track.adapt(index, map);
        let mut known = step.packing.diagonals(&map);
        let zeros = || vec![T::Value::default(); track.slots().count()];
        let rows: Vec<_> =
            step.packing.rotations.iter().map(|steps| (*steps, known.remove(steps).unwrap_or_else(zeros))).collect();
        let diagonal = |place: usize| {
            let (steps, values) = &rows[place];
            let seed = seed.derive("diagonal", place as u64);
            Ok((*steps, track.encrypt_weights((index, Part::Diagonal), public, values, &seed)?))
        };
        Ok(EncryptedMap {
            diagonals: made(rows.len(), diagonal).into_iter().collect::<Result<_>>()?,
            addend: track.encrypt_weights(
                (index, Part::Bias),
                public,
                &step.packing.bias(&map),
                &seed.derive("bias", 0),
            )?,
        })
    }
}

/// Encrypts all maps of an arranged network. A seed must never be used twice.
///
/// # Errors
/// For weights that do not fit.
pub fn encrypt<T: EncryptedWeights>(
    track: &T,
    route: &Route,
    stages: &Stages<T::Value>,
    public: &PublicKey,
    seed: &Seed,
) -> Result<Vec<EncryptedMap<T>>> {
    let maps = stages.maps.iter().cloned().zip(&route.steps).enumerate();
    maps.map(|(index, (map, step))| {
        EncryptedMap::new(track, index, step, map, (public, &seed.derive("map", index as u64)))
    })
    .collect()
}

impl<T: Track> EncryptedMap<T> {
    /// Bytes that the ciphertexts take in memory.
    pub fn resident_bytes(&self, track: &T) -> u64 {
        let ciphertexts = self.diagonals.iter().map(|(_, diagonal)| diagonal).chain([&self.addend]);
        ciphertexts.map(|ciphertext| track.polynomials(ciphertext).resident_bytes()).sum()
    }

    /// Writes the map.
    pub fn put(&self, out: &mut Vec<u8>) {
        self.diagonals.iter().for_each(|(_, diagonal)| diagonal.put(out));
        self.addend.put(out);
    }

    /// Reads the map of a step.
    ///
    /// # Errors
    /// For bytes that are not one.
    pub fn take(
        track: &T,
        (index, step): (usize, &Step),
        input: &mut Reader<'_>,
    ) -> blindbench_core::error::Result<EncryptedMap<T>> {
        let mut take = |level: usize| {
            let ciphertext = track.take(input)?;
            let (given, degree) = (track.polynomials(&ciphertext).level(), track.polynomials(&ciphertext).degree());
            if (given, degree) == (level, 1) {
                return Ok(ciphertext);
            }
            let reason =
                format!("a ciphertext of degree {degree} at level {given}, expected degree 1 and level {level}");
            Err(Error::wire("encrypted weights", reason))
        };
        let diagonals = step.packing.rotations.iter().map(|steps| Ok((*steps, take(track.level(index))?)));
        let diagonals = diagonals.collect::<blindbench_core::error::Result<_>>()?;
        Ok(EncryptedMap { diagonals, addend: take(track.square_level(index))? })
    }
}
