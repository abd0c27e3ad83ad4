//! Looks for secrets in what a tape has of a slot's line, as a terminal and a card understand it.

use std::collections::BTreeMap;

use super::convention::Convention;
use super::line::SlotLine;
use crate::form::{Form, nibbles_to_bytes};
use crate::leak::Place;
use crate::lens::{Direction, Lens};
use crate::pattern::PatternSet;
use crate::piece::{Piece, hex_to_nibbles};
use crate::recording::{Event, Recording};
use crate::secret::SecretKind;
use crate::secrets::Secrets;
use crate::stream::{Part, Stamp};
use crate::token::Token;

/// A secret that a tape's line says.
pub(crate) struct Said {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) kind: SecretKind,
    pub(crate) form: Form,
}

/// Stands for a secret's character that was not recorded.
const UNKNOWN: u8 = 0xEE;
/// The terminal pulls RST up: there is a session on the line.
const RST_HIGH: [u8; 3] = [0x10, 0x52, 0x01];

/// Every whole secret of `secrets` on the tape's slot lines: those with a slot's lens, or with a session.
pub(crate) fn said(recording: &Recording, set: &PatternSet, secrets: &Secrets) -> Vec<Said> {
    // What VERIFY brings is given a name in a registry that is thrown away.
    let scratch = Secrets::new();
    scratch.absorb(secrets);
    let lenses = recording.lines();
    let mut lines: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in recording.events() {
        lines.entry(&event.line).or_default().push(event);
    }
    let mut all = Vec::new();
    for (name, events) in lines {
        if lenses.get(name) == Some(&Lens::Slot) || has_session(&events) {
            all.extend(said_on(name, &events, set, &scratch));
        }
    }
    all.retain(|said| secrets.get(&said.name).is_some());
    all
}

fn has_session(events: &[&Event]) -> bool {
    let from = events.iter().filter(|event| event.direction == Direction::FromTerminal);
    let bytes: Vec<u8> = from.flat_map(|event| plain(event)).collect();
    bytes.windows(RST_HIGH.len()).any(|three| three == RST_HIGH)
}

fn said_on(name: &str, events: &[&Event], set: &PatternSet, scratch: &Secrets) -> Vec<Said> {
    let mut line = SlotLine::trusting();
    let mut told: Vec<(Direction, Part)> = Vec::new();
    for event in events {
        if line.gather(event.direction, &plain(event)) > 0 {
            let stamp = Stamp { n: event.n, t: 0 };
            let parts = line.record(set, (scratch, name), event.direction, stamp);
            told.extend(
                parts.into_iter().flat_map(|(way, parts)| parts.into_iter().map(move |part| (way, part))),
            );
        }
    }
    for direction in [Direction::ToTerminal, Direction::FromTerminal] {
        let rest = line.release(set, (scratch, name), direction);
        told.extend(rest.into_iter().map(|part| (direction, part)));
    }
    let ways = [Direction::ToTerminal, Direction::FromTerminal];
    ways.into_iter().flat_map(|way| whole(name, way, &told)).collect()
}

/// The bytes of an event, with something that is no secret where one was.
fn plain(event: &Event) -> Vec<u8> {
    let mut nibbles = Vec::new();
    for piece in &event.data {
        match piece {
            Piece::Text(text) => nibbles.extend(crate::form::bytes_to_nibbles(text.as_bytes())),
            Piece::Hex(digits) => nibbles.extend(hex_to_nibbles(digits)),
            Piece::Token(token) => nibbles.extend(std::iter::repeat_n(UNKNOWN & 0xF, token.nibbles)),
            Piece::Slot(characters) => {
                let mut line = Vec::new();
                let convention = characters.convention();
                (0..characters.count()).for_each(|_| Convention::write(convention, UNKNOWN, &mut line));
                nibbles.extend(crate::form::bytes_to_nibbles(&line));
            }
            Piece::Withheld(_) => {}
        }
    }
    nibbles_to_bytes(&nibbles)
}

/// The secrets of which all stretches follow each other, however far apart.
fn whole(line: &str, direction: Direction, told: &[(Direction, Part)]) -> Vec<Said> {
    let mut all = Vec::new();
    // Where each secret that has begun goes on, and where it began.
    let mut begun: BTreeMap<(String, Form), (usize, u64)> = BTreeMap::new();
    for (_, part) in told.iter().filter(|(way, _)| *way == direction) {
        for token in part.data.iter().flat_map(Piece::tokens) {
            let key = (token.name.clone(), token.form);
            if token.from == 0 {
                begun.insert(key.clone(), (0, part.stamp.n));
            }
            let Some((next, record)) = begun.get_mut(&key).filter(|(next, _)| *next == token.from) else {
                continue;
            };
            *next += token.nibbles;
            if *next == token.of.unwrap_or(token.nibbles) {
                all.push(say(line, direction, *record, token));
                begun.remove(&key);
            }
        }
    }
    all
}

fn say(line: &str, direction: Direction, record: u64, token: &Token) -> Said {
    let place = Place::Line { name: line.to_owned(), direction, record };
    Said { place, name: token.name.clone(), kind: token.kind, form: token.form }
}
