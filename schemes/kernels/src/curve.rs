//! Points of edwards25519, eight at a time.
