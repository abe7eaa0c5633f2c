//! What a report is drawn from: a run's folder or a committed baseline, alike.

use std::path::Path;

use crate::derive::derive;
use crate::error::{Error, Result};
use crate::leakage::ReconstructionRow;
use crate::metrics::MetricRow;
use crate::pair::PairRow;
use crate::run::Run;
use crate::store::{RunFolder, atomic, pretty, read_run};
use crate::summary::SummaryRow;
use crate::tables::Tables;

/// A run and what is derived from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// What the run is.
    pub run: Run,
    /// One row a cell, in the order of the experiment.
    pub summary: Vec<SummaryRow>,
    /// All measured numbers, cell by cell.
    pub metrics: Vec<MetricRow>,
    /// Every two cells that classified the same images.
    pub pairs: Vec<PairRow>,
    /// Images as attackers find them, step by step.
    pub reconstructions: Vec<ReconstructionRow>,
}

impl Bundle {
    /// Loads a run's folder, deriving its tables from its records, or a committed baseline
    /// (`run.json`, `summary.csv`, `metrics.csv`, `tables/`) as it is.
    ///
    /// # Errors
    /// [`Error::NoRecords`] where the folder is neither; else as [`derive()`] and [`Tables::read`].
    pub fn load(folder: &Path) -> Result<Bundle> {
        let cells = folder.join("cells");
        if cells.try_exists().map_err(Error::io(&cells, "look for it"))? {
            return Bundle::derive(&RunFolder::open(folder)?);
        }
        let run = read_run(folder)?;
        if !Tables::are_in(folder)? {
            return Err(Error::NoRecords(folder.to_owned()));
        }
        Ok(Bundle::of(run, Tables::read(folder)?))
    }

    /// Derives the tables of a run.
    ///
    /// # Errors
    /// As [`derive()`].
    pub fn derive(folder: &RunFolder) -> Result<Bundle> {
        Ok(Bundle::of(folder.run().clone(), derive(folder)?))
    }

    /// Writes a baseline into `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Table`].
    pub fn write_baseline(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).map_err(Error::io(folder, "make the folder"))?;
        let file = folder.join("run.json");
        atomic::write(&file, &pretty(&file, &self.run)?)?;
        let tables = Tables {
            summary: self.summary.clone(),
            metrics: self.metrics.clone(),
            pairs: self.pairs.clone(),
            reconstructions: self.reconstructions.clone(),
        };
        tables.write(folder)
    }

    /// Cells of the run that have no row: those that were never begun.
    pub fn cells_not_begun(&self) -> u64 {
        u64::from(self.run.cells).saturating_sub(self.summary.len() as u64)
    }

    fn of(run: Run, tables: Tables) -> Bundle {
        let Tables { summary, metrics, pairs, reconstructions } = tables;
        Bundle { run, summary, metrics, pairs, reconstructions }
    }
}
