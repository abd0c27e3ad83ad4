//! What can go wrong with a rig, and whose fault it is.

use std::{io, path::PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// A rig that cannot be used. [`RigError::is_usage`] tells a wrong file (exit code 2) from a broken bench (3).
#[derive(Debug, Error, Diagnostic)]
pub enum RigError {
    /// The rig file cannot be read, or is no rig file.
    #[error(transparent)]
    #[diagnostic(help("rigs are files of the folder `rigs`: compare with rigs/qemu.toml or rigs/sim.toml"))]
    File(#[from] payrig_fixture::FixtureError),

    /// Two things that a rig file says do not go together.
    #[error("{}: {message}", path.display())]
    #[diagnostic(help("{help}"))]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// What does not go together.
        message: String,
        /// What to do.
        help: String,
    },

    /// The chip file is no probe-rs target description, or has no such chip.
    #[error("{}: {message}", path.display())]
    #[diagnostic(help(
        "compare with rigs/chips/mps2-an386.yaml; `chip` and `chip-file` in the rig's file must go together"
    ))]
    ChipFile {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected.
        message: String,
    },

    /// The image is not usable for this board.
    #[error("{place}: {message}")]
    #[diagnostic(help("build it with `ci/firmware`"))]
    Image {
        /// `file`, or `file: byte offset`.
        place: String,
        /// What was found and what was expected.
        message: String,
    },

    /// The image has not been built.
    #[error("{}: there is no image yet", path.display())]
    #[diagnostic(help("build it with `ci/firmware {board}`"))]
    NoImage {
        /// Where it was looked for.
        path: PathBuf,
        /// The board to build it for.
        board: String,
    },

    /// The image has no such symbol.
    #[error("the image has no symbol {symbol}")]
    #[diagnostic(help(
        "the symbols that a terminal must have are listed in firmware/terminal/INTERFACE.md, section 11"
    ))]
    NoSymbol {
        /// The symbol asked for.
        symbol: String,
    },

    /// This kind of board has no such interface.
    #[error("the {board} board has no interface for {interface}")]
    #[diagnostic(help("run the case on a rig that has it: `payrig doctor` lists what each rig can do"))]
    NoSuchInterface {
        /// The board's kind.
        board: &'static str,
        /// What was asked of it.
        interface: &'static str,
    },

    /// A call came at a time when the board cannot follow it.
    #[error("the board is {state}: it cannot {action} now")]
    State {
        /// `on` or `off`.
        state: &'static str,
        /// What was asked.
        action: &'static str,
    },

    /// What flash holds is not the image.
    #[error("flash differs from the image at {address:#010x}: {found:#04x} instead of {expected:#04x}")]
    #[diagnostic(help("flash the board again; if it stays, the flash or the probe is bad"))]
    FlashDiffers {
        /// First address that differs.
        address: u64,
        /// The image's byte.
        expected: u8,
        /// The flash's byte.
        found: u8,
    },

    /// No device answers on a line.
    #[error("the {line} line has no device: {device}: {source}")]
    #[diagnostic(help(
        "power the device and look at its cable, or correct `{line}` under [lines] in the rig's file"
    ))]
    NoDevice {
        /// The line.
        line: crate::LineName,
        /// Where the device was looked for.
        device: String,
        /// What the system said.
        source: io::Error,
    },

    /// The debug probe or probe-rs failed.
    #[error("the debug probe failed to {action}: {message}")]
    Probe {
        /// What was being done.
        action: &'static str,
        /// The chain of causes.
        message: String,
    },

    /// The virtual debug probe or the emulator behind it failed.
    #[error(transparent)]
    #[diagnostic(help("`payrig doctor` says what is missing on this machine and how to mend it"))]
    Emulator(#[from] payrig_vprobe::VprobeError),

    /// Another run holds the board.
    #[error("the board of {} is in use by process {holder}", path.display())]
    #[diagnostic(help("end that process, or wait for it"))]
    Busy {
        /// The rig's state folder.
        path: PathBuf,
        /// Who holds it: a process id, or `unknown`.
        holder: String,
    },

    /// Somebody keeps a device for himself.
    #[error(
        "{device} is in use by process {holder} (waited {seconds} s): end that process, or begin again when it is done"
    )]
    DeviceBusy {
        /// Where the device answers.
        device: String,
        /// A process id, or `unknown`.
        holder: String,
        /// How long it was waited for.
        seconds: u64,
    },

    /// The operating system refused something.
    #[error("failed to {action}: {source}")]
    Io {
        /// What was being done, with the file's name.
        action: String,
        /// What the system said.
        source: io::Error,
    },
}

impl RigError {
    /// Whether the user's input is wrong, rather than the bench.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::File(_) | Self::Inconsistent { .. } | Self::ChipFile { .. } | Self::Image { .. })
    }

    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
