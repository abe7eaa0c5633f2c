//! Runs that are interrupted and go on.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/lab.rs"]
mod lab;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use blindbench_results::derive::deterministic_columns;
use lab::{Ended, Lab, children_of, command_line, samples, server_of, signal, wait_for_lines};
use rustix::process::Signal;

const MEASURE: &str = "batch: [1, 3], repeats: 2, warmup: 1, max_seconds: 60";

/// The deterministic columns of `summary.csv`, row by row.
fn deterministic(run: &Path) -> Vec<Vec<(String, String)>> {
    let text = std::fs::read_to_string(run.join("summary.csv")).unwrap();
    let mut lines = text.lines().map(fields);
    let heading = lines.next().unwrap();
    let keep = |row: Vec<String>| {
        let named = heading.iter().cloned().zip(row);
        named.filter(|(name, _)| deterministic_columns().contains(&name.as_str())).collect()
    };
    lines.map(keep).collect()
}

/// The fields of a line of CSV whose texts may be quoted.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            letter => fields.last_mut().unwrap().push(letter),
        }
    }
    fields
}

fn each_once(run: &Path) {
    for cell in samples(run) {
        let keys: BTreeSet<(u64, u32)> = cell.iter().map(|sample| (sample.query, sample.repeat)).collect();
        assert_eq!(keys.len(), cell.len(), "a row stands twice");
    }
}

