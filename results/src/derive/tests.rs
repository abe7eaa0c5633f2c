#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::bundle::Bundle;
use crate::cell::Status;
use crate::error::Error;
use crate::sample::{Line, OperationSample};
use crate::stats::{binomial, mcnemar};
use crate::summary::SummaryRow;
use crate::testing;

fn scene() -> (tempfile::TempDir, RunFolder) {
    let out = tempfile::tempdir().unwrap();
    let folder = testing::run_folder(out.path()).unwrap();
    (out, folder)
}

/// One cell alone, as its row comes out.
fn row_of(lines: &[Line], status: Status) -> SummaryRow {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(1)).unwrap();
    testing::record(&folder, &testing::identity(0, "tfhe"), lines, status).unwrap();
    derive(&folder).unwrap().summary.remove(0)
}

fn value(tables: &Tables, cell: usize, stage: &str, metric: &str, unit: &str) -> f64 {
    let hash = &tables.summary[cell].cell;
    let mut found = tables
        .metrics
        .iter()
        .filter(|row| (&row.cell, &*row.stage, &*row.metric, &*row.unit) == (hash, stage, metric, unit));
    let row = found.next().unwrap();
    assert_eq!(found.next(), None, "{stage} {metric} stands twice");
    row.value
}

#[test]
fn times_are_medians_over_all_samples() {
    let row = row_of(&testing::lines(1, 3), Status::Ok);
    let mut samples: Vec<_> = (0..48).map(|n| testing::sample(n % 16, n as u32 / 16, 1)).collect();
    samples.sort_by_key(|sample| sample.latency_ns());
    let middle = |of: fn(&crate::sample::Sample) -> u64| (of(&samples[23]) + of(&samples[24])).div_ceil(2);
    assert_eq!(row.latency_ns, Some(middle(|sample| sample.latency_ns())));
    assert_eq!(row.evaluate_ns, Some(middle(|sample| sample.evaluate.wall_ns)));
    assert_eq!(row.evaluate_cpu_ns, Some(middle(|sample| sample.evaluate.cpu_ns)));
    assert_eq!(row.amortized_ns, row.latency_ns);
    assert!(row.latency_ns_ci_low < row.latency_ns && row.latency_ns < row.latency_ns_ci_high);
    assert_eq!(row.images_per_second, Some(1e9 / row.latency_ns.unwrap() as f64));
    assert!(
        row.images_per_second_ci_low < row.images_per_second && row.images_per_second < row.images_per_second_ci_high
    );
    assert_eq!((row.keygen_ns, row.keygen_ns_ci_low), (Some(2_000_000), None));
    assert_eq!((row.images, row.queries, row.samples), (16, 16, 48));
}

#[test]
fn answers_count_once_an_image() {
    let row = row_of(&testing::lines(1, 3), Status::Ok);
    // Of 16 images the network gets 0 and 8 wrong, the scheme also 15.
    assert_eq!(row.accuracy, Some(13.0 / 16.0));
    assert_eq!(row.model_accuracy, Some(14.0 / 16.0));
    assert_eq!(row.agreement_lowered, Some(15.0 / 16.0));
    let exact = binomial::interval(13, 16, 0.95).unwrap();
    assert_eq!((row.accuracy_ci_low, row.accuracy_ci_high), (Some(exact.low), Some(exact.high)));
    assert!((row.max_logit_error.unwrap() - 0.16).abs() < 1e-12);
}

#[test]
fn networks_that_were_not_trained_have_measures_and_no_accuracy() {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(2)).unwrap();
    let untrained = Some(crate::cell::Untrained { inputs: 256, width: 64, depth: 2 });
    for index in 0..2 {
        let identity = crate::cell::Identity { untrained, ..testing::identity(index, "ckks") };
        let mut log = folder.start(&identity).unwrap();
        testing::lines(1, 1).iter().for_each(|line| log.append(line).unwrap());
        let mut cell = testing::cell(identity, Status::Ok);
        cell.terms.as_mut().unwrap().predicted_operations = Some(1_234_567);
        log.seal(cell).unwrap();
    }
    let tables = derive(&folder).unwrap();
    let row = &tables.summary[0];
    assert_eq!((row.untrained_inputs, row.untrained_width, row.untrained_depth), (Some(256), Some(64), Some(2)));
    assert_eq!((row.accuracy, row.accuracy_ci_high, row.model_accuracy), (None, None, None));
    assert_eq!(row.agreement_lowered, Some(15.0 / 16.0));
    assert_eq!(row.predicted_operations, Some(1_234_567));
    assert_eq!(value(&tables, 0, "evaluate", "predicted_operations", "count"), 1_234_567.0);
    assert!(tables.metrics.iter().all(|row| !row.metric.ends_with("accuracy")));
    assert!(tables.pairs.is_empty(), "who is right by chance is compared with nobody");
}

