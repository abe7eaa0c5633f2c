//! Groups in which discrete logarithms are hard.
