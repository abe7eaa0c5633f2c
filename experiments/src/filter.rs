//! A part of a matrix: `scheme=tfhe*,threads=1,model!=lenet5`.

use std::str::FromStr;

use crate::experiment::{CellSpec, Experiment, Group};
use crate::yaml::problem::nearest;

/// Conditions that a cell must all meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    key: Key,
    relation: Relation,
    pattern: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Is,
    IsNot,
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Scheme,
    Name,
    Model,
    Scenario,
    Batch,
    Threads,
    Kernel,
    Operation,
}

/// Why an expression is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A part without a relation.
    #[error("`{0}` is no condition; write `key=value` or `key!=value`, several with commas between them")]
    NoCondition(String),
    /// An unknown key.
    #[error("unknown key `{key}`{suggestion}; there are {}", Key::names().join(", "))]
    UnknownKey {
        /// What was written.
        key: String,
        /// What was meant, perhaps.
        suggestion: String,
    },
    /// Nothing after the relation.
    #[error("`{0}` compares with nothing; write a value after it, `*` standing for any letters")]
    NoValue(String),
}

impl Key {
    const ALL: [Key; 8] =
        [Key::Scheme, Key::Name, Key::Model, Key::Scenario, Key::Batch, Key::Threads, Key::Kernel, Key::Operation];

    fn name(self) -> &'static str {
        match self {
            Key::Scheme => "scheme",
            Key::Name => "name",
            Key::Model => "model",
            Key::Scenario => "scenario",
            Key::Batch => "batch",
            Key::Threads => "threads",
            Key::Kernel => "kernel",
            Key::Operation => "operation",
        }
    }

    fn names() -> Vec<&'static str> {
        Key::ALL.map(Key::name).to_vec()
    }

    fn parse(text: &str) -> Result<Key, FilterError> {
        Key::ALL.into_iter().find(|key| key.name() == text).ok_or_else(|| FilterError::UnknownKey {
            key: text.into(),
            suggestion: nearest(text, &Key::names())
                .map(|near| format!(" (did you mean `{near}`?)"))
                .unwrap_or_default(),
        })
    }

    /// The cell's value, as it is written in experiments.
    fn of(self, cell: &CellSpec) -> String {
        match self {
            Key::Scheme => cell.scheme.name.into(),
            Key::Name => cell.scheme.comparison.name.clone().unwrap_or_default(),
            Key::Model => cell.model_name(),
            Key::Scenario => cell.scenario.name().into(),
            Key::Batch => cell.batch.to_string(),
            Key::Threads => cell.threads.to_string(),
            Key::Kernel => cell.kernel.to_string(),
            Key::Operation => cell.operation.clone().unwrap_or_default(),
        }
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Condition, FilterError> {
        let (key, value) = text.split_once('=').ok_or_else(|| FilterError::NoCondition(text.into()))?;
        let (key, relation) = match key.strip_suffix('!') {
            Some(key) => (key, Relation::IsNot),
            None => (key, Relation::Is),
        };
        let key = Key::parse(key.trim())?;
        match value.trim() {
            "" => Err(FilterError::NoValue(text.into())),
            value => Ok(Condition { key, relation, pattern: value.into() }),
        }
    }

    fn holds(&self, cell: &CellSpec) -> bool {
        matches(&self.pattern, &self.key.of(cell)) == (self.relation == Relation::Is)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let conditions = text.split(',').map(|part| Condition::parse(part.trim())).collect::<Result<_, _>>()?;
        Ok(Filter { conditions })
    }
}

impl Filter {
    /// Whether a cell meets every condition.
    pub fn accepts(&self, cell: &CellSpec) -> bool {
        self.conditions.iter().all(|condition| condition.holds(cell))
    }

    /// The groups with the cells that are accepted; they keep their indices, and empty ones are left out.
    pub fn groups(&self, experiment: &Experiment) -> Vec<Group> {
        let accepted = |group: &Group| Group {
            index: group.index,
            cells: group.cells.iter().copied().filter(|&cell| self.accepts(&experiment.cells[cell])).collect(),
        };
        experiment.groups.iter().map(accepted).filter(|group| !group.cells.is_empty()).collect()
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any letters, even none.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        // The earliest place leaves the most for what follows.
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::{Filter, FilterError, matches};
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, text, expected) in [
            ("tfhe", "tfhe", true),
            ("tfhe", "tfhe-exact", false),
            ("tfhe*", "tfhe", true),
            ("tfhe-*", "tfhe", false),
            ("*-int", "mlp-128-64-int", true),
            ("m*-*4", "mlp-128-64", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_with_what_would_do() {
        let refuse = |text: &str| text.parse::<Filter>().unwrap_err();
        assert_eq!(refuse("tfhe"), FilterError::NoCondition("tfhe".into()));
        assert_eq!(refuse("scheme="), FilterError::NoValue("scheme=".into()));
        assert!(refuse("shceme=tfhe").to_string().contains("did you mean `scheme`"));
        assert!(
            refuse("colour=blue")
                .to_string()
                .ends_with("scheme, name, model, scenario, batch, threads, kernel, operation")
        );
        assert!("".parse::<Filter>().is_err() && "scheme=a,".parse::<Filter>().is_err());
    }

    proptest! {
        #[test]
        fn a_text_with_parts_starred_out_still_matches(parts in prop::collection::vec("[a-c]{0,4}", 1..5)) {
            let text = parts.concat();
            prop_assert!(matches(&parts.join("*"), &text));
            prop_assert!(matches("*", &text) && matches(&text, &text));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Filter>();
        }
    }
}
