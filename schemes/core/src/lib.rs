//! What every scheme of blindbench shares: networks and their cleartext evaluation, the roles and the
//! bytes between them, the [`scheme::Scheme`] trait and its byte-level adapter, the wire protocol and
//! the security estimates.
//!
//! This crate reads no clock, no file and no YAML.

pub mod adapter;
pub mod conformance;
pub mod error;
pub mod network;
pub mod primitives;
pub mod probe;
pub mod protocol;
pub mod roles;
pub mod scheme;
pub mod security;
pub mod wire;
pub mod workers;

pub use error::{Error, Result};
