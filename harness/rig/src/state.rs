//! Where an emulated board keeps its flash and battery, and who may use them.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FlockOperation, flock},
    io::{Errno, FdFlags, fcntl_setfd},
    process::{Pid, PidfdFlags, pidfd_open},
};

use crate::{RigError, scratch::Scratch};

/// Whose flash and battery a board uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A new, blank board that vanishes with its owner.
    Private,
    /// The board that the rig file's `state` folder keeps, for one process at a time.
    Kept,
    /// A board of the rig's pool that nobody else uses: its flash is as whoever had it before left it, its battery is new. The pool
    /// is a folder in the rig file's `state` folder and grows as far as boards are used at once.
    Leased,
}

/// An open state folder. The lock of a kept one ends with its owner, however that ends.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    _owner: Owner,
}

#[derive(Debug)]
enum Owner {
    Temporary { _folder: Scratch },
    Locked { _lock: Lock },
}

impl StateFolder {
    pub(crate) fn open(state: State, kept: &Path) -> Result<Self, RigError> {
        match state {
            State::Private => {
                let folder = Scratch::new()?;
                Ok(Self { path: folder.path().into(), _owner: Owner::Temporary { _folder: folder } })
            }
            State::Kept => {
                make(kept)?;
                Ok(Self { path: kept.into(), _owner: Owner::Locked { _lock: lock(kept)? } })
            }
            State::Leased => lease(&kept.join("pool")),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Takes the first folder of the pool that is free.
fn lease(pool: &Path) -> Result<StateFolder, RigError> {
    let mut number = 0_u32;
    loop {
        let path = pool.join(number.to_string());
        make(&path)?;
        match lock(&path) {
            Ok(lock) => return Ok(StateFolder { path, _owner: Owner::Locked { _lock: lock } }),
            Err(RigError::Busy { .. }) => number += 1,
            Err(other) => return Err(other),
        }
    }
}

fn make(folder: &Path) -> Result<(), RigError> {
    // A board's battery holds its keys in clear.
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(RigError::io(format!("make {}", folder.display())))
}

/// How long the emulator of a killed process may take to end, and how often that is looked at.
const LAST_BREATH: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A locked folder. Unlocked when dropped, whoever has inherited the file.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // It ends with the last copy of the file anyway.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

/// Takes the folder's lock and leaves this process's id in it, for the message that the next one shows.
///
/// The emulator inherits the lock: one that outlives a killed process for a moment still writes to the battery's file.
fn lock(folder: &Path) -> Result<Lock, RigError> {
    let path = folder.join("lock");
    let failed = || RigError::io(format!("lock {}", path.display()));
    let mut file =
        File::options().create(true).read(true).write(true).truncate(false).open(&path).map_err(failed())?;
    if !wait_for_the_dead(&mut file).map_err(failed())? {
        let holder = holder(&mut file).map_err(failed())?;
        return Err(RigError::Busy { path: folder.into(), holder });
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed())?;
    write!(file, "{}", std::process::id()).map_err(failed())?;
    fcntl_setfd(&file, FdFlags::empty()).map_err(|errno| failed()(errno.into()))?;
    Ok(Lock(file))
}

/// Takes the lock if nobody has it, or as soon as what is left of a holder that has ended lets it go.
#[expect(
    clippy::disallowed_methods,
    reason = "another process ends in wall time, before any clock of the bench runs"
)]
fn wait_for_the_dead(file: &mut File) -> io::Result<bool> {
    let mut waited = Duration::ZERO;
    loop {
        match flock(&*file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) => {}
            Err(errno) => return Err(errno.into()),
        }
        if waited >= LAST_BREATH || lives(&holder(file)?) {
            return Ok(false);
        }
        std::thread::sleep(LOOK_AGAIN);
        waited += LOOK_AGAIN;
    }
}

/// Who holds the lock: what it left in the file.
fn holder(file: &mut File) -> io::Result<String> {
    let mut holder = String::new();
    file.rewind()?;
    file.take(64).read_to_string(&mut holder)?;
    Ok(if holder.is_empty() { "unknown".into() } else { holder })
}

/// Whether the process runs. One that nobody has waited for yet has ended all the same.
fn lives(holder: &str) -> bool {
    let Some(pid) = holder.parse().ok().and_then(Pid::from_raw) else { return true };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(process) => {
            let mut ended = [PollFd::new(&process, PollFlags::IN)];
            poll(&mut ended, Some(&Timespec::default())) == Ok(0)
        }
        Err(errno) => errno != Errno::SRCH,
    }
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
    fn the_board_of_a_killed_process_is_free_when_its_emulator_has_ended() {
        use std::process::Command;
        let folder = tempfile::tempdir().unwrap();
        let mut ended = Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let left = folder.path().join("lock");
        fs::write(&left, ended.id().to_string()).unwrap();
        let lock = File::open(&left).unwrap();
        flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
        fcntl_setfd(&lock, FdFlags::empty()).unwrap();
        // It inherits the lock, as the emulator does, and alone holds it from here on.
        let mut emulator = Command::new("sleep").arg("60").spawn().unwrap();
        drop(lock);
        let second = File::open(&left).unwrap();
        assert_eq!(flock(&second, FlockOperation::NonBlockingLockExclusive), Err(Errno::WOULDBLOCK));
        let killer = std::thread::spawn(move || {
            emulator.kill().unwrap();
            emulator.wait().unwrap();
        });
        StateFolder::open(State::Kept, folder.path()).unwrap();
        killer.join().unwrap();
    }

    #[test]
    fn a_boards_keys_are_for_its_owners_eyes() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("board");
        for state in [State::Kept, State::Private, State::Leased] {
            let state = StateFolder::open(state, &kept).unwrap();
            let mode = fs::metadata(&state.path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", state.path.display());
        }
    }

    #[test]
    fn a_private_board_leaves_nothing() {
        let state = StateFolder::open(State::Private, "unused".as_ref()).unwrap();
        let path = state.path.clone();
        fs::write(state.file("flash.bin"), b"x").unwrap();
        drop(state);
        assert!(!path.exists());
    }

    #[test]
    fn many_that_lease_at_once_never_share_and_the_pool_is_no_larger_than_they_are_many() {
        const MANY: usize = 8;
        let rig = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..MANY {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let leased = StateFolder::open(State::Leased, rig.path()).unwrap();
                        let mark = leased.file("mine");
                        File::create_new(&mark).unwrap();
                        std::thread::yield_now();
                        fs::remove_file(&mark).unwrap();
                    }
                });
            }
        });
        assert!(fs::read_dir(rig.path().join("pool")).unwrap().count() <= MANY);
        let first = StateFolder::open(State::Leased, rig.path()).unwrap();
        assert_eq!(first.path, rig.path().join("pool/0"), "the first that is free");
    }
}
