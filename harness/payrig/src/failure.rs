//! How a command ends that cannot do what it was asked.

use std::process::ExitCode;

use miette::Diagnostic;
use payrig_bench::{RunFolderError, runner::OutputError, with_causes};
use payrig_rig::RigError;

/// All cases passed, or the command did what it was asked.
pub(crate) const OK: u8 = 0;
/// A case failed.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage or input.
pub(crate) const USAGE: u8 = 2;
/// The rig is at fault.
pub(crate) const RIG_FAULT: u8 = 3;

/// A sentence for the user and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// The user's input is wrong.
    pub(crate) fn usage(error: &dyn Diagnostic) -> Self {
        Self { code: USAGE, message: with_causes(&error), help: error.help().map(|h| h.to_string()) }
    }

    /// The user's input is wrong, in these words.
    pub(crate) fn input(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into(), help: Some(help.into()) }
    }

    /// The terminal did something else than it must.
    pub(crate) fn terminal(message: impl Into<String>) -> Self {
        Self { code: FAILED, message: message.into(), help: None }
    }

    /// The rig, or this machine, is at fault.
    pub(crate) fn rig(message: impl Into<String>) -> Self {
        Self { code: RIG_FAULT, message: message.into(), help: None }
    }

    /// The same with what to do about it.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Prints the sentence on standard error.
    pub(crate) fn report(self) -> ExitCode {
        let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
        anstream::eprintln!("{style}payrig:{style:#} {}", self.message);
        if let Some(help) = self.help {
            anstream::eprintln!("        {help}");
        }
        self.code.into()
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        Self { code: RIG_FAULT, ..Self::usage(&error) }
    }
}

impl From<RunFolderError> for Failure {
    fn from(error: RunFolderError) -> Self {
        let code = if matches!(error, RunFolderError::NoRun { .. }) { USAGE } else { RIG_FAULT };
        Self { code, ..Self::usage(&error) }
    }
}

impl From<RigError> for Failure {
    fn from(error: RigError) -> Self {
        let code = if error.is_usage() { USAGE } else { RIG_FAULT };
        Self { code, ..Self::usage(&error) }
    }
}
