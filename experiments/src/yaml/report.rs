//! The library's errors in our words, with the offending value and its place.

use miette::SourceSpan;
use serde_yaml::{Error, Location};

use super::problem::Problem;

/// The bytes of a location, where it is known.
pub(super) fn span(location: &Location) -> Option<SourceSpan> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len().unwrap_or(0)).ok()?;
    Some((start, length).into())
}

/// The problem that an error states.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library has dozens of errors, and says the rest well itself")]
pub(super) fn problem(text: &str, error: &Error) -> Problem {
    let span = error.location().and_then(|location| span(&location).or_else(|| from_line(text, &location)));
    let found = quote(text, span);
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => Problem::unknown(noun(expected), field, expected, span),
        Error::SerdeUnknownVariant { variant, expected, .. } => Problem::unknown("value", variant, expected, span),
        Error::SerdeMissingField { field, .. } => {
            Problem::new(format!("missing field `{field}`"), span).label(format!("`{field}` is not stated here"))
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("this key");
            Problem::new(format!("`{key}` is stated twice"), span).help("keep one of them")
        }
        Error::InvalidScalar { ty, .. } => Problem::new(format!("{found} is not {}", in_words(ty)), span),
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            let span = span.map(|span| behind_key(text, span));
            Problem::new(format!("{} is not {}", quote(text, span), in_words(expected)), span)
        }
        Error::SerdeInvalidLength { len, expected, .. } => {
            let span = span.map(|span| behind_key(text, span));
            Problem::new(format!("{len} values, expected {expected}"), span)
        }
        Error::Unexpected { expected, .. } => unexpected(expected, &found, span),
        Error::Eof { .. } => Problem::new("the file ends before it says anything", span),
        Error::MultipleDocuments { .. } => {
            Problem::new("the file holds several documents", span).help("keep one experiment a file: remove the `---`")
        }
        other => Problem::new(plain(other), span),
    }
}

/// The library's own message, without the place, which the report shows.
fn plain(error: &Error) -> String {
    let message = error.to_string();
    match error.location() {
        Some(at) => message.replace(&format!(" at line {}, column {}", at.line(), at.column()), ""),
        None => message,
    }
}

/// A mapping or list where another node is expected.
fn unexpected(expected: &str, found: &str, span: Option<SourceSpan>) -> Problem {
    match expected {
        "mapping start" => Problem::new("a mapping is expected here", span)
            .help("write `key: value`, or `key: {}` where nothing follows"),
        "sequence start" => Problem::new("a list is expected here", span).help("write `[a, b]`, or one `- ` a line"),
        other => Problem::new(format!("{found} is not a {other}"), span),
    }
}

/// What a field is, by its siblings: beside `insecure` stand the schemes.
fn noun(expected: &[&str]) -> &'static str {
    if expected.contains(&"insecure") { "scheme" } else { "field" }
}

/// A Rust type as people call it.
fn in_words(ty: &str) -> String {
    match ty {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "f32" | "f64" | "float" | "floating point" => "a number".into(),
        "bool" | "boolean" => "`true` or `false`".into(),
        "string" => "a text".into(),
        other if other.starts_with("struct ") => "a mapping".into(),
        other => other.into(),
    }
}

/// The value behind a key: the library places what a single value's type refuses at its key.
fn behind_key(text: &str, span: SourceSpan) -> SourceSpan {
    let end = span.offset().saturating_add(span.len());
    let value = text.get(end..).and_then(|rest| rest.strip_prefix(':')).map(|rest| rest.trim_start_matches(' '));
    let Some(value) = value else { return span };
    let length = value.find(['\n', ',', '}', ']', '#']).unwrap_or(value.len());
    match value[..length].trim_end() {
        "" => span,
        word => (text.len() - value.len(), word.len()).into(),
    }
}

/// What stands at a span, in quotes.
fn quote(text: &str, span: Option<SourceSpan>) -> String {
    let found = span.and_then(|span| text.get(span.offset()..span.offset().checked_add(span.len())?));
    match found {
        Some(found) if found.starts_with('{') => "a mapping".into(),
        Some(found) if found.starts_with('[') => "a list".into(),
        Some(found) if !found.is_empty() && found.len() <= 60 && !found.contains('\n') => format!("`{found}`"),
        _ => "this".into(),
    }
}

/// The byte that a line and column name, where the library knows no bytes.
fn from_line(text: &str, location: &Location) -> Option<SourceSpan> {
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let within: usize = text.get(start..)?.chars().take(column).map(char::len_utf8).sum();
    Some((start + within, 0).into())
}
