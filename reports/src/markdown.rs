//! summary.md: a report's tables for reading in a terminal, an issue or a code review.

use std::fmt::Write as _;

use crate::entry::Standing;
use crate::escape::Plain;
use crate::provenance;
use crate::report::Section;
use crate::tables::{Cell, Cells, Table};
use crate::terms;
use crate::units::ABSENT;

/// The whole file.
#[must_use]
pub fn summary(sections: &[Section<'_>]) -> String {
    let mut out = String::from("# blindbench report\n");
    for section in sections {
        write_section(&mut out, section);
    }
    out
}

fn write_section(out: &mut String, section: &Section<'_>) {
    let run = section.run;
    let _ = writeln!(out, "\n## {}\n", Plain(&run.name));
    let _ = writeln!(out, "{}. Started {}.", Plain(&section.progress()), Plain(&run.created_utc));
    if let Some(warning) = terms::warning(run) {
        let _ = writeln!(out, "\n**{}**", Plain(&warning));
    }
    if section.succeeded().is_empty() && !section.entries.is_empty() {
        let _ = writeln!(out, "\n**No cell succeeded: there are no numbers to show.**");
    }
    for table in &section.tables {
        write_table(out, table);
    }
    let _ = writeln!(out, "\n### Terms\n");
    for sentence in terms::sentences(run, &section.succeeded()) {
        let _ = writeln!(out, "- {}", Plain(&sentence));
    }
    let _ = writeln!(out, "\n### Provenance\n");
    for (name, value) in provenance::facts(run, &section.entries) {
        let _ = writeln!(out, "- {name}: {}", Plain(&value));
    }
}

/// `97.5 % (96.2 % to 98.4 %)`.
fn cell(cell: &Cell) -> String {
    let value = cell.value.as_deref().unwrap_or(ABSENT);
    match &cell.interval {
        Some(interval) => format!("{} ({})", Plain(value), Plain(interval)),
        None => Plain(value).to_string(),
    }
}

fn write_table(out: &mut String, table: &Table) {
    let _ = writeln!(out, "\n### {}\n", Plain(&table.caption));
    let _ = writeln!(out, "| {} |", table.columns.join(" | "));
    let rule = match table.cells {
        Cells::Numbers => "---:",
        Cells::Words => "---",
    };
    let _ = writeln!(out, "|---|{}", format!("{rule}|").repeat(table.columns.len() - 1));
    for line in &table.lines {
        let name = match line.standing {
            Standing::Insecure => format!("*{}* †", Plain(&line.name)),
            Standing::Reference | Standing::Secure | Standing::Unplanned => Plain(&line.name).to_string(),
        };
        let cells: Vec<String> = line.cells.iter().map(cell).collect();
        let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
    }
    if table.lines.iter().any(|line| line.standing == Standing::Insecure) {
        let _ = writeln!(out, "\n† below 128-bit security: not ranked.");
    }
}
