use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::super::error::{Error, Failure};
use super::super::files::Expected;
use super::super::folder::{State, inspect};
use super::super::sample::{Sample, gzip, sample};
use super::super::server::{Answer, Server};
use super::super::transfer::Patience;
use super::Fetch;
use crate::progress::Progress;

const TEST_IMAGES: usize = 2;

fn impatient() -> Patience {
    let short = Duration::from_millis(500);
    Patience { connect: short, answer: short, body: short, pause: Duration::ZERO, ..Patience::default() }
}

/// Fetches one file from the given mirrors into the folder.
fn fetch(folder: &Path, mirrors: &[&Server], file: &Expected) -> Result<(), Error> {
    let mirrors: Vec<String> = mirrors.iter().map(|server| server.url.clone()).collect();
    let fetch = Fetch { mirrors: &mirrors, patience: &impatient(), progress: &Progress::Silent };
    fetch.into_folder(folder, &[file])
}

struct Bench {
    sample: Sample,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Bench { sample: sample(), folder: TempDir::new().unwrap() }
    }

    fn mirror(&self, answers: &[Answer]) -> Server {
        Server::start(self.sample.published(), answers.to_vec())
    }

    fn file(&self) -> &Expected {
        self.sample.edition.files()[TEST_IMAGES]
    }

    fn fetch(&self, mirrors: &[&Server]) -> Result<(), Error> {
        fetch(self.folder.path(), mirrors, self.file())
    }

    /// The failures of a fetch that must fail.
    fn failures(&self, mirrors: &[&Server]) -> Vec<Failure> {
        let result = self.fetch(mirrors);
        let Err(Error::Download { failures, .. }) = result else {
            panic!("expected a failed download, found {result:?}")
        };
        failures
    }

    fn part(&self) -> std::path::PathBuf {
        self.folder.path().join("t10k-images-idx3-ubyte.gz.part")
    }

    /// The file is there, sound, and nothing else but the lock is.
    fn assert_fetched(&self) {
        assert!(matches!(inspect(self.file(), self.folder.path()), State::Good(_)));
        let mut names: Vec<_> = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".lock", "t10k-images-idx3-ubyte.gz"]);
    }
}

#[test]
fn a_file_is_fetched_once() {
    let bench = Bench::new();
    let mirror = bench.mirror(&[Answer::Sound]);
    bench.fetch(&[&mirror]).unwrap();
    bench.fetch(&[&mirror]).unwrap();
    bench.assert_fetched();
    assert_eq!(mirror.requests(), ["t10k-images-idx3-ubyte.gz"]);
}

#[test]
fn a_cut_connection_is_carried_on_where_it_ended() {
    let bench = Bench::new();
    let mirror = bench.mirror(&[Answer::Cut(1000), Answer::Cut(500), Answer::Sound]);
    bench.fetch(&[&mirror]).unwrap();
    bench.assert_fetched();
    let name = "t10k-images-idx3-ubyte.gz";
    assert_eq!(mirror.requests(), [name.to_owned(), format!("{name} from 1000"), format!("{name} from 1500")]);
}

#[test]
fn an_earlier_process_s_part_is_carried_on() {
    let bench = Bench::new();
    fs::write(bench.part(), &bench.sample.published()[TEST_IMAGES].1[..700]).unwrap();
    let mirror = bench.mirror(&[Answer::Sound]);
    bench.fetch(&[&mirror]).unwrap();
    bench.assert_fetched();
    assert_eq!(mirror.requests(), ["t10k-images-idx3-ubyte.gz from 700"]);
}

#[test]
fn a_part_that_is_already_whole_is_kept() {
    let bench = Bench::new();
    fs::write(bench.part(), &bench.sample.published()[TEST_IMAGES].1).unwrap();
    bench.fetch(&[&bench.mirror(&[Answer::Sound])]).unwrap();
    bench.assert_fetched();
}

#[test]
fn a_part_of_something_else_is_thrown_away() {
    let bench = Bench::new();
    fs::write(bench.part(), [7; 300]).unwrap();
    let mirror = bench.mirror(&[Answer::Sound]);
    bench.fetch(&[&mirror]).unwrap();
    bench.assert_fetched();
    assert_eq!(mirror.requests().len(), 2);
}

