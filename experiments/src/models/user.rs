//! A user's own network: a YAML file with its layers, and a safetensors file with its weights.
//!
//! ```yaml
//! summary: one hidden layer          # may be left out
//! weights: my-network.safetensors    # beside this file
//! architecture:
//!   input: {shape: {channels: 1, height: 28, width: 28}, pixels: unit}
//!   arithmetic: real
//!   layers: [flatten, {dense: {outputs: 32}}, {activation: square}, {dense: {outputs: 10}}]
//! ```

use std::path::{Path, PathBuf};

use blindbench_core::network::architecture::{Architecture, Arithmetic};
use blindbench_core::network::bounds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Model;
use super::error::Error;
use crate::yaml;
use crate::yaml::At;
use crate::yaml::problem::Problem;

/// A user's network, as its file states it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// One line for people.
    #[serde(default)]
    pub summary: String,
    /// The weights, as safetensors with a tensor `<layer>.weight` and `<layer>.bias` for each layer that
    /// has any, layers counted from 0; relative to this file.
    pub weights: PathBuf,
    /// The layers.
    pub architecture: Architecture,
}

/// What is read: the same with the places of its parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed {
    #[serde(default)]
    summary: String,
    weights: At<PathBuf>,
    architecture: At<Architecture>,
}

/// Reads a user's network with its weights. Integer networks that declare no bounds get those that
/// their weights keep.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Yaml`] with the place for one that is not a
/// network, [`Error::Network`] for weights that do not fit it.
pub fn load(path: &Path) -> Result<Model, Error> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| Error::File { file: file.clone(), source })?;
    let placed: Placed = yaml::parse(&text).map_err(|problem| Error::Yaml(problem.in_file(&file, &text)))?;
    let architecture = placed.architecture.value;
    architecture.shapes().map_err(|error| {
        Error::Yaml(Problem::new(error.to_string(), placed.architecture.span).in_file(&file, &text))
    })?;
    let weights_path = path.parent().unwrap_or(Path::new("")).join(&placed.weights.value);
    let bytes = std::fs::read(&weights_path).map_err(|error| {
        let problem = Problem::new(format!("{}: {error}", weights_path.display()), placed.weights.span);
        Error::Yaml(problem.help("state the weights' path relative to this file").in_file(&file, &text))
    })?;
    let weights_file = weights_path.display().to_string();
    let weights = super::weights(&weights_file, &architecture, &bytes)?;
    let architecture =
        with_bounds(architecture, &weights).map_err(|source| Error::Network { file: weights_file, source })?;
    let hash = super::hash(&architecture, &weights)?;
    Ok(Model { name: file, summary: placed.summary, architecture, weights, card: None, hash })
}

