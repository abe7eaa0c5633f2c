#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::io::Write;

use tempfile::TempDir;

use super::cells::CellRecord;
use super::*;
use crate::cell::Identity;
use crate::cell::Status;
use crate::sample::Stop;
use crate::testing;

struct Scene {
    out: TempDir,
    folder: RunFolder,
    identity: Identity,
}

fn scene() -> Scene {
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(out.path(), testing::run(1)).unwrap();
    Scene { out, folder, identity: testing::identity(0, "tfhe") }
}

impl Scene {
    fn file(&self, extension: &str) -> PathBuf {
        self.folder.path().join("cells").join(format!("{}.{extension}", self.identity.content_hash))
    }

    fn sealed() -> Scene {
        Scene::sealed_with(&testing::lines(1, 2))
    }

    fn sealed_with(lines: &[Line]) -> Scene {
        let scene = scene();
        testing::record(&scene.folder, &scene.identity, lines, Status::Ok).unwrap();
        scene
    }

    fn started() -> Scene {
        let scene = scene();
        testing::record(&scene.folder, &scene.identity, &testing::lines(1, 2), Status::Interrupted).unwrap();
        scene
    }

    fn progress(&self) -> Result<Progress> {
        self.folder.progress(&self.identity.content_hash)
    }

    fn edit(&self, extension: &str, change: impl FnOnce(String) -> String) {
        let path = self.file(extension);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, change(text)).unwrap();
    }
}

fn says(result: Result<impl std::fmt::Debug>, parts: &[&str]) {
    let message = result.unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "'{part}' is missing in: {message}");
    }
}

#[test]
fn a_folder_is_named_after_its_run_and_never_reused() {
    let out = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..2)
        .map(|_| RunFolder::create(out.path(), testing::run(1)).unwrap())
        .map(|folder| folder.path().file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["made-up-20260131T120000Z-01234567", "made-up-20260131T120000Z-01234567-2"]);
    let opened = RunFolder::open(&out.path().join(&names[0])).unwrap();
    assert_eq!(opened.run(), &testing::run(1));
}

#[test]
fn a_cell_goes_from_new_to_started_to_sealed() {
    let scene = scene();
    assert_eq!(scene.progress().unwrap(), Progress::New);
    let lines = testing::lines(1, 2);
    let mut log = scene.folder.start(&scene.identity).unwrap();
    for line in &lines {
        log.append(line).unwrap();
    }
    let Progress::Started(started) = scene.progress().unwrap() else { panic!("the cell is not started") };
    assert_eq!(started[0], Line::Start(scene.identity.clone()));
    assert_eq!(started[1..], lines);
    let sealed = log.seal(testing::cell(scene.identity.clone(), Status::Ok)).unwrap();
    assert_eq!(sealed.log.lines, 1 + lines.len() as u64);
    assert_eq!(sealed.log.bytes, fs::metadata(scene.file("jsonl")).unwrap().len());
    assert_eq!(scene.progress().unwrap(), Progress::Sealed(Box::new(sealed.clone())));
    let records = scene.folder.records().unwrap();
    assert_eq!(records, [CellRecord { identity: scene.identity.clone(), seal: Some(sealed), lines }]);
    says(scene.folder.start(&scene.identity), &[".json", "finished", "--resume"]);
}

#[test]
fn a_cell_that_crashed_or_timed_out_is_tried_again_behind_what_it_measured() {
    for status in [Status::Crashed, Status::TimedOut] {
        let scene = scene();
        let lines = testing::lines(1, 2);
        testing::record(&scene.folder, &scene.identity, &lines[..5], status).unwrap();
        let Progress::Sealed(sealed) = scene.progress().unwrap() else { panic!("the cell is not sealed") };
        assert_eq!((sealed.status, sealed.log.lines), (status, 1 + 5 + 1));

        let mut log = scene.folder.start(&scene.identity).unwrap();
        assert!(!scene.file("json").exists());
        let stop = Line::Stopped(Stop { status, reason: sealed.reason });
        assert_eq!(log.recovered(), [&lines[..5], std::slice::from_ref(&stop)].concat());
        for line in &lines[5..] {
            log.append(line).unwrap();
        }
        log.seal(testing::cell(scene.identity.clone(), Status::Ok)).unwrap();

        let rows = crate::derive::derive(&scene.folder).unwrap();
        let whole = crate::derive::derive(&Scene::sealed_with(&lines).folder).unwrap();
        assert_eq!((rows.summary, rows.metrics), (whole.summary, whole.metrics));
        says(scene.folder.start(&scene.identity), &["finished"]);
    }
}

