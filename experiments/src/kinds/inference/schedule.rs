//! Which query comes next, and when a cell has been measured enough.

use std::collections::BTreeSet;

use blindbench_results::stats::tightness::Tightness;

use crate::experiment::Measure;

/// Width of the latency's interval, relative to the median, at which it counts as tight.
const TIGHT: f64 = 0.04;

/// Beyond the repeats that an experiment asks for, a cell takes no more than this many samples.
const MOST_SAMPLES: usize = 1_000;

/// What a cell does in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A query whose time is not kept.
    WarmUp {
        /// Which query, from 0.
        query: u64,
        /// Which warm-up, from 0.
        index: u32,
    },
    /// A query that is measured.
    Measured {
        /// Which query, from 0.
        query: u64,
        /// Which repeat of it, from 0.
        repeat: u32,
    },
}

/// Rounds over all queries: the first answers every image whatever it costs, those up to the
/// experiment's repeats follow while the cell's seconds last, and more until the interval is tight.
#[derive(Debug)]
pub struct Schedule {
    queries: u64,
    repeats: u32,
    max_ns: u64,
    tightness: Tightness,
    tight_from: usize,
    tight: bool,
    warm_ups_left: u32,
    warm_ups: u32,
    next: (u32, u64),
    done: BTreeSet<(u32, u64)>,
    spent_ns: u64,
    latencies_ns: Vec<u64>,
}

impl Schedule {
    /// The schedule of a cell with that many queries, of which none has been measured.
    pub fn new(queries: u64, measure: &Measure) -> Self {
        Schedule {
            queries,
            repeats: measure.repeats,
            max_ns: (measure.max_seconds * 1e9) as u64,
            tightness: Tightness::new(measure.confidence, TIGHT),
            tight_from: 0,
            tight: false,
            warm_ups_left: measure.warmup,
            warm_ups: measure.warmup,
            next: (0, 0),
            done: BTreeSet::new(),
            spent_ns: 0,
            latencies_ns: Vec::new(),
        }
    }

    /// Takes note of a sample, of this process or of one that was interrupted.
    pub fn record(&mut self, query: u64, repeat: u32, latency_ns: u64) {
        if self.done.insert((repeat, query)) {
            self.spent_ns = self.spent_ns.saturating_add(latency_ns);
            self.latencies_ns.push(latency_ns);
        }
    }

    /// The next turn; none once the cell has been measured enough.
    pub fn next(&mut self) -> Option<Turn> {
        while self.done.contains(&self.next) {
            self.advance();
        }
        if self.is_enough() {
            return None;
        }
        let (repeat, query) = self.next;
        if self.warm_ups_left > 0 {
            self.warm_ups_left -= 1;
            let index = self.warm_ups - self.warm_ups_left - 1;
            return Some(Turn::WarmUp { query: u64::from(index) % self.queries.max(1), index });
        }
        self.advance();
        Some(Turn::Measured { query, repeat })
    }

    /// Turns that are left for certain, were time no matter.
    pub fn expected(&self) -> u64 {
        let measured = (self.queries * u64::from(self.repeats)).saturating_sub(self.done.len() as u64);
        if measured > 0 { measured + u64::from(self.warm_ups_left) } else { 0 }
    }

    fn advance(&mut self) {
        let (repeat, query) = self.next;
        self.next = if query + 1 < self.queries { (repeat, query + 1) } else { (repeat + 1, 0) };
    }

    fn is_enough(&mut self) -> bool {
        let (repeat, query) = self.next;
        match repeat {
            0 => self.queries == 0,
            _ if self.spent_ns >= self.max_ns => true,
            round if round < self.repeats => false,
            // Whole rounds only, so that no query weighs more than another.
            _ => query == 0 && (self.latencies_ns.len() >= MOST_SAMPLES || self.is_tight()),
        }
    }

    /// Whether the median is known well enough; asked again only after a tenth more samples, since
    /// the answer costs a bootstrap.
    fn is_tight(&mut self) -> bool {
        let count = self.latencies_ns.len();
        if !self.tight && count >= self.tight_from {
            self.tight = self.tightness.is_met(&self.latencies_ns);
            self.tight_from = count + count.div_ceil(10);
        }
        self.tight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Isolation, Order};

    fn measure(repeats: u32, warmup: u32, max_seconds: f64) -> Measure {
        Measure {
            repeats,
            warmup,
            order: Order::Interleaved,
            confidence: 0.95,
            max_seconds,
            queries: None,
            isolation: Isolation::Thread,
        }
    }

    fn run(schedule: &mut Schedule, latency: impl Fn(usize) -> u64) -> Vec<Turn> {
        let mut turns = Vec::new();
        while let Some(turn) = schedule.next() {
            if let Turn::Measured { query, repeat } = turn {
                schedule.record(query, repeat, latency(turns.len()));
            }
            turns.push(turn);
        }
        turns
    }

    #[test]
    fn warm_ups_come_first_and_rounds_follow() {
        let mut schedule = Schedule::new(2, &measure(2, 3, 1e-9));
        let turns = run(&mut schedule, |_| 0);
        let measured = |repeat, query| Turn::Measured { query, repeat };
        let warm_up = |query, index| Turn::WarmUp { query, index };
        let expected = [
            warm_up(0, 0),
            warm_up(1, 1),
            warm_up(0, 2),
            measured(0, 0),
            measured(0, 1),
            measured(1, 0),
            measured(1, 1),
        ];
        assert_eq!(turns[..7], expected);
    }

    #[test]
    fn every_query_is_answered_once_whatever_it_costs_and_no_more_when_time_is_up() {
        let mut schedule = Schedule::new(5, &measure(3, 0, 1.0));
        assert_eq!(run(&mut schedule, |_| 10_000_000_000).len(), 5);
    }

    #[test]
    fn even_latencies_stop_when_tight_and_wild_ones_at_the_most() {
        let mut even = Schedule::new(4, &measure(3, 0, 1e6));
        assert_eq!(run(&mut even, |_| 1_000).len(), 12);
        assert_eq!(even.next(), None, "enough stays enough");
        let steady = run(&mut Schedule::new(1, &measure(3, 0, 1e6)), |at| 1_000 + at as u64 % 2);
        assert!((6..50).contains(&steady.len()), "{}", steady.len());
        let wild = run(&mut Schedule::new(1, &measure(3, 0, 1e6)), |at| 1 + (at as u64 * 7_919) % 1_000_003);
        assert_eq!(wild.len(), MOST_SAMPLES);
    }

    #[test]
    fn what_was_measured_before_is_not_measured_again() {
        let mut schedule = Schedule::new(3, &measure(2, 0, 1e-9));
        schedule.record(0, 0, 0);
        schedule.record(2, 0, 0);
        assert_eq!(schedule.expected(), 4);
        assert_eq!(schedule.next(), Some(Turn::Measured { query: 1, repeat: 0 }));
        schedule.record(1, 0, 5_000_000_000);
        assert_eq!(schedule.next(), None);
    }

    #[test]
    fn a_finished_cell_takes_no_warm_up() {
        let mut schedule = Schedule::new(1, &measure(1, 5, 1e-9));
        schedule.record(0, 0, 1);
        assert_eq!(schedule.next(), None);
    }
}
