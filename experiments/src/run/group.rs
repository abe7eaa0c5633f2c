//! One group: its cells take turns until each has been measured, and every line is written at once.

use std::sync::Arc;

use blindbench_core::probe::Clock;
use blindbench_core::workers::Workers;
use blindbench_results::SCHEMA_VERSION;
use blindbench_results::cell::{Cell, Identity, LogSeal, Machine, Memory, Status, Terms};
use blindbench_results::store::cell_log::CellLog;
use blindbench_results::store::{Progress as CellProgress, RunFolder};

use super::assignment::Assignment;
use super::error::RunError;
use crate::executor::Servers;
use crate::executor::thread::InThisProcess;
use crate::experiment::{CellSpec, Group};
use crate::interrupt::Interrupt;
use crate::kinds::{self, Failure, Task, Work};
use crate::progress::{Counter, Progress};

/// What groups are run with.
pub struct Runner<'a> {
    /// Where records go.
    pub folder: &'a RunFolder,
    /// What is measured.
    pub assignment: &'a Assignment,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where servers run.
    pub servers: &'a dyn Servers,
    /// Where progress is shown.
    pub progress: &'a Progress,
    /// Whether the user has asked to stop.
    pub interrupt: &'a Interrupt,
    /// This machine.
    pub machine: &'a Machine,
    /// SHA-256 of this program.
    pub binary_sha256: &'a str,
}

/// A cell under way, with its log.
struct UnderWay<'a> {
    identity: Identity,
    log: CellLog,
    work: Box<dyn Work + 'a>,
    terms: Terms,
    counter: Counter,
}

/// How a cell's turn went.
enum Turned<'a> {
    Goes(Box<UnderWay<'a>>),
    Ended(Status),
}

impl<'a> Runner<'a> {
    /// Measures every cell of a group that is not sealed for good yet; how each of them ended.
    ///
    /// # Errors
    /// Those of the records. What was measured before stays written.
    pub fn run(&self, group: &Group) -> Result<Vec<Status>, RunError> {
        let _lock = self.folder.lock(group.index as u32)?;
        let mut ended = Vec::new();
        let mut under_way = Vec::new();
        for &cell in &group.cells {
            if self.interrupt.asked() {
                ended.push(Status::Interrupted);
                continue;
            }
            match self.open(&self.assignment.experiment.cells[cell], group)? {
                Turned::Goes(cell) => under_way.push(cell),
                Turned::Ended(status) => ended.push(status),
            }
        }
        while !under_way.is_empty() {
            let mut still = Vec::with_capacity(under_way.len());
            for cell in under_way {
                if self.interrupt.asked() {
                    ended.push(Status::Interrupted);
                    continue;
                }
                match self.turn(cell)? {
                    Turned::Goes(cell) => still.push(cell),
                    Turned::Ended(status) => ended.push(status),
                }
            }
            under_way = still;
        }
        Ok(ended)
    }

    fn open(&self, cell: &'a CellSpec, group: &Group) -> Result<Turned<'a>, RunError> {
        let identity = self.assignment.identity(cell, group);
        if let CellProgress::Sealed(sealed) = self.folder.progress(&identity.content_hash)? {
            let (label, status) = (&identity.label, sealed.status);
            if status.is_final() {
                self.progress.say(&format!("{label}: measured before ({})", status.name()));
                return Ok(Turned::Ended(status));
            }
            let reason = sealed.reason.unwrap_or_default();
            self.progress.say(&format!("{label}: tried again ({} before: {reason})", status.name()));
        }
        let log = self.folder.start(&identity)?;
        match log.recovered().len() {
            0 => {}
            1 => self.progress.say(&format!("{}: goes on behind 1 line", identity.label)),
            lines => self.progress.say(&format!("{}: goes on behind {lines} lines", identity.label)),
        }
        let counter = self.progress.count(&identity.label, 0);
        let task = match self.task(cell, &identity) {
            Ok(task) => task,
            Err(Opening::Run(error)) => return Err(error),
            Err(Opening::Cell(failure)) => return self.seal(identity, log, None, Memory::default(), Err(failure)),
        };
        match kinds::open(self.assignment.experiment.kind, task, log.recovered()) {
            Ok(work) => {
                counter.expect(work.expected_turns());
                let terms = work.terms();
                Ok(Turned::Goes(Box::new(UnderWay { identity, log, work, terms, counter })))
            }
            Err(failure) => {
                counter.finish();
                self.seal(identity, log, None, Memory::default(), Err(failure))
            }
        }
    }

    fn task(&self, cell: &'a CellSpec, identity: &Identity) -> Result<Task<'a>, Opening> {
        let network = self.assignment.network(cell).map(|network| &**network);
        if let (Some(model), None) = (&cell.model, network) {
            let reason = format!("the network {model} is missing");
            return Err(Opening::Cell(Failure::new(Status::Unsupported, reason)));
        }
        let workers = Workers::new(cell.threads)
            .map_err(|source| Opening::Run(RunError::Threads { cell: cell.label.clone(), source }))?;
        Ok(Task {
            cell,
            measure: &self.assignment.experiment.measure,
            network,
            images: &self.assignment.images,
            attackers: self.assignment.attackers.as_ref(),
            seed: self.assignment.seed(identity),
            shared_seed: self.assignment.shared_seed(),
            clock: self.clock.clone(),
            // A foreign program starts its server itself.
            servers: if cell.scheme.foreign { &InThisProcess } else { self.servers },
            workers: Arc::new(workers),
        })
    }

    fn turn(&self, mut cell: Box<UnderWay<'a>>) -> Result<Turned<'a>, RunError> {
        match cell.work.turn() {
            Ok(Some(lines)) => {
                for line in &lines {
                    cell.log.append(line)?;
                }
                cell.counter.step();
                Ok(Turned::Goes(cell))
            }
            Ok(None) => self.finish(cell, Ok(())),
            Err(failure) => self.finish(cell, Err(failure)),
        }
    }

    fn finish(&self, cell: Box<UnderWay<'a>>, outcome: Result<(), Failure>) -> Result<Turned<'a>, RunError> {
        cell.counter.finish();
        let memory = cell.work.memory();
        let UnderWay { identity, log, terms, .. } = *cell;
        self.seal(identity, log, Some(terms), memory, outcome)
    }

    fn seal(
        &self,
        identity: Identity,
        log: CellLog,
        terms: Option<Terms>,
        memory: Memory,
        outcome: Result<(), Failure>,
    ) -> Result<Turned<'a>, RunError> {
        let (status, reason) = match outcome {
            Ok(()) => (Status::Ok, None),
            Err(failure) => (failure.status, Some(failure.reason)),
        };
        if let Some(reason) = &reason {
            self.progress.say(&format!("{}: {}: {reason}", identity.label, status.name()));
        }
        log.seal(Cell {
            schema_version: SCHEMA_VERSION,
            identity,
            status,
            reason,
            terms,
            memory,
            machine: self.machine.clone(),
            binary_sha256: self.binary_sha256.to_owned(),
            log: LogSeal::default(),
        })?;
        Ok(Turned::Ended(status))
    }
}

/// Why a cell's task cannot be put together: the cell's own matter, or the run's.
enum Opening {
    Run(RunError),
    Cell(Failure),
}
