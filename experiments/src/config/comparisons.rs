//! Names of entries, and which entry is compared with which.

use std::sync::Arc;

use blindbench_schemes::registry::Chosen;

use super::collect::Collector;
use crate::experiment::Kind;
use crate::yaml::At;
use crate::yaml::problem::Problem;

/// Longest name of an entry: it stands at the head of a table's row.
const MAX_NAME: usize = 40;

type Entry = At<Arc<Chosen>>;

/// Notes names that are unfit or taken, and comparisons that cannot be made.
pub(super) fn check(entries: &[&Entry], kind: Kind, operations: &[At<String>], problems: &mut Collector) {
    let named: Vec<&str> = entries.iter().filter_map(|entry| entry.value.comparison.name.as_deref()).collect();
    for entry in entries {
        let comparison = &entry.value.comparison;
        let refused = [
            comparison.name.as_deref().and_then(|name| unfit(name, &named)),
            own_operations(&comparison.operations, kind),
            comparison.reference.as_deref().and_then(|name| incomparable(entry, name, entries, kind, operations)),
        ];
        refused.into_iter().flatten().for_each(|problem| problems.add(Problem { span: entry.span, ..problem }));
    }
}

/// A name that no row can have, or that several entries have.
fn unfit(name: &str, named: &[&str]) -> Option<Problem> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+ ".contains(c));
    if !plain || name.len() > MAX_NAME || name.trim() != name || name.is_empty() {
        let help = format!("take 1 to {MAX_NAME} letters, digits, spaces, `-`, `_`, `+` and `.`");
        return Some(Problem::new(format!("`{name}` cannot name an entry"), None).help(help));
    }
    let taken = named.iter().filter(|other| **other == name).count() > 1;
    taken
        .then(|| Problem::new(format!("several entries are called `{name}`"), None).help("give each a name of its own"))
}

/// Operations of an entry where none are timed, or one that stands there twice.
fn own_operations(operations: &[String], kind: Kind) -> Option<Problem> {
    let twice = operations.iter().enumerate().find(|(place, name)| operations[..*place].contains(name));
    match (operations.first(), twice) {
        (Some(_), _) if kind != Kind::Primitives => Some(
            Problem::new(format!("kind `{}` takes no operations", kind.name()), None)
                .help("remove them, or take `kind: primitives`"),
        ),
        (_, Some((_, name))) => {
            Some(Problem::new(format!("`{name}` stands twice in `operations`"), None).help("keep one of them"))
        }
        (_, None) => None,
    }
}

/// Why an entry cannot be compared with the one called `reference`.
fn incomparable(
    entry: &Entry,
    reference: &str,
    entries: &[&Entry],
    kind: Kind,
    operations: &[At<String>],
) -> Option<Problem> {
    if kind != Kind::Primitives {
        let message = format!("kind `{}` compares no operations", kind.name());
        return Some(Problem::new(message, None).help("remove `reference:`, or take `kind: primitives`"));
    }
    if entry.value.comparison.name.as_deref() == Some(reference) {
        let message = format!("`{reference}` is its own reference");
        return Some(Problem::new(message, None).help("name another entry"));
    }
    let is_meant = |other: &&&Entry| other.value.comparison.name.as_deref() == Some(reference);
    let Some(other) = entries.iter().find(is_meant) else {
        return Some(nobody(reference, entries));
    };
    if other.value.comparison.reference.is_some() {
        let message = format!("`{reference}` is a reference and has one of its own");
        return Some(Problem::new(message, None).help("compare both with the same entry"));
    }
    uneven(&timed(entry, operations), &timed(other, operations), reference)
}

/// A reference that no entry is called.
fn nobody(reference: &str, entries: &[&Entry]) -> Problem {
    let names: Vec<&str> = entries.iter().filter_map(|entry| entry.value.comparison.name.as_deref()).collect();
    if names.is_empty() {
        let help = format!("write `name: {reference}` beside the entry that is meant");
        return Problem::new(format!("no entry is called `{reference}`"), None).help(help);
    }
    Problem::unknown("reference", reference, &names, None)
}

/// Operations that only one of the two takes turns with, or none that both could.
fn uneven(ours: &[&str], theirs: &[&str], reference: &str) -> Option<Problem> {
    if ours.is_empty() || theirs.is_empty() {
        let help = "add `operations:`, a list of names, so that each operation of both takes turns";
        return Some(Problem::new("a comparison of operations that are not named", None).help(help));
    }
    let lacking = ours.iter().find(|operation| !theirs.contains(operation))?;
    let help = format!("add it to the operations of `{reference}`, or remove it here");
    Some(Problem::new(format!("`{lacking}` is not timed of its reference `{reference}`"), None).help(help))
}

/// The operations that are timed of an entry; none stand for all that it offers.
fn timed<'a>(entry: &'a Entry, operations: &'a [At<String>]) -> Vec<&'a str> {
    match entry.value.comparison.operations.as_slice() {
        [] => operations.iter().map(|operation| operation.value.as_str()).collect(),
        own => own.iter().map(String::as_str).collect(),
    }
}
