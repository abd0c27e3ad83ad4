//! Frames on a stream: length, TPDU, header, message (PROTOCOL.md, framing).

use heapless::Vec;

/// Bytes of a frame with its length, at most.
pub(crate) const FRAME: usize = 2048;
/// Bytes of the length.
pub(crate) const LENGTH: usize = 2;
/// Bytes of the TPDU.
pub(crate) const TPDU: usize = 5;
/// The header of requests: class 60, version 31, status 0, no request, sub-version 311108.
pub(crate) const HEADER: [u8; 6] = [0x60, 0x31, 0x00, 0x31, 0x11, 0x08];
/// Offset of the message in a frame.
pub(crate) const MESSAGE_AT: usize = LENGTH + TPDU + HEADER.len();

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

    /// Forgets the frame.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameBuffer, Progress};

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
    fn an_empty_frame_is_whole() {
        let mut buffer = FrameBuffer::default();
        buffer.push(0);
        buffer.push(0);
        assert_eq!(buffer.progress(), Progress::Whole);
    }
}
