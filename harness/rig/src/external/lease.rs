//! A device is used by one case at a time, whichever process plays it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
    process::getuid,
};
use sha2::{Digest, Sha256};
use tokio::time::sleep;

use crate::RigError;

/// How often somebody who waits looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// After how long it is said that somebody waits.
const SAY_SO: Duration = Duration::from_secs(1);

/// How long one holder is waited for. Cases that take turns are several holders, also where one process plays them.
const BOUNDS: Bounds = Bounds { of_another: Duration::from_secs(300), of_ours: Duration::from_secs(3600) };

/// The leases of this process, by their files.
static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// What tells one lease of this process from the next, in the file.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The right to use a device. It ends with its owner, however that ends.
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    _file: File,
}

/// How long one holder is waited for.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// In another process: a run there, or a person at a panel.
    of_another: Duration,
    /// A case of this process, which has a limit of its own.
    of_ours: Duration,
}

/// Who is waited for, and since when.
struct Waiting {
    begun: Instant,
    holder: String,
    since: Instant,
    said: bool,
}

impl Lease {
    /// Takes the lease of the device called `name`, as soon as whoever has it lets it go.
    ///
    /// # Errors
    /// [`RigError::DeviceBusy`] if one holder keeps it for minutes.
    pub(super) async fn take(name: &str) -> Result<Self, RigError> {
        Self::take_within(name, BOUNDS, |told| _ = writeln!(io::stderr(), "payrig: {told}")).await
    }

    async fn take_within(name: &str, bounds: Bounds, say: impl Fn(&str)) -> Result<Self, RigError> {
        let path = path(name);
        let mut waiting = Waiting::begin();
        loop {
            let taken = Self::try_take(&path);
            if let Some(lease) = taken.map_err(RigError::io(format!("lease {name} by {}", path.display())))? {
                return Ok(lease);
            }
            waiting.goes_on(name, &path, bounds, &say)?;
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Takes it if nobody has it.
    fn try_take(path: &Path) -> io::Result<Option<Self>> {
        // None is taken that `remove_leases` would not know of.
        let mut held = held();
        let mut file = open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // Whoever had it has removed the file: another one may stand for the device by now.
            Ok(()) if !is_at(&file, path)? => Ok(None),
            Ok(()) => {
                file.set_len(0)?;
                writeln!(file, "{} {}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed))?;
                held.insert(path.to_owned());
                Ok(Some(Self { path: path.to_owned(), _file: file }))
            }
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The file goes before its lock does.
impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = held();
        // One that stays is taken by the next.
        let _ = fs::remove_file(&self.path);
        held.remove(&self.path);
    }
}

#[expect(clippy::disallowed_methods, reason = "processes wait for each other in wall time")]
impl Waiting {
    fn begin() -> Self {
        let now = Instant::now();
        Self { begun: now, holder: String::new(), since: now, said: false }
    }

    /// Somebody has the lease still: says so once, and ends when it is the same one for too long.
    fn goes_on(
        &mut self,
        device: &str,
        path: &Path,
        bounds: Bounds,
        say: impl Fn(&str),
    ) -> Result<(), RigError> {
        let holder = fs::read_to_string(path).unwrap_or_default();
        if holder != self.holder {
            (self.holder, self.since) = (holder, Instant::now());
        }
        let process = self.holder.split_whitespace().next().unwrap_or("unknown");
        let ours = process == process::id().to_string();
        if !self.said && !ours && self.begun.elapsed() >= SAY_SO {
            self.said = true;
            say(&format!("waiting for {device}, which process {process} uses"));
        }
        let bound = if ours { bounds.of_ours } else { bounds.of_another };
        if self.since.elapsed() < bound {
            return Ok(());
        }
        Err(RigError::DeviceBusy {
            device: device.to_owned(),
            holder: process.to_owned(),
            seconds: bound.as_secs(),
        })
    }
}

/// Removes the files of this process's leases: for a process that is about to end without dropping them. None can be taken from
/// here on.
pub(crate) fn remove_leases() {
    let held = held();
    for path in held.iter() {
        let _ = fs::remove_file(path);
    }
    std::mem::forget(held);
}

fn held() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file that stands for the device.
fn path(name: &str) -> PathBuf {
    let digest = Sha256::digest(name.as_bytes());
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    std::env::temp_dir().join(format!("payrig-line-{}-{digest}.lock", getuid().as_raw()))
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    let about = file.metadata()?;
    // Nobody else's file holds up our cases.
    if about.is_file() && about.uid() == getuid().as_raw() {
        Ok(file)
    } else {
        Err(ErrorKind::PermissionDenied.into())
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (file.metadata()?.dev(), file.metadata()?.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_has_a_device_and_the_next_waits_for_it() {
        let name = format!("tty:/dev/a-test-of-{}", std::process::id());
        let first = Lease::take(&name).await.unwrap();
        let second = Lease::take(&name);
        tokio::pin!(second);
        assert!(timeout(Duration::from_millis(100), &mut second).await.is_err(), "two have it");
        Lease::take(&format!("{name}-other")).await.unwrap();
        drop(first);
        let second = timeout(Duration::from_secs(10), second).await.unwrap().unwrap();
        assert!(path(&name).exists());
        drop(second);
        assert!(!path(&name).exists(), "it leaves nothing");
    }

    #[tokio::test]
    async fn who_waits_says_so_and_ends_with_the_holders_process() {
        let name = format!("tty:/dev/a-test-of-{}-waiting", std::process::id());
        let by_another = open(&path(&name)).unwrap();
        flock(&by_another, FlockOperation::NonBlockingLockExclusive).unwrap();
        fs::write(path(&name), "4194305 1\n").unwrap();
        let bounds = Bounds { of_another: Duration::from_millis(1500), of_ours: Duration::from_secs(3600) };
        let said = std::cell::RefCell::new(Vec::new());
        let waits = Lease::take_within(&name, bounds, |told| said.borrow_mut().push(told.to_owned()));
        let error = timeout(Duration::from_secs(20), waits).await.unwrap().unwrap_err();
        fs::remove_file(path(&name)).unwrap();
        assert_eq!(*said.borrow(), [format!("waiting for {name}, which process 4194305 uses")]);
        let told = error.to_string();
        assert!(
            told.starts_with(&format!("{name} is in use by process 4194305 (waited 1 s)"))
                && told.contains("end that process"),
            "{told}"
        );
        assert!(!error.is_usage());
    }
}
