//! What the key holder sees of a layer's ciphertexts.

use blindbench_core::error::{Error, Result};
use blindbench_core::scheme::Inspection;
use blindbench_core::wire::Reader;

use super::{Cryptosystem, EncryptedNetwork};
use crate::network::batch::snapshot::Sampled;
use crate::network::latency;
use crate::network::plan::Route;
use crate::network::track::Track;

/// A step of a network: a map, or the square behind it.
#[derive(Debug, Clone, Copy)]
struct At {
    map: usize,
    square: bool,
}

impl<C: Cryptosystem> EncryptedNetwork<C> {
    fn at(&self, layer: u32, input: &mut Reader<'_>) -> Result<At> {
        let map = usize::try_from(input.u64()?).unwrap_or(usize::MAX);
        let refused = || Error::wire("snapshot", format!("map {map} of {}", self.form.layers.len()));
        let own = self.form.layers.get(map).ok_or_else(refused)?;
        Ok(At { map, square: *own != layer as usize })
    }

    /// Values under every track in the network's units, as the layer leaves them.
    fn read(&self, at: At, tracks: &[Vec<<C::Track as Track>::Value>]) -> Result<Vec<f64>> {
        let in_layer = |value: f64| match (self.form.activations.get(at.map), at.square) {
            (Some(activation), true) => activation.after(value),
            (Some(activation), false) => activation.before(value),
            (None, _) => value,
        };
        Ok(C::reading(&self.tracks, at.map, at.square, tracks)?.into_iter().map(in_layer).collect())
    }

    /// Of one image.
    pub(super) fn inspect_image(
        &self,
        route: &Route,
        secrets: &[<C::Track as Track>::Secret],
        (layer, snapshot): (u32, &[u8]),
    ) -> Result<Inspection> {
        let mut input = Reader::new("snapshot", snapshot);
        let at = self.at(layer, &mut input)?;
        let rows = &self.form.input.places[at.map];
        let (mut inspection, mut residues) = (Inspection::default(), Vec::new());
        for (track, secret) in self.tracks.iter().zip(secrets) {
            let ciphertext = track.take(&mut input)?;
            note(&mut inspection, track.measured_budget(secret, &ciphertext)?);
            residues.push(latency::decrypt(track, route, secret, &ciphertext, (at.map, rows))?);
        }
        if input.left() > 0 {
            return Err(Error::wire("snapshot", format!("{} bytes are left over", input.left())));
        }
        inspection.values = self.read(at, &residues)?;
        Ok(inspection)
    }

    /// Of a batch: a sample of the layer's values for all images, and only its noise budget where a value takes several
    /// tracks, which then are exact.
    pub(super) fn inspect_batch(
        &self,
        secrets: &[<C::Track as Track>::Secret],
        (layer, snapshot): (u32, &[u8]),
    ) -> Result<Inspection> {
        let mut input = Reader::new("snapshot", snapshot);
        let mut inspection = Inspection::default();
        while input.left() > 0 {
            let at = self.at(layer, &mut input)?;
            let sampled = Sampled::take(&self.tracks, &mut input)?;
            let (track, secret) = (&self.tracks[sampled.track], &secrets[sampled.track]);
            let mut values = Vec::new();
            for ciphertext in &sampled.ciphertexts {
                note(&mut inspection, track.measured_budget(secret, ciphertext)?);
                values.extend(track.decrypt(secret, ciphertext)?.into_iter().take(sampled.images));
            }
            if self.tracks.len() == 1 {
                inspection.values = self.read(at, &[values])?;
                inspection.places = sampled.places;
            }
        }
        Ok(inspection)
    }
}

/// Keeps the smallest budget.
fn note(inspection: &mut Inspection, budget: Option<f64>) {
    inspection.noise_budget_bits = inspection.noise_budget_bits.into_iter().chain(budget).reduce(f64::min);
}
