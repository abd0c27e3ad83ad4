//! The front end's framed events (INTERFACE.md, section 8).

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::with_deadline;
use embedded_io_async::Read;
use heapless::Vec;
use zeroize::Zeroize;

use crate::byte_source::ByteSource;
use crate::provisioning::crc::crc16;
use crate::slot::presence::Presence;
use crate::stripe::reader::StripeReader;
use crate::stripe::swipe::Swipes;

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
pub(crate) enum Event<'p> {
    /// A card was put in or taken out.
    ContactCard { is_in: bool },
    /// The tamper switch moved.
    TamperSwitch { open: bool },
    /// A track's flux transitions: intervals of two bytes each.
    Stripe { track: u8, intervals: &'p [u8] },
    /// A line from the scanner.
    Scanner,
    /// The printer's last byte of those that came together: what it says now.
    Printer { status: u8 },
}

/// The printer's last status byte, until somebody takes it.
pub(crate) type PrinterStatus = Signal<NoopRawMutex, u8>;

/// What the bytes so far begin with.
enum Head<'b> {
    /// A frame that has not come whole yet.
    Partial,
    /// Nothing that can become a frame.
    Noise,
    /// A whole frame of this many bytes; `None` where its payload makes no sense.
    Whole(usize, Option<Event<'b>>),
}

/// Finds frames in the line's bytes.
#[derive(Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8, FRAME>,
}

impl Decoder {
    /// Takes a byte, and hands on what the frames show that end with it.
    pub(crate) fn push(&mut self, byte: u8, mut hear: impl FnMut(Event<'_>)) {
        // A full buffer is a whole frame, and was dealt with.
        let _ = self.bytes.push(byte);
        loop {
            match self.head() {
                Head::Partial => return,
                Head::Noise => self.skip_to_start(),
                Head::Whole(length, event) => {
                    event.into_iter().for_each(&mut hear);
                    self.remove(length);
                }
            }
        }
    }

    fn forget(&mut self) {
        self.bytes.zeroize();
    }

    fn head(&self) -> Head<'_> {
        let bytes = self.bytes.as_slice();
        match *bytes {
            [] => return Head::Partial,
            [START, 0x01..=0x05, ..] | [START] => {}
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
        let left = self.bytes.len() - count;
        // It may have been a card's.
        self.bytes.get_mut(left..).unwrap_or_default().zeroize();
        self.bytes.truncate(left);
    }
}

fn event(kind: u8, payload: &[u8]) -> Option<Event<'_>> {
    match (kind, payload) {
        (0x01, [state @ (0 | 1)]) => Some(Event::ContactCard { is_in: *state == 1 }),
        (0x02, [state @ (0 | 1)]) => Some(Event::TamperSwitch { open: *state == 1 }),
        (0x03, [track @ 1..=3, intervals @ ..]) if intervals.len().is_multiple_of(2) => {
            Some(Event::Stripe { track: *track, intervals })
        }
        (0x04, line) if core::str::from_utf8(line).is_ok() => Some(Event::Scanner),
        (0x05, [.., status]) => Some(Event::Printer { status: *status }),
        _ => None,
    }
}

/// The front end's line.
pub(crate) struct FrontEnd<R> {
    bytes: ByteSource<R, 64>,
    decoder: Decoder,
    swipes: Swipes,
}

/// Who is told what the front end reports.
#[derive(Clone, Copy)]
pub(crate) struct Listeners<'l> {
    pub(crate) printer: &'l PrinterStatus,
    pub(crate) stripe: &'l StripeReader,
    pub(crate) presence: &'l Presence,
}

