//! An experiment bound to its images: every cell with the identity that its records carry.

use std::sync::Arc;

use blindbench_core::network::architecture::Arithmetic;
use blindbench_core::roles::seed::Seed;
use blindbench_results::cell::{Identity, Untrained};
use blindbench_results::run::Dataset;

use super::error::RunError;
use crate::experiment::{CellSpec, Experiment, Group, ModelReference};
use crate::filter::Filter;
use crate::kinds::LabelledImages;
use crate::kinds::leakage::Attackers;
use crate::models::Model;

/// An experiment, its images and the part of it that is measured.
#[derive(Debug)]
pub struct Assignment {
    /// The experiment.
    pub experiment: Experiment,
    /// The images; none of them where the kind needs none.
    pub images: LabelledImages,
    /// Who tries what keys give away, where the experiment asks for it.
    pub attackers: Option<Attackers>,
    /// What the images are.
    pub dataset: Dataset,
    /// What is measured.
    pub groups: Vec<Group>,
    root: Seed,
}

impl Assignment {
    /// Binds an experiment to its images.
    ///
    /// # Errors
    /// Where the filter leaves nothing, a network takes other images, or the system has no randomness.
    pub fn new(
        experiment: Experiment,
        images: LabelledImages,
        dataset: Dataset,
        filter: &Filter,
    ) -> Result<Self, RunError> {
        let groups = filter.groups(&experiment);
        if groups.is_empty() {
            return Err(RunError::NothingLeft { experiment: experiment.path });
        }
        let root = match experiment.seed {
            Some(number) => Seed::from_number(number),
            None => from_system()?,
        };
        let assignment = Assignment { experiment, images, attackers: None, dataset, groups, root };
        assignment.cells().try_for_each(|cell| assignment.accepts_images(cell))?;
        Ok(assignment)
    }

    /// With the images that networks are trained on, of which attackers have some.
    #[must_use]
    pub fn with_training(self, training: Option<LabelledImages>) -> Self {
        let attackers = self.experiment.leakage.zip(training).map(|(request, images)| Attackers::new(request, images));
        Assignment { attackers, ..self }
    }

    /// The cells that are measured.
    pub fn cells(&self) -> impl Iterator<Item = &CellSpec> {
        self.groups.iter().flat_map(|group| &group.cells).map(|&cell| &self.experiment.cells[cell])
    }

    /// The network of a cell; a checked experiment has it, where the cell names one.
    pub fn network(&self, cell: &CellSpec) -> Option<&Arc<Model>> {
        self.experiment.networks.get(cell.model.as_ref()?)
    }

    /// What operands are drawn from: the same for all cells, so that all compute on the same numbers.
    pub fn shared_seed(&self) -> Seed {
        self.root.derive("operands", 0)
    }

    /// What a cell's randomness is derived from: the same whichever other cells there are.
    pub fn seed(&self, identity: &Identity) -> Seed {
        self.root.derive(&identity.content_hash, 0)
    }

    /// What a cell is called in its records.
    pub fn identity(&self, cell: &CellSpec, group: &Group) -> Identity {
        let network = self.network(cell);
        let reference = cell.reference.and_then(|place| self.experiment.cells.get(place));
        Identity {
            content_hash: self.content_hash(cell),
            index: cell.index as u32,
            group: group.index as u32,
            label: cell.label.clone(),
            scheme: cell.scheme.name.into(),
            scheme_label: cell.scheme_label.clone(),
            params: cell.scheme.params.clone(),
            insecure: cell.scheme.insecure.clone(),
            model: cell.model_name(),
            network: network.map_or(String::new(), |model| arithmetic_name(model.architecture.arithmetic).into()),
            untrained: cell.model.as_ref().and_then(untrained),
            scenario: cell.scenario.name().into(),
            batch: cell.batch as u64,
            threads: cell.threads as u32,
            kernel_requested: cell.kernel_requested.clone(),
            kernel: cell.kernel.name().into(),
            dataset: self.dataset.label(),
            reference: reference.map(|cell| self.content_hash(cell)),
        }
    }

    fn content_hash(&self, cell: &CellSpec) -> String {
        let weights_hash = self.network(cell).map_or("", |model| model.hash.as_str());
        self.experiment.content_hash(cell, weights_hash, &self.dataset.sha256)
    }

    fn accepts_images(&self, cell: &CellSpec) -> Result<(), RunError> {
        let Some(network) = self.network(cell) else { return Ok(()) };
        if self.images.labels.is_empty() {
            return Ok(());
        }
        let accepted = network.architecture.input.accept(&self.images.images.slice(0..1));
        accepted.map_err(|source| RunError::Shape { cell: cell.label.clone(), source })
    }
}

/// The measures of a network that is not trained.
fn untrained(model: &ModelReference) -> Option<Untrained> {
    match model {
        ModelReference::Untrained(network, _) => Some(Untrained {
            inputs: network.inputs() as u64,
            width: network.width as u64,
            depth: network.depth as u64,
        }),
        ModelReference::Named(_) | ModelReference::File(_) => None,
    }
}

fn arithmetic_name(arithmetic: Arithmetic) -> &'static str {
    match arithmetic {
        Arithmetic::Real => "float",
        Arithmetic::Integer => "integer",
    }
}

fn from_system() -> Result<Seed, RunError> {
    let mut bytes = [0; 32];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .map_err(|error| RunError::System { action: "draw randomness", source: error.into() })?;
    Ok(Seed::new(bytes))
}
