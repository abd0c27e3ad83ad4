//! Frames on a stream: length, TPDU, header, message (PROTOCOL.md, framing).

use heapless::Vec;
use zeroize::Zeroize;

/// Bytes of a frame with its length, at most.
pub(crate) const FRAME: usize = 2048;
/// Bytes of a request's frame, at most: the sign-on's field 59 has 96, its others and the frame fewer than 160; all fields
/// of a void with PIN come to fewer than 240, those of a sale with PIN and two tracks, as well; those of a
/// chip's sale with PIN, whose field 55 has 166, come to 319, and to 322 with the longest card number. As many zeros end a
/// modem's wait for a request.
pub(crate) const REQUEST: usize = 336;
/// Bytes of the length.
pub(crate) const LENGTH: usize = 2;
/// Bytes of the TPDU.
pub(crate) const TPDU: usize = 5;
/// The header of requests: class 60, version 31, status 0, no request, sub-version 311108.
pub(crate) const HEADER: [u8; 6] = [0x60, 0x31, 0x00, 0x31, 0x11, 0x08];
/// Offset of the header's byte whose low half is the processing request.
const PROCESSING_AT: usize = LENGTH + TPDU + 2;
/// The processing request that asks for a sign-on.
const SIGN_ON: u8 = 3;
/// Offset of the message in a frame.
pub(crate) const MESSAGE_AT: usize = LENGTH + TPDU + HEADER.len();

/// Whether the header of an answer's frame asks for a sign-on.
pub(crate) fn wants_sign_on(frame: &[u8]) -> bool {
    frame.get(PROCESSING_AT).is_some_and(|byte| byte & 0x0F == SIGN_ON)
}

/// A frame as it comes off the stream.
#[derive(Debug, Default)]
pub(crate) struct FrameBuffer {
    bytes: Vec<u8, FRAME>,
}

/// How far a frame has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Bytes are missing.
    Partial,
    /// The frame is whole; what follows it is not taken.
    Whole,
    /// The frame announces more bytes than any answer has.
    TooLong,
}

impl FrameBuffer {
    /// Takes a byte, unless the frame is whole or too long.
    pub(crate) fn push(&mut self, byte: u8) {
        if self.progress() == Progress::Partial {
            // Never full: a longer frame is too long before.
            let _ = self.bytes.push(byte);
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        let Some(length) = self.bytes.first_chunk().copied() else { return Progress::Partial };
        let whole = LENGTH + usize::from(u16::from_be_bytes(length));
        match whole {
            _ if whole > FRAME => Progress::TooLong,
            _ if self.bytes.len() < whole => Progress::Partial,
            _ => Progress::Whole,
        }
    }

    /// The bytes so far, from the length on.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Erases the frame: an answer has the card number.
    pub(crate) fn clear(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameBuffer, HEADER, Progress, wants_sign_on};

    #[test]
    fn a_frame_is_whole_at_its_last_byte_and_takes_no_more() {
        let mut buffer = FrameBuffer::default();
        for byte in [0, 3, b'a', b'b'] {
            buffer.push(byte);
            assert_eq!(buffer.progress(), Progress::Partial);
        }
        buffer.push(b'c');
        buffer.push(b'd');
        assert_eq!(buffer.progress(), Progress::Whole);
        assert_eq!(buffer.bytes(), b"\0\x03abc");
    }

    #[test]
    fn a_frame_that_no_buffer_holds_is_told_by_its_length() {
        let mut buffer = FrameBuffer::default();
        buffer.push(0x07);
        buffer.push(0xFE);
        assert_eq!(buffer.progress(), Progress::Partial);
        buffer.clear();
        buffer.push(0x07);
        buffer.push(0xFF);
        assert_eq!(buffer.progress(), Progress::TooLong);
    }

    #[test]
    fn a_sign_on_is_wanted_by_the_low_half_of_the_header_s_third_byte() {
        for byte in 0..=u8::MAX {
            let mut header = HEADER;
            header[2] = byte;
            let frame = [&[0, 13, 0x60, 0, 0, 0, 0x03], header.as_slice(), &[0x02, 0x10]].concat();
            assert_eq!(wants_sign_on(&frame), byte % 16 == 3, "{byte:02X}");
        }
        assert!(!wants_sign_on(&[0; 9]));
    }

    #[test]
    fn an_empty_frame_is_whole() {
        let mut buffer = FrameBuffer::default();
        buffer.push(0);
        buffer.push(0);
        assert_eq!(buffer.progress(), Progress::Whole);
    }
}
