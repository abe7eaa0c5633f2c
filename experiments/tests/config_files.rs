//! Experiments and networks in files: the command that checks them, and networks that users bring.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/toys.rs"]
mod toys;

use std::path::{Path, PathBuf};

use blindbench::config::command::{CheckError, check_config};
use blindbench::config::{ConfigError, Overrides, check};
use blindbench_core::conformance::made_up_weights;
use blindbench_core::network::architecture::Arithmetic;
use blindbench_core::roles::seed::Seed;
use toys::{KNOWN, layers};

blindbench_schemes::schemes! {
    /// The schemes of this test.
    enum Toys as ToyEntry in conformance {
        plain: "plain" = blindbench_schemes::cleartext::Cleartext;
        shallow: "shallow" = toys::Shallow;
    }
}

/// An experiment on one model.
fn experiment(model: &str) -> String {
    format!(
        "name: a\nkind: inference\ndataset: {{name: mnist, split: test, images: 8}}\nmodels: [{model}]\n\
         schemes:\n  - plain: {{}}\n  - shallow: {{}}\n"
    )
}

fn put(folder: &Path, file: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

fn run(paths: &[PathBuf]) -> (String, Result<(), CheckError>) {
    let mut out = Vec::new();
    let result = check_config::<Toys>(paths, &KNOWN, &mut out);
    (String::from_utf8(out).unwrap(), result)
}

#[test]
fn sound_files_are_described_and_the_others_all_told() {
    let folder = tempfile::tempdir().unwrap();
    let sound = put(folder.path(), "a.yaml", experiment("deep-64"));
    let (out, result) = run(std::slice::from_ref(&sound));
    result.unwrap();
    let expected =
        "2 cells in 1 group\n  unsupported: shallow · deep-64: 2 layers with weights; this scheme carries 1\n";
    assert_eq!(out, format!("{}: {expected}", sound.display()));

    put(folder.path(), "deeper/b.yaml", experiment("nothing"));
    put(folder.path(), "deeper/c.yml", "name: [");
    put(folder.path(), "deeper/notes.txt", "no experiment");
    let (out, result) = run(&[folder.path().into()]);
    assert_eq!(out.lines().count(), 2);
    let CheckError::Refused { checked, refused } = result.unwrap_err() else { unreachable!("two files are unsound") };
    assert_eq!((checked, refused.len()), (3, 2));
}

#[test]
fn a_missing_file_and_an_empty_folder_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let missing = run(&[folder.path().join("none.yaml")]).1.unwrap_err();
    assert!(matches!(missing, CheckError::Only(ConfigError::Read { .. })));
    assert!(matches!(run(&[folder.path().into()]).1.unwrap_err(), CheckError::Nothing { .. }));
}

/// Writes a network of the given outputs with weights for `trained` ones.
fn network(folder: &Path, outputs: &[usize], trained: &[usize]) {
    let weights = made_up_weights(&layers(trained, Arithmetic::Real), &Seed::from_number(3)).unwrap();
    put(folder, "mine/weights.safetensors", weights.to_safetensors().unwrap());
    let architecture = serde_json::to_string(&layers(outputs, Arithmetic::Real)).unwrap();
    put(folder, "mine/network.yaml", format!("weights: weights.safetensors\narchitecture: {architecture}\n"));
}

#[test]
fn a_network_of_the_users_own_stands_beside_its_experiment() {
    let folder = tempfile::tempdir().unwrap();
    network(folder.path(), &[5, 3], &[5, 3]);
    let path = put(folder.path(), "own.yaml", experiment("mine/network.yaml"));
    let experiment = check::<Toys>(&path, &KNOWN, Overrides::default()).unwrap().experiment;
    let cell = &experiment.cells[0];
    assert_eq!(cell.model_name(), "network");
    assert_eq!(experiment.networks[cell.model.as_ref().unwrap()].architecture, layers(&[5, 3], Arithmetic::Real));
}

#[test]
fn weights_of_other_shapes_are_refused_with_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    network(folder.path(), &[5, 3], &[4, 3]);
    let path = put(folder.path(), "own.yaml", experiment("mine/network.yaml"));
    let error = check::<Toys>(&path, &KNOWN, Overrides::default()).unwrap_err();
    let ConfigError::Problems(problems) = &error else { unreachable!("the file can be read") };
    let problem = &problems.list()[0];
    assert_eq!(problem.message, "model `mine/network.yaml` cannot be used");
    let cause = problem.cause.as_ref().unwrap().to_string();
    assert!(cause.contains("weights.safetensors") && cause.contains('4') && cause.contains('5'), "{cause}");
}
