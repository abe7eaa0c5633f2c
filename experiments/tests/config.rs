//! What experiment files may say, and what they are told where they say something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]
#![allow(unexpected_cfgs, reason = "one scheme of the tests stands behind a feature that no build has")]

#[path = "support/toys.rs"]
mod toys;

use std::fmt::Write as _;
use std::path::Path;

use blindbench::config::outlook::Outlook;
use blindbench::config::{Checked, Overrides, check_text};
use blindbench::experiment::{Experiment, Kind, Order, Scenario, Split};
use blindbench_kernels::dispatch::Kernel;
use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;
use toys::KNOWN;

blindbench_schemes::schemes! {
    /// The schemes of the tests.
    enum Toys as ToyEntry in conformance_of_toys {
        plain: "plain" = blindbench_schemes::cleartext::Cleartext;
        weak: "weak" = toys::Weak;
        shallow: "shallow" = toys::Shallow;
        missing: "missing" = blindbench_schemes::cleartext::Cleartext, feature "a-feature-that-no-build-has";
        foreign: "foreign" = toys::Foreign;
    }
}

/// A sound experiment, the smallest that is complete.
const SMALL: &str = "\
name: small
kind: inference
dataset: {name: mnist, split: test, images: 8}
models: [flat]
schemes:
  - plain: {}
measure: {threads: 1, kernel: scalar}
";

fn check(text: &str) -> Result<Checked, blindbench::yaml::problem::Problems> {
    check_text::<Toys>(text, Path::new("experiment.yaml"), &KNOWN, Overrides::default())
}

fn experiment(text: &str) -> Experiment {
    check(text).unwrap_or_else(|problems| panic!("{text}\n{}", report(&problems))).experiment
}

fn report(problems: &dyn miette::Diagnostic) -> String {
    let mut text = String::new();
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(110).with_links(false);
    handler.render_report(&mut text, problems).unwrap();
    text
}

/// The reports on several files, one after the other.
fn reports(texts: &[String]) -> String {
    let mut all = String::new();
    for text in texts {
        match check(text) {
            Ok(_) => panic!("this should be refused:\n{text}"),
            Err(problems) => writeln!(all, "{}", report(&problems).trim_end()).unwrap(),
        }
    }
    all
}

/// Holds messages against the recorded ones.
fn snapshot(name: &str, messages: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, messages));
}

/// [`SMALL`] with one piece of text replaced.
fn small(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}

#[test]
fn text_that_is_no_experiment() {
    snapshot(
        "config-text",
        &reports(&[
            small("kind: inference", "knid: inference"),
            small("images: 8", "imagse: 8"),
            small("kind: inference\n", ""),
            small("kind: inference", "kind: inferense"),
            small("split: test", "split: tests"),
            small("kind: inference", "kind: inference\nkind: inference"),
            small("images: 8", "images: many"),
            small("images: 8", "images: -1"),
            small("threads: 1", "threads: one"),
            small("threads: 1", "threads: []"),
            small("threads: 1", "confidence: high"),
            small("threads: 1", "interleave: maybe"),
            small("models: [flat]", "models: {flat: 1}"),
            small("  - plain: {}", "  plain: {}"),
            small("  - plain: {}", "  - plain"),
            small("  - plain: {}", "  - plian: {}"),
            small("  - plain: {}", "  - plain: {level: 3}"),
            small("  - plain: {}", "  - weak: {}"),
            small("  - plain: {}", "  - weak: {dimension: 8, packing: batsh}"),
            small("models: [flat]", "models: [flat"),
            small("name: small", "name: \"small"),
            format!("{SMALL}---\nname: second\n"),
            String::new(),
        ]),
    );
}

