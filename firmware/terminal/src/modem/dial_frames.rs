//! Frames on a phone line: STX, length, message, ETX, LRC (INTERFACE.md, section 15).

use heapless::Vec;

use crate::iso8583::frame::{FRAME, FrameBuffer, LENGTH, REQUEST};

/// Asks for the last frame once more.
pub(super) const NAK: u8 = 0x15;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// What the modem sends in the midst of everything when the carrier is lost.
pub(super) const NO_CARRIER: &[u8] = b"NO CARRIER";
/// With the line's ends before and behind it.
const CARRIER_LINE: [u8; 14] = *b"\r\nNO CARRIER\r\n";

/// A request's frame as the line carries it: with STX, ETX and LRC.
pub(super) type LineFrame = Vec<u8, { REQUEST + 3 }>;

/// What a byte brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A byte inside a frame.
    Inside,
    /// The end of a frame that came unharmed.
    Whole,
    /// The end of a frame that did not.
    Harmed,
    /// The last frame is wanted once more.
    Nak,
    /// The connection is gone.
    CarrierLost,
}

/// Where in a frame the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Outside,
    Length,
    /// The length's second byte, behind this first one.
    LengthEnd(u8),
    /// In the message, with so many bytes to come.
    Message(u16),
    End,
    Check,
    /// In a frame whose end nobody knows.
    Lost,
}

/// Takes a phone line's bytes apart.
#[derive(Debug, Default)]
pub(super) struct DialFrames {
    place: Place,
    lrc: u8,
    /// How many bytes of [`CARRIER_LINE`] have come.
    carrier_line: usize,
}

impl DialFrames {
    /// Takes a byte; a message goes to the inbox, with its length as a connection over TCP would have it.
    pub(super) fn push(&mut self, byte: u8, inbox: &mut FrameBuffer) -> Option<Heard> {
        self.follow_carrier_line(byte);
        let check = self.lrc;
        self.lrc ^= byte;
        let next = match self.place {
            Place::Outside => return self.push_outside(byte, inbox),
            Place::Length => Place::LengthEnd(byte),
            Place::LengthEnd(first) => open(first, byte, inbox),
            Place::Message(left) => {
                inbox.push(byte);
                if left > 1 { Place::Message(left - 1) } else { Place::End }
            }
            Place::End if byte == ETX => Place::Check,
            Place::Check => {
                self.place = Place::Outside;
                return Some(if byte == check { Heard::Whole } else { Heard::Harmed });
            }
            Place::End | Place::Lost => Place::Lost,
        };
        self.place = next;
        Some(Heard::Inside)
    }

    fn push_outside(&mut self, byte: u8, inbox: &mut FrameBuffer) -> Option<Heard> {
        match byte {
            STX => {
                inbox.clear();
                (self.place, self.lrc) = (Place::Length, 0);
                Some(Heard::Inside)
            }
            NAK => Some(Heard::Nak),
            _ => self.said_carrier_lost().then_some(Heard::CarrierLost),
        }
    }

    /// Whether a frame has begun and not ended.
    pub(super) fn is_inside(&self) -> bool {
        self.place != Place::Outside
    }

    /// Gives up a frame behind whose last byte nothing came. Where the modem said meanwhile that the carrier is lost,
    /// that was the end of it.
    pub(super) fn give_up(&mut self) -> Heard {
        self.place = Place::Outside;
        if self.said_carrier_lost() { Heard::CarrierLost } else { Heard::Harmed }
    }

    fn said_carrier_lost(&self) -> bool {
        self.carrier_line == CARRIER_LINE.len()
    }

    fn follow_carrier_line(&mut self, byte: u8) {
        let expected = CARRIER_LINE.get(self.carrier_line);
        self.carrier_line = match byte {
            _ if expected == Some(&byte) => self.carrier_line + 1,
            // The line's end is the only thing in it that comes twice.
            b'\r' => 1,
            _ => 0,
        };
    }
}

/// Reads the length and makes room for the message.
fn open(first: u8, second: u8, inbox: &mut FrameBuffer) -> Place {
    let digits = [first >> 4, first & 0x0F, second >> 4, second & 0x0F];
    if digits.iter().any(|digit| *digit > 9) {
        return Place::Lost;
    }
    let length = digits.iter().fold(0, |length: u16, digit| 10 * length + u16::from(*digit));
    if usize::from(length) > FRAME - LENGTH {
        return Place::Lost;
    }
    length.to_be_bytes().iter().for_each(|byte| inbox.push(*byte));
    if length == 0 { Place::End } else { Place::Message(length) }
}