/// Runs an experiment as a whole, and once more with a SIGKILL as soon as its logs hold each of these
/// many lines; the second run's folder, whose results are the first one's.
fn killed_twice(lab: &Lab, experiment: &str, kill_at: [usize; 2]) -> PathBuf {
    lab.run(&["run", experiment, "--out", "whole"]).expect(0, &[]);
    let mut harness = lab.command(&["run", experiment, "--out", "parts"]).spawn().unwrap();
    let run = lab.only_run("parts");
    for lines in kill_at {
        wait_for_lines(&run, lines);
        harness.kill().unwrap();
        harness.wait().unwrap();
        let before: usize = samples(&run).iter().map(Vec::len).sum();
        assert!(before > 0);
        harness = lab.command(&["run", "--resume", run.to_str().unwrap()]).spawn().unwrap();
    }
    Ended::of(harness.wait_with_output().unwrap()).expect(0, &["goes on behind"]);
    each_once(&run);
    assert_eq!(deterministic(&run), deterministic(&lab.only_run("whole")));
    run
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_results() {
    let lab = Lab::new();
    lab.experiment("resumed", 300, &["cleartext: {}"], MEASURE);
    let run = killed_twice(&lab, "resumed.yaml", [50, 400]);
    // Nothing is left to do, and nothing is done again.
    let lines = samples(&run);
    lab.run(&["run", "resumed.yaml", "--out", "parts", "--resume"]).expect(0, &["measured before (ok)"]);
    assert_eq!(samples(&run), lines);
}

/// Keys are drawn anew from the stated seed, and so is what each query is encrypted with.
#[cfg(feature = "tfhe")]
#[test]
fn an_encrypted_run_that_was_killed_goes_on_to_the_same_results() {
    let lab = Lab::new();
    let text = "name: encrypted\nseed: 3\nkind: inference\ndataset: {name: digits, split: test, images: 16}\n\
                pairs:\n  - {model: digits-tfhe-30, scheme: {tfhe: {}}}\n\
                measure: {repeats: 1, warmup: 0, max_seconds: 0.001}\n";
    lab.write("encrypted.yaml", text);
    killed_twice(&lab, "encrypted.yaml", [5, 11]);
}

#[test]
fn a_cell_whose_server_was_killed_is_tried_again() {
    let lab = Lab::new();
    let experiment =
        |name| lab.experiment(name, 1_000, &["cleartext: {}"], "repeats: 1, warmup: 0, max_seconds: 0.001");
    experiment("server");
    lab.run(&["run", "server.yaml", "--out", "whole"]).expect(0, &[]);
    let harness = lab.command(&["run", "server.yaml", "--out", "parts"]).spawn().unwrap();
    let run = lab.only_run("parts");
    wait_for_lines(&run, 20);
    signal(server_of(&harness).unwrap(), Signal::KILL);
    let again = format!("blindbench run --resume parts/{}", run.file_name().unwrap().to_str().unwrap());
    Ended::of(harness.wait_with_output().unwrap()).expect(3, &["crashed", "SIGKILL", &again]);
    let before = samples(&run).remove(0);

    lab.run(&["run", "--resume", run.to_str().unwrap()]).expect(0, &["tried again (crashed before", "goes on behind"]);
    assert_eq!(samples(&run)[0][..before.len()], before);
    each_once(&run);
    assert_eq!(deterministic(&run), deterministic(&lab.only_run("whole")));
}

#[test]
fn a_full_disk_loses_nothing() {
    let lab = Lab::new();
    lab.experiment("full", 200, &["cleartext: {}"], "repeats: 1, warmup: 0, max_seconds: 0.001");
    lab.run(&["run", "full.yaml", "--out", "whole"]).expect(0, &[]);
    let said =
        ["cannot append to the log", "File too large", "kept", "go on with --resume", "run --resume parts/full-"];
    let full = lab.command_on_a_full_disk(40, &["run", "full.yaml", "--out", "parts"]).output().unwrap();
    Ended::of(full).expect(3, &said);
    let run = lab.only_run("parts");
    let before = samples(&run);
    assert!(before[0].len() > 5, "{}", before[0].len());

    // As long as it is full, nothing changes.
    let path = run.to_str().unwrap();
    let full = lab.command_on_a_full_disk(40, &["run", "--resume", path]).output().unwrap();
    Ended::of(full).expect(3, &said[..4]);
    assert_eq!(samples(&run), before);

    lab.run(&["run", "--resume", path]).expect(0, &["goes on behind"]);
    assert_eq!(samples(&run)[0][..before[0].len()], before[0]);
    each_once(&run);
    assert_eq!(deterministic(&run), deterministic(&lab.only_run("whole")));
}

#[test]
fn the_first_interrupt_finishes_the_sample_and_tells_how_to_go_on() {
    let lab = Lab::new();
    lab.experiment("stopped", 500, &["cleartext: {}"], MEASURE);
    let harness = lab.command(&["run", "stopped.yaml", "--out", "runs"]).spawn().unwrap();
    let run = lab.only_run("runs");
    wait_for_lines(&run, 30);
    signal(harness.id(), Signal::INT);
    let ended = Ended::of(harness.wait_with_output().unwrap());
    ended.expect(3, &["interrupted", "blindbench run --resume"]);
    assert!(run.join("summary.csv").is_file());
    lab.run(&["run", "--resume", run.to_str().unwrap()]).expect(0, &["goes on behind"]);
    each_once(&run);
}

#[test]
fn a_second_interrupt_ends_at_once_and_leaves_no_server_behind() {
    let lab = Lab::new();
    let peer = Lab::peer("hang").replace("time_limit_seconds: 3", "time_limit_seconds: 60");
    lab.experiment("hanging", 2, &["cleartext: {}", &peer], "repeats: 1, warmup: 0");
    let mut harness = lab.command(&["run", "hanging.yaml", "--out", "runs"]).spawn().unwrap();
    wait_for_lines(&lab.only_run("runs"), 3);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let (servers, peers): (Vec<u32>, Vec<u32>) =
        children_of(&harness).into_iter().partition(|id| command_line(*id).contains("serve\0"));
    assert_eq!(servers.len(), 1);
    signal(harness.id(), Signal::INT);
    std::thread::sleep(std::time::Duration::from_millis(200));
    signal(harness.id(), Signal::INT);
    // The signal's default action, which leaves no code.
    assert_eq!(harness.wait().unwrap().code(), None);
    // A program that hangs notices nothing; only our own servers end with their harness.
    for peer in peers.into_iter().filter(|id| command_line(*id).contains("misbehaving.py")) {
        signal(peer, Signal::KILL);
    }
    for _ in 0..500 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", servers[0])).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    unreachable!("the server outlives its harness");
}

#[test]
fn what_does_not_belong_to_the_run_is_refused() {
    let lab = Lab::new();
    let experiment = lab.experiment("changed", 5, &["cleartext: {}"], "repeats: 1, warmup: 0, max_seconds: 0.001");
    lab.run(&["run", "changed.yaml", "--out", "runs"]).expect(0, &[]);
    let run = lab.only_run("runs");
    let path = run.to_str().unwrap();
    let text = std::fs::read_to_string(&experiment).unwrap();
    lab.write("changed.yaml", &text.replace("images: 5", "images: 6"));
    lab.run(&["run", "changed.yaml", "--resume", path]).expect(2, &["another version of"]);
    lab.write("changed.yaml", &text);

    let json = std::fs::read_to_string(run.join("run.json")).unwrap();
    let hash = json.split("\"binary_sha256\": \"").nth(1).unwrap().split('"').next().unwrap();
    std::fs::write(run.join("run.json"), json.replace(hash, &"0".repeat(64))).unwrap();
    lab.run(&["run", "--resume", path]).expect(2, &["measured by the program with SHA-256 000", "start a new run"]);
    std::fs::write(run.join("run.json"), &json).unwrap();
    lab.run(&["run", "--resume", path]).expect(0, &[]);
}

#[test]
fn a_damaged_folder_is_named_and_kept() {
    let lab = Lab::new();
    lab.experiment("damaged", 5, &["cleartext: {}"], "repeats: 1, warmup: 0, max_seconds: 0.001");
    lab.run(&["run", "damaged.yaml", "--out", "runs"]).expect(0, &[]);
    let run = lab.only_run("runs");
    let path = run.to_str().unwrap();
    let cells = || std::fs::read_dir(run.join("cells")).unwrap().flatten().map(|entry| entry.path());
    let log = cells().find(|file| file.extension().is_some_and(|extension| extension == "jsonl")).unwrap();
    let sound = std::fs::read_to_string(&log).unwrap();

    std::fs::write(&log, sound.replacen("\"wrong\":0", "\"wrong\":1", 1)).unwrap();
    lab.run(&["run", "--resume", path]).expect(3, &["changed after it was sealed"]);
    std::fs::write(&log, &sound).unwrap();

    std::fs::write(run.join("run.json"), "{").unwrap();
    lab.run(&["run", "--resume", path]).expect(2, &["run.json", "malformed"]);
    std::fs::remove_file(run.join("run.json")).unwrap();
    lab.run(&["run", "--resume", path]).expect(2, &["there is no run.json"]);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), sound);
}
