//! Derived tables as files: written beside a run's records, and committed as a baseline.

use std::fs::File;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::metrics::MetricRow;
use crate::pair::PairRow;
use crate::store::atomic;
use crate::summary::SummaryRow;

const SUMMARY: &str = "summary.csv";
const METRICS: &str = "metrics.csv";
const FOLDER: &str = "tables";
const PAIRS: &str = "tables/pairs.csv";

/// What is derived from a run's records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// One row a cell, in the order of the experiment.
    pub summary: Vec<SummaryRow>,
    /// All measured numbers, cell by cell.
    pub metrics: Vec<MetricRow>,
    /// Every two cells that classified the same images.
    pub pairs: Vec<PairRow>,
}

impl Tables {
    /// Writes `summary.csv`, `metrics.csv` and `tables/pairs.csv` into `folder`, each as a whole.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Table`].
    pub fn write(&self, folder: &Path) -> Result<()> {
        let tables = folder.join(FOLDER);
        std::fs::create_dir_all(&tables).map_err(Error::io(&tables, "make the folder"))?;
        write(&folder.join(SUMMARY), &self.summary)?;
        write(&folder.join(METRICS), &self.metrics)?;
        write(&folder.join(PAIRS), &self.pairs)
    }

    /// Reads the tables in `folder`; where there are no pairs, their file may be missing.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Table`].
    pub fn read(folder: &Path) -> Result<Tables> {
        let pairs = folder.join(PAIRS);
        let has_pairs = pairs.try_exists().map_err(Error::io(&pairs, "look for it"))?;
        Ok(Tables {
            summary: read(&folder.join(SUMMARY))?,
            metrics: read(&folder.join(METRICS))?,
            pairs: if has_pairs { read(&pairs)? } else { Vec::new() },
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

fn malformed(path: &Path) -> impl Fn(csv::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Table { path: path.clone(), reason: error.to_string() }
}
