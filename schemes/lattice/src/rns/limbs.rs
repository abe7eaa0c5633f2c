//! Limbs that one step of a computation leaves to the next, whichever thread does which of them.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use blindbench_kernels::buffer::Buffer;

/// Limbs behind a lock each: a step's item fills or changes some of them, and later steps read them. Steps keep out of
/// each other's way by themselves, so that no lock is ever waited for.
#[derive(Debug)]
pub struct Limbs(Vec<RwLock<Buffer>>);

impl Limbs {
    /// Room for `count` limbs, each empty until it is made.
    pub fn empty(count: usize) -> Limbs {
        Limbs((0..count).map(|_| RwLock::new(Buffer::stale(0))).collect())
    }

    /// A limb to look at.
    pub fn read(&self, i: usize) -> RwLockReadGuard<'_, Buffer> {
        // A panic elsewhere ends the computation anyway.
        self.0[i].read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A limb to change.
    pub fn write(&self, i: usize) -> RwLockWriteGuard<'_, Buffer> {
        self.0[i].write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a limb away.
    pub fn take(&self, i: usize) -> Buffer {
        std::mem::replace(&mut *self.write(i), Buffer::stale(0))
    }

    /// All limbs, in order.
    pub fn into_vec(self) -> Vec<Buffer> {
        self.0.into_iter().map(|limb| limb.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }
}

impl From<Vec<Buffer>> for Limbs {
    fn from(limbs: Vec<Buffer>) -> Limbs {
        Limbs(limbs.into_iter().map(RwLock::new).collect())
    }
}
