//! The command line: what it prints, what it refuses, and with which exit code.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/lab.rs"]
mod lab;

use blindbench_results::sample::Line;
use blindbench_results::store::RunFolder;
use lab::{Lab, samples};

const QUICK: &str = "repeats: 2, warmup: 1, max_seconds: 0.001";

#[test]
fn an_experiment_runs_to_its_end_and_a_report_is_drawn() {
    let lab = Lab::new();
    lab.experiment("small", 5, &["cleartext: {}"], &format!("batch: [1, 2], {QUICK}"));
    lab.run(&["run", "small.yaml", "--out", "runs"]).expect(0, &["100 %", "blindbench report runs/small-"]);
    let run = lab.only_run("runs");
    for file in ["run.json", "summary.csv", "metrics.csv"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    let counts: Vec<usize> = samples(&run).iter().map(Vec::len).collect();
    // Every image is answered once whatever it costs: five queries of one image, three of up to two.
    assert!(counts[0] >= 5 && counts[1] >= 3, "{counts:?}");
    let run = run.to_str().unwrap();
    lab.run(&["report", run, "--out", "report"]).expect(0, &["report/index.html"]);
    assert!(std::fs::read_to_string(lab.path("report/index.html")).unwrap().contains("cleartext"));
}

#[test]
fn records_hold_bytes_layers_labels_and_messages() {
    let lab = Lab::new();
    lab.experiment("small", 3, &["cleartext: {}"], QUICK);
    lab.run(&["run", "small.yaml", "--out", "runs"]).expect(0, &[]);
    let cells = samples(&lab.only_run("runs"));
    for sample in &cells[0] {
        assert_eq!(sample.predictions, sample.lowered_predictions);
        assert_eq!((sample.max_logit_error, sample.wrong, sample.images), (0.0, 0, 1));
        assert_eq!((sample.labels.len(), sample.first_image), (1, sample.query));
        assert!(sample.evaluate.wall_ns > 0 && sample.encrypt.wall_ns > 0 && sample.decrypt.wall_ns > 0);
        assert!(sample.bytes("query") > 784 && sample.bytes("answer") > 10 * 16);
        let names: Vec<&str> = sample.layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["flatten", "dense"]);
        assert_eq!(sample.layers[1].counters["plaintext_multiplies"], 7_840);
    }
}

#[test]
fn lists_and_schema_name_what_there_is() {
    let lab = Lab::new();
    lab.run(&["list", "schemes"]).expect(0, &["cleartext", "peer", "tfhe"]);
    lab.run(&["list", "models"]).expect(0, &["mlp-128-64", "tfhe-30"]);
    lab.run(&["schema"]).expect(0, &["\"cleartext\"", "\"max_seconds\""]);
}

#[test]
fn a_dry_run_prints_the_cells_and_leaves_no_trace() {
    let lab = Lab::new();
    lab.experiment("small", 5, &["cleartext: {}"], &format!("batch: [1, 2], {QUICK}"));
    lab.run(&["run", "small.yaml", "--out", "runs", "--dry-run"])
        .expect(0, &["group 0", "group 1", "not measured before"]);
    lab.run(&["run", "small.yaml", "--out", "runs", "--dry-run", "--filter", "batch=2"]).expect(0, &["group 1"]);
    assert!(!lab.path("runs").exists());
    lab.run(&["run", "small.yaml", "--out", "runs"]).expect(0, &[]);
    lab.run(&["run", "small.yaml", "--out", "runs", "--dry-run"]).expect(0, &["by an earlier run"]);
}

#[test]
fn a_filter_takes_part_of_the_matrix_and_resuming_finds_it_again() {
    let lab = Lab::new();
    lab.experiment("small", 4, &["cleartext: {}"], &format!("batch: [1, 2], {QUICK}"));
    lab.run(&["run", "small.yaml", "--out", "runs", "--filter", "batch=2"]).expect(0, &[]);
    let run = lab.only_run("runs");
    assert_eq!(samples(&run).len(), 1);
    lab.run(&["run", "--resume", run.to_str().unwrap()]).expect(0, &["measured before (ok)"]);
    assert_eq!(samples(&run).len(), 1);
    lab.run(&["run", "small.yaml", "--out", "runs", "--filter", "batch=9"])
        .expect(2, &["no cell of", "passes the filter"]);
}