#[test]
fn values_that_make_no_sense() {
    snapshot(
        "config-values",
        &reports(&[
            small("name: small", "name: ../small"),
            small("name: small", "name: .hidden"),
            small("name: mnist", "name: mnits"),
            small("images: 8", "images: 0"),
            small("images: 8", "images: 10001"),
            small("split: test, images: 8", "split: validation, images: 5001"),
            small("threads: 1", "repeats: 0"),
            small("threads: 1", "batch: 0"),
            small("threads: 1", "batch: [1, 2, 1]"),
            small("threads: 1", "batch: 9"),
            small("threads: 1", "scenario: single, batch: 4"),
            small("threads: 1", "scenario: batch"),
            small("threads: 1", "threads: [1, 0]"),
            small("threads: 1", "threads: 100000"),
            small("threads: 1", "confidence: 1"),
            small("threads: 1", "confidence: .nan"),
            small("threads: 1", "max_seconds: 0"),
            small("kernel: scalar", "kernel: avx3"),
            small("kernel: scalar", "kernel: [scalar, scalar]"),
            small("kind: inference", "kind: inference\noperations: [add]"),
            small("dataset: {name: mnist, split: test, images: 8}\n", ""),
            small("kind: inference", "kind: primitives"),
        ]),
    );
}

#[test]
fn combinations_that_cannot_be() {
    snapshot(
        "config-combinations",
        &reports(&[
            small("models: [flat]", "models: [flta]"),
            small("models: [flat]", "models: [raw]"),
            small("models: [flat]", "models: [nowhere/network.yaml]"),
            small("models: [flat]", "models: [flat, flat]"),
            small("  - plain: {}", "  - plain: {}\n  - plain: {}"),
            small("  - plain: {}", "  - plain: {}\npairs:\n  - {model: flat, scheme: {plain: {}}}"),
            small("  - plain: {}", "  - plain: {}\n    shallow: {}"),
            small("  - plain: {}", "  - plain:"),
            small("  - plain: {}", "  - insecure: a reason alone"),
            small("  - plain: {}", "  - missing: {}"),
            small("  - plain: {}", "  - weak: {dimension: 8}"),
            small("  - plain: {}", "  - weak: {dimension: 8}\n    insecure: \"\""),
            small("models: [flat]\n", ""),
            small("schemes:\n  - plain: {}\n", ""),
            small("models: [flat]\nschemes:\n  - plain: {}\n", ""),
        ]),
    );
}

#[test]
fn networks_that_are_not_trained() {
    let untrained = |measures: &str| small("models: [flat]", &format!("models: [{{untrained: {measures}}}]"));
    snapshot(
        "config-untrained",
        &reports(&[
            untrained("{width: 64}"),
            untrained("{width: 0, depth: 1}"),
            untrained("{width: 64, depth: [1, 13]}"),
            untrained("{width: 64, depth: 1, crop: 14}"),
            untrained("{width: 64, depth: 1, arithmetic: reel}"),
            untrained("{width: 64, depth: one}"),
            untrained("{width: 64, depth: 1, seed: 7}"),
            untrained("{width: [64, 64], depth: 1}"),
            untrained("{width: 64, depth: 8, arithmetic: integer}"),
            small("models: [flat]", "models: [{made_up: {width: 64, depth: 1}}]"),
            small("models: [flat]", "models: [64]"),
            small("threads: 1", "queries: 0"),
        ]),
    );
}

/// What a processor lacks is found when a cell is planned, so that an experiment can be checked on another one.
#[test]
fn kernels_that_this_processor_lacks_are_stated() {
    let found = experiment(&small("kernel: scalar", "kernel: [scalar, avx2, avx512, ifma]"));
    assert_eq!(found.cells.len(), Kernel::ALL.len());
    for cell in &found.cells {
        let refused = blindbench::kinds::require_kernel(cell).map_err(|error| error.to_string());
        assert_eq!(refused.is_ok(), cell.kernel.is_available(), "{refused:?}");
        assert!(refused.map_or_else(|words| words.contains("it has scalar"), |()| true));
    }
}

