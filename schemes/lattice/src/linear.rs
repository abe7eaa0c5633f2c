//! Linear maps on slots: what is the same for real and for modular numbers.

pub mod diagonal;
pub mod plan;
