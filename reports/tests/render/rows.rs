//! Names of rows, their order, and what is said of a run as a whole.

use blindbench_reports::render;
use blindbench_results::bundle::Bundle;
use blindbench_results::metrics::MetricRow;
use blindbench_results::pair::PairRow;

use crate::fixture::{CKKS, CLEARTEXT, ELGAMAL, TFHE, batched, bundle, failed, row, small};
use crate::folder;

fn summary(name: &str, bundle: &Bundle) -> String {
    let written = render(std::slice::from_ref(bundle), &folder(name)).unwrap();
    std::fs::read_to_string(written.summary).unwrap()
}

/// First cells of the lines below a table's caption.
fn names(summary: &str, caption: &str) -> Vec<String> {
    let table = summary.split_once(&format!("### {caption}")).unwrap().1;
    let lines = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').nth(1).unwrap().trim().to_owned())
        .collect()
}

#[test]
fn rows_of_one_name_say_how_they_differ() {
    let mut two_threads = row(1, TFHE, "tfhe-30", 60_000, 953);
    two_threads.threads = 2;
    let mut portable = row(2, TFHE, "tfhe-30", 400_000, 953);
    portable.kernel = "scalar".to_owned();
    let rows = vec![
        row(0, TFHE, "tfhe-30", 118_000, 953),
        two_threads,
        portable,
        batched(row(3, CKKS, "mlp", 900_000, 978), 4096),
        row(4, CKKS, "mlp", 990_000, 978),
        row(5, CKKS, "mlp", 1_000_000, 978),
    ];
    assert_eq!(
        names(&summary("rows-names", &bundle("names", "mnist", rows)), "Results"),
        [
            "tfhe / tfhe-30, 2 threads, avx512",
            "tfhe / tfhe-30, 1 thread, avx512",
            "tfhe / tfhe-30, 1 thread, scalar",
            "ckks / mlp, batch 4,096",
            "ckks / mlp (cell 4)",
            "ckks / mlp (cell 5)",
        ]
    );
}

#[test]
fn references_come_first_and_insecure_rows_last_however_fast() {
    let rows = vec![
        row(0, ELGAMAL, "quadratic-40", 1, 1000),
        row(1, TFHE, "tfhe-30", 118_000, 953),
        row(2, CKKS, "mlp", 90_000, 978),
        row(3, CLEARTEXT, "mlp", 500_000_000, 978),
    ];
    assert_eq!(
        names(&summary("rows-order", &bundle("order", "mnist", rows)), "Results"),
        ["cleartext / mlp", "ckks / mlp", "tfhe / tfhe-30", "*elgamal / quadratic-40* †"]
    );
}

#[test]
fn exactly_128_bits_are_ranked_and_a_hair_less_is_not() {
    let with = |bits: f64| {
        let mut row = row(0, TFHE, "tfhe-30", 118_000, 953);
        row.security_bits = Some(bits);
        summary(&format!("rows-bits-{bits}"), &bundle("bits", "mnist", vec![row]))
    };
    assert!(!with(128.0).contains("not ranked"));
    // Rounding for the screen must not lift a row over the line.
    let below = with(127.96);
    assert!(below.contains("127 bits, not ranked"), "{below}");
}

#[test]
fn cells_that_were_never_begun_are_counted() {
    let mut bundle = small();
    bundle.run.cells = 9;
    assert!(summary("rows-begun", &bundle).contains("4 of 9 cells succeeded, 5 not begun"));
}

#[test]
fn disturbed_samples_are_confessed() {
    let mut bundle = small();
    bundle.summary[2].contaminated = 17;
    assert!(summary("rows-disturbed", &bundle).contains("during 17 of 12,000 timed samples"));
}

#[test]
fn pairs_are_named_by_their_rows() {
    let mut bundle = small();
    let cell = |index: usize| bundle.summary[index].cell.clone();
    let pair = PairRow {
        first: cell(1),
        second: cell(2),
        images: 1000,
        only_first: 3,
        only_second: 1,
        same_label: 995,
        mcnemar_p: 0.625,
    };
    let strange = PairRow { second: "no such cell".to_owned(), ..pair.clone() };
    bundle.pairs = vec![pair, strange];
    let text = summary("rows-pairs", &bundle);
    assert!(text.contains("| cleartext / tfhe-30 | tfhe / tfhe-30 | 1,000 | 3 | 1 | 995 | 0.625 |"), "{text}");
    assert_eq!(names(&text, "Pairs").len(), 1);
}

#[test]
fn other_kinds_show_their_metrics_and_no_empty_table() {
    let mut row = failed(0, TFHE, "", "ok", "");
    row.label = "tfhe · bootstrap".to_owned();
    row.family = Some("fully homomorphic".to_owned());
    row.security_bits = Some(132.0);
    let metric = MetricRow {
        cell: row.cell.clone(),
        stage: "bootstrap".to_owned(),
        metric: "wall".to_owned(),
        unit: "ns".to_owned(),
        value: 8_800_000.0,
        low: Some(8_700_000.0),
        high: Some(8_900_000.0),
    };
    let mut bundle = bundle("operations", "none", vec![row]);
    bundle.run.kind = "primitives".to_owned();
    let (metric_of, unit) = ("cpu_ratio".to_owned(), "times".to_owned());
    let ratio = MetricRow { metric: metric_of, unit, value: 1.5, low: Some(1.25), high: Some(1.75), ..metric.clone() };
    bundle.metrics = vec![metric, ratio];
    let text = summary("rows-metrics", &bundle);
    assert!(text.contains("| tfhe · bootstrap | bootstrap | wall | 8.8 ms (8.7 ms to 8.9 ms) |"), "{text}");
    assert!(text.contains("| cpu_ratio | 1.5 times (1.25 times to 1.75 times) |"), "{text}");
    assert!(!text.contains("Time by stage") && !text.contains("NOT MNIST"), "{text}");
    let written = render(&[bundle], &folder("rows-metrics-figures")).unwrap();
    assert_eq!(written.figures, Vec::<std::path::PathBuf>::new(), "no figure has anything to draw");
}

#[test]
fn a_baseline_gives_the_report_of_its_run() {
    let runs = folder("rows-baseline");
    let run = Bundle::derive(&blindbench_results::testing::run_folder(&runs.join("runs")).unwrap()).unwrap();
    run.write_baseline(&runs.join("baseline")).unwrap();
    let baseline = Bundle::load(&runs.join("baseline")).unwrap();
    let text = |bundle: Bundle, name: &str| {
        let written = render(&[bundle], &runs.join(name)).unwrap();
        [written.index, written.summary].map(|path| std::fs::read_to_string(path).unwrap())
    };
    assert_eq!(text(run, "of-run"), text(baseline, "of-baseline"));
}
