//! A model's folder on disk: what training writes and this program embeds when it is built.

use std::path::Path;

use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;

use super::error::Error;

/// The layers, as YAML.
pub const NETWORK: &str = "network.yaml";
/// The weights, as safetensors.
pub const WEIGHTS: &str = "weights.safetensors";

/// The layers with what is declared of them, and the weights that keep it.
///
/// # Errors
/// [`Error::Missing`], [`Error::File`], or what is wrong with a file.
pub fn read(folder: &Path) -> Result<(Architecture, Weights), Error> {
    let (network, weights) = (folder.join(NETWORK), folder.join(WEIGHTS));
    let text = std::fs::read_to_string(&network).map_err(|source| unreadable(&network, source))?;
    let architecture: Architecture = super::read(&network.display().to_string(), &text)?;
    let bytes = std::fs::read(&weights).map_err(|source| unreadable(&weights, source))?;
    let weights = super::weights(&weights.display().to_string(), &architecture, &bytes)?;
    Ok((architecture, weights))
}

/// Writes the layers, as a whole or not at all.
///
/// # Errors
/// [`Error::File`].
pub fn write_network(architecture: &Architecture, folder: &Path) -> Result<(), Error> {
    let path = folder.join(NETWORK);
    let refuse = |source| Error::File { file: path.display().to_string(), source };
    let text = serde_yaml::to_string(architecture).map_err(|e| refuse(std::io::Error::other(e.to_string())))?;
    let write = blindbench_results::store::atomic::write(&path, text.as_bytes());
    write.map_err(|error| refuse(std::io::Error::other(error)))
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    let file = path.display().to_string();
    if source.kind() == std::io::ErrorKind::NotFound { Error::Missing { file } } else { Error::File { file, source } }
}
