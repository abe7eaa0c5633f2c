//! What travels: the plan, weights, key requests, evaluation keys, queries and answers, each for every track.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Scheme;
use blindbench_core::wire::{Encode, Reader, Wire, put_json, take_json};
use serde::{Deserialize, Serialize};

use super::scheme::{Cryptosystem, EncryptedNetwork};
use super::strategy::Strategy;
use super::track::Track;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};

/// Parameters and network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Plan<C: Cryptosystem> {
    pub(crate) setting: C::Setting,
    pub(crate) architecture: Architecture,
    pub(crate) packing: Strategy,
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

/// The weights, in the clear.
#[derive(Debug)]
pub struct ClearWeights(pub Weights);

impl Encode for ClearWeights {
    const TAG: [u8; 4] = Weights::TAG;
    const NAME: &'static str = Weights::NAME;

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for ClearWeights {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        Weights::take(&network.lowered().architecture, input).map(ClearWeights)
    }
}

/// One message for each track.
#[derive(Debug, Clone, PartialEq)]
pub struct PerTrack<M>(pub Vec<M>);

macro_rules! per_track {
    ($message:ty, $tag:literal, $name:literal) => {
        impl Encode for PerTrack<$message> {
            const TAG: [u8; 4] = *$tag;
            const NAME: &'static str = $name;

            fn put(&self, out: &mut Vec<u8>) {
                self.0.iter().for_each(|message| message.put(out));
            }
        }

        impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for PerTrack<$message> {
            fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
                network
                    .tracks()
                    .iter()
                    .map(|track| <$message>::take(track.rlwe(), input))
                    .collect::<Result<_>>()
                    .map(PerTrack)
            }
        }
    };
}

per_track!(Request, b"LREQ", "key requests");
per_track!(EvaluationKeys, b"LKEY", "evaluation keys of a network");

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
    bytes: Vec<u8>,
}

type AnswerOf<C> = <<C as Cryptosystem>::Track as Track>::Ciphertext;

impl<C: Cryptosystem> Answer<C> {
    /// The scores of so many images, each ciphertext under every track.
    pub fn new(network: &EncryptedNetwork<C>, images: usize, scores: Vec<Vec<AnswerOf<C>>>) -> Answer<C> {
        let mut bytes = (images as u64).to_le_bytes().to_vec();
        for tracks in &scores {
            network.tracks().iter().zip(tracks).for_each(|(track, ciphertext)| track.put(ciphertext, &mut bytes));
        }
        Answer { images, scores, bytes }
    }
}

impl<C: Cryptosystem> Encode for Answer<C> {
    const TAG: [u8; 4] = *b"LANS";
    const NAME: &'static str = "encrypted scores";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(&self.bytes);
    }
}

impl<C: Cryptosystem> Wire<EncryptedNetwork<C>> for Answer<C> {
    fn take(network: &EncryptedNetwork<C>, input: &mut Reader<'_>) -> Result<Self> {
        let images = take_images(Self::NAME, network, input)?;
        let tracks = |_| network.tracks().iter().map(|track| track.take(input)).collect::<Result<Vec<_>>>();
        let scores = (0..network.ciphertexts(images)).map(tracks).collect::<Result<_>>()?;
        Ok(Answer::new(network, images, scores))
    }
}
