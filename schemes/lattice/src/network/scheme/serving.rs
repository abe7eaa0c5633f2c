//! What the model owner and the server do with weights, and with answers before they leave.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Layer;
use blindbench_core::network::weights::Weights;
use blindbench_core::probe::Probe;
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::Scheme;
use blindbench_kernels::product::method::Method;

use super::chunks::Scores;
use super::{Cryptosystem, EncryptedNetwork, Tracks, Way};
use crate::network::affine::Stages;
use crate::network::encrypted::{self, EncryptedMap};
use crate::network::messages::PublicKeys;
use crate::network::track::Track;
use crate::network::{batch, latency};
use crate::rns::items::made;

/// log2 of the probability up to which a flood is said to hide noise.
const TOLD: f64 = -10.0;

impl<C: Cryptosystem> EncryptedNetwork<C> {
    /// The instructions of transforms and, in batches, of products with weights as large as the declared bounds allow.
    pub(super) fn kernels(&self) -> String {
        let params = self.tracks[0].rlwe();
        let own = params.kernel().kernel().name();
        let bounds = |layer: &Layer| match layer {
            Layer::Dense(_) | Layer::Conv2d(_) | Layer::BatchNorm => {
                Some(layer.bounds().map_or(u64::MAX, |bounds| bounds.weight_max))
            }
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::Flatten | Layer::Activation(_) => None,
        };
        let largest = self.lowered.architecture.layers.iter().filter_map(bounds).max().unwrap_or(0);
        let products = Method::of(params.instructions(), u32::try_from(largest).unwrap_or(u32::MAX)).name();
        match self.way {
            Way::Batch if products != own => format!("{own}, {products} for products"),
            Way::Batch | Way::Latency(_) => own.into(),
        }
    }

    pub(super) fn client_learns(&self) -> String {
        let Some(bits) = self.service.flood_bits else {
            return match self.way {
                Way::Latency(_) => {
                    "the scores, sums of parts of products with weights in slots that hold no score, and what the \
                     noise tells of the weights"
                }
                Way::Batch => "the scores, and what their noise tells of the weights' size",
            }
            .into();
        };
        // Of uniform noise, each coefficient differs with a probability of half of 2^-B.
        let ciphertexts = (self.ciphertexts(self.chunk) * self.tracks.len()) as f64;
        let log2 = f64::from(self.tracks[0].rlwe().log_n()) + ciphertexts.log2() - f64::from(bits) - 1.0;
        match log2 <= TOLD {
            true => format!("the scores, but for a probability of 2^{log2:.0} an answer"),
            false => format!("the scores, and what is left of the noise behind a flood of {bits} bits"),
        }
    }

    /// Refuses weights beyond what the architecture declares, and those whose noise a planned flood does not drown where
    /// that depends on the weights.
    pub(super) fn accept(&self, weights: &Weights) -> Result<()> {
        weights.check(&self.lowered.architecture)?;
        if self.service.floods() {
            self.promise(weights)?;
        }
        Ok(())
    }

    /// The network's maps under every track, encrypted.
    pub(super) fn encrypt_weights(
        &self,
        public: &PublicKeys,
        weights: &Weights,
        rng: &mut Rng,
    ) -> Result<Vec<Vec<EncryptedMap<C::Track>>>> {
        let stages = Stages::new(&self.lowered.architecture, weights)?.arranged(&self.form.input);
        let Some(route) = self.route() else { return Ok(Vec::new()) };
        let encrypt =
            |(track, public): (&C::Track, _)| Ok(encrypted::encrypt(track, route, &stages, public, &Seed::drawn(rng))?);
        self.workers.run(|| self.tracks.iter().zip(&public.0).map(encrypt).collect())
    }

    /// Encodes weights.
    pub(super) fn serve_clear(&self, weights: &Weights) -> Result<Tracks<C::Track>> {
        let stages = Stages::new(&self.lowered.architecture, weights)?;
        Ok(match &self.way {
            Way::Latency(route) => {
                Tracks::Latency(latency::Server::new(&self.tracks, route, &stages.arranged(&self.form.input))?)
            }
            Way::Batch => {
                let server = self.tracks.iter().map(|track| batch::Server::new(track, &stages));
                Tracks::Batch(server.collect::<crate::error::Result<_>>()?)
            }
        })
    }

    /// Takes encrypted weights as they are.
    pub(super) fn serve_encrypted(&self, maps: Vec<Vec<EncryptedMap<C::Track>>>) -> Tracks<C::Track> {
        let steps = self.route().map_or(&[][..], |route| &route.steps);
        Tracks::Latency(latency::Server::encrypted(&self.tracks, steps, maps, &self.form.layers))
    }

    /// Scores whose noise is drowned: a step of its own behind the last layer.
    pub(super) fn flooded(
        &self,
        public: &PublicKeys,
        scores: Scores<C>,
        seed: &Seed,
        probe: &mut Probe<'_>,
    ) -> Result<Scores<C>> {
        let width = self.tracks.len();
        if public.0.len() != width {
            return Err(Error::Refused(format!("{} public keys to flood with, the plan has {width}", public.0.len())));
        }
        let answers: Vec<_> = scores.iter().flatten().collect();
        let answers = probe.layer(self.lowered.architecture.layers.len(), |_| {
            let flooded = |place: usize| {
                let (track, public) = (&self.tracks[place % width], &public.0[place % width]);
                track.flooded(public, answers[place], &seed.derive("answer", place as u64))
            };
            let flooded = self.workers.run(|| made(answers.len(), flooded));
            flooded.into_iter().collect::<crate::error::Result<Vec<_>>>()
        })?;
        let mut answers = answers.into_iter();
        Ok(scores.iter().map(|tracks| answers.by_ref().take(tracks.len()).collect()).collect())
    }
}
