//! Reading a data set from a folder of idx files, and telling what state the files are in.

use std::path::{Path, PathBuf};

use blindbench_core::network::images::Images;

use super::error::{Error, Result};
use super::files::{Contents, Edition, Expected, Packing, Pair, sha256};
use super::idx;
use crate::experiment::Split;

/// What lies in a folder under the name of an expected file.
#[derive(Debug)]
pub enum State {
    /// It is not there.
    Missing,
    /// The expected bytes.
    Good(PathBuf),
    /// Something else.
    Bad(PathBuf, Error),
}

/// The images of one split, with a label each.
///
/// # Errors
/// Every way in which the two files can be missing or not what they should be.
pub fn read(edition: &Edition, folder: &Path, split: Split) -> Result<(Images, Vec<u8>)> {
    let (mut images, mut labels) = match split {
        Split::Test => read_pair(&edition.test, folder)?,
        Split::Train | Split::Validation => read_pair(&edition.training, folder)?,
    };
    let border = labels.len().saturating_sub(edition.validation);
    let pixel = border * images.shape.len();
    match split {
        Split::Test => {}
        Split::Train => {
            images.pixels.truncate(pixel);
            labels.truncate(border);
        }
        Split::Validation => {
            images.pixels.drain(..pixel);
            labels.drain(..border);
        }
    }
    Ok((images, labels))
}

/// The state of one file in a folder: looks at every byte.
pub fn inspect(file: &Expected, folder: &Path) -> State {
    let Some((path, packing)) = file.find(folder) else { return State::Missing };
    match verify(file, &path, packing, &path.display().to_string()) {
        Ok(()) => State::Good(path),
        Err(error) => State::Bad(path, error),
    }
}

/// That a file holds the expected bytes; it is named `shown` in errors.
///
/// # Errors
/// What it is instead, as closely as can be told.
pub fn verify(file: &Expected, path: &Path, packing: Packing, shown: &str) -> Result<()> {
    let bytes = file.unpack(path, packing, shown)?;
    let Err(error) = file.check_hash(sha256([bytes.as_slice()]), shown) else { return Ok(()) };
    // The hash alone would not say what is wrong.
    let length = bytes.len() as u64;
    let parsed = match file.contents {
        Contents::Images => idx::images(shown, bytes).map(drop),
        Contents::Labels => idx::labels(shown, bytes).map(drop),
    };
    Err(too_long(file, length, shown, parsed.err().unwrap_or(error)))
}

/// One file's bytes, with its name in errors and its hash.
struct Raw {
    shown: String,
    bytes: Vec<u8>,
    sha256: String,
}

fn read_file(file: &Expected, folder: &Path) -> Result<Raw> {
    let Some((path, packing)) = file.find(folder) else {
        return Err(Error::Missing { folder: folder.display().to_string(), name: file.name.to_string() });
    };
    let shown = path.display().to_string();
    let bytes = file.unpack(&path, packing, &shown)?;
    Ok(Raw { sha256: sha256([bytes.as_slice()]), shown, bytes })
}

/// Images and labels. The hashes come last: before them, an error can say more.
fn read_pair(pair: &Pair, folder: &Path) -> Result<(Images, Vec<u8>)> {
    let (images_file, labels_file) = (read_file(&pair.images, folder)?, read_file(&pair.labels, folder)?);
    let (images_length, labels_length) = (images_file.bytes.len() as u64, labels_file.bytes.len() as u64);
    let (count, images) = idx::images(&images_file.shown, images_file.bytes)
        .map_err(|error| too_long(&pair.images, images_length, &images_file.shown, error))?;
    let labels = idx::labels(&labels_file.shown, labels_file.bytes)
        .map_err(|error| too_long(&pair.labels, labels_length, &labels_file.shown, error))?;
    if count != labels.len() as u64 {
        let (images_file, labels_file) = (images_file.shown, labels_file.shown);
        return Err(Error::Counts { images_file, images: count, labels_file, labels: labels.len() as u64 });
    }
    pair.images.check_hash(images_file.sha256, &images_file.shown)?;
    pair.labels.check_hash(labels_file.sha256, &labels_file.shown)?;
    Ok((images, labels))
}

/// The error of a file that was not read to its end: it is too long, whatever its header asks for.
fn too_long(file: &Expected, found: u64, shown: &str, error: Error) -> Error {
    if found > file.bytes && matches!(error, Error::Truncated { .. } | Error::Hash { .. }) {
        return Error::Trailing { file: shown.into(), found, expected: file.bytes };
    }
    error
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests;
