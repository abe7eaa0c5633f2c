//! A run: an experiment's cells measured group by group into a folder of records.

pub mod assignment;
pub mod dataset;
pub mod error;
pub mod execution;
pub mod group;
pub mod invocation;
pub mod summary;
