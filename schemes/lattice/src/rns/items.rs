//! Things that are made one by one, by several threads.

use std::sync::{Mutex, PoisonError};

use super::threads::{Order, Step, in_steps};

/// `make(i)` for every i below `count`. Threads of the caller's pool share the items; an item's own work is not shared
/// again, which is best where there are many.
pub fn made<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cells: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let work = |i: usize| {
        let item = make(i);
        // No lock is ever waited for; a panic elsewhere ends the computation anyway.
        *cells[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(item);
    };
    in_steps(&[Step::new(count, Order::Ascending, &work)]);
    cells.into_iter().filter_map(|cell| cell.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::made;

    #[test]
    fn items_come_in_order_on_any_number_of_threads() {
        let expected: Vec<usize> = (0..100).map(|i| i * i).collect();
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| made(100, |i| i * i)), expected);
        }
        assert!(made(0, |i| i).is_empty());
    }
}
