//! What the authority keeps between requests.

use std::sync::{Mutex, PoisonError};

use blindbench_core::error::Result;
use zeroize::Zeroize;

use crate::leakage::budget::RankBudget;

/// A master key, and where keys are limited the span of those issued.
#[derive(Debug)]
pub struct Authority<K> {
    master: K,
    issued: Option<Mutex<RankBudget>>,
}

impl<K> Authority<K> {
    /// An authority that has issued nothing beyond what the budget says.
    pub fn new(master: K, budget: Option<RankBudget>) -> Self {
        Authority { master, issued: budget.map(Mutex::new) }
    }

    /// The master key, to derive keys for these weight vectors: they are issued from now on.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Refused`] where all issued keys would span more than the budget.
    pub fn grant(&self, vectors: &[Vec<i64>]) -> Result<&K> {
        if let Some(issued) = &self.issued {
            // A grant that panicked has changed nothing: the budget is replaced as a whole.
            issued.lock().unwrap_or_else(PoisonError::into_inner).grant(vectors)?;
        }
        Ok(&self.master)
    }
}

/// Clears the master key. What was issued is the server's and no secret.
impl<K: Zeroize> Zeroize for Authority<K> {
    fn zeroize(&mut self) {
        self.master.zeroize();
    }
}
