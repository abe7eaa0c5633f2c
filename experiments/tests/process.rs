//! Servers and peers that die, hang or answer something else: the cell says so, the others go on.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/lab.rs"]
mod lab;

use blindbench_results::cell::Status;
use blindbench_results::store::RunFolder;
use lab::{Ended, Lab, samples, server_of, signal, wait_for_lines};
use rustix::process::Signal;

fn statuses(run: &std::path::Path) -> Vec<(Status, String)> {
    let records = RunFolder::open(run).unwrap().records().unwrap();
    let seals = records.into_iter().map(|record| record.seal.unwrap());
    seals.map(|cell| (cell.status, cell.reason.unwrap_or_default())).collect()
}

#[test]
fn a_killed_server_ends_its_cell_alone() {
    let lab = Lab::new();
    let measure = "batch: [1, 2], repeats: 1, warmup: 0, max_seconds: 0.001, interleave: false";
    lab.experiment("killed", 2_000, &["cleartext: {}"], measure);
    let harness = lab.command(&["run", "killed.yaml", "--out", "runs"]).spawn().unwrap();
    let run = lab.only_run("runs");
    wait_for_lines(&run, 20);
    signal(server_of(&harness).unwrap(), Signal::KILL);
    Ended::of(harness.wait_with_output().unwrap()).expect(3, &["crashed", "SIGKILL"]);
    let statuses = statuses(&run);
    assert_eq!(statuses[0].0, Status::Crashed);
    assert!(statuses[0].1.contains("SIGKILL"), "{}", statuses[0].1);
    assert_eq!(statuses[1], (Status::Ok, String::new()));
    // What was measured before the end is kept.
    assert!(samples(&run)[0].len() >= 10);
}

/// Runs a misbehaving peer beside cleartext; how its cell ended.
fn beside_cleartext(way: &str, code: i32) -> (Status, String) {
    let lab = Lab::new();
    let peer = Lab::peer(way);
    let measure = "batch: 2, repeats: 1, warmup: 0, max_seconds: 0.001";
    lab.experiment("peer", 4, &[&peer, "cleartext: {}"], measure);
    lab.run(&["run", "peer.yaml", "--out", "runs"]).expect(code, &[]);
    let mut statuses = statuses(&lab.only_run("runs"));
    assert_eq!(statuses.pop(), Some((Status::Ok, String::new())));
    statuses.pop().unwrap()
}

#[test]
fn a_peer_that_behaves_is_measured_like_any_scheme() {
    assert_eq!(beside_cleartext("well", 0), (Status::Ok, String::new()));
}

#[test]
fn a_peer_that_dies_has_crashed() {
    let (status, reason) = beside_cleartext("die", 3);
    assert_eq!(status, Status::Crashed);
    assert!(reason.contains("exit status: 7"), "{reason}");
}

#[test]
fn a_peer_that_hangs_is_stopped() {
    let (status, reason) = beside_cleartext("hang", 3);
    assert_eq!(status, Status::TimedOut);
    assert!(reason.contains("within 3s and was stopped"), "{reason}");
}

#[test]
fn a_peer_that_answers_too_little_has_failed_its_twin() {
    let (status, reason) = beside_cleartext("short", 1);
    assert_eq!(status, Status::FailedTwin);
    assert!(reason.contains("10 scores of 10 classes, expected 20"), "{reason}");
}

#[test]
fn a_peer_that_answers_wrongly_has_failed_its_twin() {
    let (status, reason) = beside_cleartext("wrong", 1);
    assert_eq!(status, Status::FailedTwin);
    assert!(reason.contains("answers differ from the lowered twin"), "{reason}");
}

#[test]
fn a_peer_that_claims_impossible_times_is_refused() {
    let (status, reason) = beside_cleartext("lie", 3);
    assert_eq!(status, Status::Crashed);
    assert!(reason.contains("claims to have worked"), "{reason}");
}

#[test]
fn the_server_has_no_environment_and_sees_no_file() {
    let lab = Lab::new();
    lab.experiment("confined", 2_000, &["cleartext: {}"], "repeats: 1, warmup: 0, max_seconds: 0.001");
    let mut command = lab.command(&["run", "confined.yaml", "--out", "runs"]);
    let mut harness = command.env("BLINDBENCH_DATA", "/somewhere").spawn().unwrap();
    wait_for_lines(&lab.only_run("runs"), 5);
    let server = server_of(&harness).unwrap();
    let environment = std::fs::read(format!("/proc/{server}/environ")).unwrap();
    assert!(environment.is_empty(), "{}", String::from_utf8_lossy(&environment));
    let arguments = String::from_utf8(std::fs::read(format!("/proc/{server}/cmdline")).unwrap()).unwrap();
    assert!(arguments.contains("serve\0--threads\x001\0--kernel\0"), "{arguments:?}");
    // stdin, stdout and stderr, and nothing of the data set or the records.
    let open = std::fs::read_dir(format!("/proc/{server}/fd")).unwrap().flatten();
    let files: Vec<_> = open.filter_map(|fd| std::fs::read_link(fd.path()).ok()).collect();
    assert!(files.iter().all(|file| !file.starts_with(lab.path(""))), "{files:?}");
    harness.kill().unwrap();
    harness.wait().unwrap();
}
