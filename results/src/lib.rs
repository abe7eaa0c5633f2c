//! The records of blindbench: a run's folder while it is measured, statistics over its samples, and
//! the tables that reports are drawn from.
//!
//! A run is a folder: [`run::Run`] as `run.json`, and for each cell a log of [`sample::Line`]s that
//! grows as they are measured, sealed by a [`cell::Cell`]. Everything else ([`summary::SummaryRow`],
//! [`metrics::MetricRow`]) is derived from these and may be rebuilt at any time.

pub mod bundle;
pub mod cell;
pub mod derive;
pub mod error;
pub mod hash;
pub mod leakage;
pub mod metrics;
pub mod pair;
pub mod real;
pub mod run;
pub mod sample;
pub mod stats;
pub mod store;
pub mod summary;
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

/// Version of every file that this crate writes; a folder of another version is refused.
pub const SCHEMA_VERSION: u32 = 1;
