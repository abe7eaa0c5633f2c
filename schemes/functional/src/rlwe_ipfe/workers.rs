//! Threads that share a server's work.

use blindbench_core::error::{Error, Result};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// None beside the caller's at one thread, else a pool.
#[derive(Debug)]
pub(super) struct Workers(Option<ThreadPool>);

impl Workers {
    /// Workers for `threads` threads.
    pub(super) fn new(threads: usize) -> Result<Workers> {
        let refused = |e| Error::Refused(format!("{threads} threads could not be started: {e}"));
        let pool = || ThreadPoolBuilder::new().num_threads(threads).build().map_err(refused);
        Ok(Workers((threads > 1).then(pool).transpose()?))
    }

    /// `work` of each item, in their order.
    pub(super) fn map<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        match &self.0 {
            None => items.into_iter().map(work).collect(),
            Some(pool) => pool.install(|| items.into_par_iter().map(work).collect()),
        }
    }
}
