//! The front end: framed events one way, the printer's bytes the other (INTERFACE.md, sections 8 and 13).

use crc::{CRC_16_IBM_3740, Crc};
use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader, meaning::printable, printing::Printing};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
/// Opens a frame.
const OPENING: u8 = 0xA5;
/// The most that a frame's payload may have.
const LONGEST: usize = 2048;
/// The type of a frame that tells of a track.
const STRIPE: u8 = 3;
/// Opening, type and length.
const HEADER: usize = 4;

/// Finds frames one way, and what is printed the other.
#[derive(Default)]
pub(super) struct FrontEndReader {
    printing: Printing,
}

impl Reader for FrontEndReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        let bytes = come.bytes();
        if direction == Direction::FromTerminal {
            return self.printing.next(bytes);
        }
        if bytes.is_empty() {
            return None;
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
        let payload = &bytes[HEADER..ends];
        // The flux of a card is a secret: zeros stand for it, and the CRC is of what they stand for.
        let veiled = kind == STRIPE && payload.len() > 1 && payload[1..].iter().all(|byte| *byte == 0);
        let event = told(kind, payload).filter(|_| veiled || CRC.checksum(&bytes[1..ends]) == crc);
        event.map_or_else(none, |event| Found::new(ends + 2, Meaning::Signal(event)))
    }

    fn restart(&mut self, direction: Direction) {
        if direction == Direction::FromTerminal {
            self.printing = Printing::default();
        }
    }
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
        (5, answers @ [_, ..]) => {
            let answers: Vec<_> = answers.iter().map(|answer| answered(*answer)).collect();
            format!("printer: {}", answers.join(", "))
        }
        _ => return None,
    })
}

/// What the printer answers (INTERFACE.md, section 13): of `DLE EOT 4` these four bits are always the same, of `GS r 1` two others.
fn answered(byte: u8) -> String {
    match byte {
        paper if paper & 0x93 == 0x12 => if paper & 0x60 == 0 { "has paper" } else { "paper out" }.to_owned(),
        printed if printed & 0xF0 == 0 => {
            if printed & 0x0C == 0 { "printed" } else { "printed, paper out" }.to_owned()
        }
        other => format!("{other:02x}"),
    }
}
