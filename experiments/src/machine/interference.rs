//! What else the machine does during a sample: load, pressure, time that a hypervisor takes away.

use std::fs;

use blindbench_core::probe::Clock;
use blindbench_results::sample::{Interference, Time};

/// Share of a sample's time that may be stolen or spent waiting before it counts as contaminated.
const TOLERATED: f64 = 0.05;

/// CPU time per wall time and thread below which somebody else had the processor.
const LEAST_CPU: f64 = 0.9;

/// Work shorter than this tells nothing by its CPU time: one wake-up is a large part of it.
const SHORTEST_NS: u64 = 2_000_000;

/// Nanoseconds of one tick of `/proc/stat`: Linux reports in hundredths of a second everywhere.
const TICK_NS: u64 = 10_000_000;

/// Watches the machine from its start to [`Watch::finish`].
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    started_ns: u64,
    pressure_us: Option<u64>,
    stolen_ticks: Option<u64>,
}

impl Watch {
    /// Starts to watch.
    pub fn start(clock: &dyn Clock) -> Self {
        Watch { pressure_us: pressure_us(), stolen_ticks: stolen_ticks(), started_ns: clock.wall_ns() }
    }

    /// What happened since, where `work` is the sample's own heaviest step on `threads` threads.
    pub fn finish(self, clock: &dyn Clock, work: Time, threads: usize) -> Interference {
        let span_ns = clock.wall_ns().saturating_sub(self.started_ns);
        let seen = Seen {
            span_ns,
            waited_ns: difference(pressure_us(), self.pressure_us).map(|us| us.saturating_mul(1_000)),
            stolen_ns: difference(stolen_ticks(), self.stolen_ticks).map(|ticks| ticks.saturating_mul(TICK_NS)),
            work,
            threads,
        };
        Interference {
            load: load(),
            steal_ns: seen.stolen_ns,
            cpu_over_wall: seen.cpu_over_wall(),
            contaminated: seen.contaminated(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    span_ns: u64,
    waited_ns: Option<u64>,
    stolen_ns: Option<u64>,
    work: Time,
    threads: usize,
}

impl Seen {
    fn cpu_over_wall(&self) -> Option<f64> {
        let known = self.work.cpu_ns > 0 && self.work.wall_ns > 0;
        known.then(|| self.work.cpu_ns as f64 / self.work.wall_ns as f64 / self.threads.max(1) as f64)
    }

    fn contaminated(&self) -> Option<String> {
        let share = |part: Option<u64>| part.map_or(0.0, |part| part as f64 / self.span_ns.max(1) as f64);
        let stolen = share(self.stolen_ns);
        if stolen > TOLERATED && self.span_ns > TICK_NS {
            return Some(format!("a hypervisor took {:.0} % of the time", stolen * 100.0));
        }
        let waited = share(self.waited_ns);
        if waited > TOLERATED && self.span_ns > SHORTEST_NS {
            return Some(format!("processes waited for a processor {:.0} % of the time", waited * 100.0));
        }
        // With several threads a low ratio may be the scheme's own waiting.
        let ratio = self.cpu_over_wall().filter(|_| self.threads == 1 && self.work.wall_ns > SHORTEST_NS)?;
        (ratio < LEAST_CPU).then(|| format!("evaluation had a processor {:.0} % of the time", ratio * 100.0))
    }
}

fn difference(now: Option<u64>, before: Option<u64>) -> Option<u64> {
    Some(now?.saturating_sub(before?))
}

/// Load average over a minute.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// Microseconds that some process has waited for a processor (`total` of the line `some`).
fn pressure_us() -> Option<u64> {
    parse_pressure(&fs::read_to_string("/proc/pressure/cpu").ok()?)
}

/// Ticks that a hypervisor has taken away: the eighth number of the line `cpu`.
fn stolen_ticks() -> Option<u64> {
    parse_steal(&fs::read_to_string("/proc/stat").ok()?)
}

fn parse_pressure(text: &str) -> Option<u64> {
    let some = text.lines().find(|line| line.starts_with("some"))?;
    some.split_whitespace().find_map(|field| field.strip_prefix("total="))?.parse().ok()
}

fn parse_steal(text: &str) -> Option<u64> {
    text.lines().next()?.strip_prefix("cpu ")?.split_whitespace().nth(7)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read() {
        assert_eq!(
            parse_pressure("some avg10=0.02 avg60=5.58 avg300=5.58 total=48475759\nfull total=0\n"),
            Some(48_475_759)
        );
        assert_eq!(parse_steal("cpu  1 2 3 4 5 6 7 88 9 10\ncpu0 1\n"), Some(88));
        assert_eq!(parse_steal(""), None);
    }

    #[test]
    fn each_kind_of_interference_is_named() {
        let work = Time { wall_ns: 100_000_000, cpu_ns: 99_000_000 };
        let calm = Seen { span_ns: 101_000_000, waited_ns: Some(0), stolen_ns: Some(0), work, threads: 1 };
        assert_eq!(calm.contaminated(), None);
        let reason = |seen: Seen| seen.contaminated().unwrap_or_default();
        assert!(reason(Seen { stolen_ns: Some(20_000_000), ..calm }).contains("hypervisor took 20 %"));
        assert!(reason(Seen { waited_ns: Some(50_500_000), ..calm }).contains("waited for a processor 50 %"));
        let work = Time { cpu_ns: 50_000_000, ..work };
        assert!(reason(Seen { work, ..calm }).contains("had a processor 50 %"));
        assert_eq!(Seen { work, threads: 2, ..calm }.contaminated(), None);
        assert_eq!(Seen { waited_ns: None, stolen_ns: None, ..calm }.contaminated(), None);
    }
}
