//! Work by limb: on the calling thread, or on those of the pool that it belongs to.

use rayon::prelude::*;

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
