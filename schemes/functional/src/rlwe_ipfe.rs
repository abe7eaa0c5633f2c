//! Inner products over rings.
