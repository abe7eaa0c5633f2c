//! Work by limb: on the calling thread, or on those of the pool that it belongs to.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// Applies `work` to each item with its index. Inside of a pool of several threads (`ThreadPool::install`) they
/// share the items; anywhere else the calling thread does it all and pays nothing for the possibility of more.
pub fn each_mut<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    let shared = rayon::current_thread_index().is_some() && rayon::current_num_threads() > 1;
    if shared && items.len() > 1 {
        items.par_iter_mut().enumerate().for_each(|(i, item)| work(i, item));
    } else {
        items.iter_mut().enumerate().for_each(|(i, item)| work(i, item));
    }
}

/// The threads of a scheme: none beside the caller's at one, else a pool of its own.
#[derive(Debug)]
pub struct Workers(Option<ThreadPool>);

impl Workers {
    /// Workers for `threads` threads.
    ///
    /// # Errors
    /// [`Error::Refused`] where the system gives no threads.
    pub fn new(threads: usize) -> Result<Workers> {
        let refused = |e| Error::Refused(format!("{threads} threads could not be started: {e}"));
        let pool = || ThreadPoolBuilder::new().num_threads(threads).build().map_err(refused);
        Ok(Workers((threads > 1).then(pool).transpose()?))
    }

    /// Runs `work` in the pool, or where the caller is.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.0 {
            None => work(),
            Some(pool) => pool.install(work),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::each_mut;

    #[test]
    fn a_pool_shares_the_items_and_gives_the_same() {
        let squares = || {
            let mut items = vec![0; 100];
            each_mut(&mut items, |i, item| *item = i * i);
            items
        };
        let mut threads = vec![None; 64];
        each_mut(&mut threads, |_, thread| *thread = Some(std::thread::current().id()));
        assert!(threads.iter().all(|thread| *thread == Some(std::thread::current().id())));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        assert_eq!(pool.install(squares), squares());
    }
}
