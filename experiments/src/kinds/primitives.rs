//! Primitives: a scheme's named operations by themselves, set up outside the clock and checked.

mod source;

use std::collections::BTreeMap;

use blindbench_core::primitives::Prepared;
use blindbench_results::cell::{Memory, Status, Terms};
use blindbench_results::sample::{Line, OperationSample, Time};

use self::source::Source;
use super::{Failure, Task, Work, unsupported};
use crate::machine::interference::Watch;
use crate::machine::memory;
use crate::measure::timed;

/// A sample runs its operation so often that it takes about this long: so reading the clock is no part of it, and of
/// operations that take turns with others' most runs find their own tables and keys near.
const SAMPLE_NS: u64 = 20_000_000;

/// No operation runs more often than this in one sample.
const MOST_TIMES: u32 = 1 << 16;

/// A cell of single operations under way.
pub struct Operations<'a> {
    task: Task<'a>,
    source: Source,
    left: Vec<Left>,
    current: Option<Current>,
}

/// An operation that is not measured enough yet.
#[derive(Debug, Clone)]
struct Left {
    name: String,
    repeat: u32,
    spent_ns: u64,
}

struct Current {
    left: Left,
    prepared: Box<dyn Prepared>,
    times: u32,
}

impl<'a> Operations<'a> {
    /// Plans and lists the operations; `before` are the lines of an interrupted process.
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the scheme offers none, or not the one that is asked for.
    pub fn open(task: Task<'a>, before: &[Line]) -> Result<Self, Failure> {
        memory::forget_own_peak();
        let source = Source::open(&task).map_err(unsupported)?;
        let names = names(&task, source.primitives()?.names())?;
        let done = progress(before);
        let left = |name: String| {
            let (repeat, spent_ns) = done.get(&name).copied().unwrap_or_default();
            Left { name, repeat, spent_ns }
        };
        let mut left: Vec<Left> = names.into_iter().map(left).collect();
        left.retain(|left| !is_enough(left, &task));
        // Taken from the end.
        left.reverse();
        Ok(Operations { task, source, left, current: None })
    }

    /// Sets the next operation up, warms it up and finds out how often a sample runs it.
    fn prepare(&self, left: Left) -> Result<Current, Failure> {
        let seed = self.task.shared_seed.derive(&left.name, 0);
        let mut prepared = self.source.primitives()?.prepare(&left.name, &seed)?;
        let mut times = 1;
        for _ in 0..self.task.measure.warmup.max(1) {
            let time = self.run(&mut *prepared, times)?;
            times = times_for(time.wall_ns / u64::from(times));
        }
        Ok(Current { left, prepared, times })
    }

    fn run(&self, prepared: &mut dyn Prepared, times: u32) -> Result<Time, Failure> {
        let (measured, elapsed) = timed(&*self.task.clock, || self.task.workers.run(|| prepared.run(times)));
        Ok(match measured? {
            // Another process's claim, as long as our clock does not contradict it.
            Some(claim) if claim.wall_ns > elapsed.wall_ns.saturating_add(1_000) => {
                let reason =
                    format!("claims to have worked {} ns, but answered after {} ns", claim.wall_ns, elapsed.wall_ns);
                return Err(Failure::new(Status::Crashed, reason));
            }
            Some(claim) => Time { wall_ns: claim.wall_ns, cpu_ns: claim.cpu_ns },
            None => Time { wall_ns: elapsed.wall_ns, cpu_ns: elapsed.cpu_ns },
        })
    }

    fn sample(&self, current: &mut Current) -> Result<OperationSample, Failure> {
        let watch = Watch::start(&*self.task.clock);
        let time = self.run(&mut *current.prepared, current.times)?;
        let interference = watch.finish(&*self.task.clock, time, self.task.cell.threads);
        let max_error = current.prepared.check()?;
        if !self.source.tolerates(max_error) {
            let (name, bound) = (&current.left.name, self.source.error_bound());
            let reason = format!("operation `{name}` is off by {max_error}; the scheme promises at most {bound}");
            return Err(Failure::new(Status::FailedTwin, reason));
        }
        let sample = OperationSample {
            operation: current.left.name.clone(),
            repeat: current.left.repeat,
            times: current.times,
            results: current.prepared.results(),
            time,
            max_error,
            interference,
        };
        current.left.repeat += 1;
        current.left.spent_ns = current.left.spent_ns.saturating_add(time.wall_ns);
        Ok(sample)
    }
}

