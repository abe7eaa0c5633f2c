//! Runs experiments: neural networks on encrypted images, measured.

pub mod experiment;
