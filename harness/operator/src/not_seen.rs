//! A message that the panel did not show in time.

use std::{fmt, time::Duration};

use crate::screen::Screen;

/// What was expected of the panel, what it showed, and for how long it was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSeen {
    /// The message ids, any of which would have done.
    pub expected: Vec<String>,
    /// The screen at the end; blank when the terminal had drawn none since its boot.
    pub shown: Screen,
    /// For how long it had been shown by then; nothing where there was none.
    pub shown_for: Option<Duration>,
    /// The limit.
    pub within: Duration,
    /// How long the panel was watched; shorter than the limit when the line closed.
    pub waited: Duration,
    /// The message ids of the screens that came in that time, in order.
    pub passed: Vec<String>,
    /// The panel line closed, so that nothing more could come.
    pub line_closed: bool,
}

impl fmt::Display for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected.join(" or ");
        write!(f, "expected screen {expected} within {:?}, but ", self.within)?;
        if self.line_closed {
            write!(f, "the panel line closed after {:?}; it last showed", self.waited)?;
        } else {
            write!(f, "after {:?} the panel shows", self.waited)?;
        }
        match self.shown.message_id.as_str() {
            "" => writeln!(f, " a screen without a message id:")?,
            id => writeln!(f, " {id}:")?,
        }
        writeln!(f, "{}", self.shown)?;
        match self.passed.as_slice() {
            [] => write!(f, "no screen came in that time"),
            passed => write!(f, "screens that came in that time: {}", passed.join(", ")),
        }
    }
}

impl std::error::Error for NotSeen {}

/// A boot line that did not come in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a boot line within {within:?}, but {}; the panel shows:\n{shown}", why(.line_closed, .bad))]
pub struct NoBoot {
    /// The limit.
    pub within: Duration,
    /// The screen at the end.
    pub shown: Screen,
    /// The panel line closed.
    pub line_closed: bool,
    /// Why the last line that began like a boot line is none, where there was one.
    pub bad: Option<String>,
}

fn why(line_closed: &bool, bad: &Option<String>) -> String {
    match (bad, line_closed) {
        (Some(bad), _) => bad.clone(),
        (None, true) => "the panel line closed".to_owned(),
        (None, false) => "none came".to_owned(),
    }
}
