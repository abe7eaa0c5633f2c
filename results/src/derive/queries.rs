//! A cell's samples, sorted for the questions that are asked of them.

use std::collections::BTreeMap;

use crate::leakage::LeakageSample;
use crate::sample::{Line, NoiseSample, OneOff, OperationSample, Sample};
use crate::store::cells::CellRecord;

/// A cell's samples by kind.
pub struct Queries<'a> {
    /// Every repeat of every query: what times are taken from.
    pub all: Vec<&'a Sample>,
    /// The first repeat of every query, in the order of queries: what answers, bytes and counters are
    /// taken from, since how often a query was repeated depends on the clock.
    pub first: Vec<&'a Sample>,
    /// The queries of [`Queries::all`] that hold as many images as one can.
    pub full: Vec<&'a Sample>,
    /// One-off costs, one entry for each process that measured the cell.
    pub one_offs: Vec<&'a OneOff>,
    /// What the untimed pass found.
    pub noise: Vec<&'a NoiseSample>,
    /// Single operations by name.
    pub operations: BTreeMap<&'a str, Vec<&'a OperationSample>>,
    /// What issued keys give away, by step.
    pub leakage: Vec<&'a LeakageSample>,
}

impl<'a> Queries<'a> {
    pub fn of(record: &'a CellRecord) -> Queries<'a> {
        let mut queries = Queries {
            all: Vec::new(),
            first: Vec::new(),
            full: Vec::new(),
            one_offs: Vec::new(),
            noise: Vec::new(),
            operations: BTreeMap::new(),
            leakage: Vec::new(),
        };
        let mut first: BTreeMap<u64, &Sample> = BTreeMap::new();
        for line in &record.lines {
            match line {
                Line::Start(_) | Line::Stopped(_) => {}
                Line::OneOff(one_off) => queries.one_offs.push(one_off),
                Line::Noise(noise) => queries.noise.push(noise),
                Line::Leakage(sample) => queries.leakage.push(sample),
                Line::Operation(sample) => queries.operations.entry(&sample.operation).or_default().push(sample),
                Line::Query(sample) => {
                    queries.all.push(sample);
                    let kept = first.entry(sample.query).or_insert(sample);
                    if sample.repeat < kept.repeat {
                        *kept = sample;
                    }
                }
            }
        }
        queries.leakage.sort_by_key(|sample| sample.step);
        queries.first = first.into_values().collect();
        // Until a seal states what a full query holds, it is what the experiment asks for.
        let chunk = record
            .seal
            .as_ref()
            .and_then(|cell| cell.terms.as_ref())
            .map_or(record.identity.batch, |terms| terms.chunk);
        queries.full = queries.all.iter().copied().filter(|sample| sample.images == chunk).collect();
        queries
    }

    /// Images of the first repeats.
    pub fn images(&self) -> u64 {
        self.first.iter().map(|sample| sample.images).sum()
    }

    /// Images of the first repeats whose entries in two lists are equal.
    pub fn equal(&self, ours: impl Fn(&Sample) -> &[u8], theirs: impl Fn(&Sample) -> &[u8]) -> u64 {
        let count = |sample: &&Sample| ours(sample).iter().zip(theirs(sample)).filter(|(a, b)| a == b).count() as u64;
        self.first.iter().map(count).sum()
    }

    /// Bytes of a kind of message in the largest query; none without queries.
    pub fn largest(&self, kind: &str) -> Option<u64> {
        self.first.iter().map(|sample| sample.bytes(kind)).max()
    }

    /// Bytes of a kind of message that is sent once; none before that.
    pub fn sent_once(&self, kind: &str) -> Option<u64> {
        let first = self.one_offs.first()?;
        Some(first.messages.iter().filter(|message| message.kind == kind).map(|message| message.bytes).sum())
    }

    /// Largest difference of a score from the lowered twin's over `samples`; not a number if one is.
    pub fn max_logit_error(samples: &[&Sample]) -> Option<f64> {
        samples.iter().map(|sample| sample.max_logit_error).reduce(|a, b| if a.is_nan() || a > b { a } else { b })
    }
}
