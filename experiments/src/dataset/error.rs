//! Why images cannot be had.

use std::path::PathBuf;

use crate::experiment::Split;

/// Why images cannot be had. Every message names the file, what was found and what was expected; the
/// remedy is its help.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// No data set has this name.
    #[error("unknown data set `{name}`")]
    #[diagnostic(help("expected `mnist`, or `digits` for drawn ones"))]
    Unknown {
        /// The name.
        name: String,
    },
    /// More images are asked for than there are.
    #[error("{asked} images asked for, but {name} has {there} in its {split} split", split = split.name())]
    #[diagnostic(help("take at most {there}"))]
    TooMany {
        /// The data set.
        name: &'static str,
        /// The part of it.
        split: Split,
        /// Images asked for.
        asked: usize,
        /// Images that it has.
        there: usize,
    },
    /// A file is not in the folder.
    #[error("{folder}: neither {name} nor {name}.gz is there")]
    #[diagnostic(help(
        "name the folder that holds the four MNIST files, or fill this one: `blindbench data fetch --data {folder}`"
    ))]
    Missing {
        /// The folder.
        folder: String,
        /// The file without `.gz`.
        name: String,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    #[diagnostic(help(
        "check that the path exists and that you may {action} there, or name another folder with --data"
    ))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something else than gzip, or gzip that is damaged.
    #[error("{file}: not a sound gzip file: {reason}")]
    #[diagnostic(help("{REPLACE}"))]
    Gzip {
        /// The file.
        file: String,
        /// What the decoder says.
        reason: String,
    },
    /// The file begins like another kind of file.
    #[error("{file}: wrong magic number 0x{found:08x}, expected 0x{expected:08x} (idx {contents})")]
    #[diagnostic(help("{REPLACE}"))]
    Magic {
        /// The file.
        file: String,
        /// What should be in it.
        contents: &'static str,
        /// Its first four bytes, big-endian.
        found: u32,
        /// The magic number of idx files with such contents.
        expected: u32,
    },
    /// The file ends too early.
    #[error("{file}: truncated: {found} bytes, but its header asks for {expected}")]
    #[diagnostic(help("{REPLACE}"))]
    Truncated {
        /// The file.
        file: String,
        /// Bytes that are there, uncompressed.
        found: u64,
        /// Bytes that the header announces, itself included; the header's own length where it is incomplete.
        expected: u64,
    },
    /// The file goes on after its end.
    #[error("{file}: trailing bytes: at least {found} bytes where {expected} are expected")]
    #[diagnostic(help("{REPLACE}"))]
    Trailing {
        /// The file.
        file: String,
        /// Bytes seen, uncompressed; reading stops soon after the end.
        found: u64,
        /// Bytes that belong there.
        expected: u64,
    },
    /// Images and labels do not belong together.
    #[error("{images_file} holds {images} images, but {labels_file} {labels} labels")]
    #[diagnostic(help("both files must be of the same part of the data set; {REPLACE}"))]
    Counts {
        /// The file of images.
        images_file: String,
        /// Images in it.
        images: u64,
        /// The file of labels.
        labels_file: String,
        /// Labels in it.
        labels: u64,
    },
    /// A label that is no digit.
    #[error("{file}: label {at} is {label}, expected 0 to 9")]
    #[diagnostic(help("{REPLACE}"))]
    Label {
        /// The file.
        file: String,
        /// Index of the label, from 0.
        at: usize,
        /// What it says.
        label: u8,
    },
    /// A well-formed file that holds something else.
    #[error("{file}: SHA-256 of the uncompressed file is {found}, expected {expected}")]
    #[diagnostic(help("the file is not MNIST as published; {REPLACE}"))]
    Hash {
        /// The file.
        file: String,
        /// Its hash, in hexadecimal.
        found: String,
        /// MNIST's hash.
        expected: String,
    },
    /// No mirror gave a sound file.
    #[error("{file} could not be downloaded: {}", reasons(failures))]
    #[diagnostic(help(
        "check the connection and run `blindbench data fetch` again (what has arrived is kept), name another mirror \
         with --mirror URL, point --data or $BLINDBENCH_DATA at a folder with the four MNIST files, or use \
         `dataset: {{name: digits}}`, which needs no file"
    ))]
    Download {
        /// The file.
        file: String,
        /// What went wrong at each mirror.
        failures: Vec<Failure>,
    },
    /// Neither a folder was named nor is there a home to put one in.
    #[error("no folder for the data: neither $XDG_CACHE_HOME nor $HOME is set")]
    #[diagnostic(help("name one with --data or $BLINDBENCH_DATA"))]
    Homeless,
}

/// The remedy for a file that is not what it should be.
const REPLACE: &str =
    "move the file away and fetch a sound one: `blindbench data fetch`, with --data for a folder of your own";

/// What went wrong at a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The address of the file.
    pub url: String,
    /// What was found.
    pub reason: String,
}

/// Result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The message in lines: one for each mirror where there are such.
    pub fn reasons(&self) -> Vec<String> {
        if let Error::Download { failures, .. } = self {
            return failures.iter().map(|Failure { url, reason }| format!("{url}: {reason}")).collect();
        }
        vec![self.to_string()]
    }

    /// Reading `path` failed.
    pub(super) fn read(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        |source| Error::File { path, action: "read", source }
    }

    /// Writing `path` failed.
    pub(super) fn write(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        |source| Error::File { path, action: "write", source }
    }
}

fn reasons(failures: &[Failure]) -> String {
    if failures.is_empty() {
        return "no mirror is named".into();
    }
    let each: Vec<String> = failures.iter().map(|Failure { url, reason }| format!("{url}: {reason}")).collect();
    each.join("; ")
}
