//! Reports of blindbench: drawn from records alone, without touching a ciphertext.
//!
//! [`render`] turns bundles (run folders or committed baselines) into one folder: `index.html`, which loads nothing and
//! reads without a script; `summary.md`; and every figure as SVG and PNG under `figures/`. A figure is one file in
//! `src/figures/` and its line in the list; the words beside an experiment's figures are `analysis/<experiment>.md`.

#![cfg_attr(not(feature = "plots"), allow(dead_code, reason = "what figures alone use"))]

mod analysis;
mod csp;
#[cfg(feature = "plots")]
mod draw;
mod entry;
pub mod error;
mod escape;
#[cfg(feature = "plots")]
mod figures;
mod html;
mod leakage;
mod markdown;
mod measure;
pub mod plate;
mod provenance;
mod report;
mod series;
mod tables;
mod terms;
pub mod units;

use std::fs;
use std::path::{Path, PathBuf};

use blindbench_results::bundle::Bundle;

use error::Error;
use html::Files;
use plate::FigureInfo;
use report::Section;

/// Every figure that this build can draw, in the order of the page; none without the feature `plots`.
#[must_use]
pub fn figures() -> Vec<FigureInfo> {
    plate::list()
}

/// The files that a report consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The page.
    pub index: PathBuf,
    /// The tables as Markdown.
    pub summary: PathBuf,
    /// SVG and PNG files, in the order of the page.
    pub figures: Vec<PathBuf>,
}

/// Writes the report of `bundles` into the folder `out`, which is made where it is missing; a report that stands there
/// is replaced.
///
/// # Errors
/// Without a bundle, when a figure cannot be drawn, or when a file cannot be written. Nothing is written before every
/// figure stands.
pub fn render(bundles: &[Bundle], out: &Path) -> Result<Written, Error> {
    if bundles.is_empty() {
        return Err(Error::NoRuns);
    }
    let sections = Section::all(bundles);
    let plates = sections.iter().map(plate::plates).collect::<Result<Vec<_>, _>>()?;
    let page = html::page(&sections, &plates);

    make_folder(&out.join("figures"))?;
    let files = if sections.len() == 1 { Files::Plain } else { Files::Prefixed };
    let mut figures = Vec::new();
    for (section, plates) in sections.iter().zip(&plates) {
        for plate in plates {
            let stem = files.stem(section, plate.name);
            figures.push(write(out.join(format!("{stem}.svg")), plate.svg.as_bytes())?);
            figures.push(write(out.join(format!("{stem}.png")), &plate.png)?);
        }
    }
    let summary = write(out.join("summary.md"), markdown::summary(&sections).as_bytes())?;
    let index = write(out.join("index.html"), page.as_bytes())?;
    Ok(Written { index, summary, figures })
}

fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn write(path: PathBuf, bytes: &[u8]) -> Result<PathBuf, Error> {
    match fs::write(&path, bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Write { path, source }),
    }
}