#[test]
fn bytes_counters_and_noise_come_from_the_records() {
    let (_out, folder) = scene();
    let tables = derive(&folder).unwrap();
    let row = &tables.summary[1];
    assert_eq!((row.query_bytes, row.answer_bytes), (Some(3 * 65_536), Some(3 * 16_384)));
    assert_eq!(
        (row.server_key_bytes, row.model_bytes, row.resident_key_bytes),
        (Some(3_000_000), Some(0), Some(6_000_000))
    );
    assert_eq!(row.min_noise_budget_bits, Some(40.0));
    assert_eq!(value(&tables, 1, "evaluate/0-dense", "rotations", "count"), 128.0);
    assert_eq!(value(&tables, 1, "client>server", "server_key", "bytes"), 3_000_000.0);
    assert_eq!(value(&tables, 1, "client>server", "query", "count"), 1.0);
    assert_eq!(value(&tables, 1, "evaluate/1-dense", "noise_budget", "bits"), 40.0);
    assert_eq!(value(&tables, 1, "evaluate", "wall", "ns"), row.evaluate_ns.unwrap() as f64);
    assert_eq!(value(&tables, 1, "answer", "accuracy", "ratio"), row.accuracy.unwrap());
}

#[test]
fn every_cell_that_was_begun_has_a_row_with_its_status() {
    let (_out, folder) = scene();
    let tables = derive(&folder).unwrap();
    let status: Vec<Status> = tables.summary.iter().map(|row| row.status).collect();
    assert_eq!(status, [Status::Ok, Status::Ok, Status::Unsupported, Status::Interrupted]);
    let interrupted = &tables.summary[3];
    assert_eq!((interrupted.images, interrupted.latency_ns.is_some(), &interrupted.cpu), (5, true, &None));
    let unsupported = &tables.summary[2];
    assert_eq!((unsupported.accuracy, unsupported.latency_ns, unsupported.security_bits), (None, None, None));
    assert!(unsupported.reason.is_some());
}

/// Batched queries: the last one is not full and counts for accuracy and latency alone.
#[test]
fn amortized_time_is_taken_from_full_queries() {
    let batched = |query: u64, images: u64| {
        let mut sample = testing::sample(query, 0, 1);
        sample.images = images;
        sample.first_image = query * 4;
        for list in [
            &mut sample.predictions,
            &mut sample.labels,
            &mut sample.lowered_predictions,
            &mut sample.model_predictions,
        ] {
            *list = vec![7; images as usize];
        }
        sample
    };
    let samples = [batched(0, 4), batched(1, 4), batched(2, 1)];
    let mut identity = testing::identity(0, "ckks");
    identity.batch = 4;
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(1)).unwrap();
    let mut log = folder.start(&identity).unwrap();
    for sample in &samples {
        log.append(&Line::Query(sample.clone())).unwrap();
    }
    let row = derive(&folder).unwrap().summary.remove(0);
    let expected = (samples[0].latency_ns() + samples[1].latency_ns()) as f64 / 8.0;
    assert_eq!(row.amortized_ns, Some(expected.round() as u64));
    assert_eq!((row.images, row.queries, row.accuracy), (9, 3, Some(1.0)));
    let mut cell = testing::cell(identity, Status::Ok);
    cell.terms.as_mut().unwrap().chunk = 8;
    log.seal(cell).unwrap();
    assert_eq!(derive(&folder).unwrap().summary[0].amortized_ns, None);
}

