//! BGV: what it shares with BFV, and its own.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::Bgv;

crate::integers::tests::for_placement!(Bgv);
