//! What an experiment may name beside schemes: networks and data sets.

use crate::experiment::{ModelReference, Split};
use crate::models::error::Error;
use crate::models::{self, Catalogue, Model};

/// What an experiment may name.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The built-in networks.
    pub models: Catalogue<'a>,
    /// The data sets.
    pub datasets: &'a [DatasetSizes],
}

impl Known<'_> {
    /// A network with its weights.
    ///
    /// # Errors
    /// What is wrong with its name or its files.
    pub fn model(&self, reference: &ModelReference) -> Result<Model, Error> {
        match reference {
            ModelReference::Named(name) => models::load(self.models, name),
            ModelReference::File(path) => models::user::load(path),
            ModelReference::Untrained(network, seed) => network.draw(*seed),
        }
    }
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
