//! The terms that every number carries: machine, kernel, threads, security, data set, and who learns what.

use blindbench_results::run::Run;

use crate::entry::{Entry, Standing, plural};
use crate::units::{count, significant};

/// The kind of experiment that has no times.
pub const LEAKAGE: &str = "leakage";

/// The terms of a run's rows, a sentence each, in the order of a caption.
#[must_use]
pub fn sentences(run: &Run, entries: &[&Entry<'_>]) -> Vec<String> {
    let mut sentences = vec![data(run)];
    if run.kind == LEAKAGE {
        // Nothing is timed, and no cryptosystem is attacked.
        sentences.push("No image was trained on, and none is among the public ones.".to_owned());
        sentences.extend(learning(entries));
        return sentences;
    }
    sentences.extend(untrained(entries));
    sentences.extend(machine(entries));
    if !entries.is_empty() {
        sentences.push(kernels(entries));
        sentences.push(security(entries));
    }
    sentences.extend(learning(entries));
    sentences.push(intervals(run));
    sentences.extend(trust(entries));
    sentences
}

/// What must not be missed where the images are not MNIST's.
#[must_use]
pub fn warning(run: &Run) -> Option<String> {
    let name = &run.dataset.name;
    // Operations by themselves take no images.
    (name != "mnist" && name != "none").then(|| match name.as_str() {
        "digits" => {
            "NOT MNIST: these are the built-in drawn digits; no number here compares with a result on MNIST.".to_owned()
        }
        _ => format!("NOT MNIST: the data set is {name}; no number here compares with a result on MNIST."),
    })
}

/// What an interval means in this run.
#[must_use]
pub fn intervals(run: &Run) -> String {
    let level = format!("{} %", significant(run.confidence * 100.0));
    format!(
        "Intervals: {level} bootstrap intervals of the median for times, over all timed samples; {level} exact binomial intervals for accuracy and agreement."
    )
}

fn data(run: &Run) -> String {
    let set = &run.dataset;
    let name = if set.name == "mnist" { "MNIST" } else { &set.name };
    format!("Data set: {name}, {} split, {}.", set.split, plural(set.images, "image"))
}

/// Networks that are there for their cost alone.
fn untrained(entries: &[&Entry<'_>]) -> Option<String> {
    let count = entries.iter().filter(|entry| entry.row.untrained_width.is_some()).count();
    let which = if count == entries.len() { "All networks" } else { "Networks whose name begins with untrained" };
    (count > 0).then(|| {
        format!("{which} have weights drawn from a seed and were never trained: they are there for their cost, and have no accuracy.")
    })
}

fn machine(entries: &[&Entry<'_>]) -> Option<String> {
    let machines = distinct(entries, |entry| {
        let row = entry.row;
        let cpu = row.cpu.as_deref()?;
        let cores = row.cores.map(|cores| format!(", {}", plural(u64::from(cores), "processor"))).unwrap_or_default();
        let os = row.os.as_deref().map(|os| format!(", {os}")).unwrap_or_default();
        Some(format!("{cpu}{cores}{os}"))
    });
    (!machines.is_empty()).then(|| format!("Machine: {}.", machines.join("; ")))
}

fn kernels(entries: &[&Entry<'_>]) -> String {
    let kernels = distinct(entries, |entry| Some(entry.row.kernel.clone()));
    let threads = distinct(entries, |entry| Some(count(u64::from(entry.row.threads))));
    format!("Kernel: {}. Threads of the server: {}.", kernels.join(", "), threads.join(", "))
}

fn security(entries: &[&Entry<'_>]) -> String {
    let hatched = if entries.iter().any(|entry| entry.standing == Standing::Insecure) {
        " Hatched rows are below 128 bits and never ranked."
    } else {
        ""
    };
    format!("Security: {}.{hatched}", grouped(entries, |entry| entry.security()))
}

fn learning(entries: &[&Entry<'_>]) -> Option<String> {
    let groups = grouped(entries, |entry| entry.row.server_learns.clone());
    (!groups.is_empty()).then(|| format!("What the server learns: {groups}."))
}

/// Schemes by what is said of them: `132 bits (tfhe, tfhe-exact); 80 bits, not ranked (elgamal)`.
fn grouped(entries: &[&Entry<'_>], say: impl Fn(&Entry<'_>) -> Option<String>) -> String {
    let said = distinct(entries, &say);
    let group = |words: &String| {
        let schemes =
            distinct(entries, |entry| (say(entry).as_ref() == Some(words)).then(|| entry.row.scheme_label.clone()));
        format!("{words} ({})", schemes.join(", "))
    };
    said.iter().map(group).collect::<Vec<_>>().join("; ")
}

/// Samples that were disturbed, and numbers that are another program's claims.
fn trust(entries: &[&Entry<'_>]) -> Vec<String> {
    let mut sentences = Vec::new();
    let samples: u64 = entries.iter().map(|entry| entry.row.samples).sum();
    let contaminated: u64 = entries.iter().map(|entry| entry.row.contaminated).sum();
    if contaminated > 0 {
        sentences.push(format!(
            "Interference was noticed during {} of {} timed samples; they are kept.",
            count(contaminated),
            count(samples)
        ));
    }
    let claims =
        distinct(entries, |entry| (entry.row.claimed_by_peer == Some(true)).then(|| entry.row.scheme_label.clone()));
    if !claims.is_empty() {
        sentences.push(format!(
            "Times, security and learning of {} are the claims of a foreign program.",
            claims.join(", ")
        ));
    }
    sentences
}

fn distinct(entries: &[&Entry<'_>], say: impl Fn(&Entry<'_>) -> Option<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for said in entries.iter().filter_map(|entry| say(entry)) {
        if !seen.contains(&said) {
            seen.push(said);
        }
    }
    seen
}