#[test]
fn pairs_are_compared_image_by_image() {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(2)).unwrap();
    let mut better = testing::lines(1, 1);
    for line in &mut better {
        if let Line::Query(sample) = line {
            sample.predictions.clone_from(&sample.labels);
        }
    }
    testing::record(&folder, &testing::identity(0, "tfhe"), &testing::lines(1, 1), Status::Ok).unwrap();
    testing::record(&folder, &testing::identity(1, "ckks"), &better, Status::Ok).unwrap();
    let pairs = derive(&folder).unwrap().pairs;
    assert_eq!(pairs.len(), 1);
    let pair = &pairs[0];
    assert_eq!((pair.images, pair.only_first, pair.only_second, pair.same_label), (16, 0, 3, 13));
    assert_eq!(pair.mcnemar_p, mcnemar::p_value(0, 3));
}

#[test]
fn operations_are_measured_each() {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(1)).unwrap();
    let lines: Vec<Line> = (0..15).map(|repeat| Line::Operation(testing::operation("rotate", repeat))).collect();
    testing::record(&folder, &testing::identity(0, "ckks"), &lines, Status::Ok).unwrap();
    let tables = derive(&folder).unwrap();
    assert_eq!(value(&tables, 0, "rotate", "wall", "ns"), 1002.0);
    assert_eq!(value(&tables, 0, "rotate", "cpu", "ns"), 990.0);
    assert_eq!(value(&tables, 0, "rotate", "samples", "count"), 15.0);
    assert_eq!(value(&tables, 0, "rotate", "contaminated", "count"), 0.0);
}

#[test]
fn time_is_shared_among_the_results_of_a_run() {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(1)).unwrap();
    let many = |repeat| Line::Operation(OperationSample { results: 250, ..testing::operation("products", repeat) });
    let lines: Vec<Line> = (0..15).map(many).collect();
    testing::record(&folder, &testing::identity(0, "feip"), &lines, Status::Ok).unwrap();
    let tables = derive(&folder).unwrap();
    assert_eq!(value(&tables, 0, "products", "wall", "ns"), 1002.0);
    assert_eq!(value(&tables, 0, "products", "amortized", "ns"), 1002.0 / 250.0);
    assert_eq!(value(&tables, 0, "products", "amortized_cpu", "ns"), 990.0 / 250.0);
    assert_eq!(value(&tables, 0, "products", "results", "count"), 250.0);
}

#[test]
fn leakage_is_told_step_by_step() {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(1)).unwrap();
    // A resumed process may have gone on with another order.
    let lines: Vec<Line> = [4, 1].map(|step| Line::Leakage(testing::leakage(step))).into();
    testing::record(&folder, &testing::identity(0, "feip"), &lines, Status::Ok).unwrap();
    let tables = derive(&folder).unwrap();
    assert_eq!(value(&tables, 0, "step/1", "rank", "count"), 4.0);
    assert_eq!(value(&tables, 0, "step/1", "psnr_public_prior", "dB"), 16.0);
    assert_eq!(value(&tables, 0, "step/4", "live_rank", "count"), 12.0);
    assert_eq!(value(&tables, 0, "step/4", "label_accuracy", "ratio"), 0.8);
    let row = &tables.summary[0];
    let leakage = (row.leakage_rank, row.leakage_dimension, row.master_key_determined);
    assert_eq!(leakage, (Some(16), Some(16), Some(true)));
    let images: Vec<u64> = tables.reconstructions.iter().map(|row| row.step).collect();
    assert_eq!(images, [0, 1, 4]);
    tables.write(folder.path()).unwrap();
    assert_eq!(crate::tables::Tables::read(folder.path()).unwrap(), tables);
}

/// However often a run is killed, its deterministic columns are those of an uninterrupted one, even
/// where its samples took other times and were repeated more often.
#[test]
fn a_resumed_run_has_the_same_deterministic_columns() {
    let whole = row_of(&testing::lines(1, 2), Status::Ok);
    let mut interrupted: Vec<Line> = testing::lines(1, 3);
    interrupted.insert(20, Line::OneOff(testing::one_off(1)));
    for (n, line) in interrupted.iter_mut().enumerate() {
        if let Line::Query(sample) = line {
            sample.evaluate.wall_ns += 1_000 * n as u64;
            sample.max_logit_error += if sample.repeat == 2 { 1.0 } else { 0.0 };
        }
    }
    let resumed = row_of(&interrupted, Status::Ok);
    let (whole, resumed) = (columns(&whole), columns(&resumed));
    for column in deterministic_columns() {
        assert_eq!(whole[*column], resumed[*column], "{column}");
    }
    assert_ne!(whole["evaluate_ns"], resumed["evaluate_ns"]);
}