#[test]
fn a_damaged_cell_is_not_tried_again() {
    let scene = scene();
    testing::record(&scene.folder, &scene.identity, &testing::lines(1, 1), Status::Crashed).unwrap();
    scene.edit("jsonl", |text| text.replacen("\"wrong\":0", "\"wrong\":1", 1));
    says(scene.folder.start(&scene.identity), &["changed after it was sealed"]);
    assert!(scene.file("json").exists());
}

#[test]
fn how_a_cell_ended_for_good_stays() {
    for status in [Status::FailedTwin, Status::Unsupported] {
        let scene = scene();
        testing::record(&scene.folder, &scene.identity, &testing::lines(1, 1), status).unwrap();
        says(scene.folder.start(&scene.identity), &["finished"]);
        assert_eq!(scene.folder.records().unwrap()[0].lines, testing::lines(1, 1));
    }
}

/// A process killed while it writes leaves a prefix of its last line: whatever the prefix, the log
/// goes on behind the last whole line, and the result equals an uninterrupted one byte by byte.
#[test]
fn a_torn_last_line_is_dropped_wherever_it_broke() {
    let lines = testing::lines(1, 1);
    let whole = Scene::sealed_with(&lines);
    let bytes = fs::read(whole.file("jsonl")).unwrap();
    let ends: Vec<usize> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let last_start = ends[ends.len() - 2];
    for cut in (last_start..bytes.len()).step_by(7).chain([0, 1, ends[0], ends[0] + 1, bytes.len() - 1, bytes.len()]) {
        let scene = scene();
        fs::write(scene.file("jsonl"), &bytes[..cut]).unwrap();
        let mut log = scene.folder.start(&scene.identity).unwrap();
        let done = log.recovered().to_vec();
        assert_eq!(done, lines[..done.len()]);
        assert_eq!(log.torn_bytes() as usize, cut - ends.iter().rfind(|end| **end <= cut).copied().unwrap_or(0));
        for line in &lines[done.len()..] {
            log.append(line).unwrap();
        }
        log.seal(testing::cell(scene.identity.clone(), Status::Ok)).unwrap();
        assert_eq!(fs::read(scene.file("jsonl")).unwrap(), bytes, "cut at {cut}");
    }
}

#[test]
fn reading_a_torn_log_changes_nothing() {
    let scene = Scene::started();
    let mut file = fs::OpenOptions::new().append(true).open(scene.file("jsonl")).unwrap();
    file.write_all(b"{\"line\":\"que").unwrap();
    let before = fs::read(scene.file("jsonl")).unwrap();
    assert!(matches!(scene.progress().unwrap(), Progress::Started(_)));
    assert_eq!(scene.folder.records().unwrap()[0].lines, testing::lines(1, 2));
    assert_eq!(fs::read(scene.file("jsonl")).unwrap(), before);
}

#[test]
fn a_malformed_middle_line_is_named() {
    let scene = Scene::started();
    scene.edit("jsonl", |text| text.replacen("\"repeat\":0", "\"repeat\":x", 1));
    let before = fs::read(scene.file("jsonl")).unwrap();
    says(scene.progress(), &[".jsonl: line 3", "column", "--resume"]);
    says(scene.folder.start(&scene.identity), &["line 3"]);
    assert_eq!(fs::read(scene.file("jsonl")).unwrap(), before);
}

/// Whatever happens to a sealed log's bytes: it is seen, and reading never panics.
#[test]
fn no_damage_goes_unseen() {
    let scene = Scene::sealed_with(&testing::lines(1, 1));
    let path = scene.file("jsonl");
    let original = fs::read(&path).unwrap();
    for at in (0..original.len()).step_by(61) {
        for flip in [1, 0x80] {
            let mut bytes = original.clone();
            bytes[at] ^= flip;
            fs::write(&path, bytes).unwrap();
            let _ = log::Log::read(&path);
            assert!(matches!(scene.progress(), Err(Error::LogChanged { .. })), "byte {at}");
        }
    }
}

#[test]
fn a_sample_cannot_occur_twice() {
    let scene = Scene::started();
    let text = fs::read_to_string(scene.file("jsonl")).unwrap();
    let third = text.lines().nth(2).unwrap().to_owned();
    scene.edit("jsonl", |text| format!("{text}{third}\n"));
    let last = text.lines().count() + 1;
    says(scene.progress(), &[&format!("line {last}"), "repeat 0 of query 0 occurs a second time"]);
}

#[test]
fn a_log_without_its_start_or_of_another_cell_is_refused() {
    let scene = Scene::started();
    let original = fs::read_to_string(scene.file("jsonl")).unwrap();
    scene.edit("jsonl", |text| text.split_once('\n').unwrap().1.to_owned());
    says(scene.progress(), &["line 1", "start line"]);
    fs::write(scene.file("jsonl"), &original).unwrap();
    let other = "0".repeat(64);
    fs::rename(scene.file("jsonl"), scene.folder.path().join(format!("cells/{other}.jsonl"))).unwrap();
    says(scene.folder.progress(&other), &["belongs to cell", &scene.identity.content_hash, &other]);
}