#[test]
fn leakage_that_cannot_be_measured() {
    let keys = "{layer: {dense: {neurons: 8}}, steps: [1, 2]}";
    let sound = format!(
        "name: keys\nseed: 1\nkind: leakage\ndataset: {{name: mnist, split: test, images: 8}}\n\
         leakage:\n  public_images: 500\n  training:\n    - {keys}\n"
    );
    let found = experiment(&sound);
    assert_eq!((found.kind, found.cells[0].label.as_str()), (Kind::Leakage, "8 neurons in training"));
    let changed = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from}");
        sound.replacen(from, to, 1)
    };
    snapshot(
        "config-leakage",
        &reports(&[
            changed("seed: 1\n", ""),
            changed("split: test", "split: train"),
            changed("dataset: {name: mnist, split: test, images: 8}\n", ""),
            changed("public_images: 500", "public_images: 1"),
            changed("public_images: 500", "public_images: 500\n  shown: 9"),
            changed("leakage:\n", "schemes:\n  - plain: {}\nleakage:\n"),
            changed("neurons: 8", "neurons: 0"),
            changed("dense: {neurons: 8}", "convolution: {filters: 1, kernel: 29, layout: image}"),
            changed("dense: {neurons: 8}", "convolution: {filters: 1, kernel: 5, layout: row}"),
            changed("steps: [1, 2]", "steps: [2, 1]"),
            changed("steps: [1, 2]", "steps: []"),
            changed("steps: [1, 2]", "steps: [1, 1000]"),
            changed("steps: [1, 2]", "learning_rate: 0, steps: [1]"),
            changed("steps: [1, 2]", "decimals: 9, steps: [1]"),
            changed(&format!("    - {keys}"), &format!("    - {keys}\n    - {keys}")),
            changed(&format!("  training:\n    - {keys}\n"), ""),
            small("kind: inference", "kind: leakage\nseed: 1"),
            small("models: [flat]", "models: [flat]\nleakage: {public_images: 500}")
                .replace("kind: inference", "kind: primitives"),
            small("models: [flat]", &format!("models: [flat]\nleakage: {{public_images: 500, training: [{keys}]}}")),
        ]),
    );
}

#[test]
fn families_expand_to_their_networks() {
    let text = small("models: [flat]", "models: [flat, {untrained: {width: [4, 8], depth: [1, 2], crop: 10}}]")
        .replace("threads: 1", "threads: 1, queries: 3")
        .replace("name: small", "name: small\nseed: 7");
    let found = experiment(&text);
    let names: Vec<String> = found.cells.iter().map(|cell| cell.model_name()).collect();
    assert_eq!(
        names,
        ["flat", "untrained-4x1-crop10", "untrained-8x1-crop10", "untrained-4x2-crop10", "untrained-8x2-crop10"]
    );
    assert_eq!(found.measure.queries, Some(3));
    let pair = "pairs:\n  - {model: {untrained: {width: [2, 3], depth: 1}}, scheme: {plain: {}, name: mine}}\nmeasure";
    assert_eq!(experiment(&text.replace("measure", pair)).cells.len(), 7);
    let hashes = |experiment: Experiment| -> Vec<String> {
        experiment.networks.values().map(|model| model.hash.clone()).collect()
    };
    let other = hashes(experiment(&text.replace("seed: 7", "seed: 8")));
    let same = hashes(found).into_iter().zip(other).filter(|(a, b)| a == b).count();
    assert_eq!(same, 1, "the seed decides the weights, but not those of a network that is there");
}

#[test]
fn a_pair_may_have_batches_of_its_own() {
    let pair = |batch: &str| {
        small(
            "  - plain: {}",
            &format!("  - plain: {{}}\npairs:\n  - {{model: flat, scheme: {{plain: {{}}}}, batch: {batch}}}"),
        )
    };
    let batches: Vec<usize> = experiment(&pair("[2, 8]")).cells.iter().map(|cell| cell.batch).collect();
    assert_eq!(batches, [1, 2, 8]);
    let labels: Vec<String> = experiment(&pair("4")).cells.into_iter().map(|cell| cell.label).collect();
    assert_eq!(labels, ["plain · flat · batch 1", "plain · flat · batch 4"]);
    snapshot("config-pair-batches", &reports(&[pair("9"), pair("[8, 1]"), pair("[2, 2]"), pair("[]")]));
}

