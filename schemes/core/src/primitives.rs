//! Single named operations of a scheme, to be timed by themselves.

use crate::error::{Error, Result};
use crate::roles::seed::Seed;

/// The operations that a scheme offers by name: encode, encrypt, add, multiply, rotate, bootstrap, ...
pub trait Primitives: Send + Sync {
    /// Names, in the order they should be shown.
    fn names(&self) -> Vec<String>;

    /// Sets everything up, so that nothing but the work itself is left to time.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a name that is not in [`Primitives::names`].
    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>>;
}

/// Time by the clock of the process that did the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Wall time of all repetitions.
    pub wall_ns: u64,
    /// CPU time of all repetitions.
    pub cpu_ns: u64,
}

/// An operation that is ready to run.
pub trait Prepared: Send {
    /// Does the work, `times` times; the time it took by its own clock, where it runs in another
    /// process and the way there must not be counted.
    ///
    /// # Errors
    /// What the operation itself may give.
    fn run(&mut self, times: u32) -> Result<Option<Measured>>;

    /// The last result's largest error against the cleartext one; 0 where it is exact.
    ///
    /// # Errors
    /// [`Error::Refused`] before the first run.
    fn check(&self) -> Result<f64>;
}

/// A primitive made of the timed work and the check of its result.
pub fn primitive<T: Send + 'static>(
    work: impl FnMut() -> Result<T> + Send + 'static,
    check: impl Fn(&T) -> f64 + Send + 'static,
) -> Box<dyn Prepared> {
    Box::new(Closures { last: None, work, check })
}

struct Closures<T, W, C> {
    last: Option<T>,
    work: W,
    check: C,
}

impl<T: Send, W: FnMut() -> Result<T> + Send, C: Fn(&T) -> f64 + Send> Prepared for Closures<T, W, C> {
    fn run(&mut self, times: u32) -> Result<Option<Measured>> {
        for _ in 0..times {
            // Kept, so that the compiler cannot leave the work out.
            self.last = Some(std::hint::black_box((self.work)()?));
        }
        Ok(None)
    }

    fn check(&self) -> Result<f64> {
        self.last.as_ref().map(&self.check).ok_or_else(|| Error::Refused("the primitive has not run yet".into()))
    }
}