#[test]
fn a_log_that_changed_after_its_seal_is_refused() {
    let scene = Scene::sealed();
    scene.edit("jsonl", |text| text.replacen("\"wrong\":0", "\"wrong\":1", 1));
    says(scene.progress(), &[".jsonl", "changed after it was sealed", "--resume"]);
    says(scene.folder.records(), &["changed after it was sealed"]);
    fs::remove_file(scene.file("jsonl")).unwrap();
    says(scene.progress(), &[".json", "is gone"]);
}

#[test]
fn a_damaged_seal_is_refused_and_kept() {
    let scene = Scene::sealed();
    let original = fs::read_to_string(scene.file("json")).unwrap();
    fs::write(scene.file("json"), &original[..original.len() / 2]).unwrap();
    says(scene.progress(), &["malformed seal", "line", "column", "--resume"]);
    fs::write(scene.file("json"), original.replacen("\"status\"", "\"state\"", 1)).unwrap();
    says(scene.progress(), &["malformed seal", "unknown field `state`"]);
    fs::write(scene.file("json"), original.replacen("\"schema_version\": 1", "\"schema_version\": 99", 1)).unwrap();
    says(scene.progress(), &["schema version 99", "version 1"]);
    assert!(scene.file("jsonl").exists());
    fs::remove_file(scene.file("json")).unwrap();
    assert!(matches!(scene.progress().unwrap(), Progress::Started(_)));
}

#[test]
fn an_interrupted_cell_and_another_cells_seal_are_not_written() {
    let scene = scene();
    let log = scene.folder.start(&scene.identity).unwrap();
    says(log.seal(testing::cell(scene.identity.clone(), Status::Interrupted)), &["left unsealed"]);
    let log = scene.folder.start(&scene.identity).unwrap();
    says(log.seal(testing::cell(testing::identity(5, "ckks"), Status::Ok)), &["belongs to cell"]);
    assert!(!scene.file("json").exists());
}

#[test]
fn a_group_has_one_lock_whose_holder_is_named() {
    let scene = scene();
    let lock = scene.folder.lock(3).unwrap();
    let id = format!("process {}", std::process::id());
    says(scene.folder.lock(3), &["group 3", &id, "group-3.lock"]);
    scene.folder.lock(4).unwrap();
    drop(lock);
    scene.folder.lock(3).unwrap();
}

#[test]
fn a_run_resumes_under_its_own_program_only() {
    let scene = scene();
    let path = scene.folder.path();
    RunFolder::resume(path, &testing::run(1).binary_sha256).unwrap();
    says(
        RunFolder::resume(path, &"f".repeat(64)),
        &["ffffffff", &testing::run(1).binary_sha256, "build commit 0123456789", "start a new run"],
    );
}

#[test]
fn what_is_no_run_is_refused() {
    let scene = scene();
    says(RunFolder::open(scene.out.path()), &["there is no run.json", "--resume"]);
    says(RunFolder::open(&scene.out.path().join("missing")), &["there is no run.json"]);
    let file = scene.folder.path().join("run.json");
    let original = fs::read_to_string(&file).unwrap();
    fs::write(&file, "{").unwrap();
    says(RunFolder::open(scene.folder.path()), &["run.json: malformed", "line 1"]);
    fs::write(&file, original.replacen("\"schema_version\": 1", "\"schema_version\": 2", 1)).unwrap();
    says(RunFolder::open(scene.folder.path()), &["schema version 2"]);
    fs::write(&file, original.replacen("\"dirty\"", "\"drity\"", 1)).unwrap();
    says(RunFolder::open(scene.folder.path()), &["unknown field `drity`"]);
}

#[test]
fn an_output_folder_that_cannot_be_made_is_named() {
    let scene = scene();
    let file = scene.out.path().join("file");
    fs::write(&file, "").unwrap();
    says(RunFolder::create(&file, testing::run(1)), &[file.to_str().unwrap(), "cannot make"]);
    says(RunFolder::create(&file.join("inside"), testing::run(1)), &["cannot make the output folder"]);
}

/// `/dev/full` answers every write as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_was_written_and_takes_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let mut writer = log::LogWriter::open(&path, 0).unwrap();
    let line = Line::Query(testing::sample(0, 0, 1));
    says(writer.append(&line), &["cannot append", "space", "--resume"]);
    says(writer.append(&line), &["takes no more lines"]);
}
