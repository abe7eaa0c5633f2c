//! `report`

use blindbench_results::bundle::Bundle;

use super::arguments::ReportArguments;
use super::exit::{Exit, Failure};
use super::list::print;

/// Draws a report from records alone.
pub fn report(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let load =
        |folder: &std::path::PathBuf| Bundle::load(folder).map_err(|error| Failure::usage(miette::miette!("{error}")));
    let bundles = arguments.runs.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let out = match (&arguments.out, arguments.runs.first()) {
        (Some(out), _) => out.clone(),
        (None, first) => first.map(|run| run.join("report")).unwrap_or_default(),
    };
    let written =
        blindbench_reports::render(&bundles, &out).map_err(|error| Failure::usage(miette::miette!("{error}")))?;
    print(&format!("report: {}\n", written.index.display()))
}
