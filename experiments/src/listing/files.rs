//! Experiment files below a folder.

use std::io;
use std::path::{Path, PathBuf};

/// Every YAML file below `folder`, in the order of its path. Links to folders are not followed.
///
/// # Errors
/// Where a folder cannot be read.
pub fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
