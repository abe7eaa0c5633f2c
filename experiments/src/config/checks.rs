//! Checks of single fields and lists.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blindbench_kernels::dispatch::Kernel;

use super::collect::Collector;
use super::known::{DatasetSizes, Known};
use super::literal::{Dataset, KernelName, Literal, Measure as MeasureLiteral, Measures, ModelName};
use crate::experiment::{DatasetRequest, Kind, Measure, ModelReference, Order, Scenario};
use crate::models::Model;
use crate::models::error::Error;
use crate::yaml::problem::Problem;
use crate::yaml::{At, OneOrMany};

/// Longest name of an experiment: leaves room for time and commit in a folder's name.
const MAX_NAME: usize = 64;

/// Most threads that a server can be asked for.
const MAX_THREADS: usize = 1024;

/// Most images that a query can be asked to hold: no data set has more.
const MAX_BATCH: usize = 60_000;

/// A network and where it was named.
pub(super) type Network = (ModelReference, Arc<Model>);

/// A name that can be a folder's everywhere.
pub(super) fn name(name: &At<String>) -> Result<String, Problem> {
    let text = &name.value;
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if plain && text.len() <= MAX_NAME && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(text.clone());
    }
    Err(Problem::new(format!("`{text}` cannot name a folder"), name.span)
        .help(format!("take 1 to {MAX_NAME} letters, digits, `-`, `_` and `.`, a letter or digit first")))
}

/// The data set, where the kind of experiment needs one.
pub(super) fn images<E>(literal: &Literal<E>, known: &[DatasetSizes]) -> Result<Option<DatasetRequest>, Problem> {
    match (&literal.dataset, literal.kind.value) {
        (Some(literal), Kind::Inference | Kind::Leakage) => dataset(&literal.value, known).map(Some),
        (None, Kind::Primitives) => Ok(None),
        (None, kind @ (Kind::Inference | Kind::Leakage)) => {
            Err(Problem::new(format!("kind `{}` needs images", kind.name()), literal.kind.span)
                .help("add `dataset: {name: mnist, split: test, images: 32}`"))
        }
        (Some(dataset), kind @ Kind::Primitives) => {
            Err(Problem::new(format!("kind `{}` takes no images", kind.name()), dataset.span).help("remove `dataset:`"))
        }
    }
}

/// The named operations, each once, which [`Kind::Primitives`] alone takes.
pub(super) fn operations(literal: &OneOrMany<String>, kind: Kind, problems: &mut Collector) -> Vec<At<String>> {
    if kind != Kind::Primitives && !literal.items.is_empty() {
        let message = format!("kind `{}` takes no operations", kind.name());
        problems.add(Problem::new(message, literal.span).help("remove them, or take `kind: primitives`"));
    }
    once(literal.items.clone(), "operations", problems)
}

/// A data set that has the images.
fn dataset(dataset: &Dataset, known: &[DatasetSizes]) -> Result<DatasetRequest, Problem> {
    let name = &dataset.name.value.0;
    let Some(sizes) = known.iter().find(|sizes| sizes.name == name) else {
        let names: Vec<&str> = known.iter().map(|sizes| sizes.name).collect();
        return Err(Problem::unknown("data set", name, &names, dataset.name.span));
    };
    let (split, images) = (dataset.split.value, dataset.images.value);
    let there = sizes.of(split);
    if images == 0 {
        return Err(Problem::new("0 images leave nothing to measure", dataset.images.span)
            .help(format!("{name} has {there} images in its {} split", split.name())));
    }
    if images > there {
        return Err(Problem::new(
            format!("{images} images, but {name} has {there} in its {} split", split.name()),
            dataset.images.span,
        )
        .help(format!("take at most {there}")));
    }
    Ok(DatasetRequest { name: name.clone(), split, images })
}

/// The numbers that hold for every cell.
pub(super) fn measure(literal: &MeasureLiteral, problems: &mut Collector) -> Measure {
    if literal.repeats.value == 0 {
        problems.add(Problem::new("0 repeats measure nothing", literal.repeats.span).help("take at least 1"));
    }
    let confidence = literal.confidence.value;
    if !(confidence > 0.0 && confidence < 1.0) {
        problems.add(
            Problem::new(format!("a confidence of {confidence}"), literal.confidence.span)
                .help("take a number above 0 and below 1, such as 0.95"),
        );
    }
    let seconds = literal.max_seconds.value;
    if !(seconds > 0.0 && seconds.is_finite()) {
        problems.add(
            Problem::new(format!("a budget of {seconds} seconds"), literal.max_seconds.span)
                .help("take a finite number above 0"),
        );
    }
    let queries = literal.queries.as_ref();
    if let Some(none) = queries.filter(|queries| queries.value == 0) {
        problems.add(Problem::new("0 queries measure nothing", none.span).help("take at least 1, or leave it out"));
    }
    Measure {
        repeats: literal.repeats.value,
        warmup: literal.warmup,
        order: if literal.interleave { Order::Interleaved } else { Order::Sequential },
        confidence,
        max_seconds: seconds,
        queries: queries.map(|queries| queries.value),
        isolation: literal.isolation,
    }
}

/// Images a query, each value once and no more than there are.
pub(super) fn batches(
    literal: &OneOrMany<usize>,
    scenario: Option<At<Scenario>>,
    images: Option<usize>,
    problems: &mut Collector,
) -> Vec<usize> {
    let batches = sizes(literal, "batch", "images a query", MAX_BATCH, problems);
    for batch in &literal.items {
        if let Some(images) = images.filter(|images| batch.value > *images && batch.value <= MAX_BATCH) {
            problems.add(
                Problem::new(
                    format!("a batch of {}, but the experiment takes {images} images", batch.value),
                    batch.span,
                )
                .help(format!("take a batch of at most {images}, or more images")),
            );
        }
        if let Some(problem) = scenario.and_then(|scenario| contradiction(scenario, batch)) {
            problems.add(problem);
        }
    }
    batches
}

