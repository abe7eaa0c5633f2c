//! What travels: the plan, weights, key requests and evaluation keys, and queries and answers for every track.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Scheme;
use blindbench_core::wire::{Encode, Reader, Wire, put_json, take_json};
use serde::{Deserialize, Serialize};

use super::encrypted::EncryptedMap;
use super::scheme::{Cryptosystem, EncryptedNetwork};
use super::service::{Service, WeightsForm};
use super::track::Track;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::public_key::PublicKey;

/// Parameters and network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Plan<C: Cryptosystem> {
    pub(crate) setting: C::Setting,
    pub(crate) architecture: Architecture,
    pub(crate) service: Service,
    pub(crate) chunk: usize,
}

impl<C: Cryptosystem> Encode for Plan<C> {
    const TAG: [u8; 4] = C::PLAN_TAG;
    const NAME: &'static str = "plan of a lattice scheme";

    fn put(&self, out: &mut Vec<u8>) {
        put_json(self, out);
    }
}

impl<C: Cryptosystem> Wire<()> for Plan<C> {
    fn take(_: &(), input: &mut Reader<'_>) -> Result<Self> {
        take_json(Self::NAME, input)
    }
}

/// The public keys of all tracks; none where nobody encrypts with them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublicKeys(pub Vec<PublicKey>);

impl Encode for PublicKeys {
    const TAG: [u8; 4] = *b"LPUB";
    const NAME: &'static str = "public keys";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.iter().for_each(|key| key.put(out));
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for PublicKeys {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        let tracks = if network.service().has_public_key() { network.tracks() } else { &[] };
        tracks.iter().map(|track| PublicKey::take(track.rlwe(), input)).collect::<Result<_>>().map(PublicKeys)
    }
}

/// What the model owner hands out: the weights, and the public keys that answers are flooded with, if they are.
#[derive(Debug)]
pub struct Model<C: Cryptosystem> {
    /// The weights.
    pub weights: ModelWeights<C>,
    /// The key holder's.
    pub public: PublicKeys,
}

/// Weights as the server gets them.
#[derive(Debug)]
pub enum ModelWeights<C: Cryptosystem> {
    /// In the clear.
    Clear(Weights),
    /// By track and map, encrypted.
    Encrypted(Vec<Vec<EncryptedMap<C::Track>>>),
}

impl<C: Cryptosystem> Encode for Model<C> {
    const TAG: [u8; 4] = *b"LMOD";
    const NAME: &'static str = "weights of an encrypted network";

    fn put(&self, out: &mut Vec<u8>) {
        match &self.weights {
            ModelWeights::Clear(weights) => weights.put(out),
            ModelWeights::Encrypted(tracks) => tracks.iter().flatten().for_each(|map| map.put(out)),
        }
        self.public.put(out);
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for Model<C> {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        let weights = match network.service().weights {
            WeightsForm::Clear => ModelWeights::Clear(Weights::take(&network.lowered().architecture, input)?),
            WeightsForm::Encrypted => {
                let steps = network.route().map_or(&[][..], |route| &route.steps);
                let mut track = |track: &C::Track| {
                    let steps = steps.iter().enumerate();
                    steps.map(|step| EncryptedMap::take(track, step, input)).collect::<Result<_>>()
                };
                ModelWeights::Encrypted(network.tracks().iter().map(&mut track).collect::<Result<_>>()?)
            }
        };
        let public = if network.service().floods() { PublicKeys::take(network, input)? } else { PublicKeys::default() };
        Ok(Model { weights, public })
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for Request {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        Request::take(network.ring(), input)
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for EvaluationKeys {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        EvaluationKeys::take(network.ring(), input)
    }
}

/// A part of a query: an image, or one pixel of all images.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Images in the part, as in every other part of a batch.
    pub images: usize,
    /// A ciphertext for each track.
    pub tracks: Vec<SeededCiphertext>,
}

impl Encode for Query {
    const TAG: [u8; 4] = *b"LQRY";
    const NAME: &'static str = "encrypted images";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend((self.images as u64).to_le_bytes());
        self.tracks.iter().for_each(|ciphertext| ciphertext.put(out));
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for Query {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        let images = take_images(Self::NAME, network, input)?;
        let tracks = network.tracks().iter().map(|track| SeededCiphertext::take(track.rlwe(), input));
        Ok(Query { images, tracks: tracks.collect::<Result<_>>()? })
    }
}

/// A number of images that a chunk may hold.
fn take_images<C: Cryptosystem>(
    message: &'static str,
    network: &EncryptedNetwork<C>,
    input: &mut Reader<'_>,
) -> Result<usize> {
    let images = usize::try_from(input.u64()?).unwrap_or(usize::MAX);
    if !(1..=network.chunk()).contains(&images) {
        return Err(Error::wire(message, format!("{images} images, a chunk holds 1 to {}", network.chunk())));
    }
    Ok(images)
}

/// The encrypted scores of a query: by image or by class, as they are packed, then track.
#[derive(Debug, Clone)]
pub struct Answer<C: Cryptosystem> {
    pub(crate) images: usize,
    pub(crate) scores: Vec<Vec<AnswerOf<C>>>,
}

type AnswerOf<C> = <<C as Cryptosystem>::Track as Track>::Ciphertext;

impl<C: Cryptosystem> Encode for Answer<C> {
    const TAG: [u8; 4] = *b"LANS";
    const NAME: &'static str = "encrypted scores";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend((self.images as u64).to_le_bytes());
        self.scores.iter().flatten().for_each(|ciphertext| ciphertext.put(out));
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for Answer<C> {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        let images = take_images(Self::NAME, network, input)?;
        let tracks = |_| network.tracks().iter().map(|track| track.take(input)).collect::<Result<Vec<_>>>();
        let scores = (0..network.ciphertexts(images)).map(tracks).collect::<Result<_>>()?;
        Ok(Answer { images, scores })
    }
}
