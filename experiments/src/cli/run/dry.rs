//! `run --dry-run`: the cells, and what is to be expected of them.

use std::path::Path;

use blindbench_reports::units::{bytes, duration};
use blindbench_results::derive::derive;
use blindbench_results::store::RunFolder;
use blindbench_results::summary::SummaryRow;
use blindbench_schemes::Schemes;

use super::super::KNOWN;
use super::super::arguments::RunArguments;
use super::super::exit::{Exit, Failure};
use super::super::list::print;
use crate::config::outlook::Outlook;
use crate::config::{self, Checked, Overrides};
use crate::experiment::{CellSpec, Experiment};
use crate::filter::Filter;

/// Prints the cells of every experiment.
pub fn dry_run(arguments: &RunArguments, filter: &Filter) -> Result<Exit, Failure> {
    for path in &arguments.configs {
        let checked = config::check::<Schemes>(path, &KNOWN, Overrides { threads: arguments.threads })?;
        print(&outline(&checked, filter, &earlier(&arguments.out)))?;
    }
    Ok(Exit::Done)
}

/// Every cell of earlier runs, the latest first: what a cell took before is the best guess there is.
fn earlier(out: &Path) -> Vec<SummaryRow> {
    let folders = std::fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut runs: Vec<RunFolder> = folders.filter_map(|folder| RunFolder::open(&folder).ok()).collect();
    runs.sort_by(|a, b| b.run().created_utc.cmp(&a.run().created_utc));
    // A run that is damaged is no help, and none of this command's business.
    runs.iter().filter_map(|run| derive(run).ok()).flat_map(|tables| tables.summary).collect()
}

fn outline(checked: &Checked, filter: &Filter, earlier: &[SummaryRow]) -> String {
    let Checked { experiment, outlooks } = checked;
    let mut text = format!("{}: {}\n", experiment.path.display(), experiment.kind.name());
    for group in filter.groups(experiment) {
        text += &format!("group {}\n", group.index);
        for index in group.cells {
            let cell = &experiment.cells[index];
            let expected = match outlooks.get(index) {
                Some(Outlook::Unsupported(reason)) => format!("unsupported: {reason}"),
                Some(Outlook::Planned(_) | Outlook::Foreign) | None => expectation(experiment, cell, earlier),
            };
            text += &format!("  {}: {expected}\n", cell.label);
        }
    }
    text
}

/// Time and memory, by the last run that measured the same.
fn expectation(experiment: &Experiment, cell: &CellSpec, earlier: &[SummaryRow]) -> String {
    let model = cell.model_name();
    let same = |row: &&SummaryRow| {
        (&*row.scheme, &row.model, row.batch, row.threads)
            == (cell.scheme.name, &model, cell.batch as u64, cell.threads as u32)
    };
    let most = duration(experiment.measure.max_seconds * 1e9);
    let Some((row, latency)) = earlier.iter().filter(same).find_map(|row| Some((row, row.latency_ns?))) else {
        return format!("not measured before; every image once, then repeats for at most {most}");
    };
    let images = experiment.dataset.as_ref().map_or(0, |dataset| dataset.images as u64);
    let queries = images.div_ceil(row.chunk.unwrap_or(1).max(1));
    let queries = queries.min(experiment.measure.queries.unwrap_or(queries));
    let once = (queries * latency) as f64;
    let repeats =
        (once * f64::from(experiment.measure.repeats)).clamp(once, once.max(experiment.measure.max_seconds * 1e9));
    let one_off = [row.plan_ns, row.keygen_ns, row.setup_ns].into_iter().flatten().sum::<u64>() as f64;
    let memory = row.client_peak_rss_bytes.into_iter().chain(row.server_peak_rss_bytes).sum::<u64>();
    format!("about {} and {} of memory, by an earlier run", duration(one_off + repeats), bytes(memory as f64))
}
