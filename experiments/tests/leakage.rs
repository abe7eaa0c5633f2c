//! Keys that are issued and attacked, from the config to the report.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/lab.rs"]
mod lab;

use std::path::Path;

use blindbench_results::bundle::Bundle;
use lab::Lab;

const EXPERIMENT: &str = "\
name: keys
seed: 3
kind: leakage
dataset: {name: digits, split: test, images: 12}
leakage:
  public_images: 60
  shown: 1
  training:
    - {layer: {dense: {neurons: 12}}, batch: 8, steps: [1, 2, 4]}
    - {layer: {convolution: {filters: 12, kernel: 3, layout: window}}, batch: 4, steps: [1, 2, 3]}
";

fn value(bundle: &Bundle, cell: usize, stage: &str, metric: &str) -> f64 {
    let hash = &bundle.summary[cell].cell;
    let found = bundle.metrics.iter().find(|r| r.cell == *hash && r.stage == stage && r.metric == metric);
    found.unwrap().value
}

fn metrics(run: &Path) -> String {
    let text = std::fs::read_to_string(run.join("metrics.csv")).unwrap();
    text.lines().filter(|line| !line.contains("peak_rss")).collect::<Vec<_>>().join("\n")
}

/// As a killed process leaves a cell: without its seal, its log cut in the middle of the third line.
fn interrupt(run: &Path) {
    for entry in std::fs::read_dir(run.join("cells")).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => std::fs::remove_file(&path).unwrap(),
            Some("jsonl") => {
                let text = std::fs::read_to_string(&path).unwrap();
                let kept: usize = text.split_inclusive('\n').take(2).map(str::len).sum();
                std::fs::write(&path, &text[..kept + 50]).unwrap();
            }
            _ => {}
        }
    }
}

#[test]
fn keys_are_metered_the_same_however_often_a_run_is_interrupted() {
    let lab = Lab::new();
    lab.write("keys.yaml", EXPERIMENT);
    lab.run(&["check-config", "keys.yaml"]).expect(0, &["2 cells in 1 group"]);
    lab.run(&["run", "keys.yaml", "--out", "runs"]).expect(0, &["12 neurons in training", "live"]);
    let run = lab.only_run("runs");
    let bundle = Bundle::load(&run).unwrap();
    assert_eq!(value(&bundle, 0, "step/1", "rank"), 12.0);
    assert_eq!(value(&bundle, 0, "step/4", "keys"), 48.0);
    assert_eq!(value(&bundle, 1, "step/3", "rank"), 9.0);
    assert_eq!(value(&bundle, 1, "step/3", "master_key_determined"), 1.0);
    assert!(value(&bundle, 0, "step/4", "psnr_public_prior") > value(&bundle, 0, "step/1", "psnr_public_prior"));
    assert_eq!(bundle.summary[0].master_key_determined, Some(false));
    // One victim of each cell: as it is, and at three steps.
    assert_eq!(bundle.reconstructions.len(), 2 * 4);
    let whole = metrics(&run);

    interrupt(&run);
    lab.run(&["run", "--resume", run.to_str().unwrap()]).expect(0, &["goes on behind 1 line"]);
    assert_eq!(metrics(&run), whole);
    assert_eq!(Bundle::load(&run).unwrap().reconstructions, bundle.reconstructions);
    lab.run(&["report", run.to_str().unwrap(), "--out", "report"]).expect(0, &[]);
    let page = std::fs::read_to_string(lab.path("report/index.html")).unwrap();
    assert!(page.contains("Leakage: what all issued keys together give away"));
}

#[test]
fn networks_that_functional_encryption_cannot_open_say_why() {
    let lab = Lab::new();
    let (before, _) = EXPERIMENT.split_once("  training").unwrap();
    lab.write("nets.yaml", &format!("{before}models: [mlp-128-64]\n"));
    lab.run(&["check-config", "nets.yaml"]).expect(0, &["unsupported", "functional encryption opens integers"]);
}

const OPENED: &str = "\
name: opened
seed: 3
kind: inference
dataset: {name: digits, split: test, images: 2}
models: [quadratic-40]
schemes:
  - rlwe-ipfe: {noise: hint_mlwe}
pairs:
  - {model: quadratic-40, scheme: {quadratic: {}, insecure: \"126 bits as estimated\"}}
leakage: {public_images: 60, shown: 1}
measure: {scenario: single, batch: 1, repeats: 1, warmup: 0, threads: 1, kernel: best, max_seconds: 1}
";

#[test]
fn results_under_functional_encryption_have_their_leakage_beside_them() {
    let lab = Lab::new();
    lab.write("opened.yaml", OPENED);
    lab.run(&["run", "opened.yaml", "--out", "runs"]).expect(0, &[]);
    let bundle = Bundle::load(&lab.only_run("runs")).unwrap();
    let (rings, forms) = (&bundle.summary[0], &bundle.summary[1]);
    assert_eq!((rings.leakage_rank, rings.leakage_dimension), (Some(40), Some(784)));
    assert!(rings.public_prior_psnr_db > Some(0.0) && rings.least_norm_exact.is_some());
    assert!(rings.leaked_label_accuracy.is_some() && bundle.reconstructions.len() == 2);
    assert_eq!((forms.leakage_rank, forms.leakage_dimension), (Some(10), Some(785 * 786 / 2)));
    assert_eq!((forms.master_key_determined, forms.public_prior_psnr_db), (Some(false), None));
}
