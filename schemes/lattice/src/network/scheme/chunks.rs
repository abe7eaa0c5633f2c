//! What the client and the server do with a chunk of images, in either packing.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::{Logits, Values};
use blindbench_core::probe::Probe;
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::wire::Encode;
use blindbench_core::wire::parts::{PartReader, Parts};

use super::{Cryptosystem, EncryptedNetwork};
use crate::network::messages::{Answer, Query};
use crate::network::plan::Route;
use crate::network::track::Track;
use crate::network::{batch, latency};
use crate::rns::items::made;

/// Ciphertexts of an answer, each under every track.
pub(super) type Scores<C> = Vec<Vec<<<C as Cryptosystem>::Track as Track>::Ciphertext>>;

impl<C: Cryptosystem> EncryptedNetwork<C> {
    pub(super) fn encrypt_images(
        &self,
        route: &Route,
        secrets: &[<C::Track as Track>::Secret],
        images: &Images,
        rng: &mut Rng,
        out: &mut Parts<Query>,
    ) -> Result<()> {
        for image in images.iter() {
            let levels = self.lowered.architecture.input.levels(image);
            let encrypt = |(track, secret): (&C::Track, _)| {
                latency::encrypt(track, (&self.form.input, route), secret, &levels, &Seed::drawn(rng))
            };
            let tracks = self.tracks.iter().zip(secrets);
            out.push(&Query { images: 1, tracks: tracks.map(encrypt).collect::<crate::error::Result<_>>()? });
        }
        Ok(())
    }

    pub(super) fn encrypt_batch(
        &self,
        secrets: &[<C::Track as Track>::Secret],
        images: &Images,
        seed: &Seed,
        out: &mut Parts<Query>,
    ) -> Result<()> {
        let (levels, pixels) = (batch::levels(&self.lowered.architecture.input, images), self.form.input.pixels.len());
        let part = |pixel: usize| {
            let seed = seed.derive("pixel", pixel as u64);
            let tracks = self.tracks.iter().zip(secrets).enumerate();
            let encrypt = |(place, (track, secret)): (usize, (&C::Track, _))| {
                batch::encrypt(track, secret, &levels, pixel, &seed.derive("track", place as u64))
            };
            let tracks = tracks.map(encrypt).collect::<crate::error::Result<_>>()?;
            Ok::<_, Error>(Query { images: images.len(), tracks })
        };
        for first in (0..pixels).step_by(ENCRYPTED) {
            let parts = self.workers.run(|| made(ENCRYPTED.min(pixels - first), |i| part(first + i)));
            for part in parts {
                out.push(&part?);
            }
        }
        Ok(())
    }

    pub(super) fn decrypt_images(
        &self,
        route: &Route,
        secrets: &[<C::Track as Track>::Secret],
        answer: &Answer<C>,
    ) -> Result<Logits> {
        let last = self.form.input.places.len() - 1;
        let rows = &self.form.input.places[last];
        let mut joined = Joined::default();
        for image in &answer.scores {
            let mut scores = Vec::new();
            for ((track, secret), ciphertext) in self.tracks.iter().zip(secrets).zip(image) {
                scores.push(latency::decrypt(track, route, secret, ciphertext, (last, rows))?);
            }
            joined.push(C::join(&self.tracks, &scores)?);
        }
        Ok(joined.logits(rows.len()))
    }

    pub(super) fn decrypt_batch(&self, secrets: &[<C::Track as Track>::Secret], answer: &Answer<C>) -> Result<Logits> {
        let classes = answer.scores.len();
        let slots = self.workers.run(|| {
            made(classes * self.tracks.len(), |i| {
                let (class, place) = (i / self.tracks.len(), i % self.tracks.len());
                self.tracks[place].decrypt(&secrets[place], &answer.scores[class][place])
            })
        });
        let slots = slots.into_iter().collect::<crate::error::Result<Vec<_>>>()?;
        let mut joined = Joined::default();
        let scores = |image: usize, place: usize| {
            (0..classes).map(|class| slots[class * self.tracks.len() + place][image]).collect::<Vec<_>>()
        };
        for image in 0..answer.images {
            let by_track: Vec<_> = (0..self.tracks.len()).map(|place| scores(image, place)).collect();
            joined.push(C::join(&self.tracks, &by_track)?);
        }
        Ok(joined.logits(classes))
    }

    /// Image by image.
    pub(super) fn evaluate_images(
        &self,
        (server, keys): (&latency::Server<C::Track>, &<C::Track as Track>::Keys),
        query: PartReader<'_, Self, Query>,
        probe: &mut Probe<'_>,
    ) -> Result<(usize, Scores<C>)> {
        if query.is_empty() || query.len() > self.chunk {
            let reason = format!("{} images, a chunk holds 1 to {}", query.len(), self.chunk);
            return Err(Error::wire(Query::NAME, reason));
        }
        let mut images = Vec::new();
        for part in query {
            images.push(latency::evaluate(&self.tracks, (server, keys), part?.tracks, &self.workers, probe)?);
        }
        Ok((images.len(), images))
    }
}

/// Pixels that are encrypted before they are written down.
const ENCRYPTED: usize = 64;

/// Scores of one image after the other.
#[derive(Default)]
struct Joined(Option<Values>);

impl Joined {
    fn push(&mut self, own: Values) {
        match (&mut self.0, own) {
            (Some(Values::Real(all)), Values::Real(own)) => all.extend(own),
            (Some(Values::Integer(all)), Values::Integer(own)) => all.extend(own),
            (all, own) => *all = Some(own),
        }
    }

    fn logits(self, classes: usize) -> Logits {
        Logits { classes, values: self.0.unwrap_or(Values::Real(Vec::new())) }
    }
}
