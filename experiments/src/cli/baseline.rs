//! `baseline`

use std::path::Path;

use blindbench_results::bundle::Bundle;
use blindbench_results::cell::Status;

use super::exit::{Exit, Failure};
use super::list::print;

/// Writes the small part of a run that is committed; an unfinished run is no baseline.
pub fn baseline(run: &Path, folder: &Path) -> Result<Exit, Failure> {
    let failed = |error: blindbench_results::error::Error| Failure::usage(miette::miette!("{error}"));
    let bundle = Bundle::load(run).map_err(failed)?;
    let interrupted = bundle.summary.iter().filter(|row| row.status == Status::Interrupted).count() as u64;
    let unfinished = bundle.cells_not_begun() + interrupted;
    if unfinished > 0 {
        return Err(Failure::usage(miette::miette!(
            help = format!("finish it: blindbench run --resume {}", run.display()),
            "{unfinished} cells of {} are not finished, so it is no baseline",
            run.display()
        )));
    }
    bundle.write_baseline(folder).map_err(failed)?;
    print(&format!("baseline: {}\n", folder.display()))
}
