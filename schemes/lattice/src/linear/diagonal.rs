//! Diagonals of matrices.

/// A diagonal of a matrix, to be encoded.
#[derive(Debug, Clone)]
pub struct Diagonal<V> {
    /// The giant step, a Galois element.
    pub giant: usize,
    /// The baby step, a Galois element.
    pub baby: usize,
    /// A value a slot, turned back by the giant step.
    pub values: Vec<V>,
}
