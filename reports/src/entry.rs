//! A summary row as a report shows it: with a label of its own, its place, and what it may be compared with.

use blindbench_results::bundle::Bundle;
use blindbench_results::cell::Status;
use blindbench_results::leakage::ReconstructionRow;
use blindbench_results::metrics::MetricRow;
use blindbench_results::sample::Stage;
use blindbench_results::summary::SummaryRow;

use crate::measure::Measure;
use crate::units;

/// Security that a row must reach to be ranked, in bits.
pub const RANKED_BITS: f64 = 128.0;

/// What a row may be compared with. The order is the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing is hidden: the cleartext that others are held against.
    Reference,
    /// At least 128 bits.
    Secure,
    /// Below 128 bits: hatched, after all others, never ranked.
    Insecure,
    /// The cell did not get as far as a plan: it has no terms and no numbers.
    Unplanned,
}

/// A summary row and what a report adds to it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The record.
    pub row: &'a SummaryRow,
    /// Names the row; unique within its run.
    pub label: String,
    /// Number of the row's scheme: its colour and its marker in every figure.
    pub series: usize,
    /// What it may be compared with.
    pub standing: Standing,
    /// Every number that was measured of it.
    pub metrics: Vec<&'a MetricRow>,
    /// Images of victims, where keys were attacked.
    pub reconstructions: Vec<&'a ReconstructionRow>,
}

/// A run's rows in the order of its tables: the reference, then secure rows by latency, then the rows that are not ranked.
/// Rows without a latency stand last among their kind.
#[must_use]
pub fn entries(bundle: &Bundle) -> Vec<Entry<'_>> {
    let rows = &bundle.summary;
    let mut schemes: Vec<&str> = Vec::new();
    for row in rows {
        if !schemes.contains(&row.scheme_label.as_str()) {
            schemes.push(&row.scheme_label);
        }
    }
    let mut entries: Vec<Entry<'_>> = rows
        .iter()
        .map(|row| Entry {
            row,
            label: label(row, rows),
            series: schemes.iter().position(|scheme| *scheme == row.scheme_label).unwrap_or(0),
            standing: standing(row),
            metrics: bundle.metrics.iter().filter(|metric| metric.cell == row.cell).collect(),
            reconstructions: bundle.reconstructions.iter().filter(|image| image.cell == row.cell).collect(),
        })
        .collect();
    entries.sort_by_key(|entry| (entry.standing, entry.row.latency_ns.unwrap_or(u64::MAX), entry.row.index));
    entries
}

fn standing(row: &SummaryRow) -> Standing {
    match row.security_bits {
        _ if row.insecure.is_some() => Standing::Insecure,
        Some(bits) if bits < RANKED_BITS => Standing::Insecure,
        Some(_) => Standing::Secure,
        None if row.family.is_some() => Standing::Reference,
        None => Standing::Unplanned,
    }
}

/// `scheme / model`, the batch where it is more than one image, and of threads, kernel and scenario whatever differs
/// among rows of that name. A row without a network has the label of its experiment.
fn label(row: &SummaryRow, rows: &[SummaryRow]) -> String {
    if row.model.is_empty() {
        return row.label.clone();
    }
    let name = |row: &SummaryRow| {
        let batch = if row.batch > 1 { format!(", batch {}", units::count(row.batch)) } else { String::new() };
        format!("{} / {}{batch}", row.scheme_label, row.model)
    };
    let mut label = name(row);
    let namesakes: Vec<&SummaryRow> = rows.iter().filter(|other| name(other) == label).collect();
    let details: [fn(&SummaryRow) -> String; 3] =
        [|row| plural(u64::from(row.threads), "thread"), |row| row.kernel.clone(), |row| row.scenario.clone()];
    for detail in details {
        if namesakes.iter().any(|other| detail(other) != detail(row)) {
            label = format!("{label}, {}", detail(row));
        }
    }
    let twins = rows.iter().filter(|other| same_details(row, other)).count();
    if twins > 1 { format!("{label} (cell {})", row.index) } else { label }
}

