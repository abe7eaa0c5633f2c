//! Threads: none beside the caller's at one thread, else a pool of the scheme's own.

use blindbench_core::error::{Error, Result};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Where the server's work runs.
#[derive(Debug)]
pub struct Workers {
    pool: Option<ThreadPool>,
    threads: usize,
}

impl Workers {
    /// Workers for `threads` threads; at one, work stays on the calling thread.
    ///
    /// # Errors
    /// [`Error::Refused`] where the system gives no threads.
    pub fn new(threads: usize) -> Result<Self> {
        let threads = threads.max(1);
        let pool = match threads {
            1 => None,
            _ => Some(
                ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .map_err(|e| Error::Refused(format!("{threads} threads could not be started: {e}")))?,
            ),
        };
        Ok(Workers { pool, threads })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `inline` on the calling thread, or `parallel` within the pool where there is one.
    pub fn run<T: Send, R: Send>(
        &self,
        input: T,
        inline: impl FnOnce(T) -> R,
        parallel: impl FnOnce(T) -> R + Send,
    ) -> R {
        match &self.pool {
            None => inline(input),
            Some(pool) => pool.install(|| parallel(input)),
        }
    }

    /// Calls `work` for each chunk of `input` and the chunk of `output` that belongs to it; on several
    /// threads in any order.
    pub fn for_each_chunk<T: Sync, U: Send>(
        &self,
        input: &[T],
        input_size: usize,
        output: &mut [U],
        output_size: usize,
        work: impl Fn(&[T], &mut [U]) + Sync,
    ) {
        let (input_size, output_size) = (input_size.max(1), output_size.max(1));
        match &self.pool {
            None => input.chunks(input_size).zip(output.chunks_mut(output_size)).for_each(|(i, o)| work(i, o)),
            Some(pool) => pool.install(|| {
                input.par_chunks(input_size).zip(output.par_chunks_mut(output_size)).for_each(|(i, o)| work(i, o));
            }),
        }
    }
}
