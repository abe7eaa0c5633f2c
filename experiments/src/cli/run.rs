//! `run` and `run-cell`.

mod dry;

use std::path::{Path, PathBuf};
use std::time::Duration;

use blindbench_results::cell::Status;
use blindbench_results::store::{RunFolder, read_run};
use blindbench_results::tables::Tables;
use blindbench_schemes::Schemes;

use super::KNOWN;
use super::arguments::{RUNS, RunArguments, RunCellArguments};
use super::exit::{Exit, Failure};
use super::list::print;
use crate::config::{self, Overrides};
use crate::experiment::{Experiment, Group, Kind};
use crate::filter::Filter;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::assignment::Assignment;
use crate::run::error::RunError;
use crate::run::invocation::Invocation;
use crate::run::{dataset, execution, summary};

/// What one experiment's run needs.
struct Job {
    experiment: Experiment,
    invocation: Invocation,
    /// The folder to go on with; none for a new run.
    folder: Option<PathBuf>,
}

/// What all jobs share.
struct Desk {
    progress: Progress,
    interrupt: Interrupt,
    out: PathBuf,
    strictness: Strictness,
}

/// Whether wide intervals end a run with a code of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Lenient,
    Strict,
}

/// Measures every experiment that is named; all are checked before the first begins.
pub fn run(arguments: &RunArguments) -> Result<Exit, Failure> {
    let filter = parse_filter(arguments.filter.as_deref())?;
    if arguments.dry_run {
        return dry::dry_run(arguments, &filter);
    }
    let jobs = jobs(arguments)?;
    let strictness = if arguments.strict { Strictness::Strict } else { Strictness::Lenient };
    let desk = desk(arguments.out.clone(), strictness)?;
    let mut exit = Exit::Done;
    for job in jobs {
        if desk.interrupt.asked() {
            return Ok(exit.worse(Exit::Incomplete));
        }
        exit = exit.worse(desk.run(job)?);
    }
    Ok(exit)
}

/// Measures one group of a run that has begun.
pub fn run_cell(arguments: &RunCellArguments) -> Result<Exit, Failure> {
    let folder = &arguments.run;
    let mut job = resumed(folder, None)?;
    job.invocation.data = arguments.data.as_deref().map(absolute).or(job.invocation.data);
    let desk = desk(folder.parent().unwrap_or(Path::new(RUNS)).into(), Strictness::Lenient)?;
    let assignment = desk.assign(job.experiment, &job.invocation)?;
    let groups: Vec<Group> = assignment.groups.iter().filter(|group| group.index == arguments.group).cloned().collect();
    if groups.is_empty() {
        let known: Vec<String> = assignment.groups.iter().map(|group| group.index.to_string()).collect();
        return Err(
            RunError::NoGroup { folder: folder.clone(), group: arguments.group, known: known.join(", ") }.into()
        );
    }
    let records = execution::resume(folder, &assignment)?;
    desk.measure(&records, &assignment, &groups, &job.invocation).map(Exit::of_cells)
}

fn desk(out: PathBuf, strictness: Strictness) -> Result<Desk, Failure> {
    let refuse = |source| Failure::usage(RunError::System { action: "listen for Ctrl-C", source });
    Ok(Desk { progress: Progress::of_stderr(), interrupt: Interrupt::install().map_err(refuse)?, out, strictness })
}

fn parse_filter(text: Option<&str>) -> Result<Filter, Failure> {
    match text {
        None => Ok(Filter::default()),
        Some(text) => {
            text.parse::<Filter>().map_err(|error| Failure::usage(miette::miette!("--filter {text}: {error}")))
        }
    }
}

