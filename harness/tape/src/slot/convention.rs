//! How the bits of a character stand on the line.

use serde::{Deserialize, Serialize};

/// What stands on the line before what is no character, and before itself.
pub(crate) const DLE: u8 = 0x10;

/// How a card writes its characters (ISO/IEC 7816-3, 8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convention {
    /// As they are.
    #[default]
    Direct,
    /// Each bit turned over, and in reversed order.
    Inverse,
}

impl Convention {
    /// The value of a character on the line, or what stands on the line for a value.
    pub(crate) fn turn(self, character: u8) -> u8 {
        match self {
            Self::Direct => character,
            Self::Inverse => !character.reverse_bits(),
        }
    }

    /// Writes a value as it stands on the line, its escape included.
    pub(crate) fn write(self, value: u8, line: &mut Vec<u8>) {
        let character = self.turn(value);
        if character == DLE {
            line.push(DLE);
        }
        line.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_of_inverse_convention_begins_with_3f() {
        assert_eq!(Convention::Inverse.turn(0x03), 0x3F);
        assert!((0..=255).all(|byte| Convention::Inverse.turn(Convention::Inverse.turn(byte)) == byte));
    }

    #[test]
    fn the_escape_is_the_lines() {
        let mut line = Vec::new();
        Convention::Inverse.write(0xF7, &mut line);
        Convention::Inverse.write(0x10, &mut line);
        Convention::Direct.write(0x10, &mut line);
        assert_eq!(line, [0x10, 0x10, 0xF7, 0x10, 0x10]);
    }
}
