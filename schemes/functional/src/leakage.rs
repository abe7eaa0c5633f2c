//! What issued function keys give away.
