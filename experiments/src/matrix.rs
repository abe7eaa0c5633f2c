//! The matrix of an experiment: its combinations, expanded to cells, and the groups they are scheduled in.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Threads of the server.
    pub threads: Vec<usize>,
    /// Kernels with the names that they were asked for by.
    pub kernel: Vec<(Kernel, String)>,
    /// Operations of schemes that state none of their own; a single `None` outside primitives.
    pub operations: Vec<Option<String>>,
}

/// A network under a scheme, or a scheme alone.
#[derive(Debug, Clone)]
pub struct Combination {
    /// The network; none where operations are timed that need none.
    pub model: Option<ModelReference>,
    /// The scheme with its parameters.
    pub scheme: Arc<Chosen>,
    /// Images a query, one after the other; at least one value.
    pub batch: Vec<usize>,
}

impl Combination {
    /// One for each batch and operation of its own: what two combinations share of them would be measured twice.
    pub fn keys(&self) -> impl Iterator<Item = (String, String, usize, Option<&String>)> {
        let model = self.model.as_ref().map_or_else(String::new, ModelReference::to_string);
        let own = self.scheme.comparison.operations.iter().map(Some);
        let operations: Vec<Option<&String>> = if own.len() == 0 { vec![None] } else { own.collect() };
        let scheme = scheme_key(&self.scheme);
        self.batch.iter().flat_map(move |batch| {
            let key = |operation| (model.clone(), scheme.clone(), *batch, operation);
            operations.iter().copied().map(key).collect::<Vec<_>>()
        })
    }
}

impl std::fmt::Display for Combination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.model {
            Some(model) => write!(f, "{model} under {}", self.scheme.name),
            None => f.write_str(self.scheme.name),
        }
    }
}

/// A cell and the combination that it came from.
struct Expanded<'a> {
    cell: CellSpec,
    of: &'a Combination,
    combination: usize,
}

/// Every cell, and the place of its combination.
#[derive(Debug)]
pub struct Cells {
    /// The cells, combinations outermost.
    pub cells: Vec<CellSpec>,
    /// For each cell the place of its combination in [`Axes::combinations`].
    pub combinations: Vec<usize>,
}

/// Scheme, parameters and stated weakness in one text.
fn scheme_key(scheme: &Chosen) -> String {
    format!("{} {} {:?}", scheme.name, canonical_json(&scheme.params), scheme.insecure)
}

impl Axes {
    /// Number of cells; none beyond what can be counted.
    pub fn size(&self) -> Option<usize> {
        let of = |combination: &Combination| {
            [combination.batch.len(), self.threads.len(), self.kernels(combination).len()]
                .into_iter()
                .try_fold(self.operations(combination).len(), usize::checked_mul)
        };
        self.combinations.iter().try_fold(0_usize, |sum, combination| sum.checked_add(of(combination)?))
    }

    /// Every cell, combinations outermost.
    pub fn expand(&self) -> Cells {
        let combinations = self.combinations.iter().enumerate();
        let mut expanded: Vec<Expanded<'_>> =
            combinations.flat_map(|(place, combination)| self.expand_one(place, combination)).collect();
        for index in 0..expanded.len() {
            let label = self.label(&expanded[index].cell);
            let reference = reference(&expanded[index], &expanded);
            let cell = &mut expanded[index].cell;
            (cell.index, cell.label, cell.reference) = (index, label, reference);
        }
        let (cells, combinations) = expanded.into_iter().map(|of| (of.cell, of.combination)).unzip();
        Cells { cells, combinations }
    }

