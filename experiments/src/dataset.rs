//! Images with labels: MNIST from files, or drawn digits that need none.

pub mod command;
pub mod digits;
pub mod error;
pub mod fetch;
pub mod files;
pub mod folder;
pub mod idx;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod sample;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod server;
pub mod source;
pub mod transfer;

use std::fmt;
use std::path::PathBuf;

use blindbench_core::network::images::Images;

use crate::config::known::DatasetSizes;
use crate::experiment::Split;
use error::{Error, Result};

/// The data sets, with the sizes of their splits.
pub const SIZES: [DatasetSizes; 2] = [
    DatasetSizes { name: Name::Mnist.as_str(), train: 55_000, validation: 5_000, test: 10_000 },
    DatasetSizes {
        name: Name::Digits.as_str(),
        train: digits::TRAIN,
        validation: digits::VALIDATION,
        test: digits::TEST,
    },
];

/// Which data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Name {
    /// Handwritten digits (LeCun, Cortes and Burges).
    Mnist,
    /// Digits drawn by this program.
    Digits,
}

impl Name {
    /// Its name in experiments and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Name::Mnist => "mnist",
            Name::Digits => "digits",
        }
    }
}

impl std::str::FromStr for Name {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = [Name::Mnist, Name::Digits].into_iter().find(|known| known.as_str() == name);
        known.ok_or_else(|| Error::Unknown { name: name.into() })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where images came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Files in a folder.
    Folder(PathBuf),
    /// Drawn from a seed.
    Drawn {
        /// The seed.
        seed: u64,
    },
    /// Drawn in place of MNIST, which could not be had.
    FellBack {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Folder(folder) => write!(f, "{}", folder.display()),
            Origin::Drawn { seed } => write!(f, "drawn from seed {seed}"),
            Origin::FellBack { reason } => write!(f, "drawn, because MNIST could not be had: {reason}"),
        }
    }
}

/// Images of one split, from its first on, with what they show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// What the images are; after a fall-back not what was asked for.
    pub name: Name,
    /// The part of the data set.
    pub split: Split,
    /// The images, 28x28 and grey.
    pub images: Images,
    /// One digit, 0 to 9, per image.
    pub labels: Vec<u8>,
    /// Where they came from.
    pub origin: Origin,
}

impl Dataset {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The first `count` images.
    ///
    /// # Errors
    /// [`Error::TooMany`] where there are fewer.
    pub fn take(mut self, count: usize) -> Result<Self> {
        if count > self.len() {
            let (name, split, there) = (self.name.as_str(), self.split, self.len());
            return Err(Error::TooMany { name, split, asked: count, there });
        }
        self.images.pixels.truncate(count * self.images.shape.len());
        self.labels.truncate(count);
        Ok(self)
    }

    /// SHA-256 of all pixels followed by all labels, in hexadecimal: equal hashes are equal data, wherever it
    /// came from.
    pub fn sha256(&self) -> String {
        files::sha256([self.images.pixels.as_slice(), &self.labels])
    }
}
