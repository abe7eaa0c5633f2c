//! Operations without a network: how they take turns, what they are given, and what becomes of them.
//!
//! The clock is made up and moves by what an operation is said to take, so that every number is known.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

#[path = "support/toys.rs"]
mod toys;
#[path = "support/workbench.rs"]
mod workbench;

use std::path::Path;

use blindbench::config::outlook::Outlook;
use blindbench::config::{Checked, Overrides, check_text};
use blindbench::filter::Filter;
use blindbench::yaml::problem::Problems;
use blindbench_results::cell::Status;
use blindbench_results::metrics::MetricRow;
use blindbench_results::tables::Tables;
use toys::KNOWN;
use workbench::{Call, measure};

blindbench_schemes::schemes! {
    /// The schemes of the tests.
    enum Toys as ToyEntry in conformance_of_toys {
        plain: "plain" = blindbench_schemes::cleartext::Cleartext;
        ours: "ours" = workbench::Ours;
        theirs: "theirs" = workbench::Theirs;
    }
}

fn check(entries: &str) -> Result<Checked, Problems> {
    let text = format!(
        "name: operations\nseed: 5\nkind: primitives\nschemes:\n{entries}measure: {{repeats: 6, kernel: scalar}}\n"
    );
    check_text::<Toys>(&text, Path::new("operations.yaml"), &KNOWN, Overrides::default())
}

fn run(entries: &str) -> (Tables, Vec<Call>) {
    measure(check(entries).unwrap_or_else(|problems| panic!("{:?}", problems.list())).experiment)
}

/// What the first problem says, and its remedy.
fn refusal(entries: &str) -> String {
    let problem = check(entries).unwrap_err().list()[0].clone_text();
    assert!(!problem.is_empty());
    problem
}

trait Words {
    fn clone_text(&self) -> String;
}

impl Words for blindbench::yaml::problem::Problem {
    fn clone_text(&self) -> String {
        let help = self.help.clone().unwrap_or_default();
        format!("{}: {} {help}", self.message, self.label.clone().unwrap_or_default()).replace("  ", " ")
    }
}

fn ratios(tables: &Tables) -> Vec<(String, f64)> {
    let label = |row: &MetricRow| tables.summary.iter().find(|cell| cell.cell == row.cell).unwrap().label.clone();
    let rows = tables.metrics.iter().filter(|row| row.metric == "cpu_ratio");
    rows.map(|row| (label(row), row.value)).collect()
}

const PAIR: &str = "  - {ours: {ns: 500}, reference: other, operations: [add, rotate]}\n  \
                    - {theirs: {ns: 2000}, name: other, operations: [rotate, encode, add]}\n";

#[test]
fn a_scheme_stands_alone_with_its_terms() {
    let (tables, _) = run("  - ours: {ns: 500}\n");
    let row = &tables.summary[0];
    assert_eq!((row.status, row.label.as_str(), row.model.as_str()), (Status::Ok, "ours", ""));
    assert_eq!((row.parameters.as_deref(), row.security_bits), (Some("made up"), Some(129.0)));
    assert_eq!((row.log_n, row.log_qp, row.kernel.as_str()), (Some(13.0), Some(200.0), "scalar"));
    assert_eq!((row.exact, row.error_bound, row.claimed_by_peer), (Some(true), Some(0.0), Some(false)));
    assert_eq!((row.server_learns.as_ref(), row.reference.as_ref()), (None, None));
    let cpu: Vec<_> =
        tables.metrics.iter().filter(|row| row.metric == "cpu").map(|row| (row.stage.as_str(), row.value)).collect();
    assert_eq!(cpu, [("add", 500.0), ("encode", 500.0), ("rotate", 500.0)]);
}

#[test]
fn the_same_operation_of_both_takes_turns_and_gives_a_ratio() {
    let (tables, calls) = run(PAIR);
    assert_eq!(ratios(&tables), [("ours · add".into(), 0.25), ("ours · rotate".into(), 0.25)]);
    for operation in ["add", "rotate"] {
        // After the warm-up of both.
        let turns: Vec<&str> =
            calls.iter().filter(|call| call.operation == operation).map(|call| call.scheme).collect();
        assert_eq!(turns.len(), 2 * (1 + 6), "{turns:?}");
        assert!(turns[2..].chunks(2).all(|pair| pair[0] != pair[1]), "{turns:?}");
    }
    // One operation is over before the next begins.
    let mut order: Vec<&str> = calls.iter().map(|call| call.operation).collect();
    order.dedup();
    assert_eq!(order, ["add", "rotate", "encode"]);
}

#[test]
fn every_scheme_is_given_the_same_operands() {
    let (_, calls) = run(PAIR);
    let seeds = |operation: &str| {
        let mut seeds: Vec<[u8; 32]> =
            calls.iter().filter(|call| call.operation == operation).map(|call| call.seed).collect();
        seeds.dedup();
        seeds
    };
    assert_eq!((seeds("add").len(), seeds("rotate").len()), (1, 1));
    assert_ne!(seeds("add"), seeds("rotate"));
}

#[test]
fn a_result_beyond_the_stated_error_fails_its_cell_and_leaves_no_ratio() {
    let (tables, _) = run("  - {ours: {ns: 500, off_by: 1.0}, reference: other, operations: [add]}\n  \
             - {theirs: {ns: 2000}, name: other, operations: [add]}\n");
    let statuses: Vec<Status> = tables.summary.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [Status::FailedTwin, Status::Ok]);
    assert!(tables.summary[0].reason.as_ref().unwrap().contains("`add` is off by 1"));
    assert_eq!(ratios(&tables), []);
}

