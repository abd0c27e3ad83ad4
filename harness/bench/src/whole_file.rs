//! Files that are there as a whole or not at all.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::RunFolderError;

/// Puts a file with this text in the place of the one that is there, in one step: a reader never sees a part of it, though the disk
/// is full or the process killed.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), RunFolderError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let unique = format!("{}-{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let new = path.with_extension(unique);
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&new);
    }
    written.map_err(RunFolderError::file("write", path))
}
