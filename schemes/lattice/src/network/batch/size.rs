//! How large a map is.

use crate::network::affine::{Affine, Entry};

/// The numbers of inputs, entries and outputs of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Inputs.
    pub inputs: usize,
    /// Entries that may be other than zero.
    pub entries: usize,
    /// Outputs.
    pub outputs: usize,
}

impl Size {
    /// Of a map.
    pub fn of<V: Entry>(map: &Affine<V>) -> Size {
        Size { inputs: map.inputs, entries: map.rows.iter().map(Vec::len).sum(), outputs: map.outputs() }
    }
}
