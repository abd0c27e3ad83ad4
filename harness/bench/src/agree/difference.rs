//! Where two runs differ.

use std::{fmt, ops::RangeInclusive};

use payrig_tape::Direction;

use super::unit::Unit;
use crate::Message;

/// A place where two runs of a case differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line.
    pub line: String,
    /// Which way the message went; where the two differ in that, as the first has it.
    pub direction: Direction,
    /// What the first run has there.
    pub a: Option<Side>,
    /// What the second has.
    pub b: Option<Side>,
}

/// What one run has where two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The message's number on its line and in its direction, from 1.
    pub message: usize,
    /// The records of the tape that hold it.
    pub records: RangeInclusive<u64>,
    /// What it says.
    pub text: String,
    /// The lines of it that the other side does not have: of a screen, a record, a host message.
    pub details: Vec<String>,
}

impl Difference {
    pub(super) fn of((a, b): (Option<&Unit>, Option<&Unit>)) -> Option<Self> {
        let told = a.or(b)?.messages.first()?;
        let (line, direction) = (told.line.clone(), told.direction);
        let details = |unit: Option<&Unit>| {
            let messages = unit.map(|unit| unit.messages.as_slice()).unwrap_or_default();
            messages.iter().flat_map(Message::details).collect::<Vec<_>>()
        };
        let (of_a, of_b) = (details(a), details(b));
        let side = |unit: Option<&Unit>, own: &[String], other: &[String]| {
            let messages = &unit?.messages;
            let (first, last) = (messages.first()?, messages.last()?);
            let text: Vec<_> = messages.iter().map(Message::text).collect();
            Some(Side {
                message: first.number,
                records: *first.records.start()..=*last.records.end(),
                text: text.join(" "),
                details: own.iter().filter(|line| !other.contains(line)).cloned().collect(),
            })
        };
        Some(Self { line, direction, a: side(a, &of_a, &of_b), b: side(b, &of_b, &of_a) })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            Direction::FromTerminal => "from the terminal",
            Direction::ToTerminal => "to the terminal",
        };
        writeln!(f, "{}, {way}:", self.line)?;
        write_side(f, "first", self.a.as_ref())?;
        f.write_str("\n")?;
        write_side(f, "second", self.b.as_ref())
    }
}

fn write_side(f: &mut fmt::Formatter<'_>, name: &str, side: Option<&Side>) -> fmt::Result {
    let Some(side) = side else { return write!(f, "  {name:<6} has nothing there") };
    let (from, to) = (side.records.start(), side.records.end());
    write!(f, "  {name:<6} message {}, records {from} to {to}: {}", side.message, side.text)?;
    side.details.iter().try_for_each(|line| write!(f, "\n           {}", line.trim_end()))
}
