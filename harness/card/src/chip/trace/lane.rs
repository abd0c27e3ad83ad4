//! One direction of the line: bytes to characters and signals, with their places.

use std::ops::Range;

use super::SlotSignal;

/// What a byte completes.
pub(super) enum Read {
    /// A character; nothing where its value is withheld.
    Character(Option<u8>),
    Signal(SlotSignal),
    /// An escape that means nothing, or the one before a character with a parity error.
    Nothing,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Plain,
    Escaped,
    Level(u8),
}

#[derive(Default)]
pub(super) struct Lane {
    state: State,
    /// The bytes so far.
    at: u64,
    /// Where the bytes begin that are in no item yet.
    begin: u64,
    /// Where the last whole character ends.
    end: u64,
    /// The characters of the item to come, in the card's convention.
    pub(super) characters: Vec<Option<u8>>,
    /// One of them was harmed.
    pub(super) is_harmed: bool,
    /// The next character comes with a parity error.
    pub(super) harms_next: bool,
}

impl Lane {
    /// Takes a byte; nothing while more are needed. `from_terminal` says which signals there are.
    pub(super) fn push(&mut self, byte: u8, from_terminal: bool) -> Option<Read> {
        self.at += 1;
        let read = match (std::mem::take(&mut self.state), byte) {
            (State::Plain, 0x10) => {
                self.state = State::Escaped;
                return None;
            }
            (State::Plain, _) | (State::Escaped, 0x10) => Read::Character(Some(byte)),
            (State::Escaped, 0x45) => Read::Signal(SlotSignal::Error),
            (State::Escaped, 0x50) if !from_terminal => {
                self.harms_next = true;
                return None;
            }
            (State::Escaped, 0x52 | 0x56) if from_terminal => {
                self.state = State::Level(byte);
                return None;
            }
            (State::Level(0x56), 0 | 1) => Read::Signal(SlotSignal::Vcc(byte == 1)),
            (State::Level(_), 0 | 1) => Read::Signal(SlotSignal::Rst(byte == 1)),
            (State::Escaped | State::Level(_), _) => Read::Nothing,
        };
        Some(read)
    }

    /// Takes a byte whose value is withheld.
    pub(super) const fn withhold(&mut self) -> Read {
        self.at += 1;
        self.state = State::Plain;
        Read::Character(None)
    }

    /// Where the bytes so far end.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// Takes a character that ended at `end`.
    pub(super) fn take(&mut self, character: Option<u8>, end: u64) {
        self.characters.push(character);
        self.end = end;
    }

    /// Whether bytes are in no item yet.
    pub(super) const fn is_open(&self) -> bool {
        self.begin < self.at
    }

    /// The characters so far, where all are known.
    pub(super) fn known(&self) -> Option<Vec<u8>> {
        self.characters.iter().copied().collect()
    }

    /// Ends the item of the characters so far.
    pub(super) fn close(&mut self) -> Range<u64> {
        self.characters.clear();
        self.is_harmed = false;
        let range = self.begin..self.end.max(self.begin);
        self.begin = range.end;
        range
    }

    /// Ends an item with all bytes so far.
    pub(super) fn close_all(&mut self) -> Range<u64> {
        self.end = self.at;
        self.close()
    }
}
