//! summary.md.

use blindbench_reports::error::Error;
use blindbench_reports::render;

use crate::fixture::{CLEARTEXT, TFHE, bundle, crowd, failed, row, small};
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
