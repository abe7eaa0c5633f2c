//! Inner products over groups.
