//! Threads: none beside the caller's at one thread, else a pool of the scheme's own.

use blindbench_core::error::{Error, Result};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Where work on many items runs.
#[derive(Debug)]
pub struct Workers(Option<ThreadPool>);

impl Workers {
    /// Workers for `threads` threads; at one, work stays on the calling thread.
    ///
    /// # Errors
    /// [`Error::Refused`] where the system gives no threads.
    pub fn new(threads: usize) -> Result<Self> {
        let refused = |e| Error::Refused(format!("{threads} threads could not be started: {e}"));
        let pool = || ThreadPoolBuilder::new().num_threads(threads).build().map_err(refused);
        Ok(Workers((threads > 1).then(pool).transpose()?))
    }

    /// The results for all items, in their order.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        match &self.0 {
            None => items.into_iter().map(work).collect(),
            Some(pool) => pool.install(|| items.into_par_iter().map(work).collect()),
        }
    }

    /// As [`Workers::map`], for work that may fail.
    ///
    /// # Errors
    /// The first error of an item.
    pub fn try_map<'a, T: Sync, R: Send>(
        &self,
        items: &'a [T],
        work: impl Fn(&'a T) -> Result<R> + Sync + Send,
    ) -> Result<Vec<R>> {
        self.map(items.iter().collect(), work).into_iter().collect()
    }
}