fn same_details(a: &SummaryRow, b: &SummaryRow) -> bool {
    let key = |row: &SummaryRow| {
        let words = [&row.scheme_label, &row.model, &row.kernel, &row.scenario].map(Clone::clone);
        (words, row.batch, row.threads)
    };
    key(a) == key(b)
}

/// `1 thread`, `2 threads`.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", units::count(count)) }
}

impl Entry<'_> {
    /// Whether every answer kept its promise, so that the row's numbers may be shown.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.row.status == Status::Ok
    }

    /// Median latency of one query, in nanoseconds.
    #[must_use]
    pub fn latency(&self) -> Option<Measure> {
        nanoseconds(self.row.latency_ns, self.row.latency_ns_ci_low, self.row.latency_ns_ci_high)
    }

    /// Median time per image in nanoseconds; `None` where a query holds one image and it equals the latency.
    #[must_use]
    pub fn amortized(&self) -> Option<Measure> {
        if self.row.chunk.unwrap_or(self.row.batch) <= 1 {
            return None;
        }
        nanoseconds(self.row.amortized_ns, self.row.amortized_ns_ci_low, self.row.amortized_ns_ci_high)
    }

    /// Median time of a stage, in nanoseconds.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Option<Measure> {
        let row = self.row;
        let (median, low, high) = match stage {
            Stage::Plan => (row.plan_ns, row.plan_ns_ci_low, row.plan_ns_ci_high),
            Stage::Keygen => (row.keygen_ns, row.keygen_ns_ci_low, row.keygen_ns_ci_high),
            Stage::Setup => (row.setup_ns, row.setup_ns_ci_low, row.setup_ns_ci_high),
            Stage::Encrypt => (row.encrypt_ns, row.encrypt_ns_ci_low, row.encrypt_ns_ci_high),
            Stage::Evaluate => (row.evaluate_ns, row.evaluate_ns_ci_low, row.evaluate_ns_ci_high),
            Stage::Decrypt => (row.decrypt_ns, row.decrypt_ns_ci_low, row.decrypt_ns_ci_high),
        };
        nanoseconds(median, low, high)
    }

    /// Share of right labels.
    #[must_use]
    pub fn accuracy(&self) -> Option<Measure> {
        Measure::from_columns(self.row.accuracy, self.row.accuracy_ci_low, self.row.accuracy_ci_high)
    }

    /// Share of images with the lowered twin's label.
    #[must_use]
    pub fn agreement_lowered(&self) -> Option<Measure> {
        let row = self.row;
        Measure::from_columns(row.agreement_lowered, row.agreement_lowered_ci_low, row.agreement_lowered_ci_high)
    }

    /// Bytes that cross between client and server for one query, both ways.
    #[must_use]
    pub fn traffic_bytes(&self) -> Option<u64> {
        Some(self.row.query_bytes? + self.row.answer_bytes?)
    }

    /// Security in words: `128 bits`, `80 bits, not ranked`, `none`; `None` where the cell has no terms.
    #[must_use]
    pub fn security(&self) -> Option<String> {
        let bits = self.row.security_bits.map(|bits| format!("{} bits", bits.floor()));
        let words = match (self.standing, bits) {
            (Standing::Unplanned, _) => return None,
            (Standing::Insecure, Some(bits)) => format!("{bits}, not ranked"),
            (Standing::Insecure, None) => "not ranked".to_owned(),
            (_, Some(bits)) => bits,
            (_, None) => "none".to_owned(),
        };
        Some(if self.row.claimed_by_peer == Some(true) { format!("{words}, claimed by the peer") } else { words })
    }
}

fn nanoseconds(median: Option<u64>, low: Option<u64>, high: Option<u64>) -> Option<Measure> {
    let float = |ns: Option<u64>| ns.map(|ns| ns as f64);
    Measure::from_columns(float(median), float(low), float(high))
}
