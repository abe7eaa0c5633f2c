//! Reports of made-up runs: what is written, what it says, and whether its figures hold together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed unwrap is the test's failure")]

#[cfg(feature = "plots")]
mod figures;
mod fixture;
#[cfg(feature = "plots")]
mod page;
mod rows;
mod summary;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;

static TAKEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// A folder for one test's report; it stays below the target folder, so that people can look at what was drawn.
///
/// Tests run side by side, so a name is given once: two in one folder would remove each other's files.
fn folder(name: &str) -> PathBuf {
    let fresh = TAKEN.lock().unwrap().get_or_insert_default().insert(name.to_owned());
    assert!(fresh, "two reports are named {name}");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reports").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    folder
}
