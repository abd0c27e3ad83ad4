//! Where frames end on a line.

/// Counts bytes of frames, each behind its length of two bytes, the length not included.
#[derive(Default)]
pub(crate) struct Frames {
    /// The first byte of a length whose second has not come.
    length: Option<u8>,
    /// Bytes that the frame still lacks.
    lacks: usize,
}

impl Frames {
    /// Takes the next bytes; whether a frame ends with the last of them.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> bool {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.lacks > 0 {
                let taken = self.lacks.min(bytes.len());
                self.lacks -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            match self.length.take() {
                None => self.length = Some(byte),
                Some(high) => self.lacks = usize::from(u16::from_be_bytes([high, byte])),
            }
            bytes = rest;
        }
        self.lacks == 0 && self.length.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_ends_with_its_last_byte() {
        let mut frames = Frames::default();
        let ends: Vec<_> =
            b"\x00\x02ab\x00\x00\x00\x01c\x01".iter().map(|byte| frames.push(&[*byte])).collect();
        let expected = [false, false, false, true, false, true, false, false, true, false];
        assert_eq!(ends, expected);
        assert!(Frames::default().push(b"\x00\x02ab\x00\x01c"));
        assert!(!Frames::default().push(b"\x00\x02ab\x00\x02c"));
    }
}
