//! The tables of a run, as words: the page and the summary write the same cells.

use blindbench_results::metrics::MetricRow;
use blindbench_results::pair::PairRow;
use blindbench_results::sample::Stage;

use crate::entry::{Entry, Standing};
use crate::leakage;
use crate::measure::Measure;
use crate::series::{self, Series, exponent};
use crate::units::{ABSENT, bytes, count, decimals, duration, percent, significant};

/// Header of the column that names the rows.
const ROW: &str = "scheme / model";

/// A table ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it holds.
    pub caption: String,
    /// Headers, that of the row names included.
    pub columns: Vec<&'static str>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What its cells hold.
    pub cells: Cells,
}

/// How a table's cells are to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    /// Aligned right.
    Numbers,
    /// Aligned left, and broken where they are long.
    Words,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says; nothing where the records have no value.
    pub value: Option<String>,
    /// The interval around it.
    pub interval: Option<String>,
}

impl Cell {
    pub(crate) fn plain(value: String) -> Self {
        Self { value: Some(value), interval: None }
    }

    pub(crate) fn optional(value: Option<String>) -> Self {
        Self { value, interval: None }
    }

    pub(crate) fn measure(measure: Option<Measure>, unit: fn(f64) -> String) -> Self {
        let interval = measure.and_then(|measure| measure.interval);
        Self {
            value: measure.map(|measure| unit(measure.value)),
            interval: interval.map(|(low, high)| format!("{} to {}", unit(low), unit(high))),
        }
    }
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row's name.
    pub name: String,
    /// The other columns.
    pub cells: Vec<Cell>,
    /// What it may be compared with.
    pub standing: Standing,
}

impl Table {
    /// Whether no cell says anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.lines.iter().all(|line| line.cells.iter().all(|cell| cell.value.is_none()))
    }
}

/// Accuracy, agreement, latency, amortised time and bytes: what most readers came for.
#[must_use]
pub fn results(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        ROW,
        "accuracy",
        "agreement with the lowered twin",
        "agreement with the model",
        "latency of a query",
        "amortised time per image",
        "bytes of query and answer",
        "security",
    ];
    table("Results: medians, with their intervals below", &columns, Cells::Numbers, entries, |entry| {
        let row = entry.row;
        vec![
            Cell::measure(entry.accuracy(), percent),
            Cell::measure(entry.agreement_lowered(), percent),
            Cell::optional(row.agreement_model.map(percent)),
            Cell::measure(entry.latency(), duration),
            Cell::optional(row.amortized_ns.map(|ns| duration(ns as f64))),
            Cell::optional(entry.traffic_bytes().map(|sum| bytes(sum as f64))),
            Cell::optional(entry.security()),
        ]
    })
}

/// Single operations: the time of one, that of each of its results where it gives many, and what share of its reference's
/// CPU time a result takes.
#[must_use]
pub fn operations(entries: &[&Entry<'_>], rows: &[MetricRow]) -> Table {
    let columns = vec![
        "entry",
        "operation",
        "time",
        "amortised time",
        "CPU time",
        "share of reference",
        "reference",
        "largest error",
        "security",
    ];
    let named = |entry: &&Entry<'_>| {
        let own: Vec<&MetricRow> = rows.iter().filter(|row| row.cell == entry.row.cell).collect();
        let names = own.iter().filter(|row| row.metric == "wall").map(|row| row.stage.as_str());
        names.map(|name| operation(entry, name, &own, entries)).collect::<Vec<Line>>()
    };
    let lines = entries.iter().flat_map(named).collect();
    let caption = "Operations: medians, with their intervals below".to_owned();
    Table { caption, columns, lines, cells: Cells::Numbers }
}

fn operation(entry: &Entry<'_>, name: &str, own: &[&MetricRow], entries: &[&Entry<'_>]) -> Line {
    let cell = |metric: &str, unit: fn(f64) -> String| {
        let row = own.iter().find(|row| row.stage == name && row.metric == metric);
        Cell::measure(row.and_then(|row| Measure::from_columns(Some(row.value), row.low, row.high)), unit)
    };
    let reference = entry.row.reference.as_deref();
    let reference = entries.iter().find(|other| reference == Some(other.row.cell.as_str()));
    Line {
        name: entry.label.clone(),
        cells: vec![
            Cell::plain(name.to_owned()),
            cell("wall", duration),
            cell("amortized", duration),
            cell("cpu", duration),
            cell("cpu_ratio", significant),
            Cell::optional(reference.map(|reference| reference.label.clone())),
            cell("max_error", significant),
            Cell::optional(entry.security()),
        ],
        standing: entry.standing,
    }
}

