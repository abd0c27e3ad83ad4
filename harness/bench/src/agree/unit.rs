//! What is compared: a message, or several that count as one.

use std::time::Duration;

use payrig_tape::{Direction, Piece, PieceQueue, join, render};

use crate::{Meaning, Message};

/// A message, or several that count as one, and what of it counts.
pub(super) struct Unit {
    /// At least one.
    pub messages: Vec<Message>,
    counts: Vec<Piece>,
}

impl Unit {
    pub(super) fn of(message: Message) -> Self {
        let counts = match &message.meaning {
            Meaning::Boot(_) | Meaning::Broken => without_build(&message.pieces),
            Meaning::Data(length) => data(*length, &message.pieces),
            // Random numbers of the two sides, and what follows from them, are another rig's own.
            Meaning::Slot(said) => vec![Piece::Text(said.to_string())],
            _ => join(message.pieces.iter().cloned()),
        };
        Self { messages: vec![message], counts }
    }

    /// Adds the message if it goes on with what this one is: bytes that nobody frames, data that the network has cut.
    pub(super) fn goes_on_with(&mut self, message: Message) -> Option<Message> {
        let last = self.messages.last();
        let goes_on = last.is_some_and(|last| match (&last.meaning, &message.meaning) {
            (Meaning::Bytes, Meaning::Bytes) => true,
            (Meaning::Data(a), Meaning::Data(b)) => {
                has_plain_header(*a, &last.pieces) && has_plain_header(*b, &message.pieces)
            }
            _ => false,
        });
        if !goes_on {
            return Some(message);
        }
        let next = Self::of(message);
        self.counts = join(self.counts.drain(..).chain(next.counts));
        self.messages.extend(next.messages);
        None
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let whole = |unit: &Self| unit.messages.iter().all(|message| message.meaning != Meaning::Broken);
        self.counts == other.counts && whole(self) == whole(other)
    }

    /// Whether this is what has come of the other before the power went.
    pub(super) fn is_beginning_of(&self, other: &Self) -> bool {
        let ([begun], Some(whole)) = (self.messages.as_slice(), other.messages.first()) else { return false };
        if begun.meaning != Meaning::Broken {
            return false;
        }
        if let ([Piece::Text(begun)], [Piece::Text(whole)]) =
            (self.counts.as_slice(), without_build(&whole.pieces).as_slice())
        {
            return whole.starts_with(begun);
        }
        let bytes = |pieces: &[Piece]| {
            let mut queue = PieceQueue::default();
            queue.push(pieces);
            queue
        };
        bytes(&whole.pieces).take(bytes(&begun.pieces).bytes().len()) == begun.pieces
    }

    pub(super) fn direction(&self) -> Option<Direction> {
        self.messages.first().map(|message| message.direction)
    }

    /// When it was whole, or the first part of it.
    pub(super) fn at(&self) -> Duration {
        self.messages.first().map_or(Duration::ZERO, |message| message.at)
    }
}

/// A boot line, whole or not, without what two builds of one terminal differ in. Everything else is left as it is.
fn without_build(pieces: &[Piece]) -> Vec<Piece> {
    const MARKER: &str = "PAYRIG-TERMINAL ";
    let text = match pieces {
        [Piece::Text(text)] if text.starts_with(MARKER) => text,
        other => return join(other.iter().cloned()),
    };
    let hidden = |word: &str| {
        let name = ["build=", "entropy="].into_iter().find(|name| word.starts_with(name));
        let ends = if word.ends_with("\r\n") { "\r\n" } else { "" };
        name.map_or_else(|| word.to_owned(), |name| format!("{name}*{ends}"))
    };
    let words: Vec<_> = text.split(' ').map(hidden).collect();
    vec![Piece::Text(words.join(" "))]
}

/// What the modem puts before data.
fn header(length: usize) -> String {
    format!("\r\n+IPD,{length}:")
}

/// Whether data came as they come: the header and so many bytes.
fn has_plain_header(length: usize, pieces: &[Piece]) -> bool {
    let header = header(length);
    let mut queue = PieceQueue::default();
    queue.push(pieces);
    queue.bytes().len() == header.len() + length && render(&queue.take(header.len())) == header
}

/// Data without their header, which tells no more than how the network cut them; bytes with any other header as they are.
fn data(length: usize, pieces: &[Piece]) -> Vec<Piece> {
    let mut queue = PieceQueue::default();
    queue.push(pieces);
    if has_plain_header(length, pieces) {
        queue.take(header(length).len());
    }
    queue.take(usize::MAX)
}
