//! What the schemes' plans say of each cell, before a key is drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use blindbench_core::adapter::{DynScheme, Environment};
use blindbench_core::error::Error;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::scheme::{Promise, Resources};

use super::Places;
use super::collect::Collector;
use super::schemes::refused;
use crate::experiment::{CellSpec, Experiment, Kind, ModelReference};
use crate::kinds;
use crate::models::Model;
use crate::yaml::problem::Problem;

/// What is to be expected of a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Outlook {
    /// The scheme has a plan for it.
    Planned(Forecast),
    /// The scheme cannot do it, for this reason; it is recorded as such.
    Unsupported(String),
    /// A foreign program plans it when it runs.
    Foreign,
}

/// What a plan tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Most images that one query holds.
    pub chunk: usize,
    /// Bytes of the plan.
    pub plan_bytes: u64,
    /// Estimated bits of security; none where nothing is hidden.
    pub security_bits: Option<f64>,
    /// The parameters in one line.
    pub parameters: String,
    /// What the plan approximates or quantises; empty where nothing.
    pub approximations: String,
    /// What the parameters promise for the network's weights.
    pub promise: Promise,
}

/// Plans every cell once per network, scheme, batch and kernel.
pub(super) fn of_cells(experiment: &Experiment, places: &Places, problems: &mut Collector) -> Vec<Outlook> {
    let mut planner =
        Planner { kind: experiment.kind, networks: &experiment.networks, offered: BTreeSet::new(), any_foreign: false };
    let mut outlooks: Vec<Outlook> = Vec::with_capacity(experiment.cells.len());
    for (place, cell) in experiment.cells.iter().enumerate() {
        let same = |other: &CellSpec| {
            Arc::ptr_eq(&other.scheme, &cell.scheme)
                && (&other.model, other.batch, other.kernel, &other.operation)
                    == (&cell.model, cell.batch, cell.kernel, &cell.operation)
        };
        let outlook = match experiment.cells[..place].iter().position(same) {
            Some(earlier) => Ok(outlooks[earlier].clone()),
            None => planner.outlook(cell),
        };
        outlooks.push(outlook.unwrap_or_else(|error| {
            problems.add(refused(&error, places.schemes.get(place).copied().flatten()));
            Outlook::Unsupported(error.to_string())
        }));
    }
    planner.unoffered(places, problems);
    outlooks
}

/// Plans cells and remembers which operations there are.
struct Planner<'a> {
    kind: Kind,
    networks: &'a BTreeMap<ModelReference, Arc<Model>>,
    offered: BTreeSet<String>,
    any_foreign: bool,
}

impl Planner<'_> {
    /// What is to be expected of a cell; an error where its parameters must not be run.
    fn outlook(&mut self, cell: &CellSpec) -> Result<Outlook, Error> {
        if self.kind == Kind::Leakage {
            return Ok(self.issued(cell));
        }
        if cell.scheme.foreign {
            self.any_foreign = true;
            return Ok(Outlook::Foreign);
        }
        if let Err(error) = kinds::require_kernel(cell) {
            return Ok(Outlook::Unsupported(error.to_string()));
        }
        let resources = Resources { threads: cell.threads, kernel: cell.kernel };
        let environment = Environment { resources, ..Environment::default() };
        let Some(model) = &cell.model else { return self.alone(cell, &environment) };
        let Some(network) = self.networks.get(model) else {
            return Err(Error::Refused(format!("the network {model} is missing")));
        };
        match cell.scheme.planner.plan(&network.architecture, cell.batch, &environment) {
            Ok(scheme) => self.planned(&*scheme, cell, &network.weights),
            Err(error @ Error::Insecure { .. }) => Err(error),
            Err(error) => Ok(Outlook::Unsupported(error.to_string())),
        }
    }

    /// What is to be expected of keys, which no scheme plans.
    fn issued(&self, cell: &CellSpec) -> Outlook {
        let network = cell.model.as_ref().and_then(|model| self.networks.get(model));
        match network.map(|network| kinds::leakage::check(network)) {
            Some(Err(error)) => Outlook::Unsupported(error.to_string()),
            Some(Ok(())) | None => Outlook::Planned(Forecast {
                chunk: 1,
                plan_bytes: 0,
                security_bits: None,
                parameters: String::new(),
                approximations: String::new(),
                promise: Promise::EXACT,
            }),
        }
    }

    /// What is to be expected of operations that need no network. What their parameters lack, no other
    /// network would mend.
    fn alone(&mut self, cell: &CellSpec, environment: &Environment) -> Result<Outlook, Error> {
        let Offer { description, primitives } = kinds::offer(cell, environment)?;
        let names = primitives.names();
        self.offered.extend(names.iter().cloned());
        match lacks(&names, cell) {
            Some(reason) if own(cell) => Err(Error::Unsupported(reason)),
            Some(reason) => Ok(Outlook::Unsupported(reason)),
            None => Ok(Outlook::Planned(Forecast {
                chunk: 1,
                plan_bytes: 0,
                security_bits: description.security.bits,
                parameters: description.parameters,
                approximations: String::new(),
                promise: Promise { logit_error: description.error_bound, failure_log2: None },
            })),
        }
    }

    fn planned(&mut self, scheme: &dyn DynScheme, cell: &CellSpec, weights: &Weights) -> Result<Outlook, Error> {
        let description = scheme.describe();
        description.security.require(&description.profile.parameters, cell.scheme.insecure.as_deref())?;
        if self.kind == Kind::Primitives {
            let names = scheme.primitives().map(|primitives| primitives.names()).unwrap_or_default();
            self.offered.extend(names.iter().cloned());
            if let Some(reason) = lacks(&names, cell) {
                return Ok(Outlook::Unsupported(reason));
            }
        }
        let promise = match scheme.promise(weights) {
            Ok(promise) => promise,
            Err(error) => return Ok(Outlook::Unsupported(error.to_string())),
        };
        Ok(Outlook::Planned(Forecast {
            chunk: description.chunk,
            plan_bytes: scheme.plan().len() as u64,
            security_bits: description.security.bits,
            parameters: description.profile.parameters.clone(),
            approximations: description.profile.approximations.clone(),
            promise,
        }))
    }

    /// Notes operations that no scheme here offers; foreign programs tell theirs when they run.
    fn unoffered(&self, places: &Places, problems: &mut Collector) {
        let offered: Vec<&String> = self.offered.iter().collect();
        for operation in places.operations.iter().filter(|operation| !self.offered.contains(&operation.value)) {
            if !self.any_foreign {
                problems.add(Problem::unknown("operation", &operation.value, &offered, operation.span));
            }
        }
    }
}

/// Why a scheme cannot time what the cell asks for.
fn lacks(names: &[String], cell: &CellSpec) -> Option<String> {
    match &cell.operation {
        _ if names.is_empty() => Some(format!("{} offers no operations to time", cell.scheme.name)),
        Some(operation) if !names.contains(operation) => {
            Some(format!("{} has no operation `{operation}`; it offers {}", cell.scheme.name, names.join(", ")))
        }
        Some(_) | None => None,
    }
}

/// Whether the operation was asked of this entry by itself.
fn own(cell: &CellSpec) -> bool {
    cell.operation.as_ref().is_some_and(|operation| cell.scheme.comparison.operations.contains(operation))
}