#[test]
fn an_operation_that_the_reference_turns_out_to_lack_leaves_no_ratio() {
    let (tables, _) = run("  - {ours: {ns: 500}, reference: other, operations: [rotate]}\n  \
             - {theirs: {ns: 2000, lacks: rotate}, name: other, operations: [rotate]}\n");
    let statuses: Vec<Status> = tables.summary.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [Status::Ok, Status::Unsupported]);
    assert_eq!(ratios(&tables), []);
}

#[test]
fn a_foreign_program_is_measured_once_whatever_the_kernels() {
    let Checked { experiment, .. } = check(PAIR).unwrap();
    assert_eq!(experiment.cells.len(), 5);
    let of_other = "name=oth*".parse::<Filter>().unwrap().groups(&experiment);
    assert_eq!(of_other.iter().map(|group| group.cells.len()).sum::<usize>(), 3);
    let kernels = |entries: &str, kernels: &str| {
        let text = format!("name: k\nkind: primitives\nschemes:\n{entries}measure: {{kernel: {kernels}}}\n");
        check_text::<Toys>(&text, Path::new("k.yaml"), &KNOWN, Overrides::default()).unwrap().experiment
    };
    if !blindbench_kernels::dispatch::Kernel::Avx2.is_available() {
        return;
    }
    let experiment = kernels(PAIR, "[scalar, avx2]");
    let labels: Vec<&str> = experiment.cells.iter().map(|cell| cell.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "ours · add · scalar",
            "ours · rotate · scalar",
            "ours · add · avx2",
            "ours · rotate · avx2",
            "other · rotate",
            "other · encode",
            "other · add"
        ]
    );
    let reference: Vec<Option<usize>> = experiment.cells.iter().map(|cell| cell.reference).collect();
    assert_eq!(reference, [Some(6), Some(4), Some(6), Some(4), None, None, None]);
    let groups: Vec<&[usize]> = experiment.groups.iter().map(|group| group.cells.as_slice()).collect();
    assert_eq!(groups, [&[0, 2, 6][..], &[1, 3, 4], &[5]]);
}

#[test]
fn a_scheme_without_a_single_operation_is_unsupported() {
    let (tables, calls) = run("  - theirs: {ns: 1, lacks: all}\n");
    assert_eq!((tables.summary[0].status, calls.len()), (Status::Unsupported, 0));
    let (tables, _) = run("  - {ours: {ns: 1, lacks: all}}\n");
    assert_eq!(tables.summary[0].status, Status::Unsupported);
}

#[test]
fn foreign_operations_are_planned_when_they_run() {
    let Checked { outlooks, .. } = check("  - theirs: {ns: 1}\n").unwrap();
    assert_eq!(outlooks, [Outlook::Foreign]);
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_remedy() {
    let other = "  - {theirs: {ns: 2}, name: other, operations: [add]}\n";
    for (entry, expected) in [
        (
            "  - {ours: {ns: 1}, reference: othr, operations: [add]}\n",
            "unknown reference `othr`: did you mean `other`?",
        ),
        ("  - {ours: {ns: 1}, name: me, reference: me, operations: [add]}\n", "`me` is its own reference"),
        ("  - {ours: {ns: 1}, reference: other}\n", "operations that are not named"),
        ("  - {ours: {ns: 1}, reference: other, operations: [rotate]}\n", "`rotate` is not timed of its reference"),
        ("  - {ours: {ns: 1}, name: other, operations: [add]}\n", "several entries are called `other`"),
        ("  - {ours: {ns: 1}, name: \"a/b\", operations: [add]}\n", "`a/b` cannot name an entry"),
        ("  - {ours: {ns: 1}, operations: [add, add]}\n", "`add` stands twice"),
        ("  - {ours: {ns: 1}, operations: [adds]}\n", "ours has no operation `adds`"),
        ("  - {ours: {ns: 1, off_by: -1.0}, operations: [add]}\n", "off_by is negative"),
        ("  - {ours: {ns: 1, bits: 80.0}, operations: [add]}\n", "about 80 bits of security"),
        ("  - plain: {}\n", "no operations without a network"),
    ] {
        let refusal = refusal(&format!("{other}{entry}"));
        assert!(refusal.contains(expected), "{entry}{refusal}");
    }
    let chain = "  - {ours: {ns: 1}, name: a, reference: other, operations: [add]}\n  \
                 - {ours: {ns: 2}, reference: a, operations: [add]}\n";
    assert!(refusal(&format!("{other}{chain}")).contains("has one of its own"));
    let alone = "  - {ours: {ns: 1}, reference: other, operations: [add]}\n";
    assert!(refusal(alone).contains("write `name: other`"));
}

#[test]
fn comparisons_belong_to_operations() {
    let text = "name: a\nkind: inference\ndataset: {name: digits, split: test, images: 4}\nmodels: [flat]\nschemes:\n  \
                - {plain: {}, reference: b}\n  - {plain: {}, operations: [add], name: b}\n";
    let problems = check_text::<Toys>(text, Path::new("a.yaml"), &KNOWN, Overrides::default()).unwrap_err();
    let messages: Vec<&str> = problems.list().iter().map(|problem| problem.message.as_str()).collect();
    assert!(messages.contains(&"kind `inference` compares no operations"), "{messages:?}");
    assert!(messages.contains(&"kind `inference` takes no operations"), "{messages:?}");
}
