//! The tables of a run, as words: the page and the summary write the same cells.

use blindbench_results::metrics::MetricRow;
use blindbench_results::pair::PairRow;
use blindbench_results::sample::Stage;

use crate::entry::{Entry, Standing};
use crate::units::{ABSENT, bytes, count, duration, percent, significant};

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

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row's name.
    pub name: String,
    /// The other columns.
    pub cells: Vec<String>,
    /// What it may be compared with.
    pub standing: Standing,
}

/// Accuracy, agreement, latency and amortised time: what most readers came for.
#[must_use]
pub fn results(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        "scheme / model",
        "accuracy",
        "agreement with the lowered twin",
        "agreement with the model",
        "latency",
        "amortized per image",
        "images per second",
        "security",
    ];
    table("Results: medians with their intervals", &columns, Cells::Numbers, entries, |entry| {
        let row = entry.row;
        vec![
            entry.accuracy().map(|accuracy| accuracy.say(percent)),
            entry.agreement_lowered().map(|agreement| agreement.say(percent)),
            row.agreement_model.map(percent),
            entry.latency().map(|latency| latency.say(duration)),
            row.amortized_ns.map(|ns| duration(ns as f64)),
            row.images_per_second.map(significant),
            Some(entry.security()),
        ]
    })
}

/// Median time of every stage.
#[must_use]
pub fn stages(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        "scheme / model",
        "plan, once",
        "keygen, once",
        "setup, once",
        "encrypt, a query",
        "evaluate, a query",
        "decrypt, a query",
    ];
    table("Time by stage: medians", &columns, Cells::Numbers, entries, |entry| {
        Stage::ALL.iter().map(|stage| entry.stage(*stage).map(|time| duration(time.value))).collect()
    })
}

/// What is sent and what is kept.
#[must_use]
pub fn sizes(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        "scheme / model",
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
        .map(|size| size.map(|size| bytes(size as f64)))
        .into()
    })
}

/// Parameters, correctness and security behind each row.
#[must_use]
pub fn parameters(entries: &[&Entry<'_>]) -> Table {
    let columns = [
        "scheme / model",
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
        vec![
            row.family.clone(),
            row.parameters.clone(),
            row.approximations.clone().filter(|words| !words.is_empty()),
            correctness(entry),
            row.failure_log2.map(|log| format!("2^{}", significant(log))),
            attack(entry),
            Some(row.kernel.clone()),
            Some(count(u64::from(row.threads))),
            Some(count(row.batch)),
        ]
    })
}

/// What each role learns.
#[must_use]
pub fn learning(entries: &[&Entry<'_>]) -> Table {
    let columns = ["scheme / model", "the server learns", "the client learns", "the key holder learns"];
    table("Who learns what", &columns, Cells::Words, entries, |entry| {
        let row = entry.row;
        vec![row.server_learns.clone(), row.client_learns.clone(), row.key_holder_learns.clone()]
    })
}

/// Cells whose numbers are not shown, and why; `None` where every cell succeeded.
#[must_use]
pub fn failures(entries: &[&Entry<'_>]) -> Option<Table> {
    let failed: Vec<&Entry<'_>> = entries.iter().copied().filter(|entry| !entry.succeeded()).collect();
    let columns = ["scheme / model", "status", "reason", "wrong answers"];
    (!failed.is_empty()).then(|| {
        table("Cells without numbers", &columns, Cells::Words, &failed, |entry| {
            let row = entry.row;
            vec![Some(row.status.name().replace('_', " ")), row.reason.clone(), Some(count(row.wrong_answers))]
        })
    })
}

/// How the labels of every two systems differ on the same images; `None` without such a pair.
#[must_use]
pub fn pairs(entries: &[&Entry<'_>], pairs: &[PairRow]) -> Option<Table> {
    let named = |cell: &str| entries.iter().find(|entry| entry.row.cell == cell);
    let lines: Vec<Line> = pairs
        .iter()
        .filter_map(|pair| {
            let (first, second) = (named(&pair.first)?, named(&pair.second)?);
            let numbers = [pair.images, pair.only_first, pair.only_second, pair.same_label].map(count);
            let mut cells = vec![second.label.clone()];
            cells.extend(numbers);
            cells.push(significant(pair.mcnemar_p));
            Some(Line { name: first.label.clone(), cells, standing: first.standing.max(second.standing) })
        })
        .collect();
    let caption = format!(
        "Pairs on the same images: exact McNemar tests, each by itself, of {} pairs",
        count(lines.len() as u64)
    );
    let columns =
        vec!["first", "second", "images", "only the first right", "only the second right", "same label", "p-value"];
    (!lines.is_empty()).then_some(Table { caption, columns, lines, cells: Cells::Numbers })
}

/// Every metric of a run, for kinds of experiments without a summary.
#[must_use]
pub fn metrics(rows: &[MetricRow]) -> Table {
    let lines = rows.iter().map(|row| {
        let say = |value: f64| match row.unit.as_str() {
            "ns" => duration(value),
            "bytes" => bytes(value),
            "ratio" => percent(value),
            unit => format!("{} {unit}", significant(value)),
        };
        let interval =
            row.low.zip(row.high).map_or(ABSENT.to_owned(), |(low, high)| format!("{} to {}", say(low), say(high)));
        let cell = row.cell.chars().take(12).collect();
        Line {
            name: row.stage.clone(),
            cells: vec![row.metric.clone(), say(row.value), interval, cell],
            standing: Standing::Reference,
        }
    });
    Table {
        caption: "Metrics".to_owned(),
        columns: vec!["stage", "metric", "value", "interval", "cell"],
        lines: lines.collect(),
        cells: Cells::Numbers,
    }
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
    line: impl Fn(&Entry<'_>) -> Vec<Option<String>>,
) -> Table {
    let lines = entries.iter().map(|entry| Line {
        name: entry.label.clone(),
        cells: line(entry).into_iter().map(|cell| cell.unwrap_or_else(|| ABSENT.to_owned())).collect(),
        standing: entry.standing,
    });
    Table { caption: caption.to_owned(), columns: columns.to_vec(), lines: lines.collect(), cells }
}