/// How the server's time grows with batch, width and depth, beside what plans predict; `None` without a series.
#[must_use]
pub fn scaling(entries: &[&Entry<'_>]) -> Option<Table> {
    let columns = vec![
        "scheme",
        "what grows",
        "what stays",
        "points",
        "measured exponent",
        "predicted exponent",
        "time per predicted operation, smallest to largest below",
        "largest over smallest of these",
    ];
    let line = |series: &Series<'_>| {
        let ratios = series.ratios();
        let per_operation = ratios.map(|ratios| Measure { value: ratios.mean, interval: Some(ratios.ends) });
        Line {
            name: series.points[0].entry.row.scheme_label.clone(),
            cells: vec![
                Cell::plain(format!("{}, {} to {}", series.axis.name(), series.ends().0, series.ends().1)),
                Cell::plain(series.fixed()),
                Cell::plain(count(series.points.len() as u64)),
                Cell::measure(series.measured().map(|law| exponent(law.exponent)), decimals),
                Cell::optional(series.predicted().map(|law| decimals(law.exponent.value))),
                Cell::measure(per_operation, duration),
                Cell::optional(ratios.map(|ratios| significant(ratios.ends.1 / ratios.ends.0))),
            ],
            standing: series.points[0].entry.standing,
        }
    };
    let lines: Vec<Line> = series::all(entries).iter().map(line).collect();
    let caption =
        "Growth: exponents of the time to evaluate a query, by least squares on logarithms, with 95 % intervals \
                   below"
            .to_owned();
    (!lines.is_empty()).then_some(Table { caption, columns, lines, cells: Cells::Numbers })
}

/// Median time of every stage, and throughput.
#[must_use]
pub fn stages(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        ROW,
        "plan, once",
        "keygen, once",
        "setup, once",
        "encrypt, a query",
        "evaluate, a query",
        "decrypt, a query",
        "images per second",
    ];
    table("Time by stage: medians", &columns, Cells::Numbers, entries, |entry| {
        let times = Stage::ALL.iter().map(|stage| entry.stage(*stage).map(|time| duration(time.value)));
        let throughput = entry.row.images_per_second.map(rate);
        times.chain([throughput]).map(Cell::optional).collect()
    })
}

/// What is sent and what is kept.
#[must_use]
pub fn sizes(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        ROW,
        "query",
        "answer",
        "public key",
        "server key",
        "model",
        "resident on the server",
        "client peak memory",
        "server peak memory",
    ];
    table("Bytes on the wire and in memory (1 kB = 1000 B)", &columns, Cells::Numbers, entries, |entry| {
        let row = entry.row;
        [
            row.query_bytes,
            row.answer_bytes,
            row.public_key_bytes,
            row.server_key_bytes,
            row.model_bytes,
            row.resident_key_bytes,
            row.client_peak_rss_bytes,
            row.server_peak_rss_bytes,
        ]
        .map(|size| Cell::optional(size.map(|size| bytes(size as f64))))
        .into()
    })
}

/// Parameters, correctness and security behind each row.
#[must_use]
pub fn parameters(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        ROW,
        "family",
        "parameters",
        "approximations",
        "correctness",
        "failure probability of an image",
        "cheapest attack",
        "kernel",
        "threads",
        "batch",
    ];
    table("Parameters and terms", &columns, Cells::Words, entries, |entry| {
        let row = entry.row;
        let words = [
            row.family.clone(),
            row.parameters.clone(),
            row.approximations.clone().filter(|words| !words.is_empty()),
            correctness(entry),
            row.failure_log2.map(|log| format!("2^{}", significant(log))),
            attack(entry),
            Some(row.kernel.clone()),
            Some(count(u64::from(row.threads))),
            Some(count(row.batch)),
        ];
        words.map(Cell::optional).into()
    })
}