impl Work for Operations<'_> {
    fn terms(&self) -> Terms {
        self.source.terms()
    }

    fn expected_turns(&self) -> u64 {
        let repeats = u64::from(self.task.measure.repeats);
        self.left.iter().map(|left| 1 + repeats.saturating_sub(u64::from(left.repeat))).sum()
    }

    fn turn(&mut self) -> Result<Option<Vec<Line>>, Failure> {
        let mut current = match (self.current.take(), self.left.pop()) {
            (Some(current), left) => {
                self.left.extend(left);
                current
            }
            // A turn of its own, so that the samples of cells that take turns follow one another.
            (None, Some(left)) => {
                self.current = Some(self.prepare(left)?);
                return Ok(Some(Vec::new()));
            }
            (None, None) => return Ok(None),
        };
        let sample = self.sample(&mut current)?;
        if !is_enough(&current.left, &self.task) {
            self.current = Some(current);
        }
        Ok(Some(vec![Line::Operation(sample)]))
    }

    fn memory(&self) -> Memory {
        let own = !self.task.cell.scheme.foreign;
        Memory { client_peak_rss_bytes: memory::own_peak_bytes().filter(|_| own), server_peak_rss_bytes: None }
    }
}

/// The operation that the cell names, or all of them.
fn names(task: &Task<'_>, offered: Vec<String>) -> Result<Vec<String>, Failure> {
    match &task.cell.operation {
        _ if offered.is_empty() => Err(Failure::new(Status::Unsupported, "this scheme offers no operations by name")),
        None => Ok(offered),
        Some(name) if offered.contains(name) => Ok(vec![name.clone()]),
        Some(name) => {
            let reason = format!("no operation `{name}`; the scheme offers {}", offered.join(", "));
            Err(Failure::new(Status::Unsupported, reason))
        }
    }
}

/// Repeats and time of every operation so far.
fn progress(before: &[Line]) -> BTreeMap<String, (u32, u64)> {
    let mut done = BTreeMap::new();
    for line in before {
        if let Line::Operation(sample) = line {
            let (repeats, spent_ns): &mut (u32, u64) = done.entry(sample.operation.clone()).or_default();
            *repeats = (*repeats).max(sample.repeat + 1);
            *spent_ns += sample.time.wall_ns;
        }
    }
    done
}

fn is_enough(left: &Left, task: &Task<'_>) -> bool {
    let out_of_time = left.spent_ns as f64 >= task.measure.max_seconds * 1e9;
    left.repeat >= task.measure.repeats || (left.repeat > 0 && out_of_time)
}

/// How often an operation of that length runs in one sample.
fn times_for(once_ns: u64) -> u32 {
    u32::try_from(SAMPLE_NS / once_ns.max(1)).unwrap_or(MOST_TIMES).clamp(1, MOST_TIMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_operations_run_often_and_long_ones_once() {
        assert_eq!(times_for(0), MOST_TIMES);
        assert_eq!(times_for(20_000), 1000);
        assert_eq!(times_for(5_000_000_000), 1);
    }

    #[test]
    fn progress_is_counted_by_operation() {
        let line = |operation: &str, repeat, wall_ns| {
            let time = Time { wall_ns, cpu_ns: 0 };
            Line::Operation(OperationSample { operation: operation.into(), repeat, time, ..OperationSample::default() })
        };
        let done = progress(&[line("add", 0, 5), line("add", 1, 6), line("multiply", 0, 7)]);
        assert_eq!(done.get("add"), Some(&(2, 11)));
        assert_eq!(done.get("multiply"), Some(&(1, 7)));
    }
}