fn jobs(arguments: &RunArguments) -> Result<Vec<Job>, Failure> {
    match (&arguments.resume, arguments.configs.as_slice()) {
        (Some(Some(folder)), []) => Ok(vec![with_options(resumed(folder, None)?, arguments)]),
        (Some(Some(folder)), [config]) => Ok(vec![with_options(resumed(folder, Some(config))?, arguments)]),
        (Some(Some(folder)), several) => Err(Failure::usage(miette::miette!(
            "{} experiments, but one folder to go on with, {}; name one of them, or none",
            several.len(),
            folder.display()
        ))),
        (Some(None), []) => {
            Err(Failure::usage(miette::miette!("nothing to go on with; name the run's folder: --resume RUN")))
        }
        (resume, configs) => configs.iter().map(|config| job(config, resume.is_some(), arguments)).collect(),
    }
}

/// The job of an experiment's file: a new run, or its latest one.
fn job(config: &Path, resume: bool, arguments: &RunArguments) -> Result<Job, Failure> {
    let overrides = Overrides { threads: arguments.threads };
    let experiment = config::check::<Schemes>(config, &KNOWN, overrides)?.experiment;
    if resume {
        let folder = latest(&experiment, &arguments.out)?;
        return resumed(&folder, Some(config)).map(|job| with_options(job, arguments));
    }
    let invocation = Invocation {
        experiment: absolute(config),
        data: arguments.data.as_deref().map(absolute),
        threads: arguments.threads,
        filter: arguments.filter.clone(),
        time_limit: arguments.time_limit.get(),
    };
    Ok(Job { experiment, invocation, folder: None })
}

/// The latest run of the experiment, or of the one that stood in for it.
fn latest(experiment: &Experiment, out: &Path) -> Result<PathBuf, Failure> {
    match (execution::latest(experiment, out), &experiment.fallback) {
        (Err(_), Some(fallback)) => {
            let fallback = config::read::<Schemes>(fallback, &KNOWN, Overrides::default())?;
            Ok(execution::latest(&fallback, out)?)
        }
        (found, _) => Ok(found?),
    }
}

/// The job of a run that has begun, as it was called; `config` may state the experiment again.
fn resumed(folder: &Path, config: Option<&Path>) -> Result<Job, Failure> {
    let invocation = Invocation::read(folder)?;
    let recorded = read_run(folder).map_err(RunError::from)?.config.text;
    if let Some(config) = config {
        let text = std::fs::read_to_string(config).map_err(|error| {
            Failure::usage(miette::miette!("cannot read the experiment {}: {error}", config.display()))
        })?;
        if absolute(config) == invocation.experiment && text != recorded {
            return Err(RunError::OtherConfig { folder: folder.into(), experiment: config.into() }.into());
        }
    }
    let overrides = Overrides { threads: invocation.threads };
    // The recorded text, not the file: that may have been changed or moved away since.
    let experiment = config::parse::<Schemes>(&recorded, &invocation.experiment, &KNOWN, overrides)?;
    Ok(Job { experiment, invocation, folder: Some(folder.into()) })
}

/// What the command line says anew of a run that has begun: where the images are, and the time limit.
fn with_options(mut job: Job, arguments: &RunArguments) -> Job {
    job.invocation.data = arguments.data.as_deref().map(absolute).or(job.invocation.data);
    job.invocation.time_limit = arguments.time_limit.get();
    job
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}

impl Desk {
    fn run(&self, job: Job) -> Result<Exit, Failure> {
        let Job { experiment, mut invocation, folder } = job;
        let assignment = self.assign(experiment, &invocation)?;
        // After a fall-back, that of the experiment that stands in.
        invocation.experiment = absolute(&assignment.experiment.path);
        let records = match &folder {
            Some(folder) => execution::resume(folder, &assignment)?,
            None => execution::create(&assignment, &invocation, &self.out)?,
        };
        let path = records.path().display();
        self.progress.say(&format!(
            "{}: {} cells on {}, records in {path}",
            records.run().name,
            records.run().cells,
            assignment.dataset.label()
        ));
        let statuses = self.measure(&records, &assignment, &assignment.groups, &invocation)?;
        self.conclude(&records, assignment.experiment.kind, &statuses)
    }

