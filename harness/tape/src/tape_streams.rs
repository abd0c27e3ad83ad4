//! What a tape's lines carried, joined again however it was cut into records.

use std::collections::BTreeMap;

use crate::form::bytes_to_nibbles;
use crate::leak::Place;
use crate::lens::Direction;
use crate::piece::{Piece, hex_to_nibbles};
use crate::recording::{Entry, Event, Recording};
use crate::stretch::Stretch;

/// What a tape begins with, whatever its file is called.
const BEGINNING: &[u8] = b"{\"tape\":";

pub(crate) fn is_tape(data: &[u8]) -> bool {
    data.starts_with(BEGINNING)
}

/// The stretches of each line and direction between tokens, and the notes of each kind.
pub(crate) fn tape_streams(recording: &Recording) -> Vec<Stretch> {
    let mut lines: BTreeMap<(&str, Direction), LineStream> = BTreeMap::new();
    let mut notes: BTreeMap<&str, Stretch> = BTreeMap::new();
    for entry in &recording.entries {
        match entry {
            Entry::Line { .. } => {}
            Entry::Event(event) => {
                lines
                    .entry((&event.line, event.direction))
                    .or_insert_with(|| LineStream::of(event))
                    .add(event);
            }
            Entry::Note(note) => {
                let place = Place::Note { kind: note.kind.clone(), record: note.n };
                notes.entry(&note.kind).or_default().push(place, &bytes_to_nibbles(note.text.as_bytes()));
            }
        }
    }
    lines.into_values().flat_map(LineStream::finish).chain(notes.into_values()).collect()
}

/// One direction of one line. A token or withheld bytes end a stretch.
struct LineStream {
    done: Vec<Stretch>,
    current: Stretch,
    /// Whether the next nibble is the low one of a byte.
    odd: bool,
}

impl LineStream {
    fn of(event: &Event) -> Self {
        Self { done: Vec::new(), current: Stretch::on(&event.line, event.direction), odd: false }
    }

    fn add(&mut self, event: &Event) {
        let place = Place::Line { name: event.line.clone(), direction: event.direction, record: event.n };
        for piece in &event.data {
            match piece {
                Piece::Text(text) => self.plain(&place, &bytes_to_nibbles(text.as_bytes())),
                Piece::Hex(digits) => self.plain(&place, &hex_to_nibbles(digits)),
                Piece::Token(token) => {
                    self.odd ^= token.nibbles % 2 == 1;
                    self.interrupt(event);
                }
                Piece::Slot(_) | Piece::Withheld(_) => self.interrupt(event),
            }
        }
    }

    fn plain(&mut self, place: &Place, nibbles: &[u8]) {
        if self.current.is_empty() && self.odd {
            self.current.pad();
        }
        self.odd ^= nibbles.len() % 2 == 1;
        self.current.push(place.clone(), nibbles);
    }

    fn interrupt(&mut self, event: &Event) {
        if !self.current.is_empty() {
            let next = Stretch::on(&event.line, event.direction);
            self.done.push(std::mem::replace(&mut self.current, next));
        }
    }

    fn finish(mut self) -> Vec<Stretch> {
        self.done.push(self.current);
        self.done
    }
}
