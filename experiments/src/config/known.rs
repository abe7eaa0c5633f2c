//! What an experiment may name beside schemes: networks and data sets.

use blindbench_core::network::architecture::Architecture;

use crate::experiment::{ModelReference, Split};

/// What an experiment may name.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Networks.
    pub models: &'a dyn Models,
    /// Data sets.
    pub datasets: &'a [DatasetSizes],
}

/// The networks that this build holds, and those that users bring as files.
pub trait Models: Sync {
    /// Names of the built-in networks, in the order they should be shown.
    fn names(&self) -> Vec<String>;

    /// The architecture of a network.
    ///
    /// # Errors
    /// What is wrong with the name or the file, for people.
    fn architecture(&self, model: &ModelReference) -> Result<Architecture, String>;
}

/// How many images the parts of a data set have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatasetSizes {
    /// The name in experiments.
    pub name: &'static str,
    /// Images that networks are trained on.
    pub train: usize,
    /// Images that choices are made on.
    pub validation: usize,
    /// Images that are reported.
    pub test: usize,
}

impl DatasetSizes {
    /// Images of one part.
    pub fn of(&self, split: Split) -> usize {
        match split {
            Split::Train => self.train,
            Split::Validation => self.validation,
            Split::Test => self.test,
        }
    }
}