/// Declares the bounds of integer layers where none are, so that every scheme can prove its ranges.
fn with_bounds(
    architecture: Architecture,
    weights: &blindbench_core::network::weights::Weights,
) -> blindbench_core::error::Result<Architecture> {
    let declared = architecture.layers.iter().any(|layer| layer.bounds().is_some());
    match architecture.arithmetic {
        Arithmetic::Integer if !declared => bounds::declare(&architecture, weights),
        Arithmetic::Integer | Arithmetic::Real => Ok(architecture),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests {
    use std::path::Path;

    use blindbench_core::network::weights::{LayerWeights, Tensor, TensorValues, Weights};
    use miette::{GraphicalReportHandler, GraphicalTheme};

    use super::{Arithmetic, load};

    const NETWORK: &str = "weights: tiny.safetensors
architecture:
  input: {shape: {channels: 1, height: 2, width: 2}, pixels: {levels: 2}}
  arithmetic: integer
  layers: [flatten, {dense: {outputs: 3}}, {activation: square}]
";

    fn weights(outputs: usize) -> Weights {
        let integers = |shape: &[usize]| Tensor {
            shape: shape.to_vec(),
            values: TensorValues::Integer((0..shape.iter().product::<usize>() as i64).collect()),
        };
        let layer = LayerWeights { weight: integers(&[outputs, 4]), bias: integers(&[outputs]) };
        Weights { layers: vec![None, Some(layer), None] }
    }

    fn folder(network: &str, weights: &Weights) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.yaml"), network).unwrap();
        std::fs::write(folder.path().join("tiny.safetensors"), weights.to_safetensors().unwrap()).unwrap();
        folder
    }

    /// The whole report, as a terminal shows it, without colours.
    fn refusal(network: &str, weights: &Weights) -> String {
        let folder = folder(network, weights);
        let error = load(&folder.path().join("tiny.yaml")).unwrap_err();
        let mut out = String::new();
        let theme = GraphicalTheme::unicode_nocolor();
        GraphicalReportHandler::new_themed(theme).with_width(400).render_report(&mut out, &error).unwrap();
        out
    }

    #[test]
    fn a_network_is_read_and_its_bounds_are_declared() {
        let folder = folder(NETWORK, &weights(3));
        let model = load(&folder.path().join("tiny.yaml")).unwrap();
        assert_eq!(model.architecture.arithmetic, Arithmetic::Integer);
        // The last output's weights are 8 to 11, its bias 2.
        assert_eq!(model.architecture.layers[1].bounds().unwrap().output_max.0, 8 + 9 + 10 + 11 + 2);
        assert_eq!(model.weights, weights(3));
        assert_eq!(model.hash.len(), 64);
    }

    #[test]
    fn what_outputs_are_like_may_be_stated() {
        let stating = |typical: &str| NETWORK.replace("outputs: 3", &format!("outputs: 3, typical: {typical}"));
        let stated = folder(&stating("{largest: 9, root_mean_square: 2.5}"), &weights(3));
        let typical = *load(&stated.path().join("tiny.yaml")).unwrap().architecture.layers[1].typical().unwrap();
        assert_eq!((typical.largest, typical.root_mean_square), (9.0, 2.5));
        let report = refusal(&stating("{largest: 2, root_mean_square: 2.5}"), &weights(3));
        assert!(
            report.contains("layer 1 (dense): typical outputs with largest 2 and root_mean_square 2.5"),
            "{report}"
        );
        let report = refusal(&stating("{largest: 2}"), &weights(3));
        assert!(report.contains("root_mean_square") && report.contains("tiny.yaml:5:"), "{report}");
    }

    #[test]
    fn the_example_is_sound() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("networks/one-square.yaml");
        assert_eq!(load(&example).unwrap().architecture.classes(), 10);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = load(Path::new("nowhere/tiny.yaml")).unwrap_err().to_string();
        assert!(error.starts_with("nowhere/tiny.yaml: No such file"), "{error}");
    }

    #[test]
    fn what_is_misspelt_is_shown_in_its_line() {
        let report = refusal(&NETWORK.replace("outputs", "output"), &weights(3));
        for part in ["unknown field `output`", "tiny.yaml:5:", "did you mean `outputs`?"] {
            assert!(report.contains(part), "{part} is not in\n{report}");
        }
        let report = refusal(&NETWORK.replace("square", "sqare"), &weights(3));
        assert!(report.contains("sqare") && report.contains("square"), "{report}");
        let report = refusal(&format!("{NETWORK}weights: other\n"), &weights(3));
        assert!(report.contains("twice"), "{report}");
    }

    #[test]
    fn layers_that_do_not_fit_say_which() {
        let report = refusal(&NETWORK.replace("flatten", "{max_pool: {size: 3, stride: 1}}"), &weights(3));
        assert!(report.contains("layer 0 (max_pool): a window of 3"), "{report}");
        assert!(report.contains("tiny.yaml:3:"), "{report}");
    }

    #[test]
    fn wrong_shapes_name_both_sides() {
        let report = refusal(NETWORK, &weights(5));
        assert!(report.contains("[5, 4]") && report.contains("[3, 4]"), "{report}");
        assert!(report.contains("tiny.safetensors: weights of layer 1"), "{report}");
    }

    #[test]
    fn weights_of_another_kind_or_none_are_refused() {
        let real = NETWORK.replace("arithmetic: integer", "arithmetic: real");
        assert!(refusal(&real, &weights(3)).contains("weight is integer, the architecture's arithmetic is real"));
        let missing = refusal(&NETWORK.replace("tiny.safetensors", "other.safetensors"), &weights(3));
        assert!(missing.contains("other.safetensors") && missing.contains("tiny.yaml:1:"), "{missing}");
        let folder = folder(NETWORK, &weights(3));
        std::fs::write(folder.path().join("tiny.safetensors"), b"not weights").unwrap();
        assert!(load(&folder.path().join("tiny.yaml")).unwrap_err().to_string().contains("malformed safetensors"));
    }

    #[test]
    fn broken_promises_are_refused() {
        let bounds = "bounds: {weight_max: 1, bias_max: 9, l1_max: 99, l2_squared_max: 999, output_max: \"99\"}";
        let report = refusal(&NETWORK.replace("outputs: 3", &format!("outputs: 3, {bounds}")), &weights(3));
        assert!(report.contains("weight_max is 11, the architecture declares at most 1"), "{report}");
    }
}
