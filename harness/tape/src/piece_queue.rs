//! Recorded pieces in a row, for whoever looks for messages in them.

use crate::form::{Form, bytes_to_nibbles, nibbles_to_bytes};
use crate::piece::{Piece, PieceBuilder, hex_to_nibbles};
use crate::slot::{Characters, Convention, DLE};
use crate::token::Token;

/// What one direction of a line carried and nobody has taken yet: as bytes to look at, as pieces to take.
///
/// ```
/// use payrig_tape::{Piece, PieceQueue, render};
///
/// let mut queue = PieceQueue::default();
/// queue.push(&[Piece::Text("OK\r\nERR".into())]);
/// assert_eq!(queue.bytes(), b"OK\r\nERR");
/// assert_eq!(render(&queue.take(4)), "OK\r\n");
/// assert_eq!(queue.bytes(), b"ERR");
/// ```
#[derive(Clone, Debug, Default)]
pub struct PieceQueue {
    bytes: Vec<u8>,
    /// Each with the nibble that it begins at.
    secrets: Vec<(usize, Held)>,
    /// A nibble that waits for the other half of its byte.
    half: Option<u8>,
}

impl PieceQueue {
    /// Adds what came next. Bytes that were never recorded ([`Piece::Withheld`]) leave no trace here.
    pub fn push(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.push_nibbles(&bytes_to_nibbles(text.as_bytes())),
                Piece::Hex(digits) => self.push_nibbles(&hex_to_nibbles(digits)),
                Piece::Token(token) => self.push_token(token),
                Piece::Slot(characters) => self.push_characters(characters),
                Piece::Withheld(_) => {}
            }
        }
    }

    /// The bytes. In place of a secret stand its digits as far as its token shows them, and zeros.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the first `count` bytes, or as many as there are. A secret that goes on beyond them is cut in two stretches.
    pub fn take(&mut self, count: usize) -> Vec<Piece> {
        let count = count.min(self.bytes.len());
        let nibbles = bytes_to_nibbles(&self.bytes[..count]);
        self.bytes.drain(..count);
        let mut pieces = PieceBuilder::default();
        let mut at = 0;
        let mut kept = Vec::new();
        for (start, held) in self.secrets.drain(..) {
            let within = nibbles.len().saturating_sub(start).min(held.nibbles());
            let (head, rest) = held.split(within);
            if let Some(head) = head {
                pieces.plain(&nibbles[at..start]);
                at = start + within;
                head.tell(&mut pieces);
            }
            if let Some(rest) = rest {
                kept.push(((start + within).saturating_sub(nibbles.len()), rest));
            }
        }
        self.secrets = kept;
        pieces.plain(&nibbles[at..]);
        pieces.finish()
    }

    /// The secret, or stretch of one, with which the queue begins.
    pub fn first_token(&self) -> Option<&Token> {
        self.secrets.first().filter(|(start, _)| *start == 0).and_then(|(_, held)| held.first_token())
    }

    /// A stretch that goes on where the last one ended is one with it.
    fn push_token(&mut self, token: &Token) {
        let here = self.nibbles();
        let joined = self.secrets.last_mut().is_some_and(|(start, last)| match last {
            Held::Token(last) => *start + last.nibbles == here && last.join(token),
            Held::Characters(..) | Held::Check(_) => false,
        });
        if !joined {
            self.secrets.push((here, Held::Token(token.clone())));
        }
        self.push_nibbles(&stand_in(token));
    }

    /// A character of a slot is one byte here, whatever it was on the line.
    fn push_characters(&mut self, characters: &Characters) {
        let here = self.nibbles();
        let mut told = Self::default();
        told.push(characters.pieces());
        let values = if characters.differs().is_some() { vec![0] } else { told.bytes.clone() };
        let held = match characters.differs() {
            Some(_) => Held::Check(characters.clone()),
            None => Held::Characters(characters.convention(), Box::new(told)),
        };
        self.secrets.push((here, held));
        // Nothing that stands for a character is the escape.
        let line = |value: &u8| match characters.convention().turn(*value) {
            DLE => characters.convention().turn(0),
            character => character,
        };
        let line: Vec<u8> = values.iter().map(line).collect();
        self.push_nibbles(&bytes_to_nibbles(&line));
    }

    fn nibbles(&self) -> usize {
        self.bytes.len() * 2 + usize::from(self.half.is_some())
    }

    fn push_nibbles(&mut self, nibbles: &[u8]) {
        let joined: Vec<u8> = self.half.take().into_iter().chain(nibbles.iter().copied()).collect();
        let (whole, half) = joined.split_at(joined.len() & !1);
        self.bytes.extend(nibbles_to_bytes(whole));
        self.half = half.first().copied();
    }
}

/// What stands in the queue for a secret.
#[derive(Clone, Debug)]
enum Held {
    Token(Token),
    /// Characters of a slot, as they are told.
    Characters(Convention, Box<PieceQueue>),
    /// One that is told by others.
    Check(Characters),
}

