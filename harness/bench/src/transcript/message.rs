//! A row of a transcript.

use std::{ops::RangeInclusive, time::Duration};

use payrig_tape::{Direction, Note, Piece};

use super::Meaning;

/// A row of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Something that is no line's.
    Note(Note),
    /// A message on a line.
    Message(Message),
}

/// A message on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The line's name.
    pub line: String,
    /// Which way it went.
    pub direction: Direction,
    /// Its number among those that went this way on this line, from 1.
    pub number: usize,
    /// The records of the tape that hold its first and its last byte.
    pub records: RangeInclusive<u64>,
    /// When its last byte came, since the tape's start.
    pub at: Duration,
    /// What it says.
    pub meaning: Meaning,
    /// What went over the line.
    pub pieces: Vec<Piece>,
}

impl Message {
    /// What it says, in a line.
    #[must_use]
    pub fn text(&self) -> String {
        self.meaning.text(&self.pieces)
    }

    /// The lines below the first: a screen as it was seen, the fields of a host message, the rows of a record.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        self.meaning.details(&self.pieces)
    }
}