#[test]
fn every_error_of_a_file_is_told_at_once() {
    let text = small("images: 8", "images: 0")
        .replace("flat", "flta")
        .replace("plain", "missing")
        .replace("threads: 1", "threads: 0, repeats: 0");
    assert_eq!(check(&text).unwrap_err().list().len(), 5);
    snapshot("config-all-at-once", &reports(&[text]));
}

#[test]
fn what_is_not_stated_has_the_documented_default() {
    let text = small("measure: {threads: 1, kernel: scalar}\n", "");
    let Experiment { name, seed, kind, dataset, measure, cells, groups, .. } = experiment(&text);
    let dataset = dataset.unwrap();
    assert_eq!((name.as_str(), seed, kind), ("small", None, Kind::Inference));
    assert_eq!((dataset.name.as_str(), dataset.split, dataset.images), ("mnist", Split::Test, 8));
    assert_eq!((measure.repeats, measure.warmup, measure.order), (3, 1, Order::Interleaved));
    assert_eq!((measure.confidence, measure.max_seconds), (0.95, 30.0));
    assert_eq!((cells.len(), groups.len()), (1, 1));
    let cell = &cells[0];
    assert_eq!((cell.batch, cell.threads, cell.scenario), (1, 1, Scenario::Single));
    assert_eq!((cell.kernel, cell.kernel_requested.as_str()), (Kernel::best(), "best"));
    assert_eq!(cell.label, "plain · flat");
}

/// Two models, two schemes, a pair, two batches and two thread counts.
const MATRIX: &str = "\
name: matrix
seed: 7
kind: inference
dataset: {name: digits, split: test, images: 100}
models: [flat, deep-64]
schemes:
  - plain: {}
  - shallow: {}
pairs:
  - {model: flat, scheme: {weak: {dimension: 3}, insecure: a test}}
measure: {batch: [1, 50], threads: [1, 2], kernel: scalar}
";

#[test]
fn lists_expand_to_cells_in_the_order_of_the_file() {
    let experiment = experiment(MATRIX);
    let labels: Vec<&str> = experiment.cells.iter().map(|cell| cell.label.as_str()).collect();
    snapshot("config-matrix", &labels.join("\n"));
    assert!(experiment.cells.iter().enumerate().all(|(place, cell)| cell.index == place));
}

#[test]
fn cells_of_one_batch_and_threads_take_turns() {
    let interleaved = experiment(MATRIX);
    let mut covered: Vec<usize> = interleaved.groups.iter().flat_map(|group| group.cells.clone()).collect();
    covered.sort_unstable();
    assert_eq!(covered, (0..20).collect::<Vec<_>>());
    assert_eq!(interleaved.groups.len(), 4);
    for group in &interleaved.groups {
        let terms = |cell: &usize| (interleaved.cells[*cell].batch, interleaved.cells[*cell].threads);
        assert!(group.cells.iter().all(|cell| terms(cell) == terms(&group.cells[0])));
    }
    let sequential = experiment(&MATRIX.replace("kernel: scalar", "kernel: scalar, interleave: false"));
    assert!(sequential.groups.iter().all(|group| group.cells == [group.index]));
}

#[test]
fn what_a_scheme_cannot_do_is_no_error_but_has_its_reason() {
    let checked = check(MATRIX).unwrap();
    for (cell, outlook) in checked.experiment.cells.iter().zip(&checked.outlooks) {
        let refused = cell.scheme.name == "shallow" && cell.model_name() == "deep-64";
        match outlook {
            Outlook::Unsupported(reason) => {
                assert!(refused && reason.contains("carries 1"), "{}: {reason}", cell.label)
            }
            Outlook::Planned(forecast) => assert!(!refused && forecast.chunk == cell.batch, "{}", cell.label),
            Outlook::Foreign => panic!("{}", cell.label),
        }
    }
}

