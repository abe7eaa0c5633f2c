//! Filling a folder from mirrors: each file is checked before it gets its name.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::{Error, Failure, Result};
use super::files::{Expected, Packing};
use super::folder::{State, inspect, verify};
use super::transfer::{Patience, Stopped, Transfer};
use crate::progress::Progress;

/// Compressed files may be longer than their contents, but hardly.
const GZIP_OVERHEAD: u64 = 1 << 16;

/// Downloads files into a folder.
#[derive(Debug, Clone, Copy)]
pub struct Fetch<'a> {
    /// Addresses of folders with the `.gz` files, tried in order.
    pub mirrors: &'a [String],
    /// How long a mirror is waited for.
    pub patience: &'a Patience,
    /// Where progress is shown.
    pub progress: &'a Progress,
}

impl Fetch<'_> {
    /// Downloads those of `files` that are missing from the folder or bad; a bad one is kept as `<file>.bad`.
    ///
    /// A second process that wants the same waits for the first.
    ///
    /// # Errors
    /// [`Error::Download`] with each mirror's reason, [`Error::File`] where the folder cannot be written.
    pub fn into_folder(&self, folder: &Path, files: &[&Expected]) -> Result<()> {
        let wanted = || files.iter().filter(|file| !matches!(inspect(file, folder), State::Good(_)));
        if wanted().next().is_none() {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(Error::write(folder))?;
        let path = folder.join(".lock");
        let lock = File::create(&path).map_err(Error::write(&path))?;
        // Released when the file is closed, however this process ends.
        lock.lock().map_err(Error::write(&path))?;
        wanted().try_for_each(|file| self.fetch(folder, file))
    }

    fn fetch(&self, folder: &Path, file: &Expected) -> Result<()> {
        let name = file.gzip_name();
        let part = folder.join(format!("{name}.part"));
        let mut failures = Vec::new();
        for mirror in self.mirrors {
            let url = format!("{}/{name}", mirror.trim_end_matches('/'));
            match self.download(&url, &part, file) {
                Ok(()) => return self.keep(folder, file, &part),
                Err(Stopped::Local(error)) => return Err(error),
                Err(Stopped::Mirror(reason)) => {
                    self.progress.say(&format!("{url}: {reason}"));
                    failures.push(Failure { url, reason });
                }
            }
        }
        Err(Error::Download { file: name, failures })
    }

    /// A checked `.part` file, or none: bytes that turn out wrong are thrown away.
    fn download(&self, url: &str, part: &Path, file: &Expected) -> std::result::Result<(), Stopped> {
        let agent = self.patience.agent();
        let (limit, patience, progress) = (file.bytes + GZIP_OVERHEAD, self.patience, self.progress);
        let transfer = Transfer { agent: &agent, url, part, limit, patience, progress };
        loop {
            let carried_on = part.exists();
            transfer.complete()?;
            let Err(error) = verify(file, part, Packing::Gzip, "the download") else { return Ok(()) };
            fs::remove_file(part).map_err(|source| Stopped::Local(Error::write(part)(source)))?;
            // The beginning may have come from elsewhere: once more, from the first byte on.
            if !carried_on {
                return Err(Stopped::Mirror(error.to_string()));
            }
        }
    }

    /// Gives the checked file its name, in one step.
    fn keep(&self, folder: &Path, file: &Expected, part: &Path) -> Result<()> {
        if let State::Bad(path, error) = inspect(file, folder) {
            let aside = with_suffix(&path, ".bad");
            self.progress.say(&format!("{error}; kept as {}", aside.display()));
            fs::rename(&path, &aside).map_err(Error::write(&aside))?;
        }
        let path = folder.join(file.gzip_name());
        fs::rename(part, &path).map_err(Error::write(&path))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::write(folder))
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop where it stands")]
mod tests;
