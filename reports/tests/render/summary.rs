//! summary.md.

use blindbench_reports::error::Error;
use blindbench_reports::render;
use blindbench_results::metrics::MetricRow;

use crate::fixture::{CKKS, CLEARTEXT, TFHE, bundle, crowd, failed, growing, row, small};
use crate::folder;

fn summary(name: &str, bundles: &[blindbench_results::bundle::Bundle]) -> String {
    std::fs::read_to_string(render(bundles, &folder(name)).unwrap().summary).unwrap()
}

#[test]
fn a_first_run() {
    insta::assert_snapshot!(summary("summary-small", &[small()]));
}

#[test]
fn many_rows_with_failures_and_low_security() {
    insta::assert_snapshot!(summary("summary-crowd", &[crowd()]));
}

#[test]
fn a_run_where_nothing_succeeded_says_so_and_why() {
    let rows = vec![failed(0, TFHE, "tfhe-30", "timed_out", "no answer within 30 s")];
    let text = summary("summary-nothing", &[bundle("nothing", "mnist", rows)]);
    assert!(
        text.contains("No cell succeeded") && text.contains("timed out") && text.contains("no answer within 30 s"),
        "{text}"
    );
}

#[test]
fn answers_that_failed_their_twin_give_no_numbers() {
    let mut wrong = row(1, TFHE, "tfhe-30", 118_000, 953);
    wrong.status = blindbench_results::cell::Status::FailedTwin;
    wrong.reason = Some("score 3 differs by 9".to_owned());
    let text =
        summary("summary-wrong", &[bundle("wrong", "mnist", vec![row(0, CLEARTEXT, "mlp-128-64", 38, 978), wrong])]);
    assert!(text.contains("failed twin") && !text.contains("118 ms"), "{text}");
}

#[test]
fn drawn_digits_are_named_loudly() {
    let text = summary("summary-digits", &[bundle("digits", "digits", vec![row(0, CLEARTEXT, "mlp-digits", 38, 978)])]);
    assert!(text.contains("**NOT MNIST"), "{text}");
}

#[test]
fn operations_are_shown_beside_their_reference() {
    let entry = |index, label: &str, reference: Option<&str>| {
        let mut row = row(index, CKKS, "", 38, 978);
        row.label = label.to_owned();
        row.reference = reference.map(str::to_owned);
        row
    };
    let mut rows = vec![entry(0, "ours · rotate", None), entry(1, "theirs · rotate", None)];
    rows[0].reference = Some(rows[1].cell.clone());
    let metric = |cell: &str, metric: &str, unit: &str, value, interval: Option<(f64, f64)>| MetricRow {
        cell: cell.to_owned(),
        stage: "rotate".to_owned(),
        metric: metric.to_owned(),
        unit: unit.to_owned(),
        value,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
    };
    let metrics = vec![
        metric(&rows[0].cell, "wall", "ns", 420_000.0, Some((410_000.0, 431_000.0))),
        metric(&rows[0].cell, "cpu", "ns", 419_000.0, None),
        metric(&rows[0].cell, "cpu_ratio", "times", 0.158, Some((0.152, 0.169))),
        metric(&rows[1].cell, "wall", "ns", 2_700_000.0, None),
    ];
    let mut bundle = bundle("operations", "none", rows);
    bundle.run.kind = "primitives".to_owned();
    bundle.metrics = metrics;
    let text = summary("summary-operations", &[bundle]);
    let line = "| ours · rotate | rotate | 420 µs (410 µs to 431 µs) | – | 419 µs | 0.158 (0.152 to 0.169) | theirs · rotate |";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("| theirs · rotate | rotate | 2.7 ms |") && !text.contains("accuracy |"), "{text}");
}

#[test]
fn growth_is_fitted_and_networks_that_are_not_trained_are_named_so() {
    let text = summary("summary-growing", &[growing()]);
    let table = text.split("### Growth").nth(1).unwrap().split("###").next().unwrap();
    insta::assert_snapshot!(table);
    assert!(text.contains("All networks have weights drawn from a seed and were never trained"), "{text}");
    assert!(!text.contains("97.8 %"), "an accuracy by chance is shown");
    assert!(!summary("summary-no-growth", &[small()]).contains("### Growth"));
}

#[test]
fn names_cannot_break_a_table() {
    let rows = vec![row(0, CLEARTEXT, "a|b\n# c <script>", 38, 978)];
    let text = summary("summary-hostile", &[bundle("<script>x</script>", "mnist", rows)]);
    assert!(!text.contains("<script>") && text.contains("a\\|b \\# c &lt;script&gt;"), "{text}");
}

#[test]
fn no_bundle_is_an_error() {
    assert!(matches!(render(&[], &folder("summary-none")), Err(Error::NoRuns)));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let out = folder("summary-blocked");
    std::fs::create_dir_all(out.parent().unwrap()).unwrap();
    std::fs::write(&out, "a file where a folder should be").unwrap();
    let error = render(&[small()], &out).unwrap_err();
    std::fs::remove_file(&out).unwrap();
    assert!(error.to_string().contains("summary-blocked") && error.to_string().contains("--out"), "{error}");
}
