//! One process at a time measures a group.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The right to measure a group; given back when dropped, and by the operating system when the
/// process ends in whatever way.
///
/// The lock is advisory (`flock` on Unix). Its file stays where it is: removing it would let two
/// processes hold locks on two files of one name.
#[derive(Debug)]
pub struct GroupLock {
    file: File,
    path: PathBuf,
}

impl GroupLock {
    /// Takes the lock of `group` in the folder `locks`.
    ///
    /// # Errors
    /// [`Error::Locked`] where another process holds it, [`Error::Io`] where the file cannot be made.
    pub(super) fn take(locks: &Path, group: u32) -> Result<GroupLock> {
        let path = locks.join(format!("group-{group}.lock"));
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(Error::io(&path, "open the lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = holder(&mut file);
                return Err(Error::Locked { path, group, holder });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io(&path, "lock it")(source)),
        }
        let mut lock = GroupLock { file, path };
        lock.sign()?;
        Ok(lock)
    }

    fn sign(&mut self) -> Result<()> {
        let id = format!("{}\n", std::process::id());
        let written = self.file.set_len(0).and_then(|()| self.file.rewind());
        written.and_then(|()| self.file.write_all(id.as_bytes())).map_err(Error::io(&self.path, "sign the lock"))
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(id) => format!("process {id}"),
        None => "another process".to_owned(),
    }
}
