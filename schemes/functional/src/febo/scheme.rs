//! The scheme's place in the registry: it has operations and carries no network.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::Probe;
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::{Case, HeldByAuthority, KeyPair, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::Nothing;
use blindbench_core::wire::parts::{PartReader, Parts};

use super::{Params, operations};
use crate::group::choice::GroupChoice;

/// CryptoNN's basic operations. No plan of a network exists, hence no value of this type.
#[derive(Debug, Clone, Copy)]
pub enum Febo {}

fn no_network<T>() -> Result<T> {
    let reason =
        "basic operations work number by number and carry no network: leave `models:` out and name `operations:`";
    Err(Error::Unsupported(reason.into()))
}

impl Scheme for Febo {
    type Params = Params;
    type Plan = Nothing;
    type Holder = HeldByAuthority;
    type SecretKey = [u8; 0];
    type PublicKey = Nothing;
    type ModelMessage = Nothing;
    type Model = Nothing;
    type KeyRequest = Nothing;
    type ServerKey = Nothing;
    type Server = Nothing;
    type Query = Nothing;
    type Answer = Nothing;

    fn plan(_: Params, _: &Architecture, _: usize) -> Result<Nothing> {
        no_network()
    }

    fn open(_: Nothing, _: &Resources) -> Result<Self> {
        no_network()
    }

    fn cases() -> Vec<Case<Params>> {
        Vec::new()
    }

    fn operations(params: Params, resources: &Resources) -> Result<Offer> {
        operations::offer(&params, resources)
    }

    fn operation_cases() -> Vec<Params> {
        let small = |group| Params { group, value_max: 20, elements: 5, table_bytes: 1 << 10 };
        [GroupChoice::Ristretto255, GroupChoice::SafePrime256, GroupChoice::Modp3072].map(small).into()
    }

    fn profile(&self) -> Profile {
        match *self {}
    }

    fn chunk(&self) -> usize {
        match *self {}
    }

    fn lowered(&self) -> &Lowered {
        match *self {}
    }

    fn security(&self) -> SecurityEstimate {
        match *self {}
    }

    fn promise(&self, _: &Weights) -> Result<Promise> {
        match *self {}
    }

    fn keygen(&self, _: &mut Rng) -> Result<KeyPair<Self>> {
        match *self {}
    }

    fn server_key(&self, _: &KeyPair<Self>, _: &Nothing, _: &mut Rng) -> Result<Nothing> {
        match *self {}
    }

    fn publish(&self, _: &Nothing, _: &Weights, _: &mut Rng) -> Result<Nothing> {
        match *self {}
    }

    fn encrypt(&self, _: &Nothing, _: &Images, _: &mut Rng, _: &mut Parts<Nothing>) -> Result<()> {
        match *self {}
    }

    fn decrypt(&self, _: &Nothing, _: &Nothing) -> Result<Logits> {
        match *self {}
    }

    fn load(&self, _: Nothing) -> Result<(Nothing, Nothing)> {
        match *self {}
    }

    fn setup(&self, _: Nothing, _: Nothing) -> Result<Nothing> {
        match *self {}
    }

    fn resident_bytes(&self, _: &Nothing) -> u64 {
        match *self {}
    }

    fn evaluate(
        &self,
        _: &Nothing,
        _: PartReader<'_, Self, Nothing>,
        _: &mut Rng,
        _: &mut Probe<'_>,
    ) -> Result<Nothing> {
        match *self {}
    }
}
