//! Arithmetic that several schemes stand on, in the fastest form that the processor offers, chosen at
//! run time. Every form is tested against the scalar one.

pub mod blind_rotation;
pub mod buffer;
pub mod curve;
pub mod discrete_log;
pub mod dispatch;
pub mod embedding;
pub mod fourier;
pub mod pairing;
pub mod product;
pub mod rescale;
pub mod residue;
pub mod sample;
pub mod torus;
