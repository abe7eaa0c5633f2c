//! Made-up runs for tests: no clock, no scheme, the same numbers every time.

use std::collections::BTreeMap;
use std::path::Path;

use crate::SCHEMA_VERSION;
use crate::cell::{Cell, Identity, Leakage, LogSeal, Machine, Memory, Security, Status, Terms};
use crate::error::Result;
use crate::hash::sha256;
use crate::leakage::{AttackSample, LeakageSample, Pixels, ShownVictim};
use crate::run::{Config, Dataset, Run};
use crate::sample::{
    Interference, LayerSample, Line, MessageSample, NoiseSample, OneOff, OperationSample, Sample, Time,
};
use crate::store::RunFolder;

/// A run with `cells` cells over 16 images.
pub fn run(cells: u32) -> Run {
    let text = "name: made-up\nseed: 7\n".to_owned();
    Run {
        schema_version: SCHEMA_VERSION,
        name: "made-up".into(),
        kind: "inference".into(),
        config: Config { sha256: sha256(text.as_bytes()), text },
        toolchain: "rustc 1.95.0".into(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        dirty: false,
        created_utc: "2026-01-31T12:00:00Z".into(),
        dataset: Dataset { name: "mnist".into(), split: "test".into(), images: 16, sha256: sha256(b"images") },
        seed: Some(7),
        benchmark_only_keys: true,
        binary_sha256: sha256(b"program"),
        cells,
        confidence: 0.95,
    }
}

/// The identity of cell `index`, one image a query.
pub fn identity(index: u32, scheme: &str) -> Identity {
    Identity {
        content_hash: sha256(format!("{index} {scheme}").as_bytes()),
        index,
        group: 0,
        label: format!("{scheme} mlp-128-64"),
        scheme: scheme.into(),
        scheme_label: scheme.into(),
        params: serde_json::json!({"log_n": 13, "profile": "made-up"}),
        insecure: None,
        model: "mlp-128-64".into(),
        network: "float".into(),
        untrained: None,
        scenario: "single".into(),
        batch: 1,
        threads: 1,
        kernel_requested: "best".into(),
        kernel: "avx2".into(),
        dataset: "mnist/test".into(),
        reference: None,
    }
}

/// What stands beside the numbers of a made-up cell: 128 bits, approximate.
pub fn terms() -> Terms {
    Terms {
        family: "fully homomorphic".into(),
        parameters: "log_n 13".into(),
        approximations: String::new(),
        chunk: 1,
        security: Security {
            bits: Some(128.4),
            core_svp_bits: Some(118.0),
            attack: "primal_usvp".into(),
            source: "made up".into(),
        },
        exact: false,
        error_bound: 0.5,
        failure_log2: Some(-40.0),
        log_n: Some(13.0),
        log_qp: Some(218.0),
        predicted_operations: None,
        leakage: None,
        server_learns: "nothing".into(),
        client_learns: "nothing".into(),
        key_holder_learns: "nothing".into(),
        kernel: "avx2".into(),
        claimed_by_peer: false,
    }
}

/// The seal of a cell; the store fills in the log's part.
pub fn cell(identity: Identity, status: Status) -> Cell {
    Cell {
        schema_version: SCHEMA_VERSION,
        identity,
        status,
        reason: (status != Status::Ok).then(|| format!("made up to be {}", status.name())),
        terms: (status != Status::Unsupported).then(terms),
        memory: Memory { client_peak_rss_bytes: Some(50 << 20), server_peak_rss_bytes: Some(90 << 20) },
        machine: Machine {
            cpu: "Made-up Processor 9000".into(),
            cores: 2,
            memory_bytes: 8 << 30,
            os: "Linux 6.1 x86_64".into(),
            cpu_features: vec!["avx2".into(), "fma".into()],
            governor: None,
            pressure_available: true,
            confinement: "landlock, ABI 5".into(),
        },
        binary_sha256: sha256(b"program"),
        log: LogSeal::default(),
    }
}

/// One-off costs of 1, 2 and 3 ms times `scale`.
pub fn one_off(scale: u64) -> OneOff {
    let stage = |ms: u64| Time { wall_ns: ms * 1_000_000 * scale, cpu_ns: ms * 990_000 * scale };
    OneOff {
        plan: stage(1),
        keygen: stage(2),
        setup: stage(3),
        messages: vec![
            message("client", "server", "plan", 300),
            message("client", "server", "server_key", 1_000_000 * scale),
        ],
        resident_key_bytes: 2_000_000 * scale,
        interference: Interference::default(),
    }
}

/// One repeat of a query of one image. Times vary by a few per cent from sample to sample; of every 8
/// images the first is classified wrongly, by the network too, and of every 16 the last by the
/// scheme alone.
pub fn sample(query: u64, repeat: u32, scale: u64) -> Sample {
    let wobble = (query * 7 + u64::from(repeat) * 3) % 11;
    let stage = |us: u64| Time { wall_ns: us * scale * (1_000 + 5 * wobble), cpu_ns: us * scale * (990 + 5 * wobble) };
    let label = (query % 10) as u8;
    let other = (label + 1) % 10;
    let model = if query.is_multiple_of(8) { other } else { label };
    let evaluate = stage(800);
    Sample {
        query,
        repeat,
        first_image: query,
        images: 1,
        encrypt: stage(60),
        evaluate,
        decrypt: stage(40),
        layers: vec![
            layer(0, "dense", evaluate.wall_ns / 4 * 3, &[("rotations", 128), ("key_switches", 128)]),
            layer(1, "square", evaluate.wall_ns / 4, &[("ciphertext_multiplies", 1)]),
        ],
        messages: vec![
            message("client", "server", "query", 65_536 * scale),
            message("server", "client", "answer", 16_384 * scale),
        ],
        predictions: vec![if query % 16 == 15 { other } else { model }],
        labels: vec![label],
        lowered_predictions: vec![model],
        model_predictions: vec![model],
        max_logit_error: 0.01 * (query + 1) as f64,
        wrong: 0,
        interference: Interference {
            load: Some(0.5),
            steal_ns: Some(0),
            cpu_over_wall: Some(0.99),
            contaminated: (wobble == 10).then(|| "made up to be contaminated".into()),
        },
    }
}

/// What an untimed pass found in layer `layer`: less budget the deeper it lies.
pub fn noise(layer: u32) -> NoiseSample {
    NoiseSample {
        layer,
        name: "dense".into(),
        image: 0,
        noise_budget_bits: Some(60.0 - 20.0 * f64::from(layer)),
        precision_bits: Some(20.0 - f64::from(layer)),
    }
}

/// One repeat of a named operation.
pub fn operation(name: &str, repeat: u32) -> OperationSample {
    OperationSample {
        operation: name.into(),
        repeat,
        times: 100,
        results: 1,
        time: Time { wall_ns: 100_000 + 100 * u64::from(repeat % 5), cpu_ns: 99_000 },
        max_error: 0.0,
        interference: Interference::default(),
    }
}

/// What keys of `step` steps give away of ten victims, one of which is shown: the more, the later.
pub fn leakage(step: u64) -> LeakageSample {
    let rank = (4 * step).min(16);
    let span = Leakage { rank, dimension: 16 };
    let attack = |name: &str, better: f64| AttackSample {
        attack: name.into(),
        psnr_db: 10.0 + rank as f64 + better,
        ssim: Some(rank as f64 / 16.0),
        exact: rank / 2,
    };
    let image = |scale: u64| Pixels((0..16).map(|pixel| (pixel * scale) as u8).collect());
    let (real, found) = (image(16), image(rank));
    LeakageSample {
        step,
        keys: 5 * step,
        distinct_keys: 4 * step,
        span,
        pixels: span,
        live: Leakage { rank: rank.min(12), dimension: 12 },
        victims: 10,
        attacks: vec![attack("least_norm", 0.0), attack("public_prior", 2.0)],
        labels_right: (2 * step).min(10),
        shown: vec![ShownVictim { image: 3, label: 7, width: 4, real, found }],
    }
}

/// The log of a made-up cell behind its start: one-off costs, then `repeats` rounds over 16 images.
pub fn lines(scale: u64, repeats: u32) -> Vec<Line> {
    let queries = (0..repeats).flat_map(|repeat| (0..16).map(move |query| Line::Query(sample(query, repeat, scale))));
    let noise = (0..2).map(|layer| Line::Noise(noise(layer)));
    std::iter::once(Line::OneOff(one_off(scale))).chain(queries).chain(noise).collect()
}

/// Measures a made-up cell in `folder` and seals it, unless it ends as interrupted.
///
/// # Errors
/// Those of the store.
pub fn record(folder: &RunFolder, identity: &Identity, lines: &[Line], status: Status) -> Result<()> {
    let mut log = folder.start(identity)?;
    for line in lines {
        log.append(line)?;
    }
    if status != Status::Interrupted {
        log.seal(cell(identity.clone(), status))?;
    }
    Ok(())
}

/// A run in `out` with four cells: two that are done (the second takes 3 times as long and sends 3
/// times the bytes), one that is unsupported and one that was interrupted after 5 queries.
///
/// # Errors
/// Those of the store.
pub fn run_folder(out: &Path) -> Result<RunFolder> {
    let folder = RunFolder::create(out, run(4))?;
    record(&folder, &identity(0, "cleartext"), &lines(1, 3), Status::Ok)?;
    record(&folder, &identity(1, "tfhe"), &lines(3, 3), Status::Ok)?;
    record(&folder, &identity(2, "bfv"), &[], Status::Unsupported)?;
    record(&folder, &identity(3, "ckks"), &lines(2, 1)[..6], Status::Interrupted)?;
    Ok(folder)
}

fn layer(layer: u32, name: &str, wall_ns: u64, counters: &[(&str, u64)]) -> LayerSample {
    let counters: BTreeMap<String, u64> = counters.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
    LayerSample { layer, name: name.into(), wall_ns, counters }
}

fn message(from: &str, to: &str, kind: &str, bytes: u64) -> MessageSample {
    MessageSample { from: from.into(), to: to.into(), kind: kind.into(), messages: 1, bytes }
}
