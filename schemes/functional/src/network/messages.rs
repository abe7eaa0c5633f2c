//! What travels: the plan, weights, weight vectors that keys are asked for, and whatever an engine sends.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::wire::{Encode, Reader, Wire, put_json, take_json};
use serde::{Deserialize, Serialize};

use super::FirstLayerNetwork;
use super::engine::InnerProduct;

/// Parameters and network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Plan<E: InnerProduct> {
    pub(crate) setting: E::Setting,
    pub(crate) architecture: Architecture,
    pub(crate) chunk: usize,
    /// Largest rank of all keys that the authority issues; public, so that nobody asks in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rank_budget: Option<usize>,
}

impl<E: InnerProduct> Encode for Plan<E> {
    const TAG: [u8; 4] = E::PLAN_TAG;
    const NAME: &'static str = "plan of functional encryption";

    fn put(&self, out: &mut Vec<u8>) {
        put_json(self, out);
    }
}

impl<E: InnerProduct> Wire<()> for Plan<E> {
    fn take(_: &(), input: &mut Reader<'_>) -> Result<Self> {
        take_json(Self::NAME, input)
    }
}

/// Weights in the clear.
#[derive(Debug)]
pub struct Published(pub Weights);

impl Encode for Published {
    const TAG: [u8; 4] = Weights::TAG;
    const NAME: &'static str = Weights::NAME;

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<E: InnerProduct> Wire<FirstLayerNetwork<E>> for Published {
    fn take(network: &FirstLayerNetwork<E>, input: &mut Reader<'_>) -> Result<Self> {
        Weights::take(network.architecture(), input).map(Published)
    }
}

/// Weight vectors that function keys are asked for: 32-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(pub Vec<Vec<i64>>);

impl Encode for Rows {
    const TAG: [u8; 4] = *b"FROW";
    const NAME: &'static str = "weight vectors";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.iter().flatten().for_each(|weight| out.extend((*weight as i32).to_le_bytes()));
    }
}

impl<E: InnerProduct> Wire<FirstLayerNetwork<E>> for Rows {
    fn take(network: &FirstLayerNetwork<E>, input: &mut Reader<'_>) -> Result<Self> {
        let (inputs, outputs) = network.extent();
        let bytes = input.bytes(4 * inputs * outputs)?;
        let weights: Vec<i64> =
            bytes.as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes).into()).collect();
        match weights.is_empty() {
            true => Err(Error::wire(Self::NAME, "no weight")),
            false => Ok(Rows(weights.chunks(inputs).map(<[i64]>::to_vec).collect())),
        }
    }
}

/// A message of the engine, read in its context.
#[derive(Debug)]
pub struct Of<T>(pub T);

impl<T: Encode> Encode for Of<T> {
    const TAG: [u8; 4] = T::TAG;
    const NAME: &'static str = T::NAME;

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<E: InnerProduct, T: Wire<E>> Wire<FirstLayerNetwork<E>> for Of<T> {
    fn take(network: &FirstLayerNetwork<E>, input: &mut Reader<'_>) -> Result<Self> {
        T::take(network.engine(), input).map(Of)
    }
}
