//! The roles that a peer's client side plays.

use std::sync::Arc;

use blindbench_core::adapter::{DynClient, DynKeyHolder};
use blindbench_core::error::{Error, Result};
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::primitives::{Measured, Prepared, Primitives};
use blindbench_core::protocol::Op;
use blindbench_core::protocol::channel::Channel;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Inspection;
use blindbench_core::wire::{Encode, Wire};

/// Client and key holder in one process.
#[derive(Debug, Clone)]
pub(crate) struct PeerClient {
    pub(crate) channel: Arc<Channel>,
    pub(crate) public: Vec<u8>,
}

impl DynKeyHolder for PeerClient {
    fn public_key(&self) -> Result<Vec<u8>> {
        Ok(self.public.clone())
    }

    fn server_key(&self, request: &[u8], seed: &Seed) -> Result<Vec<u8>> {
        let [key] = self.channel.call(Op::ServerKey, &[request, seed.expose()])?;
        Ok(key)
    }

    fn client(&self) -> Result<Option<Box<dyn DynClient>>> {
        Ok(Some(Box::new(self.clone())))
    }

    fn inspect(&self, _: u32, _: &[u8]) -> Result<Inspection> {
        Err(Error::Unsupported("peers leave no snapshots".into()))
    }
}

impl DynClient for PeerClient {
    fn encrypt(&self, images: &Images, seed: &Seed) -> Result<Vec<u8>> {
        let [query] = self.channel.call(Op::Encrypt, &[&images.to_bytes(), seed.expose()])?;
        Ok(query)
    }

    fn decrypt(&self, answer: &[u8]) -> Result<Logits> {
        let [logits] = self.channel.call(Op::Decrypt, &[answer])?;
        Logits::from_bytes(&(), &logits)
    }
}

/// The operations that a peer's client side offers by name.
#[derive(Debug)]
pub(crate) struct PeerPrimitives {
    channel: Arc<Channel>,
    names: Vec<String>,
}

impl PeerPrimitives {
    pub(crate) fn ask(channel: Arc<Channel>) -> Result<Self> {
        let [names] = channel.call(Op::Primitives, &[])?;
        let names = serde_json::from_slice(&names).map_err(|e| Error::wire("names of primitives", e.to_string()))?;
        Ok(PeerPrimitives { channel, names })
    }

    pub(crate) fn any(&self) -> bool {
        !self.names.is_empty()
    }
}

impl Primitives for PeerPrimitives {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let [] = self.channel.call(Op::Prepare, &[name.as_bytes(), seed.expose()])?;
        Ok(Box::new(PeerPrepared { channel: self.channel.clone() }))
    }
}

struct PeerPrepared {
    channel: Arc<Channel>,
}

impl Prepared for PeerPrepared {
    fn run(&mut self, times: u32) -> Result<Option<Measured>> {
        let [wall, cpu] = self.channel.call(Op::Run, &[&times.to_le_bytes()])?;
        let number = |bytes: Vec<u8>| bytes.try_into().map(u64::from_le_bytes);
        match (number(wall), number(cpu)) {
            (Ok(wall_ns), Ok(cpu_ns)) => Ok(Some(Measured { wall_ns, cpu_ns })),
            _ => Err(Error::wire("time of a primitive", "expected two numbers of 8 bytes")),
        }
    }

    fn check(&self) -> Result<f64> {
        let [error] = self.channel.call(Op::Check, &[])?;
        error.try_into().map(f64::from_le_bytes).map_err(|_| Error::wire("error of a primitive", "expected 8 bytes"))
    }
}
