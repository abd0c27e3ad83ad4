//! Recorded bytes as pieces: what may be read, and tokens for what may not.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::form::{bytes_to_nibbles, nibbles_to_bytes};
use crate::slot::Characters;
use crate::token::Token;

/// Readable characters among other bytes are written as text from this many on.
const SHORTEST_TEXT: usize = 4;

/// A stretch of recorded bytes. Pieces follow each other nibble by nibble: packed digits may begin in the middle of a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Readable characters.
    Text(String),
    /// Other bytes as lower-case hex digits; an odd number of them where a token begins or ends inside a byte.
    Hex(String),
    /// A secret.
    Token(Token),
    /// Characters of a slot's line that are a secret's, in whole or in half.
    Slot(Characters),
    /// So many bytes that were not recorded, on a line without a lens.
    Withheld(u64),
}

impl Piece {
    /// The tokens in it: itself, or those of a slot's characters.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        let pieces = match self {
            Self::Slot(characters) => characters.pieces(),
            other => std::slice::from_ref(other),
        };
        pieces.iter().filter_map(|piece| match piece {
            Self::Token(token) => Some(token),
            _ => None,
        })
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Hex(digits) => write!(f, "<{digits}>"),
            Self::Token(token) => write!(f, "{token}"),
            Self::Slot(characters) => write!(f, "{characters}"),
            Self::Withheld(bytes) => write!(f, "<{bytes} bytes withheld>"),
        }
    }
}

/// The pieces as one line of text for people: text as it is, other bytes as `<hex>`, tokens in braces.
pub fn render(pieces: &[Piece]) -> String {
    pieces.iter().map(ToString::to_string).collect()
}

/// Joins pieces that were recorded apart, so that the result does not depend on how the stream was cut into chunks.
pub fn join(pieces: impl IntoIterator<Item = Piece>) -> Vec<Piece> {
    let mut joined = PieceBuilder::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => joined.plain(&bytes_to_nibbles(text.as_bytes())),
            Piece::Hex(digits) => joined.plain(&hex_to_nibbles(&digits)),
            Piece::Token(token) => joined.token(token),
            Piece::Slot(characters) => joined.slot(characters),
            Piece::Withheld(bytes) => joined.withheld(bytes),
        }
    }
    joined.finish()
}

pub(crate) fn hex_to_nibbles(digits: &str) -> Vec<u8> {
    digits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .filter_map(|nibble| u8::try_from(nibble).ok())
        .collect()
}

/// Puts pieces together from nibbles and tokens.
#[derive(Default)]
pub(crate) struct PieceBuilder {
    pieces: Vec<Piece>,
    plain: Vec<u8>,
    /// Whether `plain` begins in the low half of a byte.
    odd: bool,
}

impl PieceBuilder {
    pub(crate) fn plain(&mut self, nibbles: &[u8]) {
        self.plain.extend_from_slice(nibbles);
    }

    pub(crate) fn token(&mut self, token: Token) {
        self.flush();
        self.odd ^= token.nibbles % 2 == 1;
        if let Some(Piece::Token(last)) = self.pieces.last_mut()
            && last.join(&token)
        {
            return;
        }
        self.pieces.push(Piece::Token(token));
    }

    pub(crate) fn slot(&mut self, characters: Characters) {
        self.flush();
        if let Some(Piece::Slot(last)) = self.pieces.last_mut()
            && last.join(&characters)
        {
            return;
        }
        self.pieces.push(Piece::Slot(characters));
    }

    fn withheld(&mut self, bytes: u64) {
        self.flush();
        if let Some(Piece::Withheld(last)) = self.pieces.last_mut() {
            *last = last.saturating_add(bytes);
        } else {
            self.pieces.push(Piece::Withheld(bytes));
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.pieces
    }

    fn flush(&mut self) {
        let nibbles = std::mem::take(&mut self.plain);
        let (head, rest) = nibbles.split_at(nibbles.len().min(usize::from(self.odd)));
        let (body, tail) = rest.split_at(rest.len() & !1);
        self.odd ^= nibbles.len() % 2 == 1;
        self.hex(head);
        self.bytes(&nibbles_to_bytes(body));
        self.hex(tail);
    }

    fn hex(&mut self, nibbles: &[u8]) {
        if nibbles.is_empty() {
            return;
        }
        let digits = nibbles.iter().filter_map(|nibble| char::from_digit(u32::from(*nibble), 16));
        if let Some(Piece::Hex(last)) = self.pieces.last_mut() {
            last.extend(digits);
        } else {
            self.pieces.push(Piece::Hex(digits.collect()));
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let runs = runs(bytes);
        let alone = runs.len() == 1;
        for (text, run) in runs {
            match std::str::from_utf8(run) {
                Ok(readable) if text && (alone || run.len() >= SHORTEST_TEXT) => {
                    self.pieces.push(Piece::Text(readable.to_owned()));
                }
                _ => self.hex(&bytes_to_nibbles(run)),
            }
        }
    }
}

/// Splits into stretches of readable characters (true) and others.
fn runs(bytes: &[u8]) -> Vec<(bool, &[u8])> {
    let mut runs: Vec<(bool, std::ops::Range<usize>)> = Vec::new();
    let mut at = 0;
    let mut add = |readable: bool, length: usize| {
        match runs.last_mut() {
            Some((last, range)) if *last == readable => range.end += length,
            _ if length > 0 => runs.push((readable, at..at + length)),
            _ => {}
        }
        at += length;
    };
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| add(is_readable(c), c.len_utf8()));
        add(false, chunk.invalid().len());
    }
    runs.into_iter().map(|(readable, range)| (readable, &bytes[range])).collect()
}

/// Control characters of screens and modems count as readable: JSON writes them so that they can be told.
fn is_readable(c: char) -> bool {
    !c.is_control() || matches!(c, '\r' | '\n' | '\t' | '\x08' | '\x1b')
}

impl Serialize for Piece {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let single = |serializer: S, key, value: Value| {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(key, &value)?;
            map.end()
        };
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Hex(digits) => single(serializer, "hex", Value::from(digits.as_str())),
            Self::Token(token) => token.serialize(serializer),
            Self::Slot(characters) => characters.serialize(serializer),
            Self::Withheld(bytes) => single(serializer, "withheld", Value::from(*bytes)),
        }
    }
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = Value::deserialize(deserializer)?;
        if let Some(text) = value.as_str() {
            return Ok(Self::Text(text.to_owned()));
        }
        if let Some(digits) = value.get("hex").and_then(Value::as_str) {
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(D::Error::custom("a hex piece holds a character that is no hex digit"));
            }
            return Ok(Self::Hex(digits.to_owned()));
        }
        if let Some(bytes) = value.get("withheld").and_then(Value::as_u64) {
            return Ok(Self::Withheld(bytes));
        }
        if value.get("slot").is_some() {
            return Characters::deserialize(value).map(Self::Slot).map_err(D::Error::custom);
        }
        let token = Token::deserialize(value).map_err(|error| {
            D::Error::custom(format!(
                "expected a text, or an object with hex, token, slot or withheld: {error}"
            ))
        })?;
        if token.is_plausible() {
            Ok(Self::Token(token))
        } else {
            Err(D::Error::custom(format!("the token {} has lengths that cannot be", token.name)))
        }
    }
}
