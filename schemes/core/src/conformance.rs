//! What every registered scheme must pass, unasked.
