//! The four files of a trained model.

use std::path::Path;

use serde::Serialize;

use super::error::{Error, Result};

/// What a training leaves behind.
pub struct Trained {
    /// The layers, with declared bounds where it is an integer network.
    pub architecture: blindbench_core::network::architecture::Architecture,
    /// The weights of the best epoch.
    pub weights: blindbench_core::network::weights::Weights,
    /// What they were measured to do.
    pub card: crate::models::card::Card,
    /// Every epoch.
    pub curve: Vec<crate::models::curve::Epoch>,
}

/// Writes `weights.safetensors`, `network.yaml`, `card.yaml` and `curve.csv` into `folder`, each as a
/// whole or not at all.
///
/// # Errors
/// [`Error::File`] or [`Error::Yaml`].
pub fn write_all(trained: &Trained, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
    let yaml = |name: &str, text: Result<String, serde_yaml::SerializeError>| {
        let path = folder.join(name);
        let text = text.map_err(|e| Error::Yaml { file: path.display().to_string(), reason: e.to_string() })?;
        write(&path, text.as_bytes())
    };
    write(&folder.join("weights.safetensors"), &trained.weights.to_safetensors()?)?;
    yaml("network.yaml", to_yaml(&trained.architecture))?;
    write(&folder.join("curve.csv"), crate::models::curve::to_csv(&trained.curve).as_bytes())?;
    yaml("card.yaml", to_yaml(&trained.card))
}

fn to_yaml<T: Serialize>(value: &T) -> Result<String, serde_yaml::SerializeError> {
    serde_yaml::to_string(value)
}

/// Writes a file beside its place, then renames it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    blindbench_results::store::atomic::write(path, bytes)
        .map_err(|error| Error::file(path, std::io::Error::other(error)))
}
