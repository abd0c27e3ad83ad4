//! The QEMU process: started without an image, killed with its owner, reaped always.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal};

use crate::config::MachineConfig;
use crate::error::{Exit, VprobeError};
use crate::qemu::battery;

/// How much of QEMU's standard error is kept.
const STDERR_KEPT: usize = 16 << 10;

/// Our ends of the connections to QEMU. They are socket pairs: no path, nothing to clean up.
pub(crate) struct Links {
    pub(crate) qtest: UnixStream,
    pub(crate) gdb: UnixStream,
    pub(crate) qmp: UnixStream,
}

/// Called once, when QEMU has ended.
pub(crate) type ExitCallback = Box<dyn FnOnce(&Exit) + Send>;

#[derive(Default)]
struct ExitState {
    killed: bool,
    exit: Option<Exit>,
    callbacks: Vec<ExitCallback>,
}

/// Where the watching thread leaves how QEMU ended.
#[derive(Default)]
pub(crate) struct ExitCell {
    state: Mutex<ExitState>,
    ended: Condvar,
}

impl ExitCell {
    fn lock(&self) -> MutexGuard<'_, ExitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How QEMU ended, if it has.
    pub(crate) fn get(&self) -> Option<Exit> {
        self.lock().exit.clone()
    }

    /// Waits until QEMU has ended, at most `limit`.
    pub(crate) fn wait(&self, limit: Duration) -> Option<Exit> {
        let waited = self.ended.wait_timeout_while(self.lock(), limit, |s| s.exit.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.exit.clone()
    }

    /// Calls `callback` when QEMU ends; at once if it has ended already.
    pub(crate) fn on_exit(&self, callback: ExitCallback) {
        let mut state = self.lock();
        match state.exit.clone() {
            Some(exit) => {
                drop(state);
                callback(&exit);
            }
            None => state.callbacks.push(callback),
        }
    }

    fn publish(&self, mut exit: Exit) {
        let mut state = self.lock();
        exit.expected = state.killed;
        state.exit = Some(exit.clone());
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        self.ended.notify_all();
        for callback in callbacks {
            callback(&exit);
        }
    }
}

/// A running QEMU. Dropping it kills and reaps the process.
pub(crate) struct QemuProcess {
    pidfd: OwnedFd,
    pid: u32,
    exit: Arc<ExitCell>,
    watcher: Option<JoinHandle<()>>,
}

impl QemuProcess {
    /// Starts QEMU, stopped before the first instruction and without any image.
    pub(crate) fn start(config: &MachineConfig) -> Result<(Self, Links), VprobeError> {
        // A missing folder would look like a missing emulator.
        if !config.work_dir.is_dir() {
            return Err(VprobeError::WorkDir { path: config.work_dir.clone() });
        }
        if let Some(path) = &config.battery_ram {
            battery::prepare(path)?;
        }
        let pair =
            || UnixStream::pair().map_err(|source| VprobeError::System { what: "a socket pair", source });
        let ((qtest, qtest_far), (gdb, gdb_far), (qmp, qmp_far)) = (pair()?, pair()?, pair()?);
        let command = command(config, [qtest_far.into(), gdb_far.into(), qmp_far.into()]);
        let exit = Arc::new(ExitCell::default());
        let (sender, receiver) = mpsc::channel();
        let cell = Arc::clone(&exit);
        // The parent-death signal follows the thread that starts the process, not the parent process: the
        // thread that watches QEMU starts it, and lives as long as it does.
        let watcher = std::thread::Builder::new()
            .name("vprobe-qemu".to_owned())
            .spawn(move || watch(command, &sender, &cell))
            .map_err(|source| VprobeError::System { what: "a thread", source })?;
        let binary = config.qemu_binary.clone();
        let started = receiver.recv().unwrap_or_else(|_| Err(io::Error::other("the starting thread ended")));
        match started {
            Ok((pidfd, pid)) => {
                Ok((Self { pidfd, pid, exit, watcher: Some(watcher) }, Links { qtest, gdb, qmp }))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(VprobeError::QemuMissing { binary }),
            Err(source) => Err(VprobeError::QemuStart { binary, source }),
        }
    }

    /// Where the process's end is told.
    pub(crate) fn exit(&self) -> &Arc<ExitCell> {
        &self.exit
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Kills QEMU at once and waits until it is reaped.
    pub(crate) fn kill(&mut self) {
        self.exit.lock().killed = true;
        // By pidfd: a process that has ended already cannot be mistaken for one that took its number.
        let _already_gone = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
        // What is called on exit runs on the watching thread, and may be what drops the machine.
        let here = std::thread::current().id();
        if let Some(watcher) = self.watcher.take().filter(|w| w.thread().id() != here) {
            let _panicked = watcher.join();
        }
    }
}

impl Drop for QemuProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts QEMU, tells so, and stays until it has ended.
fn watch(mut command: Command, started: &Sender<io::Result<(OwnedFd, u32)>>, cell: &ExitCell) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            let _gone = started.send(Err(e));
            return;
        }
    };
    // QEMU holds its own copies of the far ends: ours must go, or its end would not be seen.
    drop(command);
    let pidfd = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("QEMU has no process id"))
        .and_then(|pid| Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?));
    match pidfd {
        Ok(pidfd) => {
            let _gone = started.send(Ok((pidfd, child.id())));
        }
        Err(e) => {
            let _ended = child.kill();
            let _gone = started.send(Err(e));
        }
    }
    let stderr = read_tail(&mut child);
    cell.publish(Exit { status: child.wait().ok(), stderr, expected: false });
}

