//! The files of MNIST: their names, lengths and hashes, and how one is read from a folder.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::error::{Error, Result};

/// What an idx file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Grey images.
    Images,
    /// One digit per image.
    Labels,
}

/// A file that must hold exactly these bytes, as it is or compressed as `<name>.gz`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its name without `.gz`.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub contents: Contents,
    /// Its length in bytes, uncompressed.
    pub bytes: u64,
    /// SHA-256 of the uncompressed file, in hexadecimal.
    pub sha256: Cow<'static, str>,
}

/// Images and the labels that belong to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The images.
    pub images: Expected,
    /// One label per image.
    pub labels: Expected,
}

/// The files of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The training set.
    pub training: Pair,
    /// How many images at the end of the training set make the validation split.
    pub validation: usize,
    /// The test set.
    pub test: Pair,
}

impl Edition {
    /// All files.
    pub fn files(&self) -> [&Expected; 4] {
        [&self.training.images, &self.training.labels, &self.test.images, &self.test.labels]
    }
}

const fn images(name: &'static str, bytes: u64, sha256: &'static str) -> Expected {
    Expected { name: Cow::Borrowed(name), contents: Contents::Images, bytes, sha256: Cow::Borrowed(sha256) }
}

const fn labels(name: &'static str, bytes: u64, sha256: &'static str) -> Expected {
    Expected { name: Cow::Borrowed(name), contents: Contents::Labels, bytes, sha256: Cow::Borrowed(sha256) }
}

/// MNIST as published by LeCun, Cortes and Burges.
pub const MNIST: Edition = Edition {
    training: Pair {
        images: images(
            "train-images-idx3-ubyte",
            47_040_016,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        labels: labels(
            "train-labels-idx1-ubyte",
            60_008,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
    },
    validation: 5_000,
    test: Pair {
        images: images(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        labels: labels(
            "t10k-labels-idx1-ubyte",
            10_008,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    },
};

/// Whether the bytes on disk are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    Plain,
    /// By gzip.
    Gzip,
}

impl Expected {
    /// The name of the compressed file.
    pub fn gzip_name(&self) -> String {
        format!("{}.gz", self.name)
    }

    /// Where the file lies in `folder`, the uncompressed one first; none where it is missing.
    pub fn find(&self, folder: &Path) -> Option<(PathBuf, Packing)> {
        let plain = (folder.join(self.name.as_ref()), Packing::Plain);
        let gzip = (folder.join(self.gzip_name()), Packing::Gzip);
        [plain, gzip].into_iter().find(|(path, _)| path.exists())
    }

    /// The uncompressed bytes of a file, named `shown` in errors; one more than expected at most.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Gzip`].
    pub fn unpack(&self, path: &Path, packing: Packing, shown: &str) -> Result<Vec<u8>> {
        let file = File::open(path).map_err(Error::read(path))?;
        let mut bytes = Vec::new();
        // A byte too many shows that the file goes on; a gzip bomb gets no further.
        let limit = self.bytes + 1;
        match packing {
            Packing::Plain => file.take(limit).read_to_end(&mut bytes).map_err(Error::read(path))?,
            Packing::Gzip => MultiGzDecoder::new(file)
                .take(limit)
                .read_to_end(&mut bytes)
                .map_err(|error| Error::Gzip { file: shown.into(), reason: error.to_string() })?,
        };
        Ok(bytes)
    }

    /// That the hash is the expected one.
    ///
    /// # Errors
    /// [`Error::Hash`] with both.
    pub fn check_hash(&self, found: String, shown: &str) -> Result<()> {
        if found == self.sha256 {
            return Ok(());
        }
        Err(Error::Hash { file: shown.into(), found, expected: self.sha256.to_string() })
    }
}

/// SHA-256 of the parts one after another, in hexadecimal.
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let hasher = parts.into_iter().fold(Sha256::new(), Sha256::chain_update);
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
