//! Made-up runs: no number here was measured.

use blindbench_results::bundle::Bundle;
use blindbench_results::cell::Status;
use blindbench_results::leakage;
use blindbench_results::metrics::MetricRow;
use blindbench_results::run::{Config, Dataset, Run};
use blindbench_results::summary::SummaryRow;
use serde_json::{Map, Value, json};

/// A run of these rows.
pub fn bundle(name: &str, dataset: &str, rows: Vec<SummaryRow>) -> Bundle {
    Bundle {
        run: run(name, dataset, rows.len()),
        summary: rows,
        metrics: Vec::new(),
        pairs: Vec::new(),
        reconstructions: Vec::new(),
    }
}

/// The run's record.
pub fn run(name: &str, dataset: &str, cells: usize) -> Run {
    Run {
        schema_version: 1,
        name: name.to_owned(),
        kind: "inference".to_owned(),
        config: Config {
            text: format!(
                "name: {name}\nseed: 7\nkind: inference\ndataset: {{name: {dataset}, split: test, images: 1000}}\n"
            ),
            sha256: "c0".repeat(32),
        },
        toolchain: "rustc 1.95.0 (made up)".to_owned(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        dirty: true,
        created_utc: "2026-01-31T12:00:00Z".to_owned(),
        dataset: Dataset { name: dataset.to_owned(), split: "test".to_owned(), images: 1000, sha256: "da".repeat(32) },
        seed: Some(7),
        benchmark_only_keys: true,
        binary_sha256: "b1".repeat(32),
        cells: u32::try_from(cells).unwrap(),
        confidence: 0.95,
    }
}

/// Terms of a made-up scheme.
#[derive(Clone, Copy)]
pub struct Scheme {
    pub name: &'static str,
    pub family: &'static str,
    pub bits: Option<f64>,
    pub insecure: Option<&'static str>,
    pub server_learns: &'static str,
}

pub const CLEARTEXT: Scheme =
    Scheme { name: "cleartext", family: "cleartext", bits: None, insecure: None, server_learns: "images and answers" };
pub const TFHE: Scheme =
    Scheme { name: "tfhe", family: "fully homomorphic", bits: Some(132.4), insecure: None, server_learns: "nothing" };
pub const EXACT: Scheme = Scheme { name: "tfhe-exact", ..TFHE };
pub const CKKS: Scheme = Scheme { name: "ckks", family: "levelled homomorphic", bits: Some(128.2), ..TFHE };
pub const BFV: Scheme = Scheme { name: "bfv", ..CKKS };
pub const ELGAMAL: Scheme = Scheme {
    name: "elgamal",
    family: "partially homomorphic",
    bits: Some(80.0),
    insecure: Some("the group of the paper"),
    server_learns: "nothing",
};

/// A successful row: latency in microseconds, accuracy in per mille of 1000 images.
pub fn row(index: u32, scheme: Scheme, model: &str, latency_us: u64, accuracy: u32) -> SummaryRow {
    let mut fields = identity(index, scheme, model, "ok");
    let fraction = f64::from(accuracy) / 1000.0;
    let ns = latency_us * 1000;
    let extra = json!({
        "family": scheme.family, "parameters": "n = 742, N = 2048, k = 1", "approximations": "", "chunk": 1,
        "images": 1000, "queries": 1000, "samples": 3000,
        "accuracy": fraction, "accuracy_ci_low": (fraction - 0.012).max(0.0), "accuracy_ci_high": (fraction + 0.008).min(1.0),
        "agreement_lowered": 0.998, "agreement_lowered_ci_low": 0.9928, "agreement_lowered_ci_high": 0.9998,
        "agreement_model": 0.991, "max_logit_error": 0.25, "error_bound": 1.5, "exact": scheme.name == "tfhe-exact",
        "latency_ns": ns, "latency_ns_ci_low": ns - ns / 12, "latency_ns_ci_high": ns + ns / 9,
        "amortized_ns": ns, "images_per_second": 1e9 / ns as f64,
        "query_bytes": 3200 + 90 * latency_us / 7, "answer_bytes": 120 + latency_us / 11,
        "security_bits": scheme.bits, "security_attack": scheme.bits.map(|_| "uSVP"), "security_source": scheme.bits.map(|_| "lattice estimator"),
        "insecure": scheme.insecure, "failure_log2": scheme.bits.map(|_| -40.5),
        "server_learns": scheme.server_learns, "client_learns": "nothing", "key_holder_learns": "nothing",
        "claimed_by_peer": false,
        "cpu": "Example CPU 9000 (made up)", "cores": 2, "memory_bytes": 8_000_000_000u64, "os": "Linux 6.1 x86_64",
        "cpu_features": "avx2 avx512f",
    });
    fields.extend(extra.as_object().unwrap().clone());
    fields.extend(stages(ns, scheme));
    serde_json::from_value(Value::Object(fields)).unwrap()
}

/// A cell that did not succeed.
pub fn failed(index: u32, scheme: Scheme, model: &str, status: &str, reason: &str) -> SummaryRow {
    let mut fields = identity(index, scheme, model, status);
    fields.insert("reason".to_owned(), json!(reason));
    serde_json::from_value(Value::Object(fields)).unwrap()
}

/// The same row with `chunk` images in a query.
pub fn batched(mut row: SummaryRow, chunk: u64) -> SummaryRow {
    row.scenario = "batch".to_owned();
    row.batch = chunk;
    row.chunk = Some(chunk);
    let each = |ns: Option<u64>| ns.map(|ns| ns / chunk);
    row.amortized_ns = each(row.latency_ns);
    row.amortized_ns_ci_low = each(row.latency_ns_ci_low);
    row.amortized_ns_ci_high = each(row.latency_ns_ci_high);
    row
}

/// Twelve rows over eight orders of magnitude, with long names, batches and rows below 128 bits.
pub fn crowd() -> Bundle {
    let peer = Scheme { name: "peer", ..CLEARTEXT };
    let rows = vec![
        row(0, CLEARTEXT, "mlp-128-64", 38, 978),
        row(1, CLEARTEXT, "mlp-128-64-int", 41, 978),
        row(2, CLEARTEXT, "cryptonets", 210, 989),
        row(3, TFHE, "tfhe-30", 118_000, 953),
        row(4, TFHE, "tfhe-64", 241_000, 967),
        row(5, TFHE, "tfhe-100", 377_000, 972),
        row(6, EXACT, "sign-64", 92_400_000, 961),
        batched(row(7, CKKS, "cryptonets", 900_000, 989), 4096),
        row(8, CKKS, "mlp-128-64", 1_800_000, 978),
        row(9, BFV, "a-very-long-model-name-that-somebody-chose-for-reasons", 2_900_000, 975),
        row(10, ELGAMAL, "quadratic-40", 640_000, 975),
        row(11, peer, "mlp-128-64", 2_100, 978),
        failed(12, BFV, "lenet5", "unsupported", "ReLU has no exact form; choose a polynomial activation"),
    ];
    bundle("crowd", "mnist", rows)
}

/// A row of a network that is not trained: `ns` to evaluate, `operations` predicted.
pub fn untrained(mut row: SummaryRow, [width, depth]: [u64; 2], ns: u64, operations: u64) -> SummaryRow {
    row.model = format!("untrained-{width}x{depth}");
    (row.untrained_inputs, row.untrained_width, row.untrained_depth) = (Some(256), Some(width), Some(depth));
    (row.accuracy, row.accuracy_ci_low, row.accuracy_ci_high) = (None, None, None);
    row.predicted_operations = Some(operations);
    (row.evaluate_ns, row.evaluate_ns_ci_low, row.evaluate_ns_ci_high) =
        (Some(ns), Some(ns - ns / 20), Some(ns + ns / 9));
    row
}

/// Two schemes over six widths, one of them over four depths and three batches, too: times of one grow in proportion
/// to what is predicted, those of the other do not quite.
pub fn growing() -> Bundle {
    let fresh = |index: usize, scheme| row(index as u32, scheme, "", 90_000, 978);
    let mut rows = Vec::new();
    for width in [16, 32, 64, 128, 256, 512] {
        rows.push(untrained(fresh(rows.len(), CKKS), [width, 1], 500_000 * width, 1_000_000 * width));
        let bent = 900_000 * width + 5_000 * width * width;
        rows.push(untrained(fresh(rows.len(), BFV), [width, 1], bent, 2_000_000 * width));
    }
    for depth in [2, 3, 4] {
        rows.push(untrained(
            fresh(rows.len(), CKKS),
            [16, depth],
            8_000_000 * depth * depth,
            16_000_000 * depth * depth,
        ));
    }
    for batch in [64, 4096] {
        let mut row = untrained(fresh(rows.len(), CKKS), [16, 1], 8_000_000, 16_000_000);
        (row.batch, row.chunk) = (batch, Some(batch));
        rows.push(row);
    }
    bundle("growing", "mnist", rows)
}

/// Keys of three steps of training and of one network, with a victim each.
pub fn leaking() -> Bundle {
    let mut rows = Vec::new();
    for (index, name) in ["32 neurons in training", "inner-product"].into_iter().enumerate() {
        rows.push(SummaryRow {
            cell: format!("{index:064x}"),
            index: index as u32,
            label: name.to_owned(),
            scheme_label: name.to_owned(),
            family: Some("functional encryption".to_owned()),
            leakage_rank: Some(784),
            leakage_dimension: Some(784),
            master_key_determined: Some(true),
            status: Status::Ok,
            ..SummaryRow::default()
        });
    }
    let mut bundle = bundle("leaking", "mnist", rows);
    bundle.run.kind = "leakage".to_owned();
    for (cell, step, rank) in [(0, 1, 32), (0, 13, 391), (0, 200, 784), (1, 1, 40)] {
        let cell = bundle.summary[cell].cell.clone();
        bundle.metrics.extend(step_metrics(&cell, step, rank));
        let image = |step: u64, level: i32| leakage::ReconstructionRow {
            cell: cell.clone(),
            step,
            image: 0,
            label: 7,
            width: 28,
            pixels: leakage::Pixels((0..784).map(|at| ((at * level) % 256) as u8).collect()),
        };
        bundle.reconstructions.extend((step == 1).then(|| image(0, 784)));
        bundle.reconstructions.push(image(step, rank));
    }
    bundle
}

fn step_metrics(cell: &str, step: u64, rank: i32) -> Vec<MetricRow> {
    let numbers = [
        ("rank", f64::from(rank)),
        ("dimension", 784.0),
        ("psnr_public_prior", f64::from(rank) / 8.0 + 1.0),
        ("psnr_least_norm", f64::from(rank) / 9.0),
        ("exact_public_prior", f64::from(rank / 784)),
        ("master_key_determined", f64::from(rank / 784)),
    ];
    let row = |(metric, value): (&str, f64)| MetricRow {
        cell: cell.to_owned(),
        stage: leakage::stage(step),
        metric: metric.to_owned(),
        unit: String::new(),
        value,
        low: None,
        high: None,
    };
    numbers.map(row).into()
}

/// Four rows, as a first run has them.
pub fn small() -> Bundle {
    let rows = vec![
        row(0, CLEARTEXT, "mlp-128-64", 38, 978),
        row(1, CLEARTEXT, "tfhe-30", 22, 953),
        row(2, TFHE, "tfhe-30", 118_000, 953),
        row(3, EXACT, "quadratic-40", 4_400_000, 975),
    ];
    bundle("quickstart", "mnist", rows)
}

fn identity(index: u32, scheme: Scheme, model: &str, status: &str) -> Map<String, Value> {
    let identity = json!({
        "cell": format!("{index:064x}"), "index": index, "group": 0, "label": format!("{} / {model}", scheme.name),
        "scheme": scheme.name, "scheme_label": scheme.name, "model": model, "network": "integer", "scenario": "single",
        "batch": 1, "threads": 1, "kernel_requested": "best", "kernel": "avx512", "dataset": "mnist/test",
        "images": 0, "queries": 0, "samples": 0, "contaminated": 0, "wrong_answers": 0, "status": status,
    });
    identity.as_object().unwrap().clone()
}

fn stages(latency_ns: u64, scheme: Scheme) -> Map<String, Value> {
    let heavy = u64::from(scheme.bits.is_some());
    let times = [
        ("plan", 900_000 + heavy * 40_000_000),
        ("keygen", 2_000 + heavy * 350_000_000),
        ("setup", 1_500_000 + heavy * 700_000_000),
        ("encrypt", latency_ns / 50),
        ("evaluate", latency_ns - latency_ns / 50 - latency_ns / 900),
        ("decrypt", latency_ns / 900),
    ];
    let mut fields = Map::new();
    for (stage, ns) in times {
        fields.insert(format!("{stage}_ns"), json!(ns));
        if matches!(stage, "encrypt" | "evaluate" | "decrypt") {
            fields.insert(format!("{stage}_ns_ci_low"), json!(ns - ns / 10));
            fields.insert(format!("{stage}_ns_ci_high"), json!(ns + ns / 8));
        }
    }
    for (name, size) in [("server_key_bytes", 24_000_000), ("resident_key_bytes", 61_000_000), ("public_key_bytes", 0)]
    {
        fields.insert(name.to_owned(), json!(heavy * size));
    }
    fields
}
