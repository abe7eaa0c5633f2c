//! BFV: what it shares with BGV, and its own.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::Bfv;

crate::integers::tests::for_placement!(Bfv);
