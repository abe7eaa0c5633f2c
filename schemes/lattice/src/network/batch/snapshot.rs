//! A sample of a layer's ciphertexts for the key holder to inspect: all of them would be gigabytes.

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::{Encode, Reader};

use crate::network::track::Track;

/// Ciphertexts of a layer that are looked at, at most.
const SAMPLED: usize = 8;

/// Ciphertexts of one track.
#[derive(Debug)]
pub struct Sampled<T: Track> {
    /// Which track.
    pub track: usize,
    /// Images in the slots.
    pub images: usize,
    /// Which of the layer's values they are.
    pub places: Vec<usize>,
    /// One for each place.
    pub ciphertexts: Vec<T::Ciphertext>,
}

/// Writes a sample of the results of map `index` or of its squares, spread over all of them.
pub fn put<M: Encode>((index, track): (usize, usize), images: usize, results: &[M], out: &mut Vec<u8>) {
    let count = SAMPLED.min(results.len());
    let places: Vec<usize> = (0..count).map(|i| i * results.len() / count).collect();
    [index, track, images, count].iter().chain(&places).for_each(|number| out.extend((*number as u64).to_le_bytes()));
    places.iter().for_each(|place| results[*place].put(out));
}

impl<T: Track> Sampled<T> {
    /// Reads a sample behind the index of its map.
    ///
    /// # Errors
    /// [`Error::Wire`] for anything that [`put`] would not have written.
    pub fn take(tracks: &[T], input: &mut Reader<'_>) -> Result<Sampled<T>> {
        let mut number = || Ok::<_, Error>(usize::try_from(input.u64()?).unwrap_or(usize::MAX));
        let (track, images, count) = (number()?, number()?, number()?);
        if track >= tracks.len() || count > SAMPLED {
            let reason = format!("{count} ciphertexts of track {track}, at most {SAMPLED} of {}", tracks.len());
            return Err(Error::wire("snapshot", reason));
        }
        let slots = tracks[track].slots().count();
        if !(1..=slots).contains(&images) {
            return Err(Error::wire("snapshot", format!("{images} images in {slots} slots")));
        }
        let places = (0..count).map(|_| number()).collect::<Result<_>>()?;
        let ciphertexts = (0..count).map(|_| tracks[track].take(input)).collect::<Result<_>>()?;
        Ok(Sampled { track, images, places, ciphertexts })
    }
}
