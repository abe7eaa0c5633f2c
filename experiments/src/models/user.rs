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
