//! How a line is looked at when secrets are searched.

use serde::{Deserialize, Serialize};

/// In which forms secrets are looked for on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lens {
    /// A line of characters: digits, hex in either case, base64; values of more than a PIN's length in packed and raw form too.
    Text,
    /// A line of bytes: every form, packed digits at either half of a byte.
    Binary,
    /// As `Binary`, in frames, each behind its length of two bytes: a secret does not go on from one frame into the next, so that a
    /// frame is recorded when it is whole.
    Frames,
    /// The line of a chip card's slot: every form in the values of its characters, unescaped and in the card's convention, also where
    /// T=0 sends them one by one and T=1 in chained blocks. What VERIFY brings is a token whatever it is.
    Slot,
    /// A line that nobody knows how to look at: only the number of its bytes is recorded.
    Withheld,
}

/// Which way bytes went over a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the world to the terminal.
    ToTerminal,
    /// From the terminal to the world.
    FromTerminal,
}
