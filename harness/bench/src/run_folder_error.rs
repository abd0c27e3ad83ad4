//! Why a run's folder cannot be used.

use std::{
    io,
    path::{Path, PathBuf},
};

use miette::Diagnostic;
use payrig_fixture::FixtureError;
use thiserror::Error;

/// A file or folder of a run that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum RunFolderError {
    /// The system refused something.
    #[error("failed to {action} {}: {source}", path.display())]
    #[diagnostic(help("{}", mend(source)))]
    File {
        /// What was being done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of results is none.
    #[error("{}:{line}:{column}: these are no results that this payrig reads: {reason}", path.display())]
    #[diagnostic(help("delete the file: it is damaged, or of another version of payrig"))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was expected.
        reason: String,
    },
    /// The requirements' file cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Requirements(#[from] FixtureError),
    /// Nothing was ever run.
    #[error("there is no run on {rig} in {}", runs.display())]
    #[diagnostic(help("run the cases once without `--last-failed`"))]
    NoRun {
        /// Where runs were looked for.
        runs: PathBuf,
        /// The rig's name.
        rig: String,
    },
}

impl RunFolderError {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn broken(path: &Path, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line().max(1), error.column().max(1));
        // The place is told before; the library tells it once more at the end.
        let said = error.to_string();
        let reason = said.split(" at line ").next().unwrap_or(&said).to_owned();
        Self::Broken { path: path.to_owned(), line, column, reason }
    }
}

/// What to do about a file that the system refused.
pub(crate) fn mend(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::WriteZero => {
            "make room on that disk, or name a folder on another one with `--run-dir DIR`"
        }
        _ => "see that the folder can be written, or name another one with `--run-dir DIR`",
    }
}
