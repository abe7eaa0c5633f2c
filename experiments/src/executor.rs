//! Where servers run.

pub mod process;
pub mod thread;

use std::sync::Arc;

use blindbench_core::adapter::{DynScheme, DynServer};
use blindbench_core::error::Result;
use blindbench_core::protocol::channel::Channel;
use blindbench_core::protocol::remote::RemoteServer;
use blindbench_core::scheme::Resources;

/// Gives the server role of a cell a place to run in.
pub trait Servers: Send + Sync {
    /// A place with those resources.
    ///
    /// # Errors
    /// Where there is none to be had.
    fn launch(&self, resources: Resources) -> Result<Place>;
}

/// Where one server runs.
#[derive(Debug)]
pub enum Place {
    /// This process; a foreign program starts a process of its own.
    Here,
    /// A child process that speaks the wire protocol.
    Child(Arc<Channel>),
}

impl Place {
    /// A server that has opened the plan of the scheme called `name` and taken the model message.
    ///
    /// # Errors
    /// Where the server refuses plan or model.
    pub fn load(self, name: &str, scheme: &dyn DynScheme, model: &[u8]) -> Result<Box<dyn DynServer>> {
        match self {
            Place::Here => scheme.server(model),
            Place::Child(channel) => Ok(Box::new(RemoteServer::load(channel, name, scheme.plan(), model)?)),
        }
    }
}
