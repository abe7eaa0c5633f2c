//! The server role in another process: it is given plan, model message, server key and queries, as bytes.

use std::sync::Arc;

use super::Op;
use super::channel::Channel;
use crate::adapter::DynServer;
use crate::error::{Error, Result};
use crate::probe::{Detail, Trace};
use crate::roles::seed::Seed;
use crate::wire::Wire;

/// A server behind a [`Channel`].
#[derive(Debug)]
pub struct RemoteServer {
    channel: Arc<Channel>,
    request: Vec<u8>,
}

impl RemoteServer {
    /// Opens `plan` of the scheme `name` in the process and hands it the model message.
    ///
    /// # Errors
    /// Those of the server, in its words, and of the channel.
    pub fn load(channel: Arc<Channel>, name: &str, plan: &[u8], model: &[u8]) -> Result<Self> {
        let [] = channel.call(Op::Open, &[name.as_bytes(), plan])?;
        let [request] = channel.call(Op::Load, &[model])?;
        Ok(RemoteServer { channel, request })
    }
}

impl DynServer for RemoteServer {
    fn key_request(&self) -> &[u8] {
        &self.request
    }

    fn setup(&mut self, server_key: &[u8]) -> Result<u64> {
        let [resident] = self.channel.call(Op::Setup, &[server_key])?;
        resident.try_into().map(u64::from_le_bytes).map_err(|_| Error::wire("resident bytes", "expected 8 bytes"))
    }

    fn evaluate(&self, query: &[u8], seed: &Seed, detail: Detail) -> Result<(Vec<u8>, Trace)> {
        let detail = [u8::from(detail == Detail::Snapshots)];
        let [answer, trace] = self.channel.call(Op::Evaluate, &[query, seed.expose(), &detail])?;
        Ok((answer, Trace::from_bytes(&(), &trace)?))
    }

    fn process_id(&self) -> Option<u32> {
        Some(self.channel.process_id())
    }
}
