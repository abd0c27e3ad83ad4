//! The front end's framed events (INTERFACE.md, section 8).

use embedded_io_async::Read;
use heapless::Vec;

use crate::byte_source::ByteSource;
use crate::provisioning::crc::crc16;

const START: u8 = 0xA5;
/// Start, type, length.
const HEADER: usize = 4;
/// Bytes of a payload, at most.
const PAYLOAD: usize = 2048;
/// Bytes of the CRC.
const CRC: usize = 2;
/// Bytes of a frame, at most.
const FRAME: usize = HEADER + PAYLOAD + CRC;

/// What the front end reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A card was put in or taken out.
    ContactCard,
    /// The tamper switch moved.
    TamperSwitch { open: bool },
    /// A track's flux transitions.
    Stripe,
    /// A line from the scanner.
    Scanner,
}

/// What the bytes so far begin with.
enum Head {
    /// A frame that has not come whole yet.
    Partial,
    /// Nothing that can become a frame.
    Noise,
    /// A whole frame of this many bytes; `None` where its payload makes no sense.
    Whole(usize, Option<Event>),
}

/// Finds frames in the line's bytes.
#[derive(Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8, FRAME>,
}

impl Decoder {
    /// Takes a byte; at most one frame can end with it, and what it shows is returned.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Event> {
        // A full buffer is a whole frame, and was dealt with.
        let _ = self.bytes.push(byte);
        let mut last = None;
        loop {
            match self.head() {
                Head::Partial => return last,
                Head::Noise => self.skip_to_start(),
                Head::Whole(length, event) => {
                    last = event.or(last);
                    self.remove(length);
                }
            }
        }
    }

    fn head(&self) -> Head {
        let bytes = self.bytes.as_slice();
        match *bytes {
            [] => return Head::Partial,
            [START, 0x01..=0x04, ..] | [START] => {}
            _ => return Head::Noise,
        }
        let &[_, kind, high, low, ref rest @ ..] = bytes else { return Head::Partial };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let switch = matches!(kind, 0x01 | 0x02);
        if length > PAYLOAD || switch && length != 1 {
            return Head::Noise;
        }
        let Some((payload, tail)) = rest.split_at_checked(length) else { return Head::Partial };
        let Some(stated) = tail.first_chunk::<CRC>() else { return Head::Partial };
        let covered = bytes.get(1..HEADER + length).unwrap_or_default();
        if crc16(covered).to_be_bytes() != *stated {
            return Head::Noise;
        }
        Head::Whole(HEADER + length + CRC, event(kind, payload))
    }

    /// Drops the first byte and what follows up to the next start.
    fn skip_to_start(&mut self) {
        let rest = self.bytes.get(1..).unwrap_or_default();
        let next = rest.iter().position(|byte| *byte == START).unwrap_or(rest.len());
        self.remove(1 + next);
    }

    fn remove(&mut self, count: usize) {
        let count = count.min(self.bytes.len());
        self.bytes.rotate_left(count);
        self.bytes.truncate(self.bytes.len() - count);
    }
}

fn event(kind: u8, payload: &[u8]) -> Option<Event> {
    match (kind, payload) {
        (0x01, [0 | 1]) => Some(Event::ContactCard),
        (0x02, [state @ (0 | 1)]) => Some(Event::TamperSwitch { open: *state == 1 }),
        (0x03, [1..=3, intervals @ ..]) if intervals.len().is_multiple_of(2) => Some(Event::Stripe),
        (0x04, line) if core::str::from_utf8(line).is_ok() => Some(Event::Scanner),
        _ => None,
    }
}

/// The front end's line.
pub(crate) struct FrontEnd<R> {
    bytes: ByteSource<R, 64>,
    decoder: Decoder,
}

impl<R: Read> FrontEnd<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { bytes: ByteSource::new(reader), decoder: Decoder::default() }
    }

    /// Reads events until the tamper switch is opened.
    pub(crate) async fn tamper_opened(&mut self) {
        loop {
            let event = self.decoder.push(self.bytes.next().await);
            if event == Some(Event::TamperSwitch { open: true }) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Event, crc16};
    use proptest::prelude::*;
    use rstest::rstest;
    use std::vec;
    use std::vec::Vec;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0xA5, kind];
        frame.extend((payload.len() as u16).to_be_bytes());
        frame.extend(payload);
        frame.extend(crc16(&frame[1..]).to_be_bytes());
        frame
    }

    fn events(bytes: &[u8]) -> Vec<Event> {
        let mut decoder = Decoder::default();
        bytes.iter().filter_map(|byte| decoder.push(*byte)).collect()
    }

    const OPEN: Event = Event::TamperSwitch { open: true };

    #[rstest]
    #[case(0x01, &[1], Some(Event::ContactCard))]
    #[case(0x02, &[0], Some(Event::TamperSwitch { open: false }))]
    #[case(0x02, &[1], Some(OPEN))]
    #[case(0x02, &[7], None)]
    #[case(0x03, &[2, 0x01, 0x90, 0x01, 0x8F], Some(Event::Stripe))]
    #[case(0x03, &[4, 0x01, 0x90], None)]
    #[case(0x04, "付款码 6212".as_bytes(), Some(Event::Scanner))]
    #[case(0x04, &[0xFF], None)]
    #[case(0x05, &[1], None)]
    fn every_type(#[case] kind: u8, #[case] payload: &[u8], #[case] event: Option<Event>) {
        assert_eq!(events(&frame(kind, payload)), Vec::from_iter(event));
    }

    #[test]
    fn a_frame_inside_a_damaged_one_is_found() {
        let mut bytes = frame(0x04, &frame(0x02, &[1]));
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert_eq!(events(&bytes), [OPEN]);
    }

    #[test]
    fn a_length_over_the_limit_holds_nothing_up() {
        let mut bytes = vec![0xA5, 0x03, 0x08, 0x01];
        bytes.extend(frame(0x02, &[1]));
        assert_eq!(events(&bytes), [OPEN]);
        assert_eq!(events(&frame(0x03, &[1; 2047])), [Event::Stripe]);
    }

    proptest! {
        #[test]
        fn noise_before_a_frame_never_panics_and_frames_follow_on(
            noise in prop::collection::vec(any::<u8>(), 0..5000),
            clean in prop::collection::vec(0_u8..0xA5, 0..300),
        ) {
            let mut decoder = Decoder::default();
            for byte in &noise {
                decoder.push(*byte);
            }
            let mut decoder = Decoder::default();
            let found: Vec<_> =
                clean.iter().chain(&frame(0x02, &[1])).filter_map(|byte| decoder.push(*byte)).collect();
            prop_assert_eq!(found, [OPEN]);
        }
    }
}
