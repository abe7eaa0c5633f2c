//! Threads: none beside the caller's at one thread, else a pool of the scheme's own.

use blindbench_core::error::{Error, Result};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Where the server's work runs.
#[derive(Debug)]
pub struct Workers(Option<ThreadPool>);

impl Workers {
    /// Workers for `threads` threads; at one, work stays on the calling thread.
    ///
    /// # Errors
    /// [`Error::Refused`] where the system gives no threads.
    pub fn new(threads: usize) -> Result<Self> {
        if threads <= 1 {
            return Ok(Workers(None));
        }
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.map(|pool| Workers(Some(pool)))
            .map_err(|e| Error::Refused(format!("{threads} threads could not be started: {e}")))
    }

    /// The results of all items, in their order.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        match &self.0 {
            None => items.into_iter().map(work).collect(),
            Some(pool) => pool.install(|| items.into_par_iter().map(work).collect()),
        }
    }
}
