//! The slot: characters and escaped signals (INTERFACE.md, section 9).

use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader};

/// Opens a signal.
const ESCAPE: u8 = 0x10;

/// Finds signals; the characters between are bytes.
pub(super) struct SlotReader;

impl Reader for SlotReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        let bytes = come.bytes();
        let signal = |length, text: &str| Found::new(length, Meaning::Signal(text.to_owned()));
        let level = |up: &str, down: &str| match bytes.get(2)? {
            0 => signal(3, down),
            1 => signal(3, up),
            _ => Found::new(3, Meaning::Bytes),
        };
        match (*bytes.first()?, bytes.get(1), direction) {
            (ESCAPE, None, _) => None,
            (ESCAPE, Some(0x56), Direction::FromTerminal) => level("VCC on", "VCC off"),
            (ESCAPE, Some(0x52), Direction::FromTerminal) => level("RST high", "RST low"),
            (ESCAPE, Some(0x50), Direction::ToTerminal) => signal(2, "parity error of the next character"),
            (ESCAPE, Some(_), _) => Found::new(2, Meaning::Bytes),
            _ => {
                let characters = bytes.iter().position(|byte| *byte == ESCAPE).unwrap_or(bytes.len());
                Found::new(characters, Meaning::Bytes)
            }
        }
    }

    fn restart(&mut self, _: Direction) {}
}
