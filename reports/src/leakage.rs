//! What issued keys give away, step by step, as tables and figures read it from the metrics.

use blindbench_results::leakage::step_of;
use blindbench_results::metrics::MetricRow;
use blindbench_results::summary::SummaryRow;

use crate::entry::{Entry, plural};
use crate::measure::Measure;
use crate::tables::{Cell, Cells, Line, Table};
use crate::units::{count, decimals, percent};

/// The numbers of one step.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Steps whose keys have been issued.
    pub number: u64,
    rows: Vec<&'a MetricRow>,
}

/// The steps of an entry, ascending; none where no keys were attacked.
#[must_use]
pub fn steps<'a>(entry: &Entry<'a>) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for row in &entry.metrics {
        let Some(number) = step_of(&row.stage) else { continue };
        match steps.iter_mut().find(|step| step.number == number) {
            Some(step) => step.rows.push(row),
            None => steps.push(Step { number, rows: vec![row] }),
        }
    }
    steps.sort_by_key(|step| step.number);
    steps
}

impl Step<'_> {
    /// A number by its metric's name, with its interval.
    #[must_use]
    pub fn measure(&self, metric: &str) -> Option<Measure> {
        let row = self.rows.iter().find(|row| row.metric == metric)?;
        Measure::from_columns(Some(row.value), row.low, row.high)
    }

    /// A number by its metric's name.
    #[must_use]
    pub fn value(&self, metric: &str) -> Option<f64> {
        self.measure(metric).map(|measure| measure.value)
    }

    /// Whether all keys so far determine the master key.
    #[must_use]
    pub fn is_master_key_determined(&self) -> bool {
        self.value("master_key_determined") == Some(1.0)
    }

    /// Rank over dimension.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        Some(self.value("rank")? / self.value("dimension")?)
    }

    /// `after 13 steps: rank 391 of 784`
    #[must_use]
    pub fn ranks(&self) -> String {
        let whole = |metric: &str| self.value(metric).map_or_else(String::new, |value| count(value as u64));
        let key = if self.is_master_key_determined() { ", master key" } else { "" };
        let steps = plural(self.number, "step");
        format!("after {steps}: rank {} of {}{key}", whole("rank"), whole("dimension"))
    }

    /// `35.0 dB, 0 % exact`, of the attack with a prior.
    #[must_use]
    pub fn quality(&self) -> String {
        let found = self.value("psnr_public_prior").map_or_else(String::new, decibels);
        let exact = self.value("exact_public_prior").map_or_else(String::new, percent);
        format!("{found}, {exact} exact")
    }
}

/// `35.0 dB`
#[must_use]
pub fn decibels(value: f64) -> String {
    format!("{value:.1} dB")
}

/// `40 of 784`, and what follows where it is all.
#[must_use]
pub fn span(row: &SummaryRow) -> Option<String> {
    let (rank, dimension) = row.leakage_rank.zip(row.leakage_dimension)?;
    let key = if row.master_key_determined == Some(true) { ": they determine the master key" } else { "" };
    Some(format!("{} of {}{key}", count(rank), count(dimension)))
}

/// A line for each step of each entry.
#[must_use]
pub fn table(entries: &[&Entry<'_>]) -> Table {
    let columns = vec![
        "keys of",
        "steps",
        "keys",
        "distinct",
        "rank",
        "of",
        "rank on live pixels",
        "of",
        "PSNR with a public prior",
        "SSIM",
        "found exactly",
        "PSNR without",
        "found exactly",
        "labels guessed",
        "master key",
    ];
    let of_entry = |entry: &&Entry<'_>| steps(entry).iter().map(|step| line(entry, step)).collect::<Vec<_>>();
    let lines = entries.iter().flat_map(of_entry).collect();
    let caption = "Leakage: what all issued keys together give away of images that were never trained on".to_owned();
    Table { caption, columns, lines, cells: Cells::Numbers }
}

fn line(entry: &Entry<'_>, step: &Step<'_>) -> Line {
    let whole = |metric: &str| Cell::optional(step.value(metric).map(|value| count(value as u64)));
    let number = |metric: &str, unit: fn(f64) -> String| Cell::measure(step.measure(metric), unit);
    let key = if step.is_master_key_determined() { "determined" } else { "not determined" };
    Line {
        name: entry.label.clone(),
        cells: vec![
            Cell::plain(count(step.number)),
            whole("keys"),
            whole("distinct_keys"),
            whole("rank"),
            whole("dimension"),
            whole("live_rank"),
            whole("live_dimension"),
            number("psnr_public_prior", decibels),
            number("ssim_public_prior", decimals),
            number("exact_public_prior", percent),
            number("psnr_least_norm", decibels),
            number("exact_least_norm", percent),
            number("label_accuracy", percent),
            Cell::plain(key.to_owned()),
        ],
        standing: entry.standing,
    }
}
