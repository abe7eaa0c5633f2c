//! What there is to choose from, by name.

pub mod files;
pub mod schema;

use std::path::Path;

use blindbench_schemes::registry::{Listed, Registry};
use serde::Deserialize;

use crate::experiment::Kind;
use crate::models::Catalogue;
use crate::yaml;

/// One thing that can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name, or the path of an experiment.
    pub name: String,
    /// A few words for people.
    pub note: String,
}

/// Every scheme, with the parameters that an experiment may state.
pub fn schemes<R: Registry>() -> Vec<Row> {
    let parameters = schema::parameters::<R>();
    let row = |Listed { name, missing_feature }| {
        let note = match (missing_feature, parameters.get(name).map(Vec::as_slice)) {
            (Some(feature), _) => format!("built without the feature `{feature}`"),
            (None, Some([]) | None) => "no parameters".to_owned(),
            (None, Some(names)) => format!("parameters: {}", names.join(", ")),
        };
        Row { name: name.to_owned(), note }
    };
    R::list().into_iter().map(row).collect()
}

/// Every built-in network.
pub fn models(catalogue: Catalogue<'_>) -> Vec<Row> {
    catalogue.iter().map(|entry| Row { name: entry.name().to_owned(), note: entry.summary().to_owned() }).collect()
}

/// Every experiment below a folder: its path, and what its first comment says.
///
/// # Errors
/// Where the folder or a file cannot be read.
pub fn experiments(folder: &Path) -> std::io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for path in files::below(folder)? {
        let text = std::fs::read_to_string(&path)?;
        let comment =
            text.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect::<Vec<_>>().join(" ");
        let note = match yaml::parse::<Heading>(&text) {
            Ok(heading) if comment.is_empty() => heading.kind.name().to_owned(),
            Ok(heading) => format!("{}: {comment}", heading.kind.name()),
            Err(problem) => format!("not an experiment: {problem}"),
        };
        rows.push(Row { name: path.display().to_string(), note });
    }
    Ok(rows)
}

/// As much of an experiment as its listing needs.
#[derive(Deserialize)]
struct Heading {
    kind: Kind,
}

/// Every figure that a report draws.
pub fn figures() -> Vec<Row> {
    let figures = blindbench_reports::figures().into_iter();
    figures.map(|figure| Row { name: figure.name.to_owned(), note: figure.description.to_owned() }).collect()
}

/// Rows under one another, notes aligned.
pub fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let line = |row: &Row| format!("{:width$}  {}", row.name, row.note).trim_end().to_owned() + "\n";
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Row, table};

    #[test]
    fn notes_are_aligned_and_no_space_trails() {
        let row = |name: &str, note: &str| Row { name: name.into(), note: note.into() };
        assert_eq!(table(&[row("a", "x"), row("über", "y"), row("b", "")]), "a     x\nüber  y\nb\n");
        assert_eq!(table(&[]), "");
    }
}
