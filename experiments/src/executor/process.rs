//! Servers in child processes of the same program: one for each cell, so that memory and allocator
//! of one cell do not leak into the next.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use blindbench_core::error::Result;
use blindbench_core::protocol::channel::{Channel, Program};
use blindbench_core::scheme::Resources;

use super::{Place, Servers};

/// Child processes of this program.
#[derive(Debug, Clone)]
pub struct InChildProcesses {
    program: PathBuf,
    time_limit: Duration,
}

impl InChildProcesses {
    /// Children that may take `time_limit` for one call.
    ///
    /// # Errors
    /// Where the system does not tell which file this program is.
    pub fn new(time_limit: Duration) -> std::io::Result<Self> {
        Ok(InChildProcesses { program: std::env::current_exe()?, time_limit })
    }

    /// What a child is started with: no environment, so no path to images or results.
    fn program(&self, resources: Resources) -> Program {
        let arguments = ["serve", "--threads", &resources.threads.to_string(), "--kernel", resources.kernel.name()];
        let program = self.program.to_string_lossy().into_owned();
        Program {
            command: std::iter::once(program).chain(arguments.map(str::to_owned)).collect(),
            environment: Vec::new(),
            time_limit: self.time_limit,
        }
    }
}

impl Servers for InChildProcesses {
    fn launch(&self, resources: Resources) -> Result<Place> {
        Ok(Place::Child(Arc::new(Channel::spawn(&self.program(resources), "server")?)))
    }
}
