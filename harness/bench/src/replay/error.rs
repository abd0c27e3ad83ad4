//! Why a tape cannot be replayed.

use std::{io, path::PathBuf};

use miette::Diagnostic;
use payrig_tape::ReadError;

/// Why a tape cannot be replayed. [`ReplayError::is_usage`] tells a wrong input (exit code 2) from a terminal that hangs (1) and a
/// machine that fails (3).
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ReplayError {
    /// There is no such folder.
    #[error("{}: there is no such folder", path.display())]
    #[diagnostic(help("name the folder of a case, such as runs/20261122-194027-qemu/sign-on/succeeds"))]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds no tape.
    #[error("{}: there is no tape.jsonl in it", path.display())]
    #[diagnostic(help("{hint}"))]
    NoTape {
        /// The folder.
        path: PathBuf,
        /// What to name instead.
        hint: String,
    },
    /// The case was not run.
    #[error("{}: the case was not run, so that there is no tape: {why}", path.display())]
    #[diagnostic(help("replay it from a run on a rig that can run it"))]
    NotRun {
        /// The folder.
        path: PathBuf,
        /// What the rig lacks.
        why: String,
    },
    /// The tape cannot be read.
    #[error("{}", on_one_line(.0))]
    #[diagnostic(help("a damaged tape is no record of a run: take another, or run the case again"))]
    Tape(#[source] ReadError),
    /// What the case was played with is not known.
    #[error("failed to read {}: {source}", path.display())]
    #[diagnostic(help(
        "it says which fixtures hold the values of the tape's tokens; run the case again where it is missing"
    ))]
    Played {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A fixture that the case was played with cannot be used.
    #[error("{0}")]
    #[diagnostic(help("name the fixtures that the run was made with: --fixtures DIR"))]
    Fixture(String),
    /// A token stands for a value that the fixtures do not hold.
    #[error("{}: record {n}: {reason}", path.display())]
    #[diagnostic(help(
        "name the fixtures that the run was made with: --fixtures DIR; a value that a person typed cannot be had back"
    ))]
    Secret {
        /// The tape.
        path: PathBuf,
        /// The record's number.
        n: u64,
        /// Which token, and what is wrong with its value.
        reason: String,
    },
    /// A record of the tape makes no sense.
    #[error("{}: record {n}: {reason}", path.display())]
    #[diagnostic(help("a damaged tape is no record of a run: take another, or run the case again"))]
    Record {
        /// The tape.
        path: PathBuf,
        /// The record's number.
        n: u64,
        /// What was expected.
        reason: String,
    },
    /// The recorded board had a life before the tape.
    #[error("{}: record {n}: the tape begins with a board that was not new: {found}", path.display())]
    #[diagnostic(help(
        "what its memory held is not on the tape; a session that can be replayed is begun with `payrig panel --blank`"
    ))]
    NotNew {
        /// The tape.
        path: PathBuf,
        /// The record's number.
        n: u64,
        /// Its boot and its state.
        found: String,
    },
    /// The simulated terminal keeps the thread for itself.
    #[error(
        "the simulated terminal does not await: after record {n} nothing else has run for {seconds} s of wall time"
    )]
    #[diagnostic(help(
        "it spins in what that record sets off: attach a debugger to a rig on which the case runs"
    ))]
    Spins {
        /// How long it was watched.
        seconds: u64,
        /// The last record that was played.
        n: u64,
    },
    /// This machine fails.
    #[error("{0}")]
    Machine(String),
}

impl From<ReadError> for ReplayError {
    fn from(error: ReadError) -> Self {
        Self::Tape(error)
    }
}

impl ReplayError {
    /// Whether the user's input is wrong, rather than the terminal or this machine.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Spins { .. } | Self::Machine(_))
    }
}

/// What a damaged record says is repeated in the error; it may hold line ends.
fn on_one_line(error: &ReadError) -> String {
    error
        .to_string()
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}
