//! The slot: signals, answers to reset, commands and blocks (INTERFACE.md, section 9).

use std::collections::VecDeque;

use payrig_card::chip::{SlotDecoder, SlotDirection, SlotItem, SlotMeaning};
use payrig_tape::{Direction, Piece, PieceQueue};

use super::{Found, Meaning, Reader};

/// Has a decoder of the line find what the bytes are. A secret's bytes are withheld from it.
#[derive(Default)]
pub(super) struct SlotReader {
    decoder: SlotDecoder,
    to_terminal: Lane,
    from_terminal: Lane,
}

/// One direction.
#[derive(Default)]
struct Lane {
    /// How many bytes the decoder has had.
    fed: u64,
    /// How many of them are in messages.
    told: u64,
    /// Where an item ends, and what it is.
    found: VecDeque<(u64, SlotMeaning)>,
}

impl Reader for SlotReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        self.feed(direction, come);
        let lane = self.lane(direction);
        while let Some((end, meaning)) = lane.found.pop_front() {
            // What was given up before its end was found is told already.
            let bytes = usize::try_from(end.saturating_sub(lane.told)).unwrap_or_default();
            if bytes > 0 {
                lane.told = end;
                return Found::new(bytes, meaning_of(meaning));
            }
        }
        None
    }

    fn restart(&mut self, direction: Direction) {
        // The terminal speaks first: what the card had begun has ended with it.
        if direction == Direction::FromTerminal {
            let items = self.decoder.finish();
            self.take(items);
        }
        let lane = self.lane(direction);
        lane.found.clear();
        lane.told = lane.fed;
    }
}

impl SlotReader {
    /// Gives the decoder what it has not had of what has come.
    fn feed(&mut self, direction: Direction, come: &PieceQueue) {
        let lane = self.lane(direction);
        let had = usize::try_from(lane.fed - lane.told).unwrap_or(usize::MAX);
        let all = come.bytes().len();
        let Some(new) = all.checked_sub(had).filter(|new| *new > 0) else { return };
        lane.fed += new as u64;
        let mut queue = come.clone();
        queue.take(had);
        let bytes = queue.bytes().to_vec();
        let mut items = Vec::new();
        for (secret, range) in stretches(&queue.take(new), new) {
            let way = slot_direction(direction);
            items.extend(match bytes.get(range.clone()) {
                Some(_) if secret => self.decoder.feed_withheld(way, range.len()),
                Some(plain) => self.decoder.feed(way, plain),
                None => Vec::new(),
            });
        }
        self.take(items);
    }

    fn take(&mut self, items: Vec<SlotItem>) {
        for item in items {
            let direction = match item.direction {
                SlotDirection::FromTerminal => Direction::FromTerminal,
                SlotDirection::ToTerminal => Direction::ToTerminal,
            };
            self.lane(direction).found.push_back((item.bytes.end, item.meaning));
        }
    }

    fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::ToTerminal => &mut self.to_terminal,
            Direction::FromTerminal => &mut self.from_terminal,
        }
    }
}

/// A direction as the card's decoder has it.
pub(crate) fn slot_direction(direction: Direction) -> SlotDirection {
    match direction {
        Direction::FromTerminal => SlotDirection::FromTerminal,
        Direction::ToTerminal => SlotDirection::ToTerminal,
    }
}

fn meaning_of(meaning: SlotMeaning) -> Meaning {
    match meaning {
        SlotMeaning::Signal(_) => Meaning::Signal(meaning.to_string()),
        SlotMeaning::Characters(_) => Meaning::Bytes,
        known => Meaning::Slot(known),
    }
}

/// The bytes of `pieces` in stretches: whether a secret has a part in them, and where they are.
fn stretches(pieces: &[Piece], bytes: usize) -> Vec<(bool, std::ops::Range<usize>)> {
    let mut secret = vec![false; bytes];
    let mut nibble = 0;
    for piece in pieces {
        let (nibbles, is_secret) = match piece {
            Piece::Text(text) => (text.len() * 2, false),
            Piece::Hex(digits) => (digits.len(), false),
            Piece::Token(token) => (token.nibbles, true),
            Piece::Slot(_) => {
                let mut characters = PieceQueue::default();
                characters.push(std::slice::from_ref(piece));
                (characters.bytes().len() * 2, true)
            }
            Piece::Withheld(_) => (0, false),
        };
        if is_secret {
            let within = secret.iter_mut().take((nibble + nibbles).div_ceil(2)).skip(nibble / 2);
            within.for_each(|secret| *secret = true);
        }
        nibble += nibbles;
    }
    let mut stretches: Vec<(bool, std::ops::Range<usize>)> = Vec::new();
    for (at, secret) in secret.into_iter().enumerate() {
        match stretches.last_mut() {
            Some((known, range)) if *known == secret => range.end = at + 1,
            _ => stretches.push((secret, at..at + 1)),
        }
    }
    stretches
}
