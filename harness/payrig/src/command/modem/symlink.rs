//! The path by which software opens the port.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// A symbolic link that lasts as long as this value.
pub(super) struct Symlink {
    path: PathBuf,
    target: PathBuf,
}

impl Symlink {
    /// Makes it. What is at `path` stays, but for a link that leads nowhere: what an earlier modem left that was killed.
    pub(super) fn to(target: &str, path: &Path) -> Result<Self, Failure> {
        if fs::read_link(path).is_ok() && !path.exists() {
            // If it cannot be removed, the next step says why.
            let _ = fs::remove_file(path);
        }
        match symlink(target, path) {
            Ok(()) => Ok(Self { path: path.to_owned(), target: target.into() }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Failure::input(
                format!("--pty {}: there is something of this name already", path.display()),
                "end the modem that serves it, remove it, or name another path",
            )),
            Err(e) => Err(Failure::input(
                format!("--pty {}: no link can be made there: {e}", path.display()),
                "name a path in a folder that exists and can be written",
            )),
        }
    }
}

impl Drop for Symlink {
    fn drop(&mut self) {
        // Somebody else's link of the same name is left alone.
        if fs::read_link(&self.path).is_ok_and(|target| target == self.target) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
