//! What is wrong with a file, and where.

use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};

/// One thing that is wrong: what was found, where, and what would do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// What was found, the offending value included.
    pub message: String,
    /// The bytes to point at.
    pub span: Option<SourceSpan>,
    /// A word beside the caret.
    pub label: Option<String>,
    /// What would do.
    pub help: Option<String>,
    /// What lies behind it, perhaps in another file.
    pub cause: Option<Arc<dyn Diagnostic + Send + Sync>>,
}

impl Problem {
    /// Something wrong at `span`.
    pub fn new(message: impl Into<String>, span: Option<SourceSpan>) -> Self {
        Problem { message: message.into(), span, label: None, help: None, cause: None }
    }

    /// The same with a word beside the caret.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Problem { label: Some(label.into()), ..self }
    }

    /// The same with what would do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Problem { help: Some(help.into()), ..self }
    }

    /// The same with what lies behind it.
    #[must_use]
    pub fn caused_by(self, cause: impl Diagnostic + Send + Sync + 'static) -> Self {
        Problem { cause: Some(Arc::new(cause)), ..self }
    }

    /// A name that is not among `known`: suggests the nearest and lists all.
    pub fn unknown<S: AsRef<str>>(noun: &str, name: &str, known: &[S], span: Option<SourceSpan>) -> Self {
        let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
        let problem = Problem::new(format!("unknown {noun} `{name}`"), span);
        let problem = match known.as_slice() {
            [] => problem.help(format!("no {noun} can be stated here")),
            [only] => problem.help(format!("expected `{only}`")),
            several => problem.help(format!("expected one of {}", several.join(", "))),
        };
        match nearest(name, &known) {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem,
        }
    }

    /// As a report on `text`, which was read from `file`.
    pub fn in_file(self, file: &str, text: &str) -> Problems {
        Problems::new(file, text, vec![self])
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(self.label.clone(), span))))
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.cause.as_deref().map(|cause| cause as &dyn Diagnostic)
    }
}

/// Everything that is wrong with one file.
#[derive(Debug)]
pub struct Problems {
    source: NamedSource<String>,
    list: Vec<Problem>,
}

impl Problems {
    /// Problems of a file, in the order of their places.
    pub fn new(file: &str, text: &str, mut list: Vec<Problem>) -> Self {
        for problem in &mut list {
            problem.span = problem.span.map(|span| widen(text, span));
        }
        list.sort_by_key(|problem| problem.span.map(|span| span.offset()));
        Problems { source: NamedSource::new(file, text.to_owned()), list }
    }

    /// Each of them.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// The only one, which is then shown as the report itself.
    fn only(&self) -> Option<&Problem> {
        match self.list.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// A span that can be seen: an empty one is widened over the word that begins there.
fn widen(text: &str, span: SourceSpan) -> SourceSpan {
    let offset = span.offset().min(text.len());
    let rest = text.get(offset..).unwrap_or_default();
    if !span.is_empty() {
        return (offset, span.len().min(rest.len())).into();
    }
    let word = rest.find(|c: char| c.is_whitespace() || ",:[]{}".contains(c)).unwrap_or(rest.len());
    (offset, word).into()
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.only() {
            Some(only) => only.fmt(f),
            None => write!(f, "{} errors in {}", self.list.len(), self.source.name()),
        }
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.only().and_then(Diagnostic::help)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only().and_then(Diagnostic::labels)
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.only().and_then(Diagnostic::diagnostic_source)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self.only() {
            Some(_) => None,
            None => Some(Box::new(self.list.iter().map(|problem| problem as &dyn Diagnostic))),
        }
    }
}

/// The candidate that a misspelt `word` most likely means: at most a third of its letters differ, or
/// it is the beginning of the candidate.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    let distance = |candidate: &&&str| strsim::osa_distance(&word, &candidate.to_lowercase());
    let near = candidates.iter().filter(|candidate| distance(candidate) <= allowed).min_by_key(distance);
    let begun = || candidates.iter().find(|candidate| word.len() >= 3 && candidate.to_lowercase().starts_with(&word));
    near.or_else(begun).copied()
}

#[cfg(test)]
mod tests {
    use super::{nearest, widen};

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let names = ["cleartext", "tfhe", "tfhe-exact"];
        assert_eq!(nearest("clear_text", &names), Some("cleartext"));
        assert_eq!(nearest("tfeh", &names), Some("tfhe"));
        assert_eq!(nearest("TFHE-exact", &names), Some("tfhe-exact"));
        assert_eq!(nearest("ckks", &names), None);
        assert_eq!(nearest("clear", &names), Some("cleartext"));
        assert_eq!(nearest("", &names), None);
    }

    #[test]
    fn empty_spans_grow_over_a_word_and_none_leaves_the_text() {
        assert_eq!(widen("- tfhe: {}", (2, 0).into()), (2, 4).into());
        assert_eq!(widen("abc", (1, 9).into()), (1, 2).into());
        assert_eq!(widen("abc", (7, 1).into()), (3, 0).into());
        assert_eq!(widen("é", (1, 0).into()), (1, 0).into());
    }
}
