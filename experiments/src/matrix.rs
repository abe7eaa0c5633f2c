//! The matrix of an experiment: its combinations, expanded to cells, and the groups they are scheduled in.

use std::collections::BTreeMap;
use std::sync::Arc;

use blindbench_kernels::dispatch::Kernel;
use blindbench_schemes::registry::Chosen;
use serde_json::Value;

use crate::experiment::{CellSpec, Group, ModelReference, Order, Scenario, canonical_json};

/// What varies within an experiment; every list holds at least one value.
#[derive(Debug)]
pub struct Axes {
    /// Networks with their schemes.
    pub combinations: Vec<Combination>,
    /// Images a query.
    pub batch: Vec<usize>,
    /// Threads of the server.
    pub threads: Vec<usize>,
    /// Kernels with the names that they were asked for by.
    pub kernel: Vec<(Kernel, String)>,
    /// Operations; a single `None` outside primitives.
    pub operations: Vec<Option<String>>,
}

/// A network under a scheme.
#[derive(Debug, Clone)]
pub struct Combination {
    /// The network.
    pub model: ModelReference,
    /// The scheme with its parameters.
    pub scheme: Arc<Chosen>,
}

impl Combination {
    /// Two combinations with the same key are the same.
    pub fn key(&self) -> (String, String) {
        (self.model.to_string(), scheme_key(&self.scheme))
    }
}

/// Scheme, parameters and stated weakness in one text.
fn scheme_key(scheme: &Chosen) -> String {
    format!("{} {} {:?}", scheme.name, canonical_json(&scheme.params), scheme.insecure)
}

impl Axes {
    /// Number of cells; none beyond what can be counted.
    pub fn size(&self) -> Option<usize> {
        [self.batch.len(), self.threads.len(), self.kernel.len(), self.operations.len()]
            .into_iter()
            .try_fold(self.combinations.len(), usize::checked_mul)
    }

    /// Every cell, combinations outermost.
    pub fn expand(&self) -> Vec<CellSpec> {
        let mut cells = Vec::new();
        for combination in &self.combinations {
            for &batch in &self.batch {
                for &threads in &self.threads {
                    for (kernel, requested) in &self.kernel {
                        for operation in &self.operations {
                            cells.push(CellSpec {
                                index: cells.len(),
                                label: String::new(),
                                scheme_label: self.scheme_label(&combination.scheme),
                                scheme: combination.scheme.clone(),
                                model: combination.model.clone(),
                                scenario: Scenario::of_batch(batch),
                                batch,
                                threads,
                                kernel: *kernel,
                                kernel_requested: requested.clone(),
                                operation: operation.clone(),
                            });
                        }
                    }
                }
            }
        }
        let labels: Vec<String> = cells.iter().map(|cell| self.label(cell)).collect();
        for (cell, label) in cells.iter_mut().zip(labels) {
            cell.label = label;
        }
        cells
    }

    /// Scheme and model, and what else tells a cell from the others.
    fn label(&self, cell: &CellSpec) -> String {
        let mut label = format!("{} · {}", cell.scheme_label, cell.model.name());
        let mut add = |varies: bool, text: String| {
            if varies {
                label.push_str(" · ");
                label.push_str(&text);
            }
        };
        add(cell.operation.is_some(), cell.operation.clone().unwrap_or_default());
        add(self.batch.len() > 1, format!("batch {}", cell.batch));
        add(self.threads.len() > 1, format!("{} thread{}", cell.threads, if cell.threads == 1 { "" } else { "s" }));
        add(self.kernel.len() > 1, cell.kernel.to_string());
        label
    }

    /// The scheme's name, with those parameters that tell it from its namesakes.
    fn scheme_label(&self, scheme: &Chosen) -> String {
        let namesakes = self.combinations.iter().map(|combination| &combination.scheme);
        let namesakes: Vec<_> =
            namesakes.filter(|other| other.name == scheme.name).map(|o| settings(&o.params)).collect();
        let own = settings(&scheme.params).into_iter();
        let telling = own.filter(|(key, value)| namesakes.iter().any(|other| other.get(key) != Some(value)));
        let telling: Vec<String> = telling.map(|(key, value)| format!("{key} {value}")).collect();
        if telling.is_empty() { scheme.name.into() } else { format!("{} ({})", scheme.name, telling.join(", ")) }
    }
}

/// Parameters without their nesting: the name of each plain value, and the value as text.
fn settings(params: &Value) -> BTreeMap<String, String> {
    fn collect(name: &str, value: &Value, out: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(name, value, out)),
            Value::String(text) => drop(out.insert(name.to_owned(), text.clone())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                out.insert(name.to_owned(), value.to_string());
            }
        }
    }
    let mut out = BTreeMap::new();
    collect("", params, &mut out);
    out
}

/// The groups of cells: those of the same batch and threads take turns, or each stands alone.
pub fn group(cells: &[CellSpec], order: Order) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let joins = |group: &Group, cell: &CellSpec| {
        let first = &cells[group.cells[0]];
        order == Order::Interleaved && (first.batch, first.threads) == (cell.batch, cell.threads)
    };
    for (place, cell) in cells.iter().enumerate() {
        match groups.iter_mut().find(|group| joins(group, cell)) {
            Some(group) => group.cells.push(place),
            None => groups.push(Group { index: groups.len(), cells: vec![place] }),
        }
    }
    groups
}
