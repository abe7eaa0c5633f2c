//! The schemes through their roles: conformance, exactness, noise.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "scheme/answers.rs"]
mod answers;
#[path = "scheme/noise.rs"]
mod noise;
#[path = "scheme/operations.rs"]
mod operations;
#[path = "scheme/roles.rs"]
mod roles;
