//! The drawn-digits models, copied aside and measured again.

use std::path::{Path, PathBuf};

use super::{MeasureArgs, declare, measure};
use crate::interrupt::Interrupt;
use crate::models::CATALOGUE;
use crate::models::command::CommandError;
use crate::models::folder::{self, NETWORK, WEIGHTS};
use crate::progress::Progress;

const FILES: [&str; 4] = [NETWORK, WEIGHTS, "card.yaml", "curve.csv"];

/// Where this build's models lie.
fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name)
}

/// A folder of models with a copy of one, of whose outputs nothing is stated.
fn copy(name: &str) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    for file in FILES {
        std::fs::copy(committed(name).join(file), folder.join(file)).unwrap();
    }
    let (architecture, _) = folder::read(&folder).unwrap();
    let nothing = vec![None; architecture.layers.len()];
    folder::write_network(&declare(&architecture, &nothing), &folder).unwrap();
    out
}

fn run(names: &[&str], out: &Path, interrupt: &Interrupt) -> Result<(), CommandError> {
    let names = names.iter().map(|&name| name.into()).collect();
    measure(&MeasureArgs { names, data: None, out: out.into() }, CATALOGUE, &Progress::Silent, interrupt)
}

#[test]
fn measuring_again_gives_the_committed_network_and_leaves_the_rest_alone() {
    for name in ["digits-mlp", "digits-tfhe-30"] {
        let out = copy(name);
        run(&[name], out.path(), &Interrupt::default()).unwrap();
        for file in FILES {
            let read = |folder: PathBuf| std::fs::read(folder.join(file)).unwrap();
            assert!(read(out.path().join(name)) == read(committed(name)), "{name}/{file}");
        }
        assert_eq!(std::fs::read_dir(out.path().join(name)).unwrap().count(), FILES.len());
    }
}

#[test]
fn names_are_checked_before_anything_is_measured() {
    let out = copy("digits-mlp");
    let before = std::fs::read(out.path().join("digits-mlp").join(NETWORK)).unwrap();
    let error = run(&["digits-mlp", "digits-mpl"], out.path(), &Interrupt::default()).unwrap_err();
    assert_eq!(error.to_string(), "unknown model `digits-mpl`");
    assert_eq!(std::fs::read(out.path().join("digits-mlp").join(NETWORK)).unwrap(), before);
}

#[test]
fn a_folder_without_the_model_is_named_with_the_remedy() {
    let out = tempfile::tempdir().unwrap();
    let error = run(&["lenet5"], out.path(), &Interrupt::default()).unwrap_err();
    assert!(error.to_string().ends_with("lenet5/network.yaml is missing"), "{error}");
    assert!(miette::Diagnostic::help(&error).unwrap().to_string().contains("--out"));
}

#[test]
fn a_file_that_is_no_network_or_holds_other_weights_is_named() {
    let out = copy("digits-mlp");
    let folder = out.path().join("digits-mlp");
    let refusal = || run(&["digits-mlp"], out.path(), &Interrupt::default()).unwrap_err().to_string();
    std::fs::copy(committed("digits-tfhe-30").join(WEIGHTS), folder.join(WEIGHTS)).unwrap();
    let error = refusal();
    assert!(error.contains("digits-mlp/weights.safetensors"), "{error}");
    std::fs::write(folder.join(NETWORK), "layers: none\n").unwrap();
    let error = refusal();
    assert!(error.contains("a list is expected"), "{error}");
}

#[test]
fn an_interrupted_measurement_leaves_the_file_as_it_was() {
    let out = copy("digits-mlp");
    let path = out.path().join("digits-mlp").join(NETWORK);
    let before = std::fs::read(&path).unwrap();
    let interrupt = Interrupt::default();
    interrupt.ask();
    let error = run(&["digits-mlp"], out.path(), &interrupt).unwrap_err();
    assert_eq!(error.to_string(), "stopped before `digits-mlp` was measured");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
