//! The table at the end of a run, for people.

use blindbench_reports::units::{bytes, duration, percent, significant};
use blindbench_results::cell::Status;
use blindbench_results::leakage::step_of;
use blindbench_results::metrics::MetricRow;
use blindbench_results::summary::SummaryRow;

/// One line a cell of inference, columns aligned.
pub fn inference(rows: &[SummaryRow]) -> String {
    let heading = [
        "cell",
        "status",
        "accuracy",
        "= twin",
        "= model",
        "latency",
        "per image",
        "query",
        "answer",
        "keys",
        "security",
    ];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(line));
    align(&lines)
}

/// One line an operation, for experiments that time operations by themselves: its times, and its CPU time
/// over that of the cell that it is compared with.
pub fn operations(rows: &[SummaryRow], metrics: &[MetricRow]) -> String {
    let mut lines = vec![
        ["cell", "operation", "time", "a result", "CPU time", "ratio", "interval", "to"].map(str::to_owned).to_vec(),
    ];
    for row in rows {
        let of = |stage: &str, name: &str| {
            metrics.iter().find(|found| found.cell == row.cell && found.stage == stage && found.metric == name)
        };
        let reference = rows.iter().find(|other| Some(&other.cell) == row.reference.as_ref());
        let timed = metrics.iter().filter(|metric| metric.cell == row.cell && metric.metric == "wall");
        let before = lines.len();
        lines.extend(timed.map(|wall| {
            let ratio = of(&wall.stage, "cpu_ratio");
            let ends = ratio.and_then(|ratio| ratio.low.zip(ratio.high));
            vec![
                row.label.clone(),
                wall.stage.clone(),
                duration(wall.value),
                of(&wall.stage, "amortized").map_or_else(String::new, |amortized| duration(amortized.value)),
                of(&wall.stage, "cpu").map_or_else(String::new, |cpu| duration(cpu.value)),
                ratio.map_or_else(String::new, |ratio| significant(ratio.value)),
                ends.map_or_else(String::new, |(low, high)| format!("{} to {}", significant(low), significant(high))),
                ratio.and(reference).map_or_else(String::new, |row| row.scheme_label.clone()),
            ]
        }));
        if lines.len() == before {
            lines.push(vec![row.label.clone(), row.status.name().into()]);
        }
    }
    align(&lines)
}

/// One line a step, for experiments that issue keys: how far they go, and how well images are found from what they open.
pub fn leakage(rows: &[SummaryRow], metrics: &[MetricRow]) -> String {
    let heading =
        ["cell", "steps", "keys", "rank", "of", "live", "of", "PSNR", "exact", "blind PSNR", "exact", "labels"];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    for row in rows {
        let own: Vec<&MetricRow> = metrics.iter().filter(|metric| metric.cell == row.cell).collect();
        for ranks in own.iter().filter(|metric| metric.metric == "rank") {
            let of = |name: &str| own.iter().find(|found| found.stage == ranks.stage && found.metric == name);
            let say = |name: &str, words: fn(f64) -> String| of(name).map_or_else(String::new, |row| words(row.value));
            let decibels = |value: f64| format!("{value:.1} dB");
            let whole = |value: f64| value.to_string();
            lines.push(vec![
                row.label.clone(),
                step_of(&ranks.stage).map_or_else(String::new, |step| step.to_string()),
                say("keys", whole),
                say("rank", whole),
                say("dimension", whole),
                say("live_rank", whole),
                say("live_dimension", whole),
                say("psnr_public_prior", decibels),
                say("exact_public_prior", percent),
                say("psnr_least_norm", decibels),
                say("exact_least_norm", percent),
                say("label_accuracy", percent),
            ]);
        }
    }
    align(&lines)
}

/// Widest interval of a latency, relative to it, that still says something.
const WIDEST: f64 = 0.1;

/// Whether a cell was measured, but its latency is known too badly, or half of its samples were disturbed.
pub fn is_inconclusive(rows: &[SummaryRow]) -> bool {
    let wide = |row: &SummaryRow| match (row.latency_ns_ci_low, row.latency_ns_ci_high, row.latency_ns) {
        (Some(low), Some(high), Some(median)) => (high - low) as f64 > WIDEST * median as f64,
        _ => true,
    };
    let measured = rows.iter().filter(|row| row.status == Status::Ok && row.samples > 0);
    measured.into_iter().any(|row| wide(row) || 2 * row.contaminated > row.samples)
}

fn line(row: &SummaryRow) -> Vec<String> {
    let share = |value: Option<f64>| value.map_or(String::new(), percent);
    let time = |value: Option<u64>| value.map_or(String::new(), |value| duration(value as f64));
    let size = |value: Option<u64>| value.map_or(String::new(), |value| bytes(value as f64));
    vec![
        row.label.clone(),
        row.status.name().into(),
        share(row.accuracy),
        share(row.agreement_lowered),
        share(row.agreement_model),
        time(row.latency_ns),
        time(row.amortized_ns),
        size(row.query_bytes),
        size(row.answer_bytes),
        size(row.server_key_bytes),
        row.security_bits.map_or_else(|| "none".into(), |bits| format!("{bits:.0} bits")),
    ]
}

/// The first column to the left, the others to the right; columns that are empty throughout are left out.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |line: &Vec<String>, column: usize| line.get(column).cloned().unwrap_or_default();
    let shown: Vec<(usize, usize)> = (0..columns)
        .filter(|&column| lines.iter().skip(1).any(|line| !cell(line, column).is_empty()))
        .map(|column| (column, lines.iter().map(|line| cell(line, column).chars().count()).max().unwrap_or(0)))
        .collect();
    let row = |line: &Vec<String>| {
        let cells = shown.iter().map(|&(column, width)| match column {
            0 => format!("{:width$}", cell(line, column)),
            _ => format!("{:>width$}", cell(line, column)),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let row = |label: &str, accuracy| SummaryRow { label: label.into(), accuracy, ..SummaryRow::default() };
        let table = inference(&[row("a", Some(0.5)), row("longer", Some(1.0))]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].starts_with("cell    ") && !table.contains("latency"), "{table}");
        assert!(lines[1].starts_with("a     ") && lines[1].contains(" 50.0 %"), "{table}");
        assert!(lines[2].starts_with("longer") && lines[2].contains("100 %"), "{table}");
    }
}