#[test]
fn a_server_that_knows_no_ranges_sends_all_again() {
    let bench = Bench::new();
    let mirror = bench.mirror(&[Answer::Cut(1000), Answer::IgnoreRange]);
    bench.fetch(&[&mirror]).unwrap();
    bench.assert_fetched();
    assert_eq!(mirror.requests().len(), 2);
}

#[test]
fn a_server_that_confuses_ranges_is_asked_for_all() {
    let bench = Bench::new();
    let mirror = bench.mirror(&[Answer::Cut(1000), Answer::WrongRange, Answer::Sound]);
    bench.fetch(&[&mirror]).unwrap();
    bench.assert_fetched();
    assert_eq!(mirror.requests().last().unwrap(), "t10k-images-idx3-ubyte.gz");
}

#[test]
fn corrupted_bytes_send_to_the_second_mirror() {
    let bench = Bench::new();
    let mut corrupted = bench.sample.bytes[TEST_IMAGES].clone();
    corrupted[100] ^= 1;
    for (bytes, reason) in [
        (gzip(&corrupted), "SHA-256"),
        (gzip(&corrupted[..3000]), "truncated"),
        (b"<html>captive portal</html>".to_vec(), "gzip"),
        (gzip(&vec![0; 1 << 20]), "magic"),
    ] {
        let (first, second) = (bench.mirror(&[Answer::Other(bytes)]), bench.mirror(&[Answer::Sound]));
        bench.fetch(&[&first, &second]).unwrap();
        bench.assert_fetched();
        assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
        fs::remove_file(bench.folder.path().join("t10k-images-idx3-ubyte.gz")).unwrap();
        let failures = bench.failures(&[&first]);
        assert!(failures[0].reason.contains(reason), "{failures:?}");
        assert!(!bench.part().exists());
    }
}

#[test]
fn the_second_mirror_carries_on_what_the_first_began() {
    let bench = Bench::new();
    let first = bench.mirror(&[Answer::Cut(1200), Answer::Status(503)]);
    let second = bench.mirror(&[Answer::Sound]);
    bench.fetch(&[&first, &second]).unwrap();
    bench.assert_fetched();
    assert_eq!(second.requests(), ["t10k-images-idx3-ubyte.gz from 1200"]);
    assert!(first.requests().len() <= 1 + 1 + impatient().barren_attempts as usize);
}

#[test]
fn every_mirror_s_reason_is_told() {
    let bench = Bench::new();
    let (gone, stalled) = (bench.mirror(&[Answer::Status(404)]), bench.mirror(&[Answer::Stall]));
    let mut silent = bench.mirror(&[Answer::Sound]);
    silent.url = "http://127.0.0.1:1/".into();
    let failures = bench.failures(&[&gone, &stalled, &silent]);
    assert_eq!(failures.len(), 3);
    assert!(failures[0].reason.contains("404"), "{failures:?}");
    assert!(failures[1].reason.contains("timeout"), "{failures:?}");
    assert!(failures[2].reason.to_lowercase().contains("refused"), "{failures:?}");
    let error = bench.fetch(&[&gone]).unwrap_err().to_string();
    assert!(error.contains("t10k-images-idx3-ubyte.gz could not be downloaded"), "{error}");
    assert!(error.contains(&gone.url), "{error}");
}

#[test]
fn more_bytes_than_the_file_may_have_are_not_taken() {
    let bench = Bench::new();
    let endless = vec![1; 200_000];
    let failures = bench.failures(&[&bench.mirror(&[Answer::Other(endless)])]);
    assert!(failures[0].reason.contains("sent more than"), "{failures:?}");
    assert!(!bench.part().exists());
}

#[test]
fn a_bad_file_makes_room_and_is_kept() {
    let bench = Bench::new();
    let bad = bench.folder.path().join("t10k-images-idx3-ubyte");
    fs::write(&bad, "something of the user's").unwrap();
    bench.fetch(&[&bench.mirror(&[Answer::Sound])]).unwrap();
    assert!(matches!(inspect(bench.file(), bench.folder.path()), State::Good(_)));
    assert_eq!(fs::read_to_string(bad.with_extension("bad")).unwrap(), "something of the user's");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let bench = Bench::new();
    let file = bench.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = fetch(&file.join("data"), &[&bench.mirror(&[Answer::Sound])], bench.file()).unwrap_err();
    assert!(matches!(&error, Error::File { path, action: "write", .. } if path.ends_with("file/data")), "{error}");
}