    /// Binds an experiment to its images, or the one that stands in where they cannot be had.
    fn assign(&self, experiment: Experiment, invocation: &Invocation) -> Result<Assignment, Failure> {
        let filter = parse_filter(invocation.filter.as_deref())?;
        let loaded = dataset::load(&experiment, invocation.data.as_deref(), &self.progress)?;
        let Some((_, fallback)) = loaded.fell_back.zip(experiment.fallback.as_ref()) else {
            let assignment = Assignment::new(experiment, loaded.images, loaded.recorded, &filter)?;
            return Ok(assignment.with_training(loaded.training));
        };
        self.progress.banner(&[format!("{} is run in place of {}.", fallback.display(), experiment.name)]);
        let experiment =
            config::check::<Schemes>(fallback, &KNOWN, Overrides { threads: invocation.threads })?.experiment;
        let loaded = dataset::load(&experiment, None, &self.progress)?;
        Ok(Assignment::new(experiment, loaded.images, loaded.recorded, &filter)?.with_training(loaded.training))
    }

    fn measure(
        &self,
        records: &RunFolder,
        assignment: &Assignment,
        groups: &[Group],
        invocation: &Invocation,
    ) -> Result<Vec<Status>, Failure> {
        let limit = Duration::from_secs(invocation.time_limit);
        execution::measure(records, assignment, groups, limit, &self.progress, &self.interrupt)
            .map_err(|error| stopped(records, error))
    }

    /// Derives the tables, now that nothing is measured any more, and says what there is.
    fn conclude(&self, records: &RunFolder, kind: Kind, statuses: &[Status]) -> Result<Exit, Failure> {
        let refuse = |error| stopped(records, RunError::Records(error));
        let tables = blindbench_results::derive::write(records).map_err(refuse)?;
        #[cfg(feature = "parquet")]
        blindbench_results::derive::samples::write(records).map_err(refuse)?;
        let table = match kind {
            Kind::Inference => summary::inference(&tables.summary),
            Kind::Primitives => summary::operations(&tables.summary, &tables.metrics),
            Kind::Leakage => summary::leakage(&tables.summary, &tables.metrics),
        };
        let path = records.path().display();
        let next = if statuses.contains(&Status::Interrupted) {
            format!("interrupted; go on with: blindbench run --resume {path}")
        } else if statuses.iter().all(|status| status.is_final()) {
            format!("report:  blindbench report {path}")
        } else {
            format!(
                "report:  blindbench report {path}\ntry again what crashed or timed out: blindbench run --resume {path}"
            )
        };
        print(&format!("\n{table}\n{}records: {path}\n{next}\n", failures(&tables)))?;
        let mut exit = Exit::of_cells(statuses.iter().copied());
        if self.strictness == Strictness::Strict && summary::is_inconclusive(&tables.summary) {
            exit = exit.worse(Exit::Inconclusive);
        }
        Ok(exit)
    }
}

/// A run that went no further; what it measured before stays written.
fn stopped(records: &RunFolder, error: RunError) -> Failure {
    let RunError::Records(error) = error else { return Failure::incomplete(error) };
    let help = format!("then: blindbench run --resume {}", records.path().display());
    Failure::incomplete(miette::miette!(help = help, "{error}"))
}

/// What must be known of the cells beside their numbers, a line each.
fn failures(tables: &Tables) -> String {
    let mut lines = String::new();
    for row in &tables.summary {
        if let Some(reason) = &row.reason {
            lines += &format!("{}: {}: {reason}\n", row.label, row.status.name());
        }
        if row.contaminated > 0 {
            let (label, contaminated, samples) = (&row.label, row.contaminated, row.samples);
            lines += &format!("{label}: the machine was disturbed during {contaminated} of {samples} samples\n");
        }
    }
    lines
}
