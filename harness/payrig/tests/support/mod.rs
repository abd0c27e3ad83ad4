//! A place of its own for the processes of a test, which finds every one that they start.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails the test")]

use std::{
    fs,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use payrig_tape::Recording;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
};
use tempfile::TempDir;

/// In the environment of every process of a desk and of all that these start.
const MARK: &str = "PAYRIG_TEST_DESK";
/// Longer than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder with a rig file, the board that it keeps, runs, and a temporary folder for all processes started from here.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        let text = fs::read_to_string(root().join("rigs/qemu.toml")).unwrap();
        let rig = text
            .replace("../target-firmware", root().join("target-firmware").to_str().unwrap())
            .replace("\"chips/", &format!("\"{}/", root().join("rigs/chips").display()))
            .replace("../target/rigs/qemu", "board");
        fs::write(folder.path().join("rig.toml"), rig).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `payrig` with these arguments on the emulated board, not started.
    pub fn payrig(&self, arguments: &[&str]) -> Command {
        self.payrig_on("rig.toml".as_ref(), arguments)
    }

    /// The same on another rig.
    pub fn payrig_on(&self, rig: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
        command.current_dir(self.folder.path()).args(arguments).arg("--rig").arg(rig);
        command.env("TMPDIR", self.path("tmp")).env(MARK, self.folder.path());
        command.env("PAYRIG_FIXTURES", root().join("fixtures")).env_remove("NEXTEST_RUN_ID");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Every process that was started from here, directly or not, and has not ended.
    pub fn processes(&self) -> Vec<Pid> {
        let mark = format!("{MARK}={}", self.folder.path().display()).into_bytes();
        let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            entry.unwrap().file_name().to_str().and_then(|name| name.parse::<i32>().ok())
        });
        let marked = numbers.filter(|number| {
            let environment = fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark)
        });
        marked.filter_map(Pid::from_raw).collect()
    }

    /// Waits until no process that was started from here is left; the test fails if one stays.
    pub fn wait_until_deserted(&self) {
        for _ in 0..1000 {
            let Some(pid) = self.processes().first().copied() else { return };
            if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
                assert!(ended_within(&process, LIMIT), "process {pid:?} is left");
            }
        }
        panic!("processes are left: {:?}", self.processes());
    }

    /// What is in the temporary folder.
    pub fn temporary(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The tapes of all cases under a run folder. Each must be readable.
    pub fn tapes(&self, run: &str) -> Vec<Recording> {
        let mut folders = vec![self.path(run)];
        let mut tapes = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == "tape.jsonl") {
                    // A kill between the file's making and its first record leaves an empty one.
                    tapes.push(payrig_tape::read(&path).unwrap_or_else(|error| panic!("{error}")));
                }
            }
        }
        tapes
    }
}

/// A process that a test looks at while it runs. Killed when it is dropped.
pub struct Running {
    child: Child,
    process: OwnedFd,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let process = pidfd_open(pid(&child), PidfdFlags::empty()).unwrap();
        Self { child, process }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it ends in this time.
    pub fn ended_within(&self, time: Duration) -> bool {
        ended_within(&self.process, time)
    }

    /// Lets it run until `condition` holds.
    pub fn until(&self, condition: impl Fn() -> bool) {
        while !condition() {
            assert!(!self.ended_within(Duration::from_millis(2)), "it ended before");
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn output(mut self) -> Output {
        use std::io::Read;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut err = self.child.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            err.read_to_end(&mut stderr).unwrap();
            stderr
        });
        self.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        let stderr = reader.join().unwrap();
        Output { status: self.child.wait().unwrap(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap()).unwrap()
}

fn ended_within(process: &OwnedFd, time: Duration) -> bool {
    let limit = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
    poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&limit)).unwrap() == 1
}

/// What it printed, for the message of a failing test.
pub fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat()
}
