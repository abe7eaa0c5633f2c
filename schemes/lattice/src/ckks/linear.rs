//! Linear transforms of slots: matrices in the clear times encrypted vectors.

pub mod application;
pub mod diagonals;
pub mod noise;
pub mod transform;
