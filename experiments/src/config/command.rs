//! `check-config`: everything that can be known of experiments before a key is drawn.

use std::io::Write;
use std::path::{Path, PathBuf};

use blindbench_schemes::registry::Registry;
use miette::Diagnostic;

use super::known::Known;
use super::outlook::Outlook;
use super::{Checked, ConfigError, Overrides, check};
use crate::listing::files;

/// Why `check-config` fails.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CheckError {
    /// Some of the files cannot be run.
    #[error("{} of {checked} experiments cannot be run", refused.len())]
    Refused {
        /// How many were checked.
        checked: usize,
        /// What is wrong with each.
        #[related]
        refused: Vec<ConfigError>,
    },
    /// The only file cannot be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Only(ConfigError),
    /// A folder cannot be read.
    #[error("cannot look for experiments in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is nothing to check.
    #[error("{} holds no experiment, a file that ends in .yaml", folder.display())]
    Nothing {
        /// The folder.
        folder: PathBuf,
    },
    /// The findings cannot be printed.
    #[error("cannot write to the standard output")]
    Output(#[from] std::io::Error),
}

/// Checks experiment files, and those below folders, and says what is to be expected of each.
///
/// # Errors
/// [`CheckError`] with the problems of all files.
pub fn check_config<R: Registry>(paths: &[PathBuf], known: &Known<'_>, out: &mut dyn Write) -> Result<(), CheckError> {
    let files = experiments(paths)?;
    let mut refused = Vec::new();
    for file in &files {
        match check::<R>(file, known, Overrides::default()) {
            Ok(checked) => write!(out, "{}", findings(file, &checked))?,
            Err(error) => refused.push(error),
        }
    }
    match (refused.pop(), files.len()) {
        (None, _) => Ok(()),
        (Some(only), 1) => Err(CheckError::Only(only)),
        (Some(last), checked) => {
            refused.push(last);
            Err(CheckError::Refused { checked, refused })
        }
    }
}

/// The files, folders replaced by what is below them.
fn experiments(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CheckError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let below = files::below(path).map_err(|source| CheckError::Folder { folder: path.clone(), source })?;
        if below.is_empty() {
            return Err(CheckError::Nothing { folder: path.clone() });
        }
        files.extend(below);
    }
    Ok(files)
}

/// What a sound experiment will do, a line for it and one for each cell that its scheme cannot do.
fn findings(file: &Path, Checked { experiment, outlooks }: &Checked) -> String {
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let (cells, groups) = (count(outlooks.len(), "cell"), count(experiment.groups.len(), "group"));
    let mut text = format!("{}: {cells} in {groups}\n", file.display());
    for (cell, outlook) in experiment.cells.iter().zip(outlooks) {
        match outlook {
            Outlook::Planned(_) => {}
            Outlook::Unsupported(reason) => text.push_str(&format!("  unsupported: {}: {reason}\n", cell.label)),
            Outlook::Foreign => text.push_str(&format!("  foreign, planned when it runs: {}\n", cell.label)),
        }
    }
    text
}
