//! Where an emulated board keeps its flash and battery, and who may use them.

use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use crate::RigError;

/// Whose flash and battery a board uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A new, blank board that vanishes with its owner.
    Private,
    /// The board that the rig file's `state` folder keeps, for one process at a time.
    Kept,
}

/// An open state folder. The lock of a kept one ends with its owner, however that ends.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    _owner: Owner,
}

#[derive(Debug)]
enum Owner {
    Temporary { _folder: TempDir },
    Locked { _lock: File },
}

impl StateFolder {
    pub(crate) fn open(state: State, kept: &Path) -> Result<Self, RigError> {
        match state {
            State::Private => {
                let folder = tempfile::Builder::new()
                    .prefix("payrig-")
                    .tempdir()
                    .map_err(RigError::io("make a temporary folder"))?;
                Ok(Self { path: folder.path().into(), _owner: Owner::Temporary { _folder: folder } })
            }
            State::Kept => {
                fs::create_dir_all(kept).map_err(RigError::io(format!("make {}", kept.display())))?;
                Ok(Self { path: kept.into(), _owner: Owner::Locked { _lock: lock(kept)? } })
            }
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Takes the folder's lock and leaves this process's id in it, for the message that the next one shows.
fn lock(folder: &Path) -> Result<File, RigError> {
    let path = folder.join("lock");
    let failed = || RigError::io(format!("lock {}", path.display()));
    let mut file =
        File::options().create(true).read(true).write(true).truncate(false).open(&path).map_err(failed())?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.is_empty() { "unknown".into() } else { holder };
            return Err(RigError::Busy { path: folder.into(), holder });
        }
        Err(errno) => return Err(failed()(errno.into())),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed())?;
    write!(file, "{}", std::process::id()).map_err(failed())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_board_is_used_by_one_at_a_time_and_the_message_names_the_holder() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("board");
        let first = StateFolder::open(State::Kept, &kept).unwrap();
        let error = StateFolder::open(State::Kept, &kept).unwrap_err();
        assert!(error.to_string().ends_with(&format!("in use by process {}", std::process::id())), "{error}");
        drop(first);
        StateFolder::open(State::Kept, &kept).unwrap();
    }

    #[test]
    fn a_private_board_leaves_nothing() {
        let state = StateFolder::open(State::Private, "unused".as_ref()).unwrap();
        let path = state.path.clone();
        fs::write(state.file("flash.bin"), b"x").unwrap();
        drop(state);
        assert!(!path.exists());
    }
}
