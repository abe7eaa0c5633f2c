//! Rows that differ in one measure alone: what grows with batch, width or depth.

use blindbench_results::sample::Stage;
use blindbench_results::stats::Estimate;
use blindbench_results::stats::power_law::{self, PowerLaw};

use crate::entry::{Entry, plural};
use crate::measure::Measure;
use crate::units::count;

/// Level of the exponents' intervals.
const CONFIDENCE: f64 = 0.95;

/// What grows along a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Images that a full query holds.
    Batch,
    /// Values of each hidden layer.
    Width,
    /// Squares in a row.
    Depth,
}

impl Axis {
    /// Every axis, in the order drawn.
    pub const ALL: [Axis; 3] = [Axis::Batch, Axis::Width, Axis::Depth];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Axis::Batch => "batch",
            Axis::Width => "width",
            Axis::Depth => "depth",
        }
    }

    /// A row's place along it.
    fn of(self, entry: &Entry<'_>) -> Option<u64> {
        match self {
            Axis::Batch => entry.row.chunk,
            Axis::Width => entry.row.untrained_width,
            Axis::Depth => entry.row.untrained_depth,
        }
    }

    /// Everything else that tells rows apart: those of a series have it in common.
    fn terms(self, entry: &Entry<'_>) -> (Vec<String>, Vec<Option<u64>>) {
        let row = entry.row;
        let model = if self == Axis::Batch { row.model.clone() } else { String::new() };
        let words = [&row.scheme_label, &row.network, &row.kernel, &row.dataset, &model].map(Clone::clone);
        let other = |axis: Axis, value: Option<u64>| value.filter(|_| axis != self);
        let numbers = vec![
            Some(u64::from(row.threads)),
            row.untrained_inputs,
            other(Axis::Batch, Some(row.batch)),
            other(Axis::Width, row.untrained_width),
            other(Axis::Depth, row.untrained_depth),
        ];
        (words.to_vec(), numbers)
    }
}

/// A row of a series.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The row.
    pub entry: &'a Entry<'a>,
    /// Its place along the axis.
    pub at: u64,
    /// Median time to evaluate a query, in nanoseconds.
    pub time: Measure,
    /// Operations that the plan predicts, where it does.
    pub operations: Option<f64>,
}

/// Rows that differ along one axis alone, in its order.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    /// What grows.
    pub axis: Axis,
    /// At least as many as a fit needs, each at a place of its own.
    pub points: Vec<Spot<'a>>,
}

/// Measured time over predicted operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratios {
    /// The geometric mean, in nanoseconds an operation.
    pub mean: f64,
    /// The smallest and the largest.
    pub ends: (f64, f64),
}

/// Every series of a run's rows.
#[must_use]
pub fn all<'a>(entries: &[&'a Entry<'a>]) -> Vec<Series<'a>> {
    Axis::ALL.into_iter().flat_map(|axis| along(axis, entries)).collect()
}

fn along<'a>(axis: Axis, entries: &[&'a Entry<'a>]) -> Vec<Series<'a>> {
    let mut ordered = entries.to_vec();
    ordered.sort_by_key(|entry| entry.row.index);
    let mut found: Vec<(_, Series<'a>)> = Vec::new();
    for entry in ordered {
        let Some(spot) = spot(axis, entry) else { continue };
        let terms = axis.terms(entry);
        match found.iter_mut().find(|(known, _)| *known == terms) {
            Some((_, series)) if series.points.iter().any(|other| other.at == spot.at) => {}
            Some((_, series)) => series.points.push(spot),
            None => found.push((terms, Series { axis, points: vec![spot] })),
        }
    }
    let mut series: Vec<Series<'a>> = found.into_iter().map(|(_, series)| series).collect();
    series.retain(|series| series.points.len() >= power_law::FEWEST);
    series.iter_mut().for_each(|series| series.points.sort_by_key(|spot| spot.at));
    series
}

fn spot<'a>(axis: Axis, entry: &'a Entry<'a>) -> Option<Spot<'a>> {
    let time = entry.stage(Stage::Evaluate).filter(|time| time.value > 0.0)?;
    let operations = entry.row.predicted_operations.map(|count| count as f64);
    Some(Spot { entry, at: axis.of(entry)?, time, operations })
}

/// An exponent as a value with its interval.
#[must_use]
pub fn exponent(estimate: Estimate) -> Measure {
    Measure { value: estimate.value, interval: Some((estimate.low, estimate.high)) }
}

impl Series<'_> {
    /// The law of the measured times.
    #[must_use]
    pub fn measured(&self) -> Option<PowerLaw> {
        let points: Vec<(f64, f64)> = self.points.iter().map(|spot| (spot.at as f64, spot.time.value)).collect();
        power_law::fit(&points, CONFIDENCE)
    }

    /// The law of the predicted operations, fitted to the same places; `None` where some row predicts none.
    #[must_use]
    pub fn predicted(&self) -> Option<PowerLaw> {
        let points: Option<Vec<(f64, f64)>> =
            self.points.iter().map(|spot| Some((spot.at as f64, spot.operations?))).collect();
        power_law::fit(&points?, CONFIDENCE)
    }

    /// Measured times over predicted operations; `None` where some row predicts none.
    #[must_use]
    pub fn ratios(&self) -> Option<Ratios> {
        let ratios: Vec<f64> =
            self.points.iter().map(|spot| Some(spot.time.value / spot.operations?)).collect::<Option<_>>()?;
        let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let ends = ratios
            .iter()
            .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), ratio| (low.min(*ratio), high.max(*ratio)));
        Some(Ratios { mean, ends })
    }

    /// The first and the last place.
    #[must_use]
    pub fn ends(&self) -> (String, String) {
        let at = |spot: Option<&Spot<'_>>| spot.map_or_else(String::new, |spot| count(spot.at));
        (at(self.points.first()), at(self.points.last()))
    }

    /// What is the same for all rows, in words: `width 64, depth 1`.
    #[must_use]
    pub fn fixed(&self) -> String {
        let row = self.points[0].entry.row;
        let mut words = match (row.untrained_width, row.untrained_depth) {
            (Some(width), Some(depth)) => {
                [(Axis::Width, format!("width {width}")), (Axis::Depth, format!("depth {depth}"))].to_vec()
            }
            _ => vec![(Axis::Width, row.model.clone())],
        };
        words.push((Axis::Batch, plural(row.chunk.unwrap_or(row.batch), "image")));
        words.into_iter().filter(|(axis, _)| *axis != self.axis).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
    }
}
