//! Servers in this process: for tests, and for foreign programs, which start processes of their own.

use blindbench_core::error::Result;
use blindbench_core::scheme::Resources;

use super::{Place, Servers};

/// Servers in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct InThisProcess;

impl Servers for InThisProcess {
    fn launch(&self, _: Resources) -> Result<Place> {
        Ok(Place::Here)
    }
}
