//! The QEMU process: started without an image, killed with its owner, reaped always.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal};

use crate::config::MachineConfig;
use crate::error::VprobeError;
use crate::fate::Fate;
use crate::qemu::battery;

/// How much of QEMU's standard error is kept.
const STDERR_KEPT: usize = 16 << 10;

/// Our ends of the connections to QEMU. They are socket pairs: no path, nothing to clean up.
pub(crate) struct Links {
    pub(crate) qtest: UnixStream,
    pub(crate) gdb: UnixStream,
    pub(crate) qmp: UnixStream,
}

/// A running QEMU. Dropping it kills and reaps the process.
pub(crate) struct QemuProcess {
    pidfd: OwnedFd,
    fate: Arc<Fate>,
    watcher: Option<JoinHandle<()>>,
}

impl QemuProcess {
    /// Starts QEMU, stopped before the first instruction and without any image.
    pub(crate) fn start(config: &MachineConfig, fate: &Arc<Fate>) -> Result<(Self, Links), VprobeError> {
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
        let links = [qtest_far.into(), gdb_far.into(), qmp_far.into()];
        let far = FarEnds { links, lines: fate.lines().for_qemu()? };
        let command = command(config, far);
        let (sender, receiver) = mpsc::channel();
        let told = Arc::clone(fate);
        // The parent-death signal follows the thread that starts the process, not the parent process: the
        // thread that watches QEMU starts it, and lives as long as it does.
        let watcher = std::thread::Builder::new()
            .name("vprobe-qemu".to_owned())
            .spawn(move || watch(command, &sender, &told))
            .map_err(|source| VprobeError::System { what: "a thread", source })?;
        let binary = config.qemu_binary.clone();
        let started = receiver.recv().unwrap_or_else(|_| Err(io::Error::other("the starting thread ended")));
        match started {
            Ok(pidfd) => {
                let process = Self { pidfd, fate: Arc::clone(fate), watcher: Some(watcher) };
                Ok((process, Links { qtest, gdb, qmp }))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(VprobeError::QemuMissing { binary }),
            Err(source) => Err(VprobeError::QemuStart { binary, source }),
        }
    }

    /// Kills QEMU at once and waits until it is reaped.
    pub(crate) fn kill(&mut self) {
        let Some(watcher) = self.watcher.take() else { return };
        self.fate.kill_is_meant();
        // By pidfd: a process that has ended already cannot be mistaken for one that took its number.
        let _already_gone = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
        // What is called on exit runs on the watching thread, and may be what drops the machine.
        if watcher.thread().id() != std::thread::current().id() {
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
fn watch(mut command: Command, started: &Sender<io::Result<OwnedFd>>, fate: &Fate) {
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
            fate.begins(child.id());
            let _gone = started.send(Ok(pidfd));
        }
        Err(e) => {
            let _ended = child.kill();
            let _gone = started.send(Err(e));
        }
    }
    let stderr = read_tail(&mut child);
    fate.ended(child.wait().ok(), stderr);
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

/// What QEMU inherits: its ends of our connections and of the board's lines.
struct FarEnds {
    links: [OwnedFd; 3],
    lines: Vec<OwnedFd>,
}

fn command(config: &MachineConfig, far: FarEnds) -> Command {
    let mut command = Command::new(program(&config.qemu_binary));
    let mut machine = config.qemu_machine.clone();
    if let Some(path) = &config.battery_ram {
        machine.push_str(",memory-backend=nv");
        command.arg("-object").arg(with_path("memory-backend-file,id=nv,size=16M,share=on,mem-path=", path));
    }
    command.args(["-machine", &machine, "-accel", "tcg", "-S"]);
    command.args(["-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-nic", "none"]);
    for (i, line) in far.lines.iter().enumerate() {
        command.args(["-chardev", &format!("socket,id=serial{i},fd={}", line.as_raw_fd())]);
        command.args(["-serial", &format!("chardev:serial{i}")]);
    }
    let [qtest, gdb, qmp] = far.links.each_ref().map(|fd| fd.as_raw_fd());
    command.args(["-chardev", &format!("socket,id=qtest,fd={qtest}")]);
    command.args(["-object", "qtest,id=memory,chardev=qtest,log=/dev/null"]);
    command.args(["-chardev", &format!("socket,id=gdb,fd={gdb}"), "-gdb", "chardev:gdb"]);
    command.args(["-chardev", &format!("socket,id=qmp,fd={qmp}"), "-mon", "chardev=qmp,mode=control"]);
    command.current_dir(&config.work_dir);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    tie_to_parent(&mut command, far);
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
fn tie_to_parent(command: &mut Command, inherited: FarEnds) {
    let parent = rustix::process::getpid();
    let prepare = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have died before the signal was asked for.
        if rustix::process::getppid() != Some(parent) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        // A lockup makes QEMU abort; the file that this would leave behind is of no use.
        rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
        for fd in inherited.links.iter().chain(&inherited.lines) {
            rustix::io::fcntl_setfd(fd.as_fd(), rustix::io::FdFlags::empty())?;
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes plain system calls only and allocates nothing.
    unsafe { command.pre_exec(prepare) };
}
