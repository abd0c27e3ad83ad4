//! The slot line's escapes, as they come in (INTERFACE.md, section 9).

/// Opens an escape; twice, it is the character.
pub(super) const DLE: u8 = 0x10;
/// Behind DLE: the next character came with a parity error.
const PARITY: u8 = 0x50;
/// Behind DLE: an error signal.
const ERROR_SIGNAL: u8 = 0x45;

/// What came on the line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// A character.
    Character(u8),
    /// A character with a parity error, as far as it was read.
    Harmed(u8),
    /// The card had a parity error at the last character.
    ErrorSignal,
}

impl Heard {
    /// The same, with a character changed by `turn`.
    pub(super) fn turned(self, turn: impl FnOnce(u8) -> u8) -> Self {
        match self {
            Self::Character(byte) => Self::Character(turn(byte)),
            Self::Harmed(byte) => Self::Harmed(turn(byte)),
            Self::ErrorSignal => Self::ErrorSignal,
        }
    }
}

/// Finds characters and signals in the line's bytes.
#[derive(Default)]
pub(super) struct Decoder {
    escaped: bool,
    harmed: bool,
}

impl Decoder {
    /// Takes a byte; what ends with it. An escape that is unknown is noise, and passed over.
    pub(super) fn push(&mut self, byte: u8) -> Option<Heard> {
        match (core::mem::take(&mut self.escaped), byte) {
            (false, DLE) => {
                self.escaped = true;
                None
            }
            (true, PARITY) => {
                self.harmed = true;
                None
            }
            (true, ERROR_SIGNAL) => Some(Heard::ErrorSignal),
            (true, other) if other != DLE => None,
            (_, character) => Some(match core::mem::take(&mut self.harmed) {
                true => Heard::Harmed(character),
                false => Heard::Character(character),
            }),
        }
    }
}
