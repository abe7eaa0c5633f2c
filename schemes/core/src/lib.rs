//! What every scheme of blindbench shares.
pub mod error;
pub mod network;
pub mod wire;

pub use error::{Error, Result};
