//! What the lines did last, for whoever watches a case from outside.

use std::fmt;
use std::time::Duration;

use crate::lens::Direction;

/// Bytes of one line and direction that come closer than this belong together: a slow line brings them one by one.
const TOGETHER: Duration = Duration::from_millis(100);

/// Bytes that went over a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The line's name.
    pub line: String,
    /// Who sent them.
    pub direction: Direction,
    /// How many.
    pub bytes: u64,
    /// When the last of them came, since the tape's start.
    pub at: Duration,
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, direction, bytes, at } = self;
        let from = match direction {
            Direction::FromTerminal => "from",
            Direction::ToTerminal => "to",
        };
        let unit = if *bytes == 1 { "byte" } else { "bytes" };
        write!(f, "{line}, {from} the terminal, {bytes} {unit} at {:.3} s", at.as_secs_f64())
    }
}

/// What was recorded, apart from the file: a watcher never waits for somebody who writes it.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// How many records there are.
    pub(crate) records: u64,
    pub(crate) last: Option<Activity>,
}

impl Recent {
    /// Bytes that went over a line now.
    pub(crate) fn bytes(&mut self, line: &str, direction: Direction, bytes: usize, at: Duration) {
        let bytes = bytes as u64;
        match &mut self.last {
            Some(last)
                if last.line == line
                    && last.direction == direction
                    && at.saturating_sub(last.at) < TOGETHER =>
            {
                last.bytes += bytes;
                last.at = at;
            }
            last => *last = Some(Activity { line: line.into(), direction, bytes, at }),
        }
    }
}
