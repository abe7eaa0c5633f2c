//! Foreign programs as schemes: they speak the wire protocol over stdin and stdout.
//!
//! A peer runs as two processes of the same command: a client side (client, key holder and model
//! owner) and a server side, which only ever sees what a server may. Its times and its security are
//! its own claims and labelled so.

mod peer;
mod sides;

pub use peer::{Params, Peer, Setting};
