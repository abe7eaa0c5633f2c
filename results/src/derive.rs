//! The tables that follow from a run's records alone, and may be made again at any time.

mod combine;
mod metrics;
mod pairs;
mod queries;
mod ratio;
mod reconstructions;
#[cfg(feature = "parquet")]
pub mod samples;
mod summary;

use crate::error::Result;
use crate::store::RunFolder;
use crate::store::cells::CellRecord;
use crate::tables::Tables;

pub use summary::deterministic_columns;

/// Derives the tables of everything recorded so far; a cell without a seal stands in them as
/// interrupted, a cell whose log was not begun not at all.
///
/// # Errors
/// As [`RunFolder::records`].
pub fn derive(folder: &RunFolder) -> Result<Tables> {
    let confidence = folder.run().confidence;
    let records = folder.records()?;
    let reference = |record: &CellRecord| {
        let hash = record.identity.reference.as_ref()?;
        records.iter().find(|other| other.identity.content_hash == *hash)
    };
    Ok(Tables {
        summary: records.iter().map(|record| summary::row(record, confidence)).collect(),
        metrics: records.iter().flat_map(|record| metrics::rows(record, reference(record), confidence)).collect(),
        pairs: pairs::rows(&records),
        reconstructions: records.iter().flat_map(reconstructions::rows).collect(),
    })
}

/// Derives the tables and writes them into the run's folder: `summary.csv`, `metrics.csv` and what
/// lies in `tables/`.
///
/// # Errors
/// As [`derive()`], and where a file cannot be written.
pub fn write(folder: &RunFolder) -> Result<Tables> {
    let tables = derive(folder)?;
    tables.write(folder.path())?;
    Ok(tables)
}

impl CellRecord {
    fn queries(&self) -> queries::Queries<'_> {
        queries::Queries::of(self)
    }
}

#[cfg(test)]
mod tests;
