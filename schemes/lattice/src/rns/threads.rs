//! Work by limb, on the calling thread or on those of rayon's current pool.

use rayon::prelude::*;

/// Applies `work` to each item with its index: on the calling thread where the pool has one, so that a single
/// thread pays nothing for the possibility of more.
pub fn each_mut<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    if rayon::current_num_threads() == 1 || items.len() < 2 {
        items.iter_mut().enumerate().for_each(|(i, item)| work(i, item));
    } else {
        items.par_iter_mut().enumerate().for_each(|(i, item)| work(i, item));
    }
}
