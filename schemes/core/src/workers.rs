//! Threads of a role: none beside the caller's at one thread, else a pool of its own.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// Where a role's work runs.
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

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.0.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Runs `work` in the pool, whose threads it may share work with, or where the caller is.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.0 {
            None => work(),
            Some(pool) => pool.install(work),
        }
    }

    /// Runs `inline` on the calling thread, or `parallel` within the pool where there is one.
    pub fn choose<T: Send, R: Send>(
        &self,
        input: T,
        inline: impl FnOnce(T) -> R,
        parallel: impl FnOnce(T) -> R + Send,
    ) -> R {
        match &self.0 {
            None => inline(input),
            Some(pool) => pool.install(|| parallel(input)),
        }
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

    /// Calls `work` for each chunk of `input` and the chunk of `output` that belongs to it; on several threads in any
    /// order.
    pub fn for_each_chunk<T: Sync, U: Send>(
        &self,
        input: &[T],
        input_size: usize,
        output: &mut [U],
        output_size: usize,
        work: impl Fn(&[T], &mut [U]) + Sync,
    ) {
        let (input_size, output_size) = (input_size.max(1), output_size.max(1));
        match &self.0 {
            None => input.chunks(input_size).zip(output.chunks_mut(output_size)).for_each(|(i, o)| work(i, o)),
            Some(pool) => pool.install(|| {
                input.par_chunks(input_size).zip(output.par_chunks_mut(output_size)).for_each(|(i, o)| work(i, o));
            }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests {
    use super::Workers;

    #[test]
    fn results_are_in_order_on_any_number_of_threads() {
        for threads in [0, 1, 2, 3] {
            let workers = Workers::new(threads).unwrap();
            assert_eq!(workers.threads(), threads.max(1));
            let squares: Vec<u64> = (0..100).map(|x| x * x).collect();
            assert_eq!(workers.map((0..100).collect(), |x: u64| x * x), squares);
            let mut pairs = vec![[0; 2]; 100];
            workers.for_each_chunk(&squares, 1, pairs.as_flattened_mut(), 2, |x, out| out.fill(x[0]));
            assert!(pairs.iter().zip(&squares).all(|(pair, x)| pair == &[*x; 2]));
            let inside = workers.choose((), |()| false, |()| rayon::current_num_threads() == threads);
            assert_eq!(inside, threads > 1);
        }
    }

    #[test]
    fn the_first_failing_item_is_the_one_named() {
        let workers = Workers::new(2).unwrap();
        let odd = |x: &u32| if x % 2 == 1 { Err(crate::Error::Refused(x.to_string())) } else { Ok(*x) };
        assert_eq!(workers.try_map(&[2, 4], odd).unwrap(), [2, 4]);
        assert_eq!(workers.try_map(&[2, 7, 4, 9], odd).unwrap_err().to_string(), odd(&7).unwrap_err().to_string());
    }
}
