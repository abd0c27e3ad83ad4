//! The front end: framed events one way, the printer's bytes the other (INTERFACE.md, section 8).

use crc::{CRC_16_IBM_3740, Crc};
use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader, meaning::printable};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
/// Opens a frame.
const OPENING: u8 = 0xA5;
/// The most that a frame's payload may have.
const LONGEST: usize = 2048;
/// Opening, type and length.
const HEADER: usize = 4;

/// Finds frames.
pub(super) struct FrontEndReader;

impl Reader for FrontEndReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        let bytes = come.bytes();
        if bytes.is_empty() || direction == Direction::FromTerminal {
            return if bytes.is_empty() { None } else { Found::new(bytes.len(), Meaning::Bytes) };
        }
        // The search goes on at the next opening.
        let next = || bytes[1..].iter().position(|byte| *byte == OPENING).map_or(bytes.len(), |at| at + 1);
        let none = || Found::new(next(), Meaning::Bytes);
        if bytes[0] != OPENING {
            return none();
        }
        let (kind, length) = (*bytes.get(1)?, u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        let ends = HEADER + usize::from(length);
        if usize::from(length) > LONGEST {
            return none();
        }
        let crc = u16::from_be_bytes([*bytes.get(ends)?, *bytes.get(ends + 1)?]);
        let event = told(kind, &bytes[HEADER..ends]).filter(|_| CRC.checksum(&bytes[1..ends]) == crc);
        event.map_or_else(none, |event| Found::new(ends + 2, Meaning::Signal(event)))
    }

    fn restart(&mut self, _: Direction) {}
}

/// An event in words; nothing for an unknown one.
fn told(kind: u8, payload: &[u8]) -> Option<String> {
    Some(match (kind, payload) {
        (1, [0]) => "contact card out".to_owned(),
        (1, [1]) => "contact card in".to_owned(),
        (2, [0]) => "tamper switch closed".to_owned(),
        (2, [1]) => "tamper switch open".to_owned(),
        (3, [track @ 1..=3, intervals @ ..]) if intervals.len() % 2 == 0 => {
            format!("stripe, track {track}: {} flux transitions", intervals.len() / 2)
        }
        (4, line) => format!("scanner: {}", printable(&String::from_utf8_lossy(line))),
        _ => return None,
    })
}