#[test]
fn foreign_programs_are_not_started() {
    let checked = check(&small("plain: {}", "foreign: {}")).unwrap();
    assert_eq!(checked.outlooks, [Outlook::Foreign]);
}

#[test]
fn schemes_with_other_parameters_stand_beside_each_other() {
    let text =
        small("  - plain: {}", "  - {weak: {dimension: 1}, insecure: x}\n  - {weak: {dimension: 2}, insecure: x}");
    let labels: Vec<String> = experiment(&text).cells.into_iter().map(|cell| cell.label).collect();
    assert_eq!(labels, ["weak (dimension 1) · flat", "weak (dimension 2) · flat"]);
}

#[test]
fn the_command_line_overrides_threads() {
    let overrides = Overrides { threads: std::num::NonZeroUsize::new(3) };
    let checked = check_text::<Toys>(MATRIX, Path::new("experiment.yaml"), &KNOWN, overrides).unwrap();
    assert!(checked.experiment.cells.iter().all(|cell| cell.threads == 3));
    assert_eq!(checked.experiment.cells.len(), 10);
}

#[test]
fn filters_take_cells_and_leave_groups_their_indices() {
    let experiment = experiment(MATRIX);
    let cells = |filter: &str| -> usize {
        let groups = filter.parse::<blindbench::filter::Filter>().unwrap().groups(&experiment);
        assert!(
            groups.iter().all(|group| group.cells.iter().all(|c| experiment.groups[group.index].cells.contains(c)))
        );
        groups.iter().map(|group| group.cells.len()).sum()
    };
    assert_eq!(cells("scheme=plain"), 8);
    assert_eq!(cells("scheme!=plain"), 12);
    assert_eq!(cells("model=deep-*,threads=1"), 4);
    assert_eq!(cells("batch=50,scenario=batch,kernel=scalar"), 10);
    assert_eq!(cells("scheme=none"), 0);
}

#[test]
fn content_hashes_follow_cells_weights_and_data() {
    let experiment = experiment(MATRIX);
    let hash = |cell: usize, weights: &str, data: &str| experiment.content_hash(&experiment.cells[cell], weights, data);
    let mut hashes: Vec<String> = (0..20).map(|cell| hash(cell, "w", "d")).collect();
    hashes.extend([hash(0, "v", "d"), hash(0, "w", "e"), hash(0, "wd", "")]);
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 23);
    let other = self::experiment(&MATRIX.replace("seed: 7", "seed: 8"));
    assert_ne!(other.content_hash(&other.cells[0], "w", "d"), hash(0, "w", "d"));
    let renamed = self::experiment(&MATRIX.replace("name: matrix", "name: renamed"));
    assert_eq!(renamed.content_hash(&renamed.cells[0], "w", "d"), hash(0, "w", "d"));
}

proptest! {
    /// Whatever is cut, put in or replaced: an error or an experiment, and every report can be drawn.
    #[test]
    fn mutated_files_never_panic(
        at in 0..MATRIX.len(),
        cut in 0usize..12,
        put in prop::sample::select(vec![
            "", ":", "- ", "[", "]", "{", "}", "\n", "\"", "*a", "&a ", "!x ", "0", "-1", "1e999", "~", "<<: ", "é", "\t", "#",
            "---\n", "99999999999999999999", ".nan", "| ", "flat", "plain", "weak",
        ]),
    ) {
        let end = (at + cut).min(MATRIX.len());
        let text = format!("{}{put}{}", &MATRIX[..at], &MATRIX[end..]);
        if let Err(problems) = check(&text) {
            prop_assert!(!report(&problems).is_empty());
            prop_assert!(!problems.list().is_empty());
        }
    }

    #[test]
    fn noise_never_panics(text in "[a-z:{}\\[\\] \n\"'&*!|>%@-]{0,60}") {
        if let Err(problems) = check(&text) {
            prop_assert!(!report(&problems).is_empty());
        }
    }
}