/// What each role learns.
#[must_use]
pub fn learning(entries: &[&Entry<'_>]) -> Table {
    let mut columns = vec![ROW, "the server learns", "the client learns", "the key holder learns"];
    let spans = entries.iter().any(|entry| leakage::span(entry.row).is_some());
    if spans {
        columns.push("span of the server's function keys");
    }
    table("Who learns what", &columns, Cells::Words, entries, |entry| {
        let row = entry.row;
        let words = [&row.server_learns, &row.client_learns, &row.key_holder_learns].map(Clone::clone);
        words.into_iter().chain(spans.then(|| leakage::span(row))).map(Cell::optional).collect()
    })
}

/// Cells whose numbers are not shown, and why; `None` where every cell succeeded.
#[must_use]
pub fn failures(entries: &[&Entry<'_>]) -> Option<Table> {
    let failed: Vec<&Entry<'_>> = entries.iter().copied().filter(|entry| !entry.succeeded()).collect();
    let columns = [ROW, "status", "reason", "wrong answers"];
    (!failed.is_empty()).then(|| {
        table("Cells without numbers", &columns, Cells::Words, &failed, |entry| {
            let row = entry.row;
            let status = row.status.name().replace('_', " ");
            vec![Cell::plain(status), Cell::optional(row.reason.clone()), Cell::plain(count(row.wrong_answers))]
        })
    })
}

/// How the labels of every two systems differ on the same images; `None` without such a pair.
#[must_use]
pub fn pairs(entries: &[&Entry<'_>], pairs: &[PairRow]) -> Option<Table> {
    let named = |cell: &str| entries.iter().find(|entry| entry.row.cell == cell);
    let line = |pair: &PairRow| {
        let (first, second) = (named(&pair.first)?, named(&pair.second)?);
        let counts = [pair.images, pair.only_first, pair.only_second, pair.same_label].map(count);
        let words = [second.label.clone()].into_iter().chain(counts).chain([significant(pair.mcnemar_p)]);
        let standing = first.standing.max(second.standing);
        Some(Line { name: first.label.clone(), cells: words.map(Cell::plain).collect(), standing })
    };
    let lines: Vec<Line> = pairs.iter().filter_map(line).collect();
    let caption =
        format!("Pairs on the same images ({}): exact McNemar tests, each by itself", count(lines.len() as u64));
    let columns =
        ["first", "second", "images", "only the first right", "only the second right", "same label", "p-value"];
    (!lines.is_empty()).then_some(Table { caption, columns: columns.to_vec(), lines, cells: Cells::Numbers })
}

/// Every metric of a run, for kinds of experiments that the other tables do not cover.
#[must_use]
pub fn metrics(entries: &[&Entry<'_>], rows: &[MetricRow]) -> Table {
    let line = |row: &MetricRow| {
        let say = |value: f64| match row.unit.as_str() {
            "ns" => duration(value),
            "bytes" => bytes(value),
            "ratio" => percent(value),
            unit => format!("{} {unit}", significant(value)),
        };
        let entry = entries.iter().find(|entry| entry.row.cell == row.cell);
        let value = Cell {
            value: Some(say(row.value)),
            interval: row.low.zip(row.high).map(|(low, high)| format!("{} to {}", say(low), say(high))),
        };
        Line {
            name: entry.map_or_else(|| row.cell.chars().take(12).collect(), |entry| entry.label.clone()),
            cells: vec![Cell::plain(row.stage.clone()), Cell::plain(row.metric.clone()), value],
            standing: entry.map_or(Standing::Unplanned, |entry| entry.standing),
        }
    };
    let columns = vec![ROW, "stage", "metric", "value"];
    Table { caption: "Metrics".to_owned(), columns, lines: rows.iter().map(line).collect(), cells: Cells::Numbers }
}

fn rate(images_per_second: f64) -> String {
    if images_per_second >= 1000.0 { count(images_per_second.round() as u64) } else { significant(images_per_second) }
}

fn correctness(entry: &Entry<'_>) -> Option<String> {
    let largest = significant(entry.row.max_logit_error?);
    Some(match (entry.row.exact?, entry.row.error_bound) {
        (true, _) => format!("exact; largest score error {largest}"),
        (false, Some(bound)) => format!("approximate; largest score error {largest}, promised {}", significant(bound)),
        (false, None) => format!("approximate; largest score error {largest}"),
    })
}

fn attack(entry: &Entry<'_>) -> Option<String> {
    let row = entry.row;
    row.security_bits?;
    let core_svp = row.core_svp_bits.map(|bits| format!("; core-SVP {} bits", bits.floor())).unwrap_or_default();
    let source = row.security_source.as_deref().map(|source| format!(" ({source})")).unwrap_or_default();
    let reason = row.insecure.as_deref().map(|reason| format!("; allowed because: {reason}")).unwrap_or_default();
    Some(format!("{}{source}{core_svp}{reason}", row.security_attack.as_deref().unwrap_or(ABSENT)))
}

fn table(
    caption: &str,
    columns: &[&'static str],
    cells: Cells,
    entries: &[&Entry<'_>],
    line: impl Fn(&Entry<'_>) -> Vec<Cell>,
) -> Table {
    let lines =
        entries.iter().map(|entry| Line { name: entry.label.clone(), cells: line(entry), standing: entry.standing });
    Table { caption: caption.to_owned(), columns: columns.to_vec(), lines: lines.collect(), cells }
}
