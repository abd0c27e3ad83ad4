//! What stands in a record for characters of a slot's line that are a secret's.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::convention::Convention;
use crate::piece::{Piece, join};
use crate::restore::{RestoreError, restore};
use crate::secrets::Secrets;

/// Whole characters of which each is a secret's, at least one half of it. What they say is told in pieces, tokens and the halves
/// that are nobody's; the escape and the convention come back with the values.
///
/// A check character (the LRC of T=1) over a secret, or a character that came harmed, tells of the secret if it is recorded as it is. In its
/// place stands what it differs by from the exclusive or of the characters named: nothing that depends on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Characters {
    convention: Convention,
    pieces: Vec<Piece>,
    differs: Option<u8>,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    slot: Convention,
    data: Vec<Piece>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    xor: Option<String>,
}

impl Characters {
    /// Characters whose values the pieces tell.
    pub(crate) fn new(convention: Convention, pieces: Vec<Piece>) -> Self {
        Self { convention, pieces, differs: None }
    }

    /// One character: the exclusive or of those that the pieces tell, and `differs`.
    pub(crate) fn one(convention: Convention, pieces: Vec<Piece>, differs: u8) -> Self {
        Self { convention, pieces, differs: Some(differs) }
    }

    /// How the characters stand on the line.
    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// What the characters say, two nibbles each.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// What one character differs by from the exclusive or of those that [`pieces`](Self::pieces) tell; `None` where these are the
    /// characters themselves.
    pub fn differs(&self) -> Option<u8> {
        self.differs
    }

    /// How many characters of the line they are.
    pub(crate) fn count(&self) -> usize {
        if self.differs.is_some() { 1 } else { nibbles(&self.pieces) / 2 }
    }

    /// Joins the characters that follow; false where they are told in another way.
    pub(crate) fn join(&mut self, next: &Self) -> bool {
        let alike = self.convention == next.convention && self.differs.is_none() && next.differs.is_none();
        if alike {
            self.pieces = join(std::mem::take(&mut self.pieces).into_iter().chain(next.pieces.clone()));
        }
        alike
    }

    /// The bytes on the line.
    pub(crate) fn restore(&self, secrets: &Secrets) -> Result<Zeroizing<Vec<u8>>, RestoreError> {
        let mut values = Zeroizing::new(restore(&self.pieces, secrets)?);
        if let Some(differs) = self.differs {
            *values = vec![values.iter().fold(differs, |all, value| all ^ value)];
        }
        let mut line = Zeroizing::new(Vec::with_capacity(values.len() * 2));
        values.iter().for_each(|value| self.convention.write(*value, &mut line));
        Ok(line)
    }
}

/// How many nibbles the pieces are.
fn nibbles(pieces: &[Piece]) -> usize {
    let one = |piece: &Piece| match piece {
        Piece::Text(text) => text.len() * 2,
        Piece::Hex(digits) => digits.len(),
        Piece::Token(token) => token.nibbles,
        Piece::Slot(characters) => characters.count() * 2,
        Piece::Withheld(_) => 0,
    };
    pieces.iter().map(one).fold(0, usize::saturating_add)
}

impl fmt::Display for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.differs.is_some() {
            return f.write_str("{check}");
        }
        self.pieces.iter().try_for_each(|piece| write!(f, "{piece}"))
    }
}

impl Serialize for Characters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let xor = self.differs.map(|differs| format!("{differs:02x}"));
        Record { slot: self.convention, data: self.pieces.clone(), xor }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Characters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let Record { slot, data, xor } = Record::deserialize(deserializer)?;
        let differs = xor.map(|digits| match *digits.as_bytes() {
            [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                u8::from_str_radix(&digits, 16).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom("the xor of a slot's character is not two hex digits")),
        });
        let told = |piece: &Piece| !matches!(piece, Piece::Slot(_) | Piece::Withheld(_));
        if !data.iter().all(told) || !nibbles(&data).is_multiple_of(2) {
            return Err(D::Error::custom("expected whole characters of a slot, as text, hex and tokens"));
        }
        Ok(Self { convention: slot, pieces: data, differs: differs.transpose()? })
    }
}
