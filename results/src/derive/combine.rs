//! Samples to one number with its interval.

use crate::sample::{Sample, Stage, Time};
use crate::stats::{Estimate, bootstrap::median_interval, median};

use super::queries::Queries;

/// Fewest samples that an interval is given for. Of n samples it reaches from the least to the largest at
/// most, and those hold the true median with probability 1 - 2^(1 - n): at 0.95 six are needed.
const FEWEST_FOR_AN_INTERVAL: usize = 2;

/// A median, with the ends of its interval where there are samples enough for one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combined {
    /// The median.
    pub value: f64,
    /// Ends of the interval.
    pub ends: Option<(f64, f64)>,
}

impl Combined {
    /// The median of samples; none of none.
    pub fn median(samples: &[f64], confidence: f64) -> Option<Combined> {
        let found = median_interval(samples, confidence)?;
        let ends = (samples.len() >= FEWEST_FOR_AN_INTERVAL).then_some((found.low, found.high));
        Some(Combined { value: found.value, ends })
    }

    /// Rounded to whole units, as nanoseconds and bytes are recorded.
    pub fn rounded(self) -> Combined {
        Combined { value: self.value.round(), ends: self.ends.map(|(low, high)| (low.round(), high.round())) }
    }
}

impl From<Estimate> for Combined {
    fn from(found: Estimate) -> Combined {
        Combined { value: found.value, ends: Some((found.low, found.high)) }
    }
}

/// All times of a stage.
pub fn times(queries: &Queries<'_>, stage: Stage) -> Vec<Time> {
    match stage {
        Stage::Plan => queries.one_offs.iter().map(|one_off| one_off.plan).collect(),
        Stage::Keygen => queries.one_offs.iter().map(|one_off| one_off.keygen).collect(),
        Stage::Setup => queries.one_offs.iter().map(|one_off| one_off.setup).collect(),
        Stage::Encrypt => queries.all.iter().map(|sample| sample.encrypt).collect(),
        Stage::Evaluate => queries.all.iter().map(|sample| sample.evaluate).collect(),
        Stage::Decrypt => queries.all.iter().map(|sample| sample.decrypt).collect(),
    }
}

/// Median wall time in whole nanoseconds.
pub fn wall(times: &[Time], confidence: f64) -> Option<Combined> {
    let samples: Vec<f64> = times.iter().map(|time| time.wall_ns as f64).collect();
    Combined::median(&samples, confidence).map(Combined::rounded)
}

/// Median CPU time in whole nanoseconds; none where the platform told none.
pub fn cpu(times: &[Time]) -> Option<u64> {
    whole_median(times.iter().map(|time| time.cpu_ns as f64))
}

/// Median time per image of full queries, not rounded.
pub fn per_image(queries: &Queries<'_>, time: impl Fn(&Sample) -> u64) -> Vec<f64> {
    queries.full.iter().map(|sample| time(sample) as f64 / sample.images.max(1) as f64).collect()
}

/// Median in whole units; none where it is 0, the mark of what a platform does not tell.
pub fn whole_median(samples: impl Iterator<Item = f64>) -> Option<u64> {
    let samples: Vec<f64> = samples.collect();
    median(&samples).map(|value| value.round() as u64).filter(|value| *value > 0)
}
