//! Single named operations of a scheme, to be timed by themselves.

pub mod inputs;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::roles::seed::Seed;
use crate::security::SecurityEstimate;

/// The operations that a scheme offers by name: encode, encrypt, add, multiply, rotate, bootstrap, ...
pub trait Primitives: Send + Sync {
    /// Names, in the order they should be shown.
    fn names(&self) -> Vec<String>;

    /// Sets everything up, so that nothing but the work itself is left to time.
    ///
    /// The seed is the same for every scheme of an experiment: those that draw their operands by
    /// [`inputs`] compute on the same numbers. Keys and noise follow from seeds derived from it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a name that is not in [`Primitives::names`].
    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>>;
}

/// A scheme's operations, opened from its parameters alone: no network has a say in them.
pub struct Offer {
    /// What stands beside every number.
    pub description: OfferDescription,
    /// The operations.
    pub primitives: Box<dyn Primitives>,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer")
            .field("description", &self.description)
            .field("names", &self.primitives.names())
            .finish_non_exhaustive()
    }
}

/// What parameters say of themselves and of the operations under them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferDescription {
    /// Kind of scheme: `fully homomorphic`, ...
    pub family: String,
    /// The parameters in one line, for people.
    pub parameters: String,
    /// Largest error of an operation's result that these parameters allow; 0 where results are exact.
    pub error_bound: f64,
    /// log2 of the ring degree or lattice dimension that security rests on.
    pub log_n: Option<f64>,
    /// log2 of the largest modulus that keys live under.
    pub log_qp: Option<f64>,
    /// The instructions that the heavy work really uses.
    pub kernel: String,
    /// The cheapest attack on the parameters.
    pub security: SecurityEstimate,
    /// Whether times and security are the claims of a foreign program.
    #[serde(default)]
    pub claimed: bool,
}

/// The refusal of a scheme that has operations for the plan of a network alone, or none at all.
pub fn none_without_a_network<T>() -> Result<T> {
    let reason = "this scheme has no operations without a network; name one under `models:`, or leave the scheme out";
    Err(Error::Unsupported(reason.into()))
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

    /// Results that one run gives: more than one where many are computed together, so that what they share is paid once.
    fn results(&self) -> u64 {
        1
    }

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
            // Given back first, so that the next result can take its place in memory.
            drop(self.last.take());
            // Kept, so that the compiler cannot leave the work out.
            self.last = Some(std::hint::black_box((self.work)()?));
        }
        Ok(None)
    }

    fn check(&self) -> Result<f64> {
        self.last.as_ref().map(&self.check).ok_or_else(|| Error::Refused("the primitive has not run yet".into()))
    }
}

/// The same primitive, of whose runs each gives so many results at once.
pub fn of_many(results: u64, prepared: Box<dyn Prepared>) -> Box<dyn Prepared> {
    Box::new(OfMany { results, prepared })
}

struct OfMany {
    results: u64,
    prepared: Box<dyn Prepared>,
}

impl Prepared for OfMany {
    fn run(&mut self, times: u32) -> Result<Option<Measured>> {
        self.prepared.run(times)
    }

    fn results(&self) -> u64 {
        self.results
    }

    fn check(&self) -> Result<f64> {
        self.prepared.check()
    }
}
