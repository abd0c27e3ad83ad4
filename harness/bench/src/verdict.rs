//! How a case ended, and why.

use std::{any::Any, error::Error, fmt, time::Duration};

use miette::Diagnostic;
use payrig_fixture::FixtureError;
use payrig_rig::{Capability, RigError, lacking};
use serde::{Deserialize, Serialize};

use crate::{Late, RunFolderError, run_folder::TRY};

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The terminal did what it must.
    Pass,
    /// The terminal is wrong.
    Fail,
    /// The bench is wrong; says nothing about the terminal.
    RigFault,
    /// The rig lacks what the case needs; never counts as coverage.
    NotRun,
    /// The case ended, but an observation that the verdict needs is missing.
    Inconclusive,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::RigFault, Self::NotRun, Self::Inconclusive];

    /// The word in results and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::RigFault => "rig-fault",
            Self::NotRun => "not-run",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a case did not pass.
#[derive(Debug)]
pub enum Finding {
    /// The terminal did something else than it must.
    Terminal(String),
    /// The bench failed.
    Rig(String),
    /// The rig has no such capability.
    Lacks(Vec<Capability>),
    /// An observation is missing.
    Missing(String),
}

impl Finding {
    /// The terminal did something else than it must.
    pub fn terminal(why: impl Into<String>) -> Self {
        Self::Terminal(why.into())
    }

    /// A part of the bench panicked.
    pub(crate) fn panicked(part: &str, panic: &(dyn Any + Send)) -> Self {
        Self::Rig(format!("the {part} panicked, which is a defect of it: {}", said(panic)))
    }

    /// A part of the bench that failed, with what to do about it.
    fn with_help(error: &impl Diagnostic) -> Self {
        let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
        Self::Rig(format!("{}{help}", with_causes(error)))
    }

    /// The verdict that follows from it.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Terminal(_) => Verdict::Fail,
            Self::Rig(_) => Verdict::RigFault,
            Self::Lacks(_) => Verdict::NotRun,
            Self::Missing(_) => Verdict::Inconclusive,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminal(why) | Self::Rig(why) | Self::Missing(why) => f.write_str(why),
            Self::Lacks(capabilities) => write!(f, "this rig{}", lacking(capabilities)),
        }
    }
}

impl From<RigError> for Finding {
    fn from(error: RigError) -> Self {
        Self::with_help(&error)
    }
}

impl From<FixtureError> for Finding {
    fn from(error: FixtureError) -> Self {
        Self::Rig(error.to_string())
    }
}

impl From<RunFolderError> for Finding {
    fn from(error: RunFolderError) -> Self {
        Self::with_help(&error)
    }
}

/// What an error says, with each cause that it does not tell itself.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        let said = this.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = this.source();
    }
    text
}

/// What a panic says.
pub(crate) fn said(panic: &(dyn Any + Send)) -> &str {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// A time that a case measured on the bench's clock, or of the probe at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
}

/// What there was to see when a case failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Aftermath {
    /// The step with its file and line, or the expectation; nothing for a case that is no file's.
    pub step: Option<String>,
    /// The screen as the operator saw it; nothing without power.
    pub screen: Option<String>,
    /// The last messages of the host line, each on one row.
    pub messages: Vec<String>,
    /// How late the bench was before the last bytes went over a line, where its clock is the wall's and it was late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

/// What is known of a case that has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The case's name, `group::case` or `group::case[parameter=value]`.
    pub case: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, unless it passed.
    pub why: Option<String>,
    /// The requirements that the case covers.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Wall time of the whole case, flashing included, in seconds.
    pub wall_seconds: f64,
    /// Time of the whole case on the bench's clock, in seconds: on a rig of virtual time this is what the terminal lived through.
    #[serde(default)]
    pub clock_seconds: f64,
    /// What the case measured.
    pub figures: Vec<Figure>,
    /// What there was to see when it failed.
    #[serde(default)]
    pub aftermath: Option<Aftermath>,
    /// The case's folder, relative to the run folder.
    pub folder: String,
}

impl Report {
    /// The wall time as a duration. Reports are read from files: a time that none can be is zero.
    pub fn wall(&self) -> Duration {
        Duration::try_from_secs_f64(self.wall_seconds).unwrap_or_default()
    }

    /// What the case belongs to: `sign-on` of `sign-on::succeeds`.
    pub fn group(&self) -> &str {
        self.case.split("::").next().unwrap_or_default()
    }

    /// The how manieth try of the case in this run folder it was, from 1.
    pub fn attempt(&self) -> u32 {
        self.folder.rsplit_once(TRY).and_then(|(_, n)| n.parse().ok()).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Outer(&'static str, #[source] std::io::Error);

    #[test]
    fn every_cause_is_told_once() {
        let full = || std::io::Error::other("no space left");
        assert_eq!(with_causes(&Outer("cannot write x", full())), "cannot write x: no space left");
        assert_eq!(with_causes(&Outer("x: no space left", full())), "x: no space left");
    }
}
