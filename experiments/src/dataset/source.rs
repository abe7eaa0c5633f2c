//! Where images are looked for, in which order, and what happens where MNIST cannot be had.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use super::digits;
use super::error::{Error, Result};
use super::fetch::Fetch;
use super::files::{Edition, MNIST};
use super::folder;
use super::transfer::Patience;
use super::{Dataset, Name, Origin};
use crate::experiment::Split;
use crate::progress::Progress;

/// Names the folder with the data.
pub const DATA_VARIABLE: &str = "BLINDBENCH_DATA";
/// Names the mirrors, separated by white space, in place of the usual ones.
pub const MIRRORS_VARIABLE: &str = "BLINDBENCH_MIRRORS";

/// Where the files are published: what torchvision and TensorFlow download.
pub const MIRRORS: [&str; 2] =
    ["https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"];

/// What happens where MNIST is neither in a folder nor to be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// It is an error: for tests and for results that are recorded.
    Refuse,
    /// Drawn digits take its place, loudly.
    Digits,
}

/// Who named a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// `--data`.
    Option,
    /// `$BLINDBENCH_DATA`.
    Environment,
    /// Nobody: the user's cache folder.
    Cache,
}

impl fmt::Display for NamedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NamedBy::Option => f.write_str("--data"),
            NamedBy::Environment => write!(f, "${DATA_VARIABLE}"),
            NamedBy::Cache => f.write_str("cache"),
        }
    }
}

/// A folder that may hold the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// Who named it.
    pub named_by: NamedBy,
}

/// Where images are looked for.
#[derive(Debug, Clone)]
pub struct Source {
    /// Folders, the first of which counts.
    pub places: Vec<Place>,
    /// Addresses of folders with the `.gz` files, tried in order.
    pub mirrors: Vec<String>,
    /// What happens where MNIST cannot be had.
    pub fallback: Fallback,
    /// The files.
    pub edition: Edition,
    /// How long a mirror is waited for.
    pub patience: Patience,
}

impl Source {
    /// `--data` where given, `$BLINDBENCH_DATA` where set, the cache folder; the usual mirrors or
    /// `$BLINDBENCH_MIRRORS`.
    pub fn of_process(data: Option<&Path>, fallback: Fallback) -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let place = |folder, named_by| Place { folder, named_by };
        let places = [
            data.map(|folder| place(folder.to_owned(), NamedBy::Option)),
            variable(DATA_VARIABLE).map(|folder| place(folder, NamedBy::Environment)),
            cache(variable("XDG_CACHE_HOME"), variable("HOME")).map(|folder| place(folder, NamedBy::Cache)),
        ];
        let mirrors = env::var(MIRRORS_VARIABLE).unwrap_or_default();
        let named: Vec<String> = mirrors.split_whitespace().map(str::to_owned).collect();
        Source {
            places: places.into_iter().flatten().collect(),
            mirrors: if named.is_empty() { MIRRORS.map(str::to_owned).to_vec() } else { named },
            fallback,
            edition: MNIST,
            patience: Patience::default(),
        }
    }

    /// The folder that counts.
    ///
    /// # Errors
    /// [`Error::Homeless`] where there is none.
    pub fn place(&self) -> Result<&Place> {
        self.places.first().ok_or(Error::Homeless)
    }

    /// What downloads into the folder that counts.
    pub fn fetch<'a>(&'a self, progress: &'a Progress) -> Fetch<'a> {
        Fetch { mirrors: &self.mirrors, patience: &self.patience, progress }
    }

    /// The first `images` images of a split, or all of them.
    ///
    /// A folder that somebody named must hold sound files. The cache folder is filled by a download where
    /// it does not. Only where that fails, and only under [`Fallback::Digits`], drawn digits take their
    /// place: the data set says so and a banner is shown.
    ///
    /// # Errors
    /// [`Error`] says which file is missing or bad, what the mirrors answered, or that there are fewer
    /// images.
    pub fn load(&self, name: Name, split: Split, images: Option<usize>, progress: &Progress) -> Result<Dataset> {
        match name {
            Name::Digits => digits::dataset(split, images),
            Name::Mnist => match self.mnist(split, progress) {
                Ok(dataset) => {
                    let all = dataset.len();
                    dataset.take(images.unwrap_or(all))
                }
                Err(error) if self.may_fall_back() => self.fall_back(split, images, &error, progress),
                Err(error) => Err(error),
            },
        }
    }

    /// Never in place of a folder that somebody named.
    fn may_fall_back(&self) -> bool {
        let named = self.place().is_ok_and(|place| place.named_by != NamedBy::Cache);
        self.fallback == Fallback::Digits && !named
    }

    fn mnist(&self, split: Split, progress: &Progress) -> Result<Dataset> {
        let place = self.place()?;
        let pair = match split {
            Split::Test => &self.edition.test,
            Split::Train | Split::Validation => &self.edition.training,
        };
        let read = match (folder::read(&self.edition, &place.folder, split), place.named_by) {
            (Err(_), NamedBy::Cache) => {
                self.fetch(progress).into_folder(&place.folder, &[&pair.images, &pair.labels])?;
                folder::read(&self.edition, &place.folder, split)
            }
            (result, _) => result,
        };
        let (images, labels) = read?;
        Ok(Dataset { name: Name::Mnist, split, images, labels, origin: Origin::Folder(place.folder.clone()) })
    }

    fn fall_back(&self, split: Split, images: Option<usize>, error: &Error, progress: &Progress) -> Result<Dataset> {
        let drawn = digits::dataset(split, images)?;
        let mut lines = vec!["MNIST COULD NOT BE HAD: THESE RESULTS ARE FOR DRAWN DIGITS, NOT FOR MNIST.".to_owned()];
        lines.extend(error.reasons());
        lines.push(format!(
            "Remedy: `blindbench data fetch`, or --data or ${DATA_VARIABLE} for a folder with the files."
        ));
        progress.banner(&lines);
        Ok(Dataset { origin: Origin::FellBack { reason: error.to_string() }, ..drawn })
    }
}

/// The folder for downloads, after the XDG base directory specification: relative paths are ignored.
fn cache(xdg: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let base = xdg.filter(|path| path.is_absolute()).or_else(|| home.map(|home| home.join(".cache")));
    base.map(|base| base.join("blindbench"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests;
