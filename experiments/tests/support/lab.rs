//! A folder with a small network of its own, and experiments on drawn digits: no file of anybody else's.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs; a test may fail")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use blindbench_core::conformance::made_up_weights;
use blindbench_core::network::architecture::{Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::images::Shape;
use blindbench_core::roles::seed::Seed;
use blindbench_results::sample::{Line, Sample};
use blindbench_results::store::RunFolder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_blindbench");

/// A folder that is gone when the test ends.
pub struct Lab {
    folder: tempfile::TempDir,
}

/// A network of one layer of integers.
pub fn architecture() -> Architecture {
    let input = Input { shape: Shape::grey(28, 28), crop: 0, pixels: Pixels::Levels(4) };
    let layers = vec![Layer::Flatten, Layer::Dense(Dense { outputs: 10, bounds: None, typical: None })];
    Architecture { input, arithmetic: Arithmetic::Integer, layers }
}

impl Lab {
    /// A folder with `net.yaml` and its weights.
    pub fn new() -> Self {
        let lab = Lab { folder: tempfile::tempdir().unwrap() };
        let weights = made_up_weights(&architecture(), &Seed::from_number(1)).unwrap();
        std::fs::write(lab.path("net.safetensors"), weights.to_safetensors().unwrap()).unwrap();
        let architecture = "{input: {shape: {channels: 1, height: 28, width: 28}, pixels: {levels: 4}}, \
                            arithmetic: integer, layers: [flatten, {dense: {outputs: 10}}]}";
        let network = format!("weights: net.safetensors\narchitecture: {architecture}\n");
        std::fs::write(lab.path("net.yaml"), network).unwrap();
        lab
    }

    /// A file or folder of the lab's.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an experiment of `images` images on that network.
    pub fn experiment(&self, name: &str, images: usize, schemes: &[&str], measure: &str) -> PathBuf {
        let schemes: String = schemes.iter().map(|scheme| format!("  - {scheme}\n")).collect();
        let text = format!(
            "name: {name}\nseed: 3\nkind: inference\ndataset: {{name: digits, split: test, images: {images}}}\n\
             models: [net.yaml]\nschemes:\n{schemes}measure: {{{measure}}}\n"
        );
        self.write(&format!("{name}.yaml"), &text)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// The program, in this folder, without anybody's data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments);
        self.place(command)
    }

    /// The program, none of whose files may grow beyond `blocks` of 512 bytes: further writes are
    /// refused, as on a full disk.
    pub fn command_on_a_full_disk(&self, blocks: u32, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\""), PROGRAM]).args(arguments);
        self.place(command)
    }

    fn place(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).env_remove("BLINDBENCH_DATA");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// The only run below `runs`, once it is there.
    pub fn only_run(&self, runs: &str) -> PathBuf {
        let runs = self.path(runs);
        for _ in 0..2_000 {
            let found: Vec<PathBuf> =
                std::fs::read_dir(&runs).into_iter().flatten().flatten().map(|e| e.path()).collect();
            if let [only] = &found[..] {
                return only.clone();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        unreachable!("no run in {}", runs.display())
    }

    /// A misbehaving peer, as an entry of `schemes:`.
    pub fn peer(way: &str) -> String {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/misbehaving.py");
        format!("peer: {{command: [python3, {program}, {way}], time_limit_seconds: 3}}")
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Fails the test unless the command ended so and said that.
    #[track_caller]
    pub fn expect(&self, code: i32, said: &[&str]) -> &Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        // Reports are wrapped at the terminal's width.
        let flat: String = all.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert_eq!(self.code, Some(code), "{all}");
        for words in said {
            assert!(flat.contains(words), "`{words}` is not in:\n{all}");
        }
        self
    }
}

/// Every query's sample of every cell, in the order of the logs.
pub fn samples(run: &Path) -> Vec<Vec<Sample>> {
    let records = RunFolder::open(run).unwrap().records().unwrap();
    let of_line = |line| match line {
        Line::Query(sample) => Some(sample),
        Line::Start(_)
        | Line::OneOff(_)
        | Line::Noise(_)
        | Line::Operation(_)
        | Line::Leakage(_)
        | Line::Stopped(_) => None,
    };
    records.into_iter().map(|record| record.lines.into_iter().filter_map(of_line).collect()).collect()
}

/// Waits until the logs of a run hold that many lines.
pub fn wait_for_lines(run: &Path, lines: usize) {
    let cells = run.join("cells");
    for _ in 0..6_000 {
        let logs = std::fs::read_dir(&cells).into_iter().flatten().flatten();
        let count: usize =
            logs.map(|log| std::fs::read_to_string(log.path()).unwrap_or_default().lines().count()).sum();
        if count >= lines {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    unreachable!("{} never reached {lines} lines", cells.display())
}

/// The server process of a running harness that measures one scheme of its own.
pub fn server_of(harness: &Child) -> Option<u32> {
    children_of(harness).into_iter().next()
}

/// The processes that a running harness has started.
pub fn children_of(harness: &Child) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // Behind the name in brackets: state, then the parent.
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    ids.filter(|id| parent(id) == Some(harness.id())).collect()
}

/// The command line of a process, as it was started.
pub fn command_line(id: u32) -> String {
    String::from_utf8_lossy(&std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default()).into_owned()
}

/// Sends a signal to a process.
pub fn signal(id: u32, signal: rustix::process::Signal) {
    let id = rustix::process::Pid::from_raw(id as i32).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}
