//! What travels: the plan, weights, the bootstrapping key, images and answers.

use std::marker::PhantomData;

use blindbench_core::error::Result;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Scheme;
use blindbench_core::wire::{Encode, Reader, Wire, put_json, take_json};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::image::EncryptedImage;
use crate::keys::BootstrappingKey;
use crate::parameters::Literal;
use crate::scheme::EncryptedNetwork;
use crate::semantics::Semantics;

/// Parameters and network, for the semantics `S`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Plan<S> {
    pub(crate) parameters: Literal,
    pub(crate) answer_bits: u32,
    pub(crate) chunk: usize,
    pub(crate) architecture: Architecture,
    #[serde(skip)]
    semantics: PhantomData<S>,
}

impl<S> Plan<S> {
    pub(crate) fn new(parameters: Literal, answer_bits: u32, architecture: Architecture, chunk: usize) -> Self {
        Plan { parameters, answer_bits, chunk, architecture, semantics: PhantomData }
    }
}

impl<S: Semantics> Encode for Plan<S> {
    const TAG: [u8; 4] = S::PLAN_TAG;
    const NAME: &'static str = "TFHE plan";

    fn put(&self, out: &mut Vec<u8>) {
        put_json(self, out);
    }
}

impl<S: Semantics> Wire<()> for Plan<S> {
    fn take(_: &(), input: &mut Reader<'_>) -> Result<Self> {
        take_json(Self::NAME, input)
    }
}

/// A message whose form the plan fixes.
#[derive(Debug)]
pub struct Message<T>(pub T);

impl Encode for Message<Weights> {
    const TAG: [u8; 4] = Weights::TAG;
    const NAME: &'static str = Weights::NAME;

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<S: Semantics> Wire<EncryptedNetwork<S>> for Message<Weights> {
    fn take(network: &EncryptedNetwork<S>, input: &mut Reader<'_>) -> Result<Self> {
        Weights::take(&network.lowered().architecture, input).map(Message)
    }
}

impl Encode for Message<BootstrappingKey> {
    const TAG: [u8; 4] = *b"TFBK";
    const NAME: &'static str = "TFHE bootstrapping key";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<S: Semantics> Wire<EncryptedNetwork<S>> for Message<BootstrappingKey> {
    fn take(network: &EncryptedNetwork<S>, input: &mut Reader<'_>) -> Result<Self> {
        BootstrappingKey::take(Self::NAME, &network.parameters, input).map(Message)
    }
}

impl Encode for Message<EncryptedImage> {
    const TAG: [u8; 4] = *b"TFIM";
    const NAME: &'static str = "TFHE image";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<S: Semantics> Wire<EncryptedNetwork<S>> for Message<EncryptedImage> {
    fn take(network: &EncryptedNetwork<S>, input: &mut Reader<'_>) -> Result<Self> {
        EncryptedImage::take(Self::NAME, &network.parameters, network.circuit.inputs, input).map(Message)
    }
}

impl Encode for Message<Answer> {
    const TAG: [u8; 4] = *b"TFAN";
    const NAME: &'static str = "TFHE answer";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<S: Semantics> Wire<EncryptedNetwork<S>> for Message<Answer> {
    fn take(network: &EncryptedNetwork<S>, input: &mut Reader<'_>) -> Result<Self> {
        let form = (network.parameters.output_dimension() + 1, network.answer_bits);
        let classes = network.circuit.classes;
        Answer::take(Self::NAME, form, (classes, network.chunk() * classes), input).map(Message)
    }
}