impl<R: Read> FrontEnd<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { bytes: ByteSource::new(reader), decoder: Decoder::default(), swipes: Swipes::default() }
    }

    /// Erases what has come in part: it may be a swipe's. What stands behind it is noise then.
    pub(crate) fn forget(&mut self) {
        self.bytes.forget();
        self.decoder.forget();
        self.swipes.forget();
    }

    /// Reads events until the tamper switch is opened, and tells the others meanwhile.
    pub(crate) async fn tamper_opened(&mut self, listeners: Listeners<'_>) {
        let Listeners { printer, stripe, presence } = listeners;
        let mut is_open = false;
        while !is_open {
            let byte = match self.swipes.deadline() {
                None => self.bytes.next().await,
                Some(deadline) => match with_deadline(deadline, self.bytes.next()).await {
                    Ok(byte) => byte,
                    Err(_) => {
                        self.swipes.end(stripe);
                        continue;
                    }
                },
            };
            let swipes = &mut self.swipes;
            self.decoder.push(byte, |event| match event {
                Event::TamperSwitch { open: true } => is_open = true,
                Event::ContactCard { is_in } => presence.set(is_in),
                Event::Printer { status } => printer.signal(status),
                Event::Stripe { track, intervals } => swipes.frame(track, intervals, stripe),
                _ => {}
            });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{ByteSource, Decoder, Event, FrontEnd, Listeners, PrinterStatus, crc16};
    use embedded_io_async::Read;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::vec;
    use std::vec::Vec;

    use crate::slot::presence::Presence;
    use crate::stripe::reader::StripeReader;

    pub(crate) fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0xA5, kind];
        frame.extend((payload.len() as u16).to_be_bytes());
        frame.extend(payload);
        frame.extend(crc16(&frame[1..]).to_be_bytes());
        frame
    }

    /// What a decoder hears in these bytes.
    fn heard<'b>(decoder: &mut Decoder, bytes: impl Iterator<Item = &'b u8>) -> Vec<Event<'static>> {
        let mut events = Vec::new();
        for byte in bytes {
            decoder.push(*byte, |event| {
                events.push(match event {
                    Event::Stripe { track, intervals } => {
                        Event::Stripe { track, intervals: intervals.to_vec().leak() }
                    }
                    Event::ContactCard { is_in } => Event::ContactCard { is_in },
                    Event::TamperSwitch { open } => Event::TamperSwitch { open },
                    Event::Scanner => Event::Scanner,
                    Event::Printer { status } => Event::Printer { status },
                });
            });
        }
        events
    }

    fn events(bytes: &[u8]) -> Vec<Event<'static>> {
        heard(&mut Decoder::default(), bytes.iter())
    }

    const OPEN: Event<'static> = Event::TamperSwitch { open: true };

    #[rstest]
    #[case(0x01, &[0], Some(Event::ContactCard { is_in: false }))]
    #[case(0x01, &[1], Some(Event::ContactCard { is_in: true }))]
    #[case(0x01, &[2], None)]
    #[case(0x02, &[0], Some(Event::TamperSwitch { open: false }))]
    #[case(0x02, &[1], Some(OPEN))]
    #[case(0x02, &[7], None)]
    #[case(0x03, &[2, 0x01, 0x90, 0x01, 0x8F], Some(Event::Stripe { track: 2, intervals: &[0x01, 0x90, 0x01, 0x8F] }))]
    #[case(0x03, &[1], Some(Event::Stripe { track: 1, intervals: &[] }))]
    #[case(0x03, &[2, 0x01, 0x90, 0x01], None)]
    #[case(0x03, &[4, 0x01, 0x90], None)]
    #[case(0x04, "付款码 6212".as_bytes(), Some(Event::Scanner))]
    #[case(0x04, &[0xFF], None)]
    #[case(0x05, &[0x12], Some(Event::Printer { status: 0x12 }))]
    #[case(0x05, &[0x12, 0x72], Some(Event::Printer { status: 0x72 }))]
    #[case(0x05, &[], None)]
    #[case(0x06, &[1], None)]
    fn every_type(#[case] kind: u8, #[case] payload: &[u8], #[case] event: Option<Event<'static>>) {
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
        assert_eq!(events(&frame(0x03, &[1; 2047])), [Event::Stripe { track: 1, intervals: &[1; 2046] }]);
    }

    impl<R: Read> FrontEnd<R> {
        /// The same front end, whose next bytes are these.
        pub(crate) fn going_on_with(self, reader: R) -> Self {
            Self { bytes: ByteSource::new(reader), ..self }
        }
    }

    #[test]
    fn what_the_printer_says_is_handed_on_until_the_switch_opens() {
        let line =
            [frame(0x05, &[0x12]), frame(0x05, &[0x00]), frame(0x02, &[1]), frame(0x05, &[0x72])].concat();
        let (mut front_end, status) = (FrontEnd::new(line.as_slice()), PrinterStatus::new());
        let (stripe, presence) = (StripeReader::default(), Presence::default());
        let listeners = Listeners { printer: &status, stripe: &stripe, presence: &presence };
        embassy_futures::block_on(front_end.tamper_opened(listeners));
        assert_eq!(status.try_take(), Some(0x00));
    }

    #[test]
    fn a_card_that_was_changed_between_two_looks_is_another_one() {
        let (printer, stripe, presence) =
            (PrinterStatus::new(), StripeReader::default(), Presence::default());
        let listeners = Listeners { printer: &printer, stripe: &stripe, presence: &presence };
        let hear = |states: &[u8]| {
            let mut line: Vec<u8> = states.iter().flat_map(|state| frame(0x01, &[*state])).collect();
            line.extend(frame(0x02, &[1]));
            embassy_futures::block_on(FrontEnd::new(line.as_slice()).tamper_opened(listeners));
            presence.card()
        };
        assert_eq!(hear(&[0]), None, "none is in at boot");
        let first = hear(&[1]);
        assert!(first.is_some());
        assert_eq!(hear(&[1]), first, "it is still the same");
        assert_ne!(hear(&[0, 1]), first);
        assert_eq!(hear(&[0]), None);
    }

    proptest! {
        #[test]
        fn noise_before_a_frame_never_panics_and_frames_follow_on(
            noise in prop::collection::vec(any::<u8>(), 0..5000),
            clean in prop::collection::vec(0_u8..0xA5, 0..300),
        ) {
            events(&noise);
            let found = heard(&mut Decoder::default(), clean.iter().chain(&frame(0x02, &[1])));
            prop_assert_eq!(found, [OPEN]);
        }
    }
}
