//! From an assignment to a run's folder, group by group, and from a folder back to its assignment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use blindbench_results::SCHEMA_VERSION;
use blindbench_results::cell::Status;
use blindbench_results::run::{Config, Run};
use blindbench_results::store::{RunFolder, read_run};

use super::assignment::Assignment;
use super::error::RunError;
use super::group::Runner;
use super::invocation::Invocation;
use crate::executor::Servers;
use crate::executor::process::InChildProcesses;
use crate::executor::thread::InThisProcess;
use crate::experiment::{Experiment, Group, Isolation};
use crate::interrupt::Interrupt;
use crate::machine;
use crate::measure::{SystemClock, now};
use crate::progress::Progress;

/// Makes a new run's folder in `out`.
///
/// # Errors
/// Where the folder cannot be made or this program's file cannot be read.
pub fn create(assignment: &Assignment, invocation: &Invocation, out: &Path) -> Result<RunFolder, RunError> {
    let experiment = &assignment.experiment;
    let run = Run {
        schema_version: SCHEMA_VERSION,
        name: experiment.name.clone(),
        kind: experiment.kind.name().into(),
        config: Config { text: experiment.text.clone(), sha256: machine::sha256_of(&experiment.text) },
        toolchain: machine::TOOLCHAIN.into(),
        commit: (machine::COMMIT != "unknown").then(|| machine::COMMIT.into()),
        dirty: machine::DIRTY == "true",
        created_utc: now().to_string(),
        dataset: assignment.dataset.clone(),
        seed: experiment.seed,
        benchmark_only_keys: experiment.seed.is_some(),
        binary_sha256: binary()?,
        cells: assignment.cells().count() as u32,
        confidence: experiment.measure.confidence,
    };
    let folder = RunFolder::create(out, run)?;
    invocation.write(folder.path())?;
    Ok(folder)
}

/// Opens a run's folder to go on measuring.
///
/// # Errors
/// Where another program, experiment or other images began it, or it is damaged.
pub fn resume(path: &Path, assignment: &Assignment) -> Result<RunFolder, RunError> {
    let folder = RunFolder::resume(path, &binary()?)?;
    let run = folder.run();
    if run.config.sha256 != machine::sha256_of(&assignment.experiment.text) {
        return Err(RunError::OtherConfig { folder: path.into(), experiment: assignment.experiment.path.clone() });
    }
    if run.dataset.sha256 != assignment.dataset.sha256 {
        let (recorded, found) = (run.dataset.sha256.clone(), assignment.dataset.sha256.clone());
        return Err(RunError::OtherData { folder: path.into(), recorded, found });
    }
    Ok(folder)
}

/// The latest run of an experiment in `out`.
///
/// # Errors
/// [`RunError::NothingToResume`] where there is none.
pub fn latest(experiment: &Experiment, out: &Path) -> Result<PathBuf, RunError> {
    let sha256 = machine::sha256_of(&experiment.text);
    let folders = std::fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.path());
    let of_this = folders.filter_map(|folder| {
        let run = read_run(&folder).ok()?;
        (run.config.sha256 == sha256).then_some((run.created_utc, folder))
    });
    let latest = of_this.max().map(|(_, folder)| folder);
    latest.ok_or_else(|| RunError::NothingToResume { name: experiment.name.clone(), out: out.into() })
}

/// Measures groups of a run one after the other; how each cell ended.
///
/// # Errors
/// Those of the records. What was measured before stays written.
pub fn measure(
    folder: &RunFolder,
    assignment: &Assignment,
    groups: &[Group],
    time_limit: Duration,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Vec<Status>, RunError> {
    let servers: Box<dyn Servers> = match assignment.experiment.measure.isolation {
        Isolation::Thread => Box::new(InThisProcess),
        Isolation::Process => {
            let find = |source| RunError::System { action: "find this program's file", source };
            Box::new(InChildProcesses::new(time_limit).map_err(find)?)
        }
    };
    let machine = machine::describe();
    let runner = Runner {
        folder,
        assignment,
        clock: Arc::new(SystemClock::default()),
        servers: &*servers,
        progress,
        interrupt,
        machine: &machine,
        binary_sha256: &folder.run().binary_sha256,
    };
    let mut statuses = Vec::new();
    for group in groups {
        statuses.extend(runner.run(group)?);
    }
    Ok(statuses)
}

fn binary() -> Result<String, RunError> {
    machine::binary_sha256().map_err(|source| RunError::System { action: "read this program's file", source })
}
