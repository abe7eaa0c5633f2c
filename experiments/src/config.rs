//! Experiment files: read, checked once, and expanded. Whoever holds an [`Experiment`] need not check again.

mod checks;
mod collect;
pub mod command;
mod comparisons;
pub mod known;
pub mod leakage;
pub mod literal;
pub mod outlook;
mod schemes;

use std::path::{Path, PathBuf};

use blindbench_schemes::registry::Registry;
use miette::{Diagnostic, SourceSpan};

use crate::experiment::Experiment;
use crate::matrix::{self, Axes, Cells};
use crate::yaml::problem::{Problem, Problems};
use crate::yaml::{self, At};
use checks::Shelf;
use collect::Collector;
use known::Known;
use literal::Literal;
use outlook::Outlook;
use schemes::{Batches, Combinations};

/// Most cells of an experiment; beyond it a list has surely gone astray.
const MAX_CELLS: usize = 10_000;

/// Why an experiment file was refused.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the experiment {}", path.display())]
    #[diagnostic(help("`blindbench list experiments` names those that come with blindbench"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file says what cannot be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Problems(#[from] Problems),
}

/// What the command line says over the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Threads of the server, instead of the file's.
    pub threads: Option<std::num::NonZeroUsize>,
}

/// An experiment with what its schemes' plans say of each cell.
#[derive(Debug)]
pub struct Checked {
    /// The experiment.
    pub experiment: Experiment,
    /// One entry per cell.
    pub outlooks: Vec<Outlook>,
}

/// Reads and checks a file, plans included; draws no key and starts no program.
///
/// # Errors
/// [`ConfigError`] with every problem that was found.
pub fn check<R: Registry>(path: &Path, known: &Known<'_>, overrides: Overrides) -> Result<Checked, ConfigError> {
    Ok(check_text::<R>(&read_text(path)?, path, known, overrides)?)
}

/// Reads a file whose plans are known to be sound: that of a run that has begun.
///
/// # Errors
/// As [`check`].
pub fn read<R: Registry>(path: &Path, known: &Known<'_>, overrides: Overrides) -> Result<Experiment, ConfigError> {
    Ok(parse::<R>(&read_text(path)?, path, known, overrides)?)
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })
}

/// As [`check`], of a text that was read from `path`.
///
/// # Errors
/// Every problem that was found.
pub fn check_text<R: Registry>(
    text: &str,
    path: &Path,
    known: &Known<'_>,
    overrides: Overrides,
) -> Result<Checked, Problems> {
    let (experiment, places) = assemble::<R>(text, path, known, overrides)?;
    let mut problems = Collector::default();
    let outlooks = outlook::of_cells(&experiment, &places, &mut problems);
    problems.finish(Some(Checked { experiment, outlooks }), &path.display().to_string(), text)
}

/// As [`read`], of a text that was read from `path`.
///
/// # Errors
/// Every problem that was found.
pub fn parse<R: Registry>(
    text: &str,
    path: &Path,
    known: &Known<'_>,
    overrides: Overrides,
) -> Result<Experiment, Problems> {
    assemble::<R>(text, path, known, overrides).map(|(experiment, _)| experiment)
}

/// Where the file states what its plans are held against.
struct Places {
    /// The scheme of each cell.
    schemes: Vec<Option<SourceSpan>>,
    /// The operations to time.
    operations: Vec<At<String>>,
}

fn assemble<R: Registry>(
    text: &str,
    path: &Path,
    known: &Known<'_>,
    overrides: Overrides,
) -> Result<(Experiment, Places), Problems> {
    let file = path.display().to_string();
    let literal: Literal<R::Entry> = yaml::parse(text).map_err(|problem| problem.in_file(&file, text))?;
    let mut problems = Collector::default();
    let assembled = Assembly { path, text, known, overrides }.assemble::<R>(literal, &mut problems);
    problems.finish(assembled, &file, text)
}

/// What an experiment is assembled from beside the literal.
struct Assembly<'a> {
    path: &'a Path,
    text: &'a str,
    known: &'a Known<'a>,
    overrides: Overrides,
}

impl Assembly<'_> {
    /// The experiment, where nothing that it consists of is missing; problems may have been noted even so.
    fn assemble<R: Registry>(
        &self,
        literal: Literal<R::Entry>,
        problems: &mut Collector,
    ) -> Option<(Experiment, Places)> {
        let name = problems.keep(checks::name(&literal.name));
        let kind = literal.kind.value;
        let dataset = problems.keep(checks::images(&literal, self.known.datasets));
        let images = dataset.as_ref().and_then(Option::as_ref).map(|dataset| dataset.images);
        let measure = checks::measure(&literal.measure, problems);
        let scenario = literal.measure.scenario;
        let all = checks::batches(&literal.measure.batch, scenario, images, problems);
        let batches = Batches { all, scenario, images };
        let kernel = checks::kernels(&literal.measure.kernel, problems);
        let threads = checks::threads(&literal.measure.threads, problems);
        let threads = self.overrides.threads.map_or(threads, |threads| vec![threads.get()]);
        let operations = checks::operations(&literal.operations, kind, problems);
        let seed = literal.seed;
        let fallback = literal.fallback.as_ref().and_then(|file| problems.keep(checks::fallback(file, self.folder())));
        let leakage = leakage::request(&literal, self.known.datasets, problems);
        let shelf = Shelf { folder: self.folder(), seed, known: self.known };
        let combinations = schemes::combinations::<R>(literal, &operations, &batches, shelf, problems)?;
        let Combinations { list, networks } = combinations;
        let places: Vec<_> = list.iter().map(|combination| combination.span).collect();
        let combinations = list.into_iter().map(|combination| combination.value).collect();
        let named = operations.iter().map(|operation| Some(operation.value.clone())).collect();
        let axes = Axes { combinations, threads, kernel, operations: or_all(named) };
        let Cells { cells, combinations } = self.expand(&axes, problems)?;
        let schemes = combinations.iter().map(|&combination| places.get(combination).copied().flatten()).collect();
        let places = Places { schemes, operations };
        let groups = matrix::group(&cells, measure.order);
        let (text, path) = (self.text.to_owned(), self.path.to_owned());
        let experiment = Experiment {
            name: name?,
            text,
            path,
            seed,
            kind,
            dataset: dataset?,
            fallback,
            leakage,
            measure,
            networks,
            cells,
            groups,
        };
        Some((experiment, places))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn expand(&self, axes: &Axes, problems: &mut Collector) -> Option<Cells> {
        match axes.size() {
            Some(size) if size <= MAX_CELLS => Some(axes.expand()),
            _ => {
                let message = format!("the lists expand to more than {MAX_CELLS} cells");
                problems.add(Problem::new(message, None).help("split the experiment into several files"));
                None
            }
        }
    }
}

/// The named operations; where none is named, a single `None` for all that a scheme offers.
fn or_all(named: Vec<Option<String>>) -> Vec<Option<String>> {
    if named.is_empty() { vec![None] } else { named }
}
