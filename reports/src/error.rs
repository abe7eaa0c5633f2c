//! What can go wrong between records and a report.

use std::io;
use std::path::PathBuf;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing was given to draw.
    #[error("no run was given: name at least one run folder or baseline")]
    NoRuns,
    /// A file or folder of the report could not be written.
    #[error("cannot write {path}: {source}; choose another folder with --out")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The embedded font could not be used.
    #[error("the embedded font could not be registered: the binary is damaged, build it again")]
    Font,
    /// A figure could not be drawn.
    #[error("a figure could not be drawn: {what}")]
    Draw {
        /// What plotters said.
        what: String,
    },
    /// A figure could not be turned into pixels.
    #[error("a figure could not be rasterised: {what}")]
    Raster {
        /// What resvg said.
        what: String,
    },
}