    fn expand_one<'a>(&'a self, combination: usize, of: &'a Combination) -> Vec<Expanded<'a>> {
        let scheme_label = self.scheme_label(&of.scheme);
        let mut expanded = Vec::new();
        for &batch in &of.batch {
            for &threads in &self.threads {
                for (kernel, requested) in self.kernels(of) {
                    for operation in self.operations(of) {
                        let cell = CellSpec {
                            index: 0,
                            label: String::new(),
                            scheme_label: scheme_label.clone(),
                            scheme: of.scheme.clone(),
                            model: of.model.clone(),
                            scenario: Scenario::of_batch(batch),
                            batch,
                            threads,
                            kernel: *kernel,
                            kernel_requested: requested.clone(),
                            operation,
                            reference: None,
                        };
                        expanded.push(Expanded { cell, of, combination });
                    }
                }
            }
        }
        expanded
    }

    /// The kernels that a scheme is measured with: a foreign program has its own, whatever is asked for.
    fn kernels(&self, combination: &Combination) -> &[(Kernel, String)] {
        let most = if combination.scheme.foreign { 1 } else { self.kernel.len() };
        self.kernel.get(..most).unwrap_or(&self.kernel)
    }

    /// The scheme's own operations, else the experiment's.
    fn operations(&self, combination: &Combination) -> Vec<Option<String>> {
        match combination.scheme.comparison.operations.as_slice() {
            [] => self.operations.clone(),
            own => own.iter().cloned().map(Some).collect(),
        }
    }

    /// Scheme and model, and what else tells a cell from the others.
    fn label(&self, cell: &CellSpec) -> String {
        let mut label = cell.scheme_label.clone();
        let mut add = |varies: bool, text: String| {
            if varies {
                label.push_str(" · ");
                label.push_str(&text);
            }
        };
        add(cell.model.is_some(), cell.model_name());
        add(cell.operation.is_some(), cell.operation.clone().unwrap_or_default());
        add(self.batches() > 1, format!("batch {}", cell.batch));
        add(self.threads.len() > 1, format!("{} thread{}", cell.threads, if cell.threads == 1 { "" } else { "s" }));
        add(self.kernel.len() > 1 && !cell.scheme.foreign, cell.kernel.to_string());
        label
    }

    /// How many different batches there are.
    fn batches(&self) -> usize {
        self.combinations.iter().flat_map(|combination| &combination.batch).collect::<BTreeSet<_>>().len()
    }

    /// What the entry is called, else the scheme's name with those parameters that tell it from its namesakes.
    fn scheme_label(&self, scheme: &Chosen) -> String {
        if let Some(name) = &scheme.comparison.name {
            return name.clone();
        }
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

/// The cell that another is compared with: that of the named entry which differs in nothing else.
fn reference(ours: &Expanded<'_>, all: &[Expanded<'_>]) -> Option<usize> {
    let name = ours.of.scheme.comparison.reference.as_deref()?;
    let terms = |cell: &CellSpec| (cell.model.clone(), cell.batch, cell.threads, cell.operation.clone());
    all.iter().position(|theirs| {
        theirs.of.scheme.comparison.name.as_deref() == Some(name)
            && terms(&theirs.cell) == terms(&ours.cell)
            && (theirs.cell.scheme.foreign || theirs.cell.kernel == ours.cell.kernel)
    })
}

/// The groups of cells: those of the same batch, threads and operation take turns, where some are compared
/// with one of them those alone; or each stands alone.
pub fn group(cells: &[CellSpec], order: Order) -> Vec<Group> {
    let compared: BTreeSet<usize> = cells.iter().filter_map(|cell| cell.reference).collect();
    let side = |cell: &CellSpec| cell.reference.or(compared.contains(&cell.index).then_some(cell.index));
    let terms = |cell: &CellSpec| (cell.batch, cell.threads, cell.operation.clone(), side(cell));
    let mut groups: Vec<Group> = Vec::new();
    for (place, cell) in cells.iter().enumerate() {
        let joins = |group: &&mut Group| order == Order::Interleaved && terms(&cells[group.cells[0]]) == terms(cell);
        match groups.iter_mut().find(joins) {
            Some(group) => group.cells.push(place),
            None => groups.push(Group { index: groups.len(), cells: vec![place] }),
        }
    }
    groups
}
