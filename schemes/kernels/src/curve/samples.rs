//! Vectors of points from the wire.

use curve25519_dalek::RistrettoPoint;

use super::chosen::copy_lane;
use super::engine::{Engine, engine};
use super::error::CurveError;
use super::point::{Niels, NielsRows};
use super::portable::Portable;
use crate::dispatch::Kernel;

/// Vectors of points, all of the same length: one a sample.
///
/// They are kept doubled, as [`Sums`](super::Sums) are. Eight samples share bundles, of which there is one an entry: 120 bytes
/// a point, and as much for a sample that is missing in the last bundles.
#[derive(Debug, Clone)]
pub struct Samples {
    pub(super) engine: &'static dyn Engine,
    count: usize,
    entries: usize,
    /// Twice the points, by eight samples, then entry.
    bundles: Vec<NielsRows>,
}

impl Samples {
    /// Decodes one vector of encodings a sample and checks all of them, in variable time.
    ///
    /// # Errors
    ///
    /// An encoding is malformed, or vectors differ in length.
    pub fn decode_vartime(kernel: Kernel, samples: &[&[[u8; 32]]]) -> Result<Self, CurveError> {
        let entries = samples.first().map_or(0, |sample| sample.len());
        let mut out = Samples { engine: engine(kernel), count: samples.len(), entries, bundles: Vec::new() };
        let mut identity = NielsRows::default();
        Niels::<Portable>::identity().store(&mut identity);
        out.bundles = vec![identity; samples.len().div_ceil(8) * entries];
        let mut decoded = Vec::with_capacity(entries.div_ceil(8));
        for (place, sample) in samples.iter().enumerate() {
            if sample.len() != entries {
                return Err(CurveError::Length { expected: entries, given: sample.len() });
            }
            decoded.clear();
            if let Some(entry) = out.engine.decode_doubled_vartime(sample, &mut decoded).first() {
                return Err(CurveError::Malformed { sample: place, entry: *entry });
            }
            let bundles = out.bundles[place / 8 * entries..][..entries].iter_mut();
            for (entry, bundle) in bundles.enumerate() {
                copy_lane(&decoded[entry / 8], entry % 8, bundle, place % 8);
            }
        }
        Ok(out)
    }

    /// The same from points, which are encoded for it: slower than [`Samples::decode_vartime`].
    ///
    /// # Errors
    ///
    /// Vectors differ in length.
    pub fn from_points_vartime(kernel: Kernel, samples: &[&[RistrettoPoint]]) -> Result<Self, CurveError> {
        let encode = |sample: &&[RistrettoPoint]| sample.iter().map(|point| point.compress().to_bytes()).collect();
        let encodings: Vec<Vec<[u8; 32]>> = samples.iter().map(encode).collect();
        Self::decode_vartime(kernel, &encodings.iter().map(|sample| &sample[..]).collect::<Vec<_>>())
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The length of every vector.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// Each eight samples' bundles, one an entry, and how many samples they hold.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&[NielsRows], usize)> {
        let group = |k: usize| &self.bundles[k * self.entries..][..self.entries];
        (0..self.count.div_ceil(8)).map(move |k| (group(k), (self.count - 8 * k).min(8)))
    }
}
