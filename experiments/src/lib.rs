//! Runs experiments: neural networks on encrypted images, measured.

pub mod cli;
pub mod config;
pub mod dataset;
pub mod executor;
pub mod experiment;
pub mod filter;
pub mod interrupt;
pub mod kinds;
pub mod listing;
pub mod machine;
pub mod matrix;
pub mod measure;
pub mod models;
pub mod progress;
pub mod run;
pub mod serve;
#[cfg(feature = "train")]
pub mod training;
pub mod yaml;