#[test]
fn a_baseline_is_kept_of_a_finished_run_alone_and_draws_the_same_report() {
    let lab = Lab::new();
    lab.experiment("kept", 3, &["cleartext: {}"], "batch: [1, 2], repeats: 1, max_seconds: 1");
    lab.run(&["run", "kept.yaml", "--out", "runs"]).expect(0, &[]);
    let run = lab.only_run("runs");
    forget_cells_of_batch_2(&run);
    let run = run.to_str().unwrap();
    lab.run(&["baseline", run, "kept"]).expect(2, &["not finished", "blindbench run --resume"]);
    lab.run(&["run", "--resume", run]).expect(0, &[]);
    lab.run(&["baseline", run, "kept"]).expect(0, &["baseline: kept"]);
    lab.run(&["report", run, "--out", "a"]).expect(0, &[]);
    lab.run(&["report", "kept", "--out", "b"]).expect(0, &[]);
    let summary = |folder: &str| std::fs::read_to_string(lab.path(folder).join("summary.md")).unwrap();
    assert_eq!(summary("a"), summary("b"));
}

/// As if the cells of two images a query had never been measured.
fn forget_cells_of_batch_2(run: &std::path::Path) {
    let files = std::fs::read_dir(run.join("cells")).unwrap().flatten().map(|entry| entry.path());
    for file in files.filter(|path| std::fs::read_to_string(path).unwrap().contains("batch 2")) {
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn one_group_can_be_measured_by_itself() {
    let lab = Lab::new();
    lab.experiment("small", 4, &["cleartext: {}"], &format!("batch: [1, 2], {QUICK}"));
    lab.run(&["run", "small.yaml", "--out", "runs", "--filter", "batch=*"]).expect(0, &[]);
    let run = lab.only_run("runs");
    forget_cells_of_batch_2(&run);
    let path = run.to_str().unwrap();
    lab.run(&["run-cell", path, "--group", "7"]).expect(2, &["no group 7", "its groups are 0, 1"]);
    lab.run(&["run-cell", path, "--group", "1"]).expect(0, &[]);
    assert_eq!(samples(&run).len(), 2);
}

#[test]
fn bad_experiments_are_refused_with_the_remedy_and_nothing_is_begun() {
    let lab = Lab::new();
    let base = std::fs::read_to_string(lab.experiment("small", 5, &["cleartext: {}"], QUICK)).unwrap();
    let cases: [(&str, &str, &[&str]); 8] = [
        ("repeats: 2", "repeats: 0", &["repeats"]),
        ("warmup", "warmpu", &["warmpu", "warmup"]),
        ("cleartext", "cleartex", &["cleartex"]),
        ("net.yaml", "lenet", &["lenet"]),
        ("net.yaml", "other.yaml", &["other.yaml"]),
        ("images: 5", "images: 1000000", &["1000000"]),
        ("seed: 3", "seed: 3\nseed: 4", &["seed"]),
        ("digits", "minst", &["minst"]),
    ];
    for (found, written, said) in cases {
        lab.write("bad.yaml", &base.replace(found, written));
        lab.run(&["run", "bad.yaml", "--out", "runs"]).expect(2, said);
        lab.run(&["check-config", "bad.yaml"]).expect(2, said);
        assert!(!lab.path("runs").exists());
    }
}

#[test]
fn wrong_usage_ends_with_two() {
    let lab = Lab::new();
    lab.experiment("small", 5, &["cleartext: {}"], QUICK);
    lab.run(&["run"]).expect(2, &["CONFIG"]);
    lab.run(&["run", "missing.yaml"]).expect(2, &["missing.yaml"]);
    lab.run(&["run", "small.yaml", "--filter", "colour=red"]).expect(2, &["colour"]);
    lab.run(&["run", "--resume"]).expect(2, &["name the run's folder"]);
    lab.run(&["run", "small.yaml", "--out", "runs", "--resume"]).expect(2, &["no run of small"]);
    lab.run(&["report", "nowhere"]).expect(2, &["nowhere", "run.json"]);
    lab.run(&["report", "small.yaml"]).expect(2, &["small.yaml"]);
    lab.run(&["models", "card", "lenet"]).expect(2, &["lenet"]);
    lab.run(&["models", "measure"]).expect(2, &["NAME"]);
    lab.run(&["models", "measure", "lenet"]).expect(2, &["lenet"]);
    lab.run(&["models", "measure", "lenet5", "--out", "nowhere"]).expect(2, &["nowhere/lenet5/network.yaml", "--out"]);
    lab.run(&["--version"]).expect(0, &["blindbench"]);
}

#[test]
fn a_weight_file_of_other_shapes_is_refused() {
    let lab = Lab::new();
    lab.experiment("small", 5, &["cleartext: {}"], QUICK);
    let text = std::fs::read_to_string(lab.path("net.yaml")).unwrap();
    lab.write("net.yaml", &text.replace("outputs: 10", "outputs: 9"));
    lab.run(&["run", "small.yaml", "--out", "runs"]).expect(2, &["net.safetensors"]);
    lab.write("net.safetensors", "no tensors");
    lab.run(&["run", "small.yaml", "--out", "runs"]).expect(2, &["safetensors"]);
}

#[test]
fn an_output_folder_that_cannot_be_made_is_named() {
    let lab = Lab::new();
    lab.experiment("small", 5, &["cleartext: {}"], QUICK);
    lab.write("file", "in the way");
    lab.run(&["run", "small.yaml", "--out", "file"]).expect(2, &["file", "make the output folder"]);
    lab.run(&["run", "small.yaml", "--out", "/proc/runs"]).expect(2, &["/proc/runs"]);
}

#[test]
fn a_folder_without_mnist_is_named_and_nothing_else_takes_its_place() {
    let lab = Lab::new();
    let text = std::fs::read_to_string(lab.experiment("small", 5, &["cleartext: {}"], QUICK)).unwrap();
    lab.write("mnist.yaml", &text.replace("digits", "mnist"));
    std::fs::create_dir(lab.path("empty")).unwrap();
    lab.run(&["run", "mnist.yaml", "--data", "empty", "--out", "runs"]).expect(2, &["empty", "t10k-images"]);
    assert!(!lab.path("runs").exists());
    lab.run(&["data", "status", "--data", "empty"]).expect(0, &["missing t10k-images"]);
}

#[test]
fn operations_are_timed_by_themselves_and_checked() {
    let lab = Lab::new();
    lab.write(
        "operations.yaml",
        "name: operations\nseed: 1\nkind: primitives\nmodels: [net.yaml]\nschemes:\n  - cleartext: {}\n\
         measure: {repeats: 3, warmup: 1, max_seconds: 5}\n",
    );
    lab.run(&["run", "operations.yaml", "--out", "runs"]).expect(0, &["network"]);
    let record = RunFolder::open(&lab.only_run("runs")).unwrap().records().unwrap().remove(0);
    let timed = record.lines.iter().filter_map(|line| match line {
        Line::Operation(sample) => Some(sample),
        Line::Start(_) | Line::OneOff(_) | Line::Query(_) | Line::Noise(_) | Line::Leakage(_) | Line::Stopped(_) => {
            None
        }
    });
    let timed: Vec<_> = timed.collect();
    assert_eq!(timed.iter().map(|sample| sample.repeat).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(timed.iter().all(|sample| sample.max_error == 0.0 && sample.time.wall_ns > 0 && sample.times > 1));
}

#[test]
fn a_thread_in_place_of_a_process_gives_the_same_answers() {
    let lab = Lab::new();
    let measure = |isolation: &str| format!("isolation: {isolation}, {QUICK}");
    lab.experiment("process", 4, &["cleartext: {}"], &measure("process"));
    lab.experiment("thread", 4, &["cleartext: {}"], &measure("thread"));
    lab.run(&["run", "process.yaml", "--out", "a"]).expect(0, &[]);
    lab.run(&["run", "thread.yaml", "--out", "b"]).expect(0, &[]);
    let answers = |runs: &str| -> Vec<Vec<u8>> {
        samples(&lab.only_run(runs))[0].iter().take(4).map(|sample| sample.predictions.clone()).collect()
    };
    assert_eq!(answers("a"), answers("b"));
}

#[test]
fn drawn_digits_stand_in_loudly_where_the_experiment_says_so() {
    let lab = Lab::new();
    let digits = lab.experiment("digits", 4, &["cleartext: {}"], QUICK);
    let text = std::fs::read_to_string(digits).unwrap();
    let mnist = text.replace("{name: digits", "{name: mnist").replace("name: digits\n", "name: first-steps\n");
    lab.write("strict.yaml", &mnist);
    lab.write("lenient.yaml", &mnist.replace("models:", "fallback: digits.yaml\nmodels:"));
    let run = |config: &str| {
        let mut command = lab.command(&["run", config, "--out", "runs"]);
        // Nothing listens there, and nothing was fetched before.
        command.env("BLINDBENCH_MIRRORS", "http://127.0.0.1:1").env("XDG_CACHE_HOME", lab.path("cache"));
        lab::Ended::of(command.output().unwrap())
    };
    run("strict.yaml").expect(2, &["could not be downloaded"]);
    assert!(!lab.path("runs").exists());
    run("lenient.yaml").expect(0, &["!!", "digits.yaml is run in place of first-steps", "digits/test"]);
    let recorded = RunFolder::open(&lab.only_run("runs")).unwrap().run().clone();
    assert_eq!((recorded.name.as_str(), recorded.dataset.name.as_str()), ("digits", "digits"));
    let folder = lab.only_run("runs");
    lab.run(&["run", "--resume", folder.to_str().unwrap()]).expect(0, &["measured before (ok)"]);
}
