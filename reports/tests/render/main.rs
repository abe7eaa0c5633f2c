//! Reports of made-up runs: what is written, what it says, and whether its figures hold together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed unwrap is the test's failure")]

#[cfg(feature = "plots")]
mod figures;
mod fixture;
#[cfg(feature = "plots")]
mod page;
mod rows;
mod summary;

use std::path::PathBuf;

/// A folder for a test's report; it stays below the target folder, so that people can look at what was drawn.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reports").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    folder
}
