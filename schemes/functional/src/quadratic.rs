//! Quadratic forms by pairings.