fn columns(row: &SummaryRow) -> BTreeMap<String, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.serialize(row).unwrap();
    let bytes = writer.into_inner().unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let names = reader.headers().unwrap().clone();
    let values = reader.records().next().unwrap().unwrap();
    names.iter().zip(&values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn columns_have_units_and_whole_numbers() {
    let (_out, folder) = scene();
    write(&folder).unwrap();
    let text = std::fs::read_to_string(folder.path().join("metrics.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("cell,stage,metric,unit,value,low,high"));
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        if matches!(fields[3], "ns" | "bytes" | "count") {
            assert!(!fields[4..].concat().contains('.'), "{line}");
        }
    }
    let row = &columns(&derive(&folder).unwrap().summary[0]);
    for name in row.keys().filter(|name| name.contains("_ns") || name.ends_with("_bytes")) {
        assert!(row[name].bytes().all(|byte| byte.is_ascii_digit()), "{name} = {}", row[name]);
    }
    assert!(deterministic_columns().iter().all(|name| row.contains_key(*name)));
}

#[test]
fn a_baseline_gives_the_same_bundle_as_its_run() {
    let (out, folder) = scene();
    let bundle = Bundle::load(folder.path()).unwrap();
    assert_eq!(bundle.cells_not_begun(), 0);
    let baseline = out.path().join("baselines/made-up");
    bundle.write_baseline(&baseline).unwrap();
    assert_eq!(Bundle::load(&baseline).unwrap(), bundle);
    write(&folder).unwrap();
    for file in ["summary.csv", "metrics.csv", "tables/pairs.csv", "run.json"] {
        assert_eq!(
            std::fs::read(baseline.join(file)).unwrap(),
            std::fs::read(folder.path().join(file)).unwrap(),
            "{file}"
        );
    }
}

#[test]
fn a_damaged_baseline_is_named() {
    let (out, folder) = scene();
    let baseline = out.path().join("baseline");
    Bundle::load(folder.path()).unwrap().write_baseline(&baseline).unwrap();
    let message = |folder: &Path| Bundle::load(folder).unwrap_err().to_string();
    let summary = baseline.join("summary.csv");
    let text = std::fs::read_to_string(&summary).unwrap();
    std::fs::write(&summary, text.replacen("accuracy", "akkuracy", 1)).unwrap();
    assert!(message(&baseline).contains("summary.csv"), "{}", message(&baseline));
    std::fs::write(&summary, text.replacen(",ok,", ",okay,", 1)).unwrap();
    assert!(message(&baseline).contains("okay"), "{}", message(&baseline));
    std::fs::remove_file(&summary).unwrap();
    assert!(matches!(Bundle::load(&baseline), Err(Error::NoRecords(_))));
    assert!(matches!(Bundle::load(out.path()), Err(Error::NotARun(_))));
}

/// What readers of `summary.csv` rely on.
#[test]
fn the_promised_columns_are_there() {
    let row = columns(&SummaryRow::default());
    let measured = "accuracy agreement_lowered agreement_model plan_ns keygen_ns setup_ns encrypt_ns evaluate_ns decrypt_ns \
                    latency_ns amortized_ns images_per_second";
    let other = "scheme model scenario batch threads kernel images max_logit_error error_bound query_bytes answer_bytes \
                 server_key_bytes resident_key_bytes client_peak_rss_bytes server_peak_rss_bytes security_bits failure_log2 \
                 min_noise_budget_bits log_n log_qp server_learns client_learns key_holder_learns status";
    let ends = measured.split_whitespace().flat_map(|name| [format!("{name}_ci_low"), format!("{name}_ci_high")]);
    for name in measured.split_whitespace().chain(other.split_whitespace()).map(str::to_owned).chain(ends) {
        assert!(row.contains_key(&name), "{name} is missing");
    }
}
