//! The ways in which a secret is written where it has no business.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::secrets::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Digits as they are, bytes in upper-case hex digits.
    Text,
    /// Bytes in lower-case hex digits, a track with D as its separator.
    Lower,
    /// Digits in groups of four, bytes with a space between.
    Spaced,
    /// Broken over rows as short as a screen's.
    Rows,
    Base64,
    /// The hex digits of a text's characters.
    Dump,
    /// Two digits a byte; what is bytes already, as it is.
    Packed,
    /// The same half a byte later.
    PackedLow,
}

/// Characters of a row.
const ROW: usize = 10;

impl Writing {
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Lower,
        Self::Spaced,
        Self::Rows,
        Self::Base64,
        Self::Dump,
        Self::Packed,
        Self::PackedLow,
    ];

    /// How many bytes of it a record of a line has, or a packet.
    pub fn piece(self) -> usize {
        match self {
            Self::Text | Self::PackedLow => 1,
            Self::Packed | Self::Lower => 3,
            Self::Spaced | Self::Rows => 7,
            Self::Base64 | Self::Dump => 100,
        }
    }

    /// The rows that a text has of it; none where it is not written so.
    pub fn rows(self, value: &Value) -> Option<Vec<String>> {
        let (digits, bytes) = match value {
            Value::Digits(digits) => (Some(digits.as_str()), digits.as_bytes()),
            Value::Bytes(bytes) => (None, bytes.as_slice()),
            Value::Pressed(_) => return None,
        };
        let text = digits.map_or_else(|| hex::encode_upper(bytes), str::to_owned);
        let one = |text| Some(vec![text]);
        match self {
            Self::Text => one(text),
            Self::Lower => one(digits.map_or_else(|| hex::encode(bytes), |digits| digits.replace('=', "D"))),
            Self::Spaced => one(chunks(&text, if digits.is_some() { 4 } else { 2 }).join(" ")),
            Self::Rows => Some(chunks(&text, ROW)),
            // A PIN and its block are not looked for in base64: too short to be told from what else it may say.
            Self::Base64 if bytes.len() > 12 => one(STANDARD.encode(bytes)),
            Self::Dump => digits.and_then(|digits| one(hex::encode(digits.replace('=', "D")))),
            Self::Base64 | Self::Packed | Self::PackedLow => None,
        }
    }

    /// The bytes that a line or a packet has of it.
    pub fn bytes(self, value: &Value) -> Option<Vec<u8>> {
        let packed = |before: &str, digits: &str| {
            let nibbles = format!("{before}{}", digits.replace('=', "D"));
            let filler = if nibbles.len() % 2 == 0 { "" } else { "F" };
            hex::decode(nibbles + filler).ok()
        };
        match (self, value) {
            (Self::Packed, Value::Digits(digits)) => packed("", digits),
            (Self::PackedLow, Value::Digits(digits)) => packed("9", digits),
            (Self::Packed, Value::Bytes(bytes)) => Some(bytes.clone()),
            (Self::Packed | Self::PackedLow, _) => None,
            _ => self.rows(value).map(|rows| rows.concat().into_bytes()),
        }
    }
}

fn chunks(text: &str, length: usize) -> Vec<String> {
    text.as_bytes().chunks(length).map(|chunk| String::from_utf8_lossy(chunk).into_owned()).collect()
}
