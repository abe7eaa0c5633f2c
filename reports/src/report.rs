//! A run on its way to paper: its rows in order, its figures drawn, its tables filled.

use blindbench_results::bundle::Bundle;
use blindbench_results::run::Run;

use crate::entry::{Entry, entries};
use crate::leakage;
use crate::tables::{self, Table};
use crate::terms::LEAKAGE;

/// The kind of experiment whose metrics the summary's columns hold.
const INFERENCE: &str = "inference";

/// The kind whose results are operations.
const PRIMITIVES: &str = "primitives";

/// A run and everything a report shows of it.
#[derive(Debug)]
pub struct Section<'a> {
    /// The record of the run.
    pub run: &'a Run,
    /// Names the run's files and anchors; unique within the report.
    pub slug: String,
    /// Its rows, in the order of the tables.
    pub entries: Vec<Entry<'a>>,
    /// Its tables, in order.
    pub tables: Vec<Table>,
}

impl<'a> Section<'a> {
    /// The sections of a report, one a bundle.
    #[must_use]
    pub fn all(bundles: &'a [Bundle]) -> Vec<Self> {
        let mut sections: Vec<Self> = Vec::new();
        for bundle in bundles {
            let plain = slug(&bundle.run.name);
            let taken = |slug: &str| sections.iter().any(|section| section.slug == slug);
            let numbered = (2..).map(|number| format!("{plain}-{number}"));
            let slug = std::iter::once(plain.clone()).chain(numbered).find(|slug| !taken(slug)).unwrap_or(plain);
            sections.push(Self::of(bundle, slug));
        }
        sections
    }

    fn of(bundle: &'a Bundle, slug: String) -> Self {
        let entries = entries(bundle);
        let tables = tables_of(bundle, &entries);
        Self { run: &bundle.run, slug, entries, tables }
    }

    /// The rows whose every answer kept its promise: no others are drawn.
    #[must_use]
    pub fn succeeded(&self) -> Vec<&Entry<'a>> {
        self.entries.iter().filter(|entry| entry.succeeded()).collect()
    }

    /// How far the run got: `5 of 6 cells succeeded`.
    #[must_use]
    pub fn progress(&self) -> String {
        let begun = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let missing = match self.run.cells.saturating_sub(begun) {
            0 => String::new(),
            cells => format!(", {cells} not begun"),
        };
        format!("{} of {} cells succeeded{missing}", self.succeeded().len(), self.run.cells)
    }
}

fn tables_of(bundle: &Bundle, entries: &[Entry<'_>]) -> Vec<Table> {
    let all: Vec<&Entry<'_>> = entries.iter().collect();
    let shown: Vec<&Entry<'_>> = all.iter().copied().filter(|entry| entry.succeeded()).collect();
    let mut tables = vec![match bundle.run.kind.as_str() {
        PRIMITIVES => tables::operations(&shown, &bundle.metrics),
        LEAKAGE => leakage::table(&shown),
        _ => tables::results(&shown),
    }];
    tables.extend(tables::failures(&all));
    if bundle.run.kind == INFERENCE {
        tables.push(leakage::table(&shown));
    }
    tables.extend(tables::scaling(&shown));
    tables.extend([
        tables::stages(&shown),
        tables::sizes(&shown),
        tables::learning(&shown),
        tables::parameters(&shown),
    ]);
    tables.extend(tables::pairs(&shown, &bundle.pairs));
    if bundle.run.kind != INFERENCE && !bundle.metrics.is_empty() {
        tables.push(tables::metrics(&shown, &bundle.metrics));
    }
    tables.retain(|table| !table.is_blank());
    tables
}

/// Letters and digits of `name` in lower case, anything else as single hyphens; `run` where nothing is left.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "run".to_owned() } else { slug.chars().take(60).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_safe_file_names() {
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("Quick start (2)"), "quick-start-2");
        assert_eq!(slug("<script>"), "script");
        assert_eq!(slug("…"), "run");
    }
}
