//! Temporary folders that do not stay when their owner is killed.
//!
//! A folder is locked (flock on the folder itself) for as long as its owner lives, however that ends. Whoever makes the next one
//! removes those that nobody holds any more.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use tempfile::TempDir;

use crate::{RigError, external::remove_leases};

/// What the names begin with.
const PREFIX: &str = "payrig-board-";
/// A file by which a folder is known to be one of these, beside its name.
const MARK: &str = ".payrig-scratch";

/// The folders that this process holds.
static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary folder of this process, gone when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a new folder, after those of killed processes are gone.
    ///
    /// # Errors
    /// A folder that cannot be made or locked.
    pub fn new() -> Result<Self, RigError> {
        Self::within(&std::env::temp_dir())
    }

    fn within(parent: &Path) -> Result<Self, RigError> {
        reclaim(parent);
        // No folder is made that `remove_temporary_folders` would not know of.
        let mut held = held();
        loop {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                // A board's battery holds its keys in clear.
                .permissions(fs::Permissions::from_mode(0o700))
                .tempdir_in(parent)
                .map_err(RigError::io("make a temporary folder"))?;
            if let Some(scratch) = Self::hold(folder).map_err(RigError::io("lock a temporary folder"))? {
                held.insert(scratch.path().to_owned());
                return Ok(scratch);
            }
        }
    }

    /// Locks a new folder; `None` where another process took it for one that was left, between its making and its locking.
    fn hold(folder: TempDir) -> io::Result<Option<Self>> {
        let Some(lock) = found(open(folder.path()))? else { return Ok(None) };
        flock(&lock, FlockOperation::LockExclusive)?;
        if !is_at(&lock, folder.path())? {
            return Ok(None);
        }
        leave_mark(&folder.path().join(MARK))?;
        Ok(Some(Self { folder, _lock: lock }))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut held = held();
        let _ = remove(self.path());
        held.remove(self.path());
    }
}

/// How often a folder is emptied that somebody still puts files into.
const ATTEMPTS: usize = 20;

/// Removes the temporary folders of every board of this process, and the files by which it leases devices: for a process that is about
/// to end without dropping them. None can be made from here on: whoever tries waits for the end.
pub fn remove_temporary_folders() {
    remove_leases();
    let held = held();
    for folder in held.iter() {
        // A board that still runs may put a file in meanwhile. Should it win every time, the next start removes it.
        let _ = (0..ATTEMPTS).find(|_| remove(folder).is_ok());
    }
    std::mem::forget(held);
}

fn held() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what killed processes of this user left in `parent`. What cannot be removed is left to the next start.
fn reclaim(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            let _ = reclaim_folder(&entry.path());
        }
    }
}

fn reclaim_folder(path: &Path) -> io::Result<()> {
    let Some(lock) = found(open(path))? else { return Ok(()) };
    let owner = lock.metadata()?.uid();
    if owner != rustix::process::geteuid().as_raw() || !is_ours(path)? {
        return Ok(());
    }
    // One whose owner lives is locked; one that is just being made may not be yet, and its maker makes another.
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    if is_at(&lock, path)? { remove(path) } else { Ok(()) }
}

/// Removes a folder with all that is in it, the mark last: one whose process is killed meanwhile is still known to be ours.
fn remove(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != MARK {
            found(remove_entry(&entry))?;
        }
    }
    let mark = folder.join(MARK);
    found(fs::remove_file(&mark))?;
    // Somebody may have put a file in meanwhile.
    fs::remove_dir(folder).inspect_err(|_| drop(leave_mark(&mark)))
}

/// Whatever it is; of a link, the link.
fn remove_entry(entry: &fs::DirEntry) -> io::Result<()> {
    if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) }
}

fn leave_mark(at: &Path) -> io::Result<()> {
    fs::write(at, "a folder of payrig, removed when its process has ended\n")
}

/// Whether the folder has the mark, or nothing at all: a process may be killed before it leaves the mark.
fn is_ours(path: &Path) -> io::Result<bool> {
    Ok(path.join(MARK).symlink_metadata().is_ok_and(|mark| mark.is_file())
        || fs::read_dir(path)?.next().is_none())
}