/// Reads the child's standard error until it is closed, and keeps the last part.
fn read_tail(child: &mut Child) -> String {
    let mut kept: Vec<u8> = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        let mut chunk = [0_u8; 4096];
        while let Ok(n @ 1..) = stderr.read(&mut chunk) {
            kept.extend_from_slice(chunk.get(..n).unwrap_or_default());
            kept.drain(..kept.len().saturating_sub(STDERR_KEPT));
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn command(config: &MachineConfig, far_ends: [OwnedFd; 3]) -> Command {
    let mut command = Command::new(program(&config.qemu_binary));
    let mut machine = config.qemu_machine.clone();
    if let Some(path) = &config.battery_ram {
        machine.push_str(",memory-backend=nv");
        command.arg("-object").arg(with_path("memory-backend-file,id=nv,size=16M,share=on,mem-path=", path));
    }
    command.args(["-machine", &machine, "-accel", "tcg", "-S"]);
    command.args(["-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-nic", "none"]);
    for (i, path) in config.serials.iter().enumerate() {
        let prefix = format!("socket,id=serial{i},server=off,path=");
        command.arg("-chardev").arg(with_path(&prefix, path));
        command.args(["-serial", &format!("chardev:serial{i}")]);
    }
    let [qtest, gdb, qmp] = far_ends.each_ref().map(|fd| fd.as_raw_fd());
    command.args(["-chardev", &format!("socket,id=qtest,fd={qtest}")]);
    command.args(["-object", "qtest,id=memory,chardev=qtest,log=/dev/null"]);
    command.args(["-chardev", &format!("socket,id=gdb,fd={gdb}"), "-gdb", "chardev:gdb"]);
    command.args(["-chardev", &format!("socket,id=qmp,fd={qmp}"), "-mon", "chardev=qmp,mode=control"]);
    command.current_dir(&config.work_dir);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    tie_to_parent(&mut command, far_ends);
    command
}

/// A bare name is looked for in `PATH`; a path counts from here, not from QEMU's working directory.
fn program(binary: &Path) -> PathBuf {
    let bare = binary.parent().is_none_or(|folder| folder.as_os_str().is_empty());
    if bare { binary.to_owned() } else { std::path::absolute(binary).unwrap_or_else(|_| binary.to_owned()) }
}

/// A QEMU option value that ends in a path: absolute, with commas doubled as QEMU wants them.
fn with_path(prefix: &str, path: &Path) -> OsString {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    OsString::from(format!("{prefix}{}", path.to_string_lossy().replace(',', ",,")))
}

/// Lets the child inherit its ends of the connections, and die when the thread that started it dies.
#[expect(unsafe_code, reason = "pre_exec has no safe counterpart")]
fn tie_to_parent(command: &mut Command, inherited: [OwnedFd; 3]) {
    let parent = rustix::process::getpid();
    let prepare = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have died before the signal was asked for.
        if rustix::process::getppid() != Some(parent) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        for fd in &inherited {
            rustix::io::fcntl_setfd(fd.as_fd(), rustix::io::FdFlags::empty())?;
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes four plain system calls and allocates nothing.
    unsafe { command.pre_exec(prepare) };
}
