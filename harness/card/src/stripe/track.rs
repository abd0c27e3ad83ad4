//! What the three tracks differ in.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A track of the stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Track {
    /// Letters and digits, 210 bits an inch (ISO/IEC 7811-6, track 1).
    One,
    /// Digits, 75 bits an inch (track 2).
    Two,
    /// Digits, 210 bits an inch (track 3).
    Three,
}

impl Track {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::One, Self::Two, Self::Three];

    /// 1, 2 or 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// Bits of a character, its parity bit included.
    #[must_use]
    pub const fn character_bits(self) -> usize {
        match self {
            Self::One => 7,
            Self::Two | Self::Three => 5,
        }
    }

    /// The most characters that it holds, sentinels and LRC included (ISO/IEC 7813, 6 and 7; ISO/IEC 4909).
    #[must_use]
    pub const fn longest(self) -> usize {
        match self {
            Self::One => 79,
            Self::Two => 40,
            Self::Three => 107,
        }
    }

    /// The character that stands before the data.
    #[must_use]
    pub const fn start_sentinel(self) -> char {
        match self {
            Self::One => '%',
            Self::Two | Self::Three => ';',
        }
    }

    /// The character that stands behind the data.
    #[must_use]
    pub const fn end_sentinel(self) -> char {
        '?'
    }

    /// The character whose bits are all zero.
    pub(super) const fn first_character(self) -> u8 {
        match self {
            Self::One => b' ',
            Self::Two | Self::Three => b'0',
        }
    }

    /// Length of a bit in centimetres.
    #[must_use]
    pub fn cell(self) -> f64 {
        /// Centimetres.
        const INCH: f64 = 2.54;
        let bits_an_inch = match self {
            Self::One | Self::Three => 210.0,
            Self::Two => 75.0,
        };
        INCH / bits_an_inch
    }
}

impl TryFrom<u8> for Track {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        let track = Self::ALL.into_iter().find(|track| track.number() == number);
        track.ok_or_else(|| format!("expected a track, 1, 2 or 3, found {number}"))
    }
}

impl From<Track> for u8 {
    fn from(track: Track) -> Self {
        track.number()
    }
}

impl JsonSchema for Track {
    fn schema_name() -> Cow<'static, str> {
        "Track".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A track of the stripe.", "type": "integer", "minimum": 1, "maximum": 3 })
    }
}
