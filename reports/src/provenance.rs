//! Where a run's numbers come from: enough to run it again and to know whether one did.

use blindbench_results::run::Run;

use crate::entry::Entry;
use crate::units::{ABSENT, bytes, significant};

/// Name and value of each fact, in order; the configuration's text stands apart.
#[must_use]
pub fn facts(run: &Run, entries: &[Entry<'_>]) -> Vec<(&'static str, String)> {
    vec![
        ("experiment", format!("{} ({})", run.name, run.kind)),
        ("started", run.created_utc.clone()),
        ("commit", commit(run)),
        ("toolchain", run.toolchain.clone()),
        ("program, SHA-256", run.binary_sha256.clone()),
        ("configuration, SHA-256", run.config.sha256.clone()),
        ("data set", format!("{}, {} images asked of each cell", run.dataset.label(), run.dataset.images)),
        ("data set, SHA-256", run.dataset.sha256.clone()),
        ("machine", machine(entries)),
        ("processor features", distinct(entries, |entry| entry.row.cpu_features.clone())),
        (
            "seed",
            run.seed
                .map_or_else(|| "none: randomness came from the operating system".to_owned(), |seed| seed.to_string()),
        ),
        ("keys", keys(run).to_owned()),
        ("confidence of intervals", format!("{} %", significant(run.confidence * 100.0))),
        ("record format", format!("version {}", run.schema_version)),
    ]
}

/// Whether the keys protect anything.
#[must_use]
pub fn keys(run: &Run) -> &'static str {
    if run.benchmark_only_keys {
        "benchmark-only keys: derived from the stated seed, they protect nothing"
    } else {
        "made with randomness from the operating system and thrown away after the run"
    }
}

fn commit(run: &Run) -> String {
    match (&run.commit, run.dirty) {
        (Some(commit), false) => commit.clone(),
        (Some(commit), true) => format!("{commit}, with uncommitted changes (dirty)"),
        (None, _) => "not known".to_owned(),
    }
}

fn machine(entries: &[Entry<'_>]) -> String {
    distinct(entries, |entry| {
        let row = entry.row;
        let cpu = row.cpu.as_deref()?;
        let cores = row.cores.map(|cores| format!(", {cores} processors")).unwrap_or_default();
        let memory = row.memory_bytes.map(|size| format!(", {} of memory", bytes(size as f64))).unwrap_or_default();
        let os = row.os.as_deref().map(|os| format!(", {os}")).unwrap_or_default();
        Some(format!("{cpu}{cores}{memory}{os}"))
    })
}

fn distinct(entries: &[Entry<'_>], say: impl Fn(&Entry<'_>) -> Option<String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for said in entries.iter().filter_map(say) {
        if !seen.contains(&said) {
            seen.push(said);
        }
    }
    if seen.is_empty() { ABSENT.to_owned() } else { seen.join("; ") }
}