/// A frame of TCP as the line carries it: BCD in the place of the binary length. Empty where it is longer than any
/// request.
pub(super) fn line_frame(frame: &[u8]) -> LineFrame {
    let message = frame.get(LENGTH..).unwrap_or_default();
    let mut encoded = LineFrame::new();
    // No request has as many as 10000 bytes.
    let length = u16::try_from(message.len()).unwrap_or_default();
    let bcd = |two: u16| (two / 10 % 10 * 16 + two % 10).to_be_bytes()[1];
    let whole = encoded.extend_from_slice(&[STX, bcd(length / 100), bcd(length % 100)]).is_ok()
        && encoded.extend_from_slice(message).is_ok()
        && encoded.push(ETX).is_ok();
    let lrc = encoded.iter().skip(1).fold(0, |lrc, byte| lrc ^ byte);
    if !whole || encoded.push(lrc).is_err() {
        encoded.clear();
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{DialFrames, Heard, REQUEST, line_frame};
    use crate::iso8583::frame::FrameBuffer;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    /// What is heard besides the bytes inside a frame, and what is in the inbox then.
    fn hear(bytes: &[u8]) -> (Vec<Heard>, Vec<u8>) {
        let (mut frames, mut inbox) = (DialFrames::default(), FrameBuffer::default());
        let mut heard: Vec<Heard> = bytes.iter().filter_map(|byte| frames.push(*byte, &mut inbox)).collect();
        heard.retain(|heard| *heard != Heard::Inside);
        if frames.is_inside() {
            heard.push(frames.give_up());
        }
        (heard, inbox.bytes().to_vec())
    }

    #[test]
    fn a_frame_has_its_length_in_bcd_and_a_check_over_length_message_and_etx() {
        let frame = line_frame(b"\0\x0Cabcdefghijkl");
        assert_eq!(frame[..3], [0x02, 0x00, 0x12]);
        assert_eq!(frame[3..16], *b"abcdefghijkl\x03");
        // 'a' ^ ... ^ 'l' is 0x0C, as 1 ^ ... ^ 12 is.
        assert_eq!(frame[16..], [0x12 ^ 0x0C ^ 0x03]);
        // The message has two bytes fewer than the frame.
        assert_eq!(line_frame(&[0; REQUEST])[1..3], [0x03, 0x34]);
        assert!(line_frame(&[0; REQUEST + 1]).is_empty());
    }

    #[test]
    fn a_frame_between_other_bytes() {
        let line = [b"xx\r\n".as_slice(), &line_frame(b"\0\x03abc"), b"yy"].concat();
        assert_eq!(hear(&line), (vec![Heard::Whole], b"\0\x03abc".to_vec()));
        assert_eq!(hear(&line_frame(b"\0\0")), (vec![Heard::Whole], vec![0, 0]));
    }

    #[test]
    fn each_byte_that_is_changed_or_lost_harms_the_frame() {
        let frame = line_frame(b"\0\x03abc");
        for at in 1..frame.len() {
            let mut changed = frame.clone();
            changed[at] ^= 0x01;
            assert_eq!(hear(&changed).0, [Heard::Harmed], "{at} changed");
            let mut shorter = frame.clone();
            shorter.remove(at);
            assert_eq!(hear(&shorter).0, [Heard::Harmed], "{at} lost");
        }
    }

    #[test]
    fn lengths_that_no_answer_has() {
        for length in [[0x20, 0x47], [0x0A, 0x00], [0x00, 0xA0]] {
            assert_eq!(hear(&[&[0x02], length.as_slice(), b"abc"].concat()).0, [Heard::Harmed]);
        }
    }

    #[test]
    fn a_nak_counts_outside_a_frame_only() {
        assert_eq!(hear(b"\x15").0, [Heard::Nak]);
        assert_eq!(hear(&line_frame(b"\0\x01\x15")).0, [Heard::Whole]);
    }

    #[test]
    fn the_carrier_is_lost_by_a_line_of_its_own() {
        assert_eq!(hear(b"\r\r\nNO CARRIER\r\n").0, [Heard::CarrierLost]);
        for line in [b"NO CARRIER\r\n".as_slice(), b"\r\nNO CARRIER", b"\r\nNO CARRIERS\r\n"] {
            assert_eq!(hear(line).0, []);
        }
        // In the midst of a frame that never ends, and in one that ends.
        let frame = line_frame(b"\0\x0E\r\nNO CARRIER\r\n");
        assert_eq!(hear(&frame[..frame.len() - 2]).0, [Heard::CarrierLost]);
        assert_eq!(hear(&frame).0, [Heard::Whole]);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic_and_a_frame_is_heard_after_them(noise in prop::collection::vec(any::<u8>(), 0..5000)) {
            let (mut frames, mut inbox) = (DialFrames::default(), FrameBuffer::default());
            for byte in noise {
                frames.push(byte, &mut inbox);
            }
            if frames.is_inside() {
                frames.give_up();
            }
            let last = line_frame(b"\0\x03abc").iter().filter_map(|byte| frames.push(*byte, &mut inbox)).last();
            prop_assert_eq!(last, Some(Heard::Whole));
            prop_assert_eq!(inbox.bytes(), b"\0\x03abc");
        }
    }
}
