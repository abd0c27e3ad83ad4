//! What can go wrong with the emulated board, as sentences.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// How a QEMU process ended.
#[derive(Debug, Clone)]
pub struct Exit {
    /// The process's status; `None` when it could not be collected.
    pub status: Option<ExitStatus>,
    /// The last 16 KiB that QEMU wrote to its standard error.
    pub stderr: String,
    /// Whether the machine was switched off on purpose.
    pub expected: bool,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => write!(f, "status unknown")?,
        }
        // A fatal QEMU error is followed by a register dump: the first lines say what happened.
        let telling = |line: &&str| !line.trim().is_empty() && !line.contains("warning:");
        let said: Vec<&str> = self.stderr.lines().filter(telling).take(2).collect();
        if said.is_empty() {
            write!(f, "; it said nothing")
        } else {
            write!(f, "; it said: {}", said.join(" / "))
        }
    }
}

/// The three connections to a QEMU process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Memory and device access.
    Qtest,
    /// Registers, breakpoints and run control.
    Gdb,
    /// Reset and events.
    Qmp,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qtest => "qtest",
            Self::Gdb => "gdbstub",
            Self::Qmp => "QMP",
        })
    }
}

/// Why an emulated board does not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum VprobeError {
    /// The emulator is not installed.
    #[error("cannot find `{}`: the emulated board needs QEMU for Arm; `ci/setup` installs it", binary.display())]
    QemuMissing {
        /// The binary that was looked for.
        binary: PathBuf,
    },
    /// The emulator could not be started.
    #[error("cannot start `{}`", binary.display())]
    QemuStart {
        /// The binary that was started.
        binary: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The emulator ended although nobody switched it off.
    #[error("QEMU ended by itself: {0}")]
    QemuExited(Exit),
    /// QEMU emulates the machine, but the probe does not know its chip.
    #[error("the virtual probe has no model of the machine `{name}`: it knows {known}")]
    UnknownMachine {
        /// The machine's name.
        name: String,
        /// The known names.
        known: String,
    },
    /// Nothing answers at these addresses.
    #[error("nothing is mapped at {address:#010x} to {:#010x} of the board", u64::from(*address) + *length as u64)]
    Unmapped {
        /// First address.
        address: u32,
        /// Number of bytes.
        length: usize,
    },
    /// A serial line that the harness does not listen on.
    #[error("cannot connect the board's line to {}: listen there before the board is switched on", path.display())]
    Line {
        /// The socket.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The board is switched off.
    #[error("the board is switched off")]
    Off,
    /// A connection to QEMU broke, or QEMU did not answer in time.
    #[error("QEMU's {link} connection failed while {doing}")]
    Link {
        /// Which connection.
        link: Link,
        /// What was being done.
        doing: String,
        /// What the system answered.
        source: io::Error,
    },
    /// QEMU answered something unforeseen.
    #[error("QEMU's {link} connection answered `{got}` to `{asked}`")]
    Answer {
        /// Which connection.
        link: Link,
        /// The request.
        asked: String,
        /// The answer.
        got: String,
    },
    /// A file that the board keeps its memory in cannot be used.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// The verb: read, write, create.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A memory file of another size than the memory.
    #[error(
        "{} has {found} bytes, but the {what} has {expected}: give another file, or delete it to begin with a blank one",
        path.display()
    )]
    FileSize {
        /// The file.
        path: PathBuf,
        /// The memory's name.
        what: &'static str,
        /// The memory's size in bytes.
        expected: u64,
        /// The file's size in bytes.
        found: u64,
    },
    /// The working directory does not exist.
    #[error("{} is no folder: the emulator needs one to work in", path.display())]
    WorkDir {
        /// The path that was given.
        path: PathBuf,
    },
    /// A socket path that cannot be used.
    #[error("cannot listen on {}: {why}", path.display())]
    Socket {
        /// The socket's path.
        path: PathBuf,
        /// The reason, as a clause.
        why: String,
    },
    /// A thread or socket pair could not be made.
    #[error("cannot make {what}")]
    System {
        /// What was to be made.
        what: &'static str,
        /// What the system answered.
        source: io::Error,
    },
}

impl VprobeError {
    /// Makes the closure that turns an I/O error on `link` into an error that says what was being done.
    pub(crate) fn on(link: Link, doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| {
            // A socket's time limit shows as "resource temporarily unavailable".
            let timed_out = source.kind() == io::ErrorKind::WouldBlock;
            let source = if timed_out { io::ErrorKind::TimedOut.into() } else { source };
            Self::Link { link, doing, source }
        }
    }
}