impl Held {
    fn nibbles(&self) -> usize {
        match self {
            Self::Token(token) => token.nibbles,
            Self::Characters(_, told) => told.bytes.len() * 2,
            Self::Check(_) => 2,
        }
    }

    fn first_token(&self) -> Option<&Token> {
        match self {
            Self::Token(token) => Some(token),
            Self::Characters(_, told) => told.first_token(),
            Self::Check(_) => None,
        }
    }

    /// The first `nibbles` nibbles and the rest, each where there is one.
    fn split(self, nibbles: usize) -> (Option<Self>, Option<Self>) {
        match self {
            Self::Token(token) => {
                let (head, rest) = token.split(nibbles);
                (head.map(Self::Token), rest.map(Self::Token))
            }
            other if nibbles == 0 => (None, Some(other)),
            Self::Characters(convention, mut told) if nibbles < told.bytes.len() * 2 => {
                let mut head = PieceQueue::default();
                head.push(&told.take(nibbles / 2));
                let head = Self::Characters(convention, Box::new(head));
                (Some(head), Some(Self::Characters(convention, told)))
            }
            other => (Some(other), None),
        }
    }

    fn tell(self, pieces: &mut PieceBuilder) {
        match self {
            Self::Token(token) => pieces.token(token),
            Self::Characters(convention, mut told) => {
                pieces.slot(Characters::new(convention, told.take(usize::MAX)));
            }
            Self::Check(characters) => pieces.slot(characters),
        }
    }
}

/// What may be shown of a secret in the form that it was written in, and zeros for the rest.
fn stand_in(token: &Token) -> Vec<u8> {
    let whole = token.of.unwrap_or(token.nibbles);
    let per_digit = match token.form {
        Form::Bcd => 1,
        _ => 2,
    };
    let shown = token.show.as_bytes();
    let digit_at = |nibble: usize| {
        let tells = matches!(token.form, Form::Bcd | Form::Ascii) && shown.len() * per_digit == whole;
        let digit = shown.get(nibble / per_digit).filter(|digit| tells && digit.is_ascii_digit());
        digit.map_or(0, |digit| digit - b'0')
    };
    let nibble = |at: usize| match (token.form.is_text(), at % 2) {
        (true, 0) => 3,
        (true, _) => digit_at(at),
        (false, _) if token.form == Form::Bcd => digit_at(at),
        (false, _) => 0,
    };
    (token.from..token.from + token.nibbles).map(nibble).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::piece::join;
    use crate::secret::SecretKind;

    fn token(form: Form, nibbles: usize) -> Piece {
        Piece::Token(Token {
            name: "pan#1".into(),
            kind: SecretKind::Pan,
            show: "621234******1232".into(),
            form,
            case: None,
            from: 0,
            nibbles,
            of: None,
        })
    }

    #[test]
    fn a_secret_is_seen_as_far_as_it_is_shown() {
        let mut queue = PieceQueue::default();
        queue.push(&[Piece::Hex("1f".into()), token(Form::Bcd, 16), token(Form::Ascii, 32)]);
        assert_eq!(queue.bytes(), b"\x1f\x62\x12\x34\x00\x00\x00\x12\x326212340000001232");
        assert!(queue.first_token().is_none());
        queue.take(1);
        assert_eq!(queue.first_token().unwrap().name, "pan#1");
    }

    fn piece() -> impl Strategy<Value = Piece> {
        prop_oneof![
            "[a-z\r\n]{1,9}".prop_map(Piece::Text),
            "([0-9a-f]{2}){1,6}".prop_map(Piece::Hex),
            Just(token(Form::Bcd, 16)),
            Just(token(Form::Ascii, 32)),
            Just(Piece::Hex("0".into())),
        ]
    }

    proptest! {
        /// However the queue is filled and emptied, what comes out is what went in.
        #[test]
        fn nothing_is_lost_or_changed(
            pieces in proptest::collection::vec(piece(), 0..20),
            cuts in proptest::collection::vec(0..30_usize, 0..20),
            at_once in any::<bool>(),
        ) {
            let mut queue = PieceQueue::default();
            if at_once {
                queue.push(&pieces);
            } else {
                pieces.iter().for_each(|piece| queue.push(std::slice::from_ref(piece)));
            }
            let whole = queue.clone().take(usize::MAX);
            let mut taken: Vec<Piece> = cuts.iter().flat_map(|count| queue.take(*count)).collect();
            taken.extend(queue.take(usize::MAX));
            prop_assert_eq!(&join(taken), &whole);
            // A nibble without its other half is never a byte; without one the pieces are as they were.
            let odd = pieces.iter().filter(|piece| matches!(piece, Piece::Hex(one) if one.len() == 1)).count();
            if odd % 2 == 0 {
                prop_assert_eq!(whole, join(pieces));
            }
        }
    }
}
