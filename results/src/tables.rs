//! Derived tables as files: written beside a run's records, and committed as a baseline.

use std::fs::File;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::leakage::ReconstructionRow;
use crate::metrics::MetricRow;
use crate::pair::PairRow;
use crate::store::atomic;
use crate::summary::SummaryRow;

const SUMMARY: &str = "summary.csv";
const METRICS: &str = "metrics.csv";
const FOLDER: &str = "tables";
const PAIRS: &str = "tables/pairs.csv";
const RECONSTRUCTIONS: &str = "tables/reconstructions.csv";

/// What is derived from a run's records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// One row a cell, in the order of the experiment.
    pub summary: Vec<SummaryRow>,
    /// All measured numbers, cell by cell.
    pub metrics: Vec<MetricRow>,
    /// Every two cells that classified the same images.
    pub pairs: Vec<PairRow>,
    /// Images as attackers find them, step by step.
    pub reconstructions: Vec<ReconstructionRow>,
}

impl Tables {
    /// Writes `summary.csv`, `metrics.csv`, `tables/pairs.csv` and, where there are any, `tables/reconstructions.csv` into
    /// `folder`, each as a whole.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Table`].
    pub fn write(&self, folder: &Path) -> Result<()> {
        let tables = folder.join(FOLDER);
        std::fs::create_dir_all(&tables).map_err(Error::io(&tables, "make the folder"))?;
        write(&folder.join(SUMMARY), &self.summary)?;
        write(&folder.join(METRICS), &self.metrics)?;
        write(&folder.join(PAIRS), &self.pairs)?;
        match self.reconstructions.is_empty() {
            true => Ok(()),
            false => write(&folder.join(RECONSTRUCTIONS), &self.reconstructions),
        }
    }

    /// Reads the tables in `folder`; where there are no pairs or no reconstructions, their files may be missing.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Table`].
    pub fn read(folder: &Path) -> Result<Tables> {
        Ok(Tables {
            summary: read(&folder.join(SUMMARY))?,
            metrics: read(&folder.join(METRICS))?,
            pairs: read_if_there(&folder.join(PAIRS))?,
            reconstructions: read_if_there(&folder.join(RECONSTRUCTIONS))?,
        })
    }

    /// Whether `folder` holds a summary.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn are_in(folder: &Path) -> Result<bool> {
        let summary = folder.join(SUMMARY);
        summary.try_exists().map_err(Error::io(&summary, "look for it"))
    }
}

fn write<T: Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(malformed(path))?;
    }
    let bytes = writer.into_inner().map_err(|error| malformed(path)(error.into_error().into()))?;
    atomic::write(path, &bytes)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file = File::open(path).map_err(Error::io(path, "read it"))?;
    csv::Reader::from_reader(file).into_deserialize().map(|row| row.map_err(malformed(path))).collect()
}

fn read_if_there<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    match path.try_exists().map_err(Error::io(path, "look for it"))? {
        true => read(path),
        false => Ok(Vec::new()),
    }
}

fn malformed(path: &Path) -> impl Fn(csv::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Table { path: path.clone(), reason: error.to_string() }
}
