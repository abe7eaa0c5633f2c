//! The four files of a trained model.

use std::path::Path;

use super::error::{Error, Result};
use crate::models::folder::{self, WEIGHTS};

/// What a training leaves behind.
pub struct Trained {
    /// The layers with what is declared of them: bounds of an integer network, what outputs are like.
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
/// [`Error::File`], [`Error::Yaml`] or [`Error::Model`].
pub fn write_all(trained: &Trained, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
    write(&folder.join(WEIGHTS), &trained.weights.to_safetensors()?)?;
    folder::write_network(&trained.architecture, folder)?;
    write(&folder.join("curve.csv"), crate::models::curve::to_csv(&trained.curve).as_bytes())?;
    let path = folder.join("card.yaml");
    let card = serde_yaml::to_string(&trained.card)
        .map_err(|e| Error::Yaml { file: path.display().to_string(), reason: e.to_string() })?;
    write(&path, card.as_bytes())
}

/// Writes a file beside its place, then renames it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    blindbench_results::store::atomic::write(path, bytes)
        .map_err(|error| Error::file(path, std::io::Error::other(error)))
}