/// A stated scenario that the batch is not.
fn contradiction(scenario: At<Scenario>, batch: &At<usize>) -> Option<Problem> {
    if scenario.value == Scenario::of_batch(batch.value) || batch.value == 0 {
        return None;
    }
    let remedy = match scenario.value {
        Scenario::Single => "a query of scenario `single` holds one image: leave the scenario out, or take `batch: 1`",
        Scenario::Batch => {
            "a query of scenario `batch` holds several images: leave the scenario out, or take a larger batch"
        }
    };
    let message = format!("scenario `{}` with a batch of {}", scenario.value.name(), batch.value);
    Some(Problem::new(message, batch.span.or(scenario.span)).help(remedy))
}

/// Threads of the server, each value once.
pub(super) fn threads(literal: &OneOrMany<usize>, problems: &mut Collector) -> Vec<usize> {
    sizes(literal, "threads", "threads", MAX_THREADS, problems)
}

/// Numbers from 1 to `most`, each once.
fn sizes(literal: &OneOrMany<usize>, field: &str, what: &str, most: usize, problems: &mut Collector) -> Vec<usize> {
    for item in &literal.items {
        if !(1..=most).contains(&item.value) {
            problems.add(Problem::new(format!("{} {what}", item.value), item.span).help(format!("take 1 to {most}")));
        }
    }
    once(literal.items.clone(), field, problems).into_iter().map(|item| item.value).collect()
}

/// The values of a list, each once; notes every one that stands there a second time.
pub(super) fn once<T: PartialEq + Display>(items: Vec<At<T>>, field: &str, problems: &mut Collector) -> Vec<At<T>> {
    let mut distinct: Vec<At<T>> = Vec::with_capacity(items.len());
    for item in items {
        if distinct.iter().any(|earlier| earlier.value == item.value) {
            let message = format!("`{}` stands twice in `{field}`", item.value);
            problems.add(Problem::new(message, item.span).help("keep one of them"));
        } else {
            distinct.push(item);
        }
    }
    distinct
}

/// Kernels by name, whether this processor has them or not. Where `best` is one that is named beside it, it is taken once.
pub(super) fn kernels(literal: &OneOrMany<KernelName>, problems: &mut Collector) -> Vec<(Kernel, String)> {
    let names: Vec<At<String>> = literal.items.iter().map(|item| item.with(item.value.0.clone())).collect();
    let mut kernels: Vec<(Kernel, String)> = Vec::new();
    for name in once(names, "kernel", problems) {
        if let Some(kernel) = problems.keep(kernel(&name))
            && !kernels.iter().any(|(taken, _)| *taken == kernel)
        {
            kernels.push((kernel, name.value));
        }
    }
    kernels
}

fn kernel(name: &At<String>) -> Result<Kernel, Problem> {
    Kernel::parse(&name.value).ok_or_else(|| {
        let known: Vec<&str> = std::iter::once("best").chain(Kernel::ALL.map(Kernel::name)).collect();
        Problem::unknown("kernel", &name.value, &known, name.span)
    })
}

/// Where networks are looked for, and what those that are not trained are drawn from.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'a> {
    /// The experiment's folder.
    pub folder: &'a Path,
    /// The experiment's seed, where it states one.
    pub seed: Option<u64>,
    /// What an experiment may name.
    pub known: &'a Known<'a>,
}

impl Shelf<'_> {
    /// The references that an experiment means.
    ///
    /// # Errors
    /// What measures are out of range.
    pub(super) fn references(&self, name: &At<ModelName>) -> Result<Vec<ModelReference>, Problem> {
        let family = match &name.value {
            ModelName::Text(text) => return Ok(vec![ModelReference::parse(text, self.folder)]),
            ModelName::Measures(Measures { untrained }) => untrained,
        };
        match family.networks().find_map(|network| network.problem()) {
            Some((message, help)) => Err(Problem::new(message, name.span).help(help)),
            None => {
                let seed = self.seed.unwrap_or(0);
                Ok(family.networks().map(|network| ModelReference::Untrained(network, seed)).collect())
            }
        }
    }

    /// A network that is there and sound.
    pub(super) fn model(&self, reference: &At<ModelReference>) -> Result<Network, Problem> {
        let At { value, span } = reference;
        let written = match value {
            ModelReference::File(path) => path.strip_prefix(self.folder).unwrap_or(path).display().to_string(),
            ModelReference::Named(_) | ModelReference::Untrained(..) => value.to_string(),
        };
        match self.known.model(value) {
            Ok(model) => Ok((value.clone(), Arc::new(model))),
            Err(Error::Unknown(problem)) => Err(Problem { span: *span, ..problem }),
            Err(error) => Err(Problem::new(format!("model `{written}` cannot be used"), *span).caused_by(error)),
        }
    }
}

/// The experiment that stands in where the images cannot be had.
pub(super) fn fallback(file: &At<String>, folder: &Path) -> Result<PathBuf, Problem> {
    let path = folder.join(&file.value);
    if path.is_file() {
        return Ok(path);
    }
    let help = "name a file relative to this one's folder, whose `dataset` is `digits`";
    Err(Problem::new(format!("there is no experiment {}", path.display()), file.span).help(help))
}
