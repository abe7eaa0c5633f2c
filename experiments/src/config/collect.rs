//! Gathers problems, so that a file's are all told at once.

use crate::yaml::problem::{Problem, Problems};

/// Problems found so far.
#[derive(Debug, Default)]
pub(super) struct Collector(Vec<Problem>);

impl Collector {
    /// Notes a problem.
    pub fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// The value, or a note of its problem.
    pub fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.add(problem)).ok()
    }

    /// The value where there was no problem at all.
    pub fn finish<T>(self, value: Option<T>, file: &str, text: &str) -> Result<T, Problems> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problems::new(file, text, self.0)),
        }
    }
}
