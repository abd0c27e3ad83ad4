//! A tape that was read back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::lens::{Direction, Lens};
use crate::piece::{Piece, join};
use crate::record::About;

/// A chunk that went over a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number of the record on the tape.
    pub n: u64,
    /// Time since the tape's start.
    pub at: Duration,
    /// The line's name.
    pub line: String,
    /// Which way it went.
    pub direction: Direction,
    /// What went.
    pub data: Vec<Piece>,
}

/// Something recorded that is no line's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Number of the record on the tape.
    pub n: u64,
    /// Time since the tape's start.
    pub at: Duration,
    /// What it is about: `power`, `step`, ...
    pub kind: String,
    /// What happened.
    pub text: String,
}

/// One entry of the tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A line was declared: at this time, with this name and lens.
    Line {
        /// Number of the record on the tape.
        n: u64,
        /// Time since the tape's start.
        at: Duration,
        /// The line's name.
        name: String,
        /// How it is looked at.
        lens: Lens,
    },
    /// Bytes on a line.
    Event(Event),
    /// A note.
    Note(Note),
}

impl Entry {
    /// Number of the record on the tape.
    pub fn n(&self) -> u64 {
        match self {
            Self::Line { n, .. } => *n,
            Self::Event(event) => event.n,
            Self::Note(note) => note.n,
        }
    }

    /// Time since the tape's start.
    pub fn at(&self) -> Duration {
        match self {
            Self::Line { at, .. } => *at,
            Self::Event(event) => event.at,
            Self::Note(note) => note.at,
        }
    }
}

/// The counts that a finished tape ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Number of the record on the tape.
    pub n: u64,
    /// Time since the tape's start.
    pub at: Duration,
    /// Chunks.
    pub events: u64,
    /// Notes.
    pub notes: u64,
    /// Bytes of all lines.
    pub bytes: u64,
}

/// A tape, in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Case and rig.
    pub about: About,
    /// Everything recorded, in order.
    pub entries: Vec<Entry>,
    /// The end record.
    pub end: Option<End>,
    /// Whether the tape was finished and nothing is missing.
    pub complete: bool,
    /// Bytes of a last line that was cut off.
    pub torn: usize,
    /// Chunks of which a part or the whole was held back and never written.
    pub missing: u64,
}

impl Recording {
    /// The lines with the lens that they ended with.
    pub fn lines(&self) -> BTreeMap<&str, Lens> {
        let lines = self.entries.iter().filter_map(|entry| match entry {
            Entry::Line { name, lens, .. } => Some((name.as_str(), *lens)),
            _ => None,
        });
        lines.collect()
    }

    /// All chunks in order of time.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => Some(event),
            _ => None,
        })
    }

    /// All notes in order of time.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Note(note) => Some(note),
            _ => None,
        })
    }

    /// All that went over a line one way, without chunk boundaries: for snapshots and [`restore`](crate::restore()).
    pub fn stream(&self, line: &str, direction: Direction) -> Vec<Piece> {
        let events = self.events().filter(|event| event.line == line && event.direction == direction);
        join(events.flat_map(|event| event.data.iter().cloned()))
    }
}