/// Opens a folder, and no link to one.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Whether the open folder is still the one at `path`.
fn is_at(folder: &File, path: &Path) -> io::Result<bool> {
    let Some(at) = found(path.symlink_metadata())? else { return Ok(false) };
    let open = folder.metadata()?;
    Ok((open.dev(), open.ino()) == (at.dev(), at.ino()))
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::inotify;

    use super::*;

    fn entries(parent: &Path) -> Vec<String> {
        let names = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    /// What a killed process leaves: a folder that nobody has locked.
    fn left_behind(parent: &Path, name: &str, mark: bool) -> PathBuf {
        let path = parent.join(name);
        fs::create_dir_all(path.join("deep")).unwrap();
        fs::write(path.join("deep/flash.bin"), b"x").unwrap();
        if mark {
            fs::write(path.join(MARK), b"").unwrap();
        }
        path
    }

    #[test]
    fn what_a_killed_process_left_is_gone_at_the_next_start() {
        let parent = tempfile::tempdir().unwrap();
        left_behind(parent.path(), "payrig-board-killed", true);
        fs::create_dir(parent.path().join("payrig-board-empty")).unwrap();
        let scratch = Scratch::within(parent.path()).unwrap();
        let name = scratch.path().file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(entries(parent.path()), [name]);
        drop(scratch);
        assert_eq!(entries(parent.path()), [] as [&str; 0]);
    }

    /// The names in `folder` in the order in which `remove` takes them away.
    fn order_of_removal(folder: &Path, remove: impl FnOnce()) -> Vec<String> {
        let watching = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        inotify::add_watch(&watching, folder, inotify::WatchFlags::DELETE).unwrap();
        remove();
        let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(&watching, &mut buffer);
        let mut names = Vec::new();
        while let Ok(event) = events.next() {
            names.extend(event.file_name().map(|name| name.to_str().unwrap().to_owned()));
        }
        names
    }

    /// A process may be killed while it removes them.
    #[test]
    fn the_mark_is_removed_last() {
        let parent = tempfile::tempdir().unwrap();
        let others: Vec<_> = (0..40).map(|number| format!("{number}.bin")).collect();
        let fill = |folder: &Path| others.iter().for_each(|name| fs::write(folder.join(name), b"x").unwrap());
        let left = left_behind(parent.path(), "payrig-board-killed", true);
        fill(&left);
        let scratch = std::cell::Cell::new(None);
        let order = order_of_removal(&left, || scratch.set(Some(Scratch::within(parent.path()).unwrap())));
        assert_eq!((order.len(), order.last().map(String::as_str)), (42, Some(MARK)));
        let scratch = scratch.take().unwrap();
        fill(scratch.path());
        let path = scratch.path().to_owned();
        let order = order_of_removal(&path, || drop(scratch));
        assert_eq!((order.len(), order.last().map(String::as_str)), (41, Some(MARK)));
    }

    #[test]
    fn what_is_in_use_or_anothers_stays() {
        let parent = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let target = left_behind(other.path(), "payrig-board-target", true);
        std::os::unix::fs::symlink(&target, parent.path().join("payrig-board-link")).unwrap();
        left_behind(parent.path(), "payrig-board-plans", false);
        left_behind(parent.path(), "my-folder", true);
        fs::write(parent.path().join("payrig-board-file"), b"").unwrap();
        let used = Scratch::within(parent.path()).unwrap();
        let second = Scratch::within(parent.path()).unwrap();
        assert!(used.path().is_dir() && second.path().is_dir() && target.join(MARK).is_file());
        assert_eq!(entries(parent.path()).len(), 6);
    }

    #[test]
    fn many_that_begin_and_end_at_once_do_not_take_each_others_folders() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for round in 0..60 {
                        let scratch = Scratch::within(parent.path()).unwrap();
                        fs::write(scratch.path().join("flash.bin"), [round]).unwrap();
                        assert_eq!(fs::read(scratch.path().join("flash.bin")).unwrap(), [round]);
                    }
                });
            }
        });
        assert_eq!(entries(parent.path()), [] as [&str; 0]);
    }
}
