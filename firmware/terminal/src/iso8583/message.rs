//! Lenient decoding of a frame's message.

use heapless::Vec;

use super::fields::{Format, Kind, Length, format};
use super::frame::MESSAGE_AT;

/// Bytes of the MTI.
const MTI: usize = 2;
/// Bytes of the bitmap.
const BITMAP: usize = 8;

/// The byte, counted from 0 at the frame's length, from which on a frame cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    pub(crate) offset: usize,
}

/// A field's place in the frame.
#[derive(Clone, Copy, Debug)]
struct Span {
    field: u8,
    start: usize,
    /// Digits, characters or bytes.
    length: usize,
    kind: Kind,
}

/// A frame's message, in place.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    frame: &'a [u8],
    mti: [u8; MTI],
    spans: Vec<Span, 64>,
}

impl<'a> Message<'a> {
    /// Finds the fields of a whole frame. What follows the last field is ignored.
    ///
    /// # Errors
    /// The offset at which the frame ends too early, a length is not decimal, or a field has no format.
    pub(crate) fn decode(frame: &'a [u8]) -> Result<Self, Undecodable> {
        let mut reader = Reader { frame, at: MESSAGE_AT };
        let mti = reader.array()?;
        let bitmap_at = reader.at;
        let bitmap = u64::from_be_bytes(reader.array::<BITMAP>()?);
        let mut message = Self { frame, mti, spans: Vec::new() };
        for field in 1..=64_u8 {
            if bitmap >> (64 - field) & 1 == 0 {
                continue;
            }
            let unknown = Undecodable { offset: bitmap_at + usize::from(field - 1) / 8 };
            let Format { kind, length } = format(field).ok_or(unknown)?;
            let length = reader.length(length)?;
            let start = reader.at;
            reader.skip(kind.bytes(length))?;
            // There are as many places as fields.
            let _ = message.spans.push(Span { field, start, length, kind });
        }
        Ok(message)
    }

    /// The message type's four digits as two bytes.
    pub(crate) fn mti(&self) -> [u8; MTI] {
        self.mti
    }

    /// A packed field's characters, as ASCII. `None` when it is missing, is not packed, or has more than `N`.
    pub(crate) fn digits<const N: usize>(&self, field: u8) -> Option<Vec<u8, N>> {
        let span = self.span(field).filter(|span| span.kind.is_packed())?;
        let packed = self.bytes_of(span)?;
        let padded_left = span.kind == Kind::Digits && !span.length.is_multiple_of(2);
        let nibbles = packed.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        let mut digits = Vec::new();
        for nibble in nibbles.skip(usize::from(padded_left)).take(span.length) {
            let character = char::from_digit(nibble.into(), 16)?.to_ascii_uppercase();
            digits.push(u8::try_from(character).ok()?).ok()?;
        }
        Some(digits)
    }

    /// The bytes of a field that is not packed. `None` when it is missing or packed.
    pub(crate) fn bytes(&self, field: u8) -> Option<&'a [u8]> {
        let span = self.span(field).filter(|span| !span.kind.is_packed())?;
        self.bytes_of(span)
    }

    /// What a MAC in this field covers: from the MTI to the field before it. `None` when the field is missing.
    pub(crate) fn covered_by(&self, field: u8) -> Option<&'a [u8]> {
        self.frame.get(MESSAGE_AT..self.span(field)?.start)
    }

    fn span(&self, field: u8) -> Option<Span> {
        self.spans.iter().find(|span| span.field == field).copied()
    }

    fn bytes_of(&self, span: Span) -> Option<&'a [u8]> {
        self.frame.get(span.start..)?.get(..span.kind.bytes(span.length))
    }
}

/// Walks through a frame.
struct Reader<'a> {
    frame: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Undecodable> {
        let start = self.at;
        self.skip(N)?;
        let bytes = self.frame.get(start..self.at).and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or(Undecodable { offset: start })
    }

    /// Moves on; a frame that ends before is undecodable at its end.
    fn skip(&mut self, count: usize) -> Result<(), Undecodable> {
        self.at = self.at.saturating_add(count);
        if self.at > self.frame.len() { Err(Undecodable { offset: self.frame.len() }) } else { Ok(()) }
    }

    /// A field's length, read from the frame where it varies. More than the format's most is taken.
    fn length(&mut self, length: Length) -> Result<usize, Undecodable> {
        let start = self.at;
        let (length, valid) = match length {
            Length::Fixed(length) => (length, true),
            Length::Ll(_) => decimal(&self.array::<1>()?),
            Length::Lll(_) => decimal(&self.array::<2>()?),
        };
        if valid { Ok(length) } else { Err(Undecodable { offset: start }) }
    }
}

/// BCD bytes as a number, and whether every nibble was decimal.
fn decimal(bytes: &[u8]) -> (usize, bool) {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    nibbles
        .fold((0, true), |(number, valid), nibble| (number * 10 + usize::from(nibble), valid && nibble <= 9))
}

#[cfg(test)]
mod tests {
    use super::{Message, Undecodable};
    use crate::iso8583::fields::{Kind, format};
    use crate::iso8583::writer::Writer;
    use crate::vectors::{Case, Vectors};
    use proptest::prelude::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn frame(case: &Case) -> Vec<u8> {
        hex::decode(case.input("frame")).unwrap()
    }

    /// A field as the vectors write it: characters as text but for 62, 64 and other bytes, which are hex.
    fn shown(message: &Message<'_>, field: u8) -> Option<String> {
        match format(field)?.kind {
            Kind::Text => message.bytes(field).map(|text| String::from_utf8(text.to_vec()).unwrap()),
            Kind::Bytes => message.bytes(field).map(hex::encode_upper),
            _ => message.digits::<322>(field).map(|digits| String::from_utf8(digits.to_vec()).unwrap()),
        }
    }

    #[test]
    fn every_field_of_the_shared_frames() {
        for case in Vectors::load("cup_frames") {
            let frame = frame(&case);
            let message = Message::decode(&frame).unwrap();
            assert_eq!(hex::encode(message.mti()), case.output("mti"), "{}", case.name);
            let expected = case.outputs["fields"].as_object().unwrap();
            for field in 1..=64_u8 {
                let expected = expected.get(&field.to_string()).and_then(|value| value.as_str());
                assert_eq!(shown(&message, field).as_deref(), expected, "{} field {field}", case.name);
            }
        }
    }

    #[test]
    fn the_shared_frames_are_written_byte_for_byte() {
        for case in Vectors::load("cup_frames") {
            let frame = frame(&case);
            let mti: [u8; 2] = frame[13..15].try_into().unwrap();
            let tpdu = frame[2..7].try_into().unwrap();
            let mut writer = Writer::<512>::new(tpdu, mti).unwrap();
            let fields = case.outputs["fields"].as_object().unwrap();
            for field in 2..=64_u8 {
                let Some(value) = fields.get(&field.to_string()).and_then(|value| value.as_str()) else {
                    continue;
                };
                let value = match format(field).unwrap().kind {
                    Kind::Bytes => hex::decode(value).unwrap(),
                    _ => value.as_bytes().to_vec(),
                };
                writer.put(field, &value).unwrap();
            }
            let mut written = writer.finish().unwrap().to_vec();
            // The header's class differs between the sources.
            written[7..13].copy_from_slice(&frame[7..13]);
            assert_eq!(hex::encode_upper(written), hex::encode_upper(&frame), "{}", case.name);
        }
    }

    #[test]
    fn a_frame_cut_anywhere_is_undecodable_at_its_end() {
        let frame = frame(&Vectors::load("cup_frames").named("easy8583_signin_rsp"));
        for length in 0..frame.len() {
            let Err(Undecodable { offset }) = Message::decode(&frame[..length]) else {
                panic!("{length} bytes were decoded")
            };
            assert!(offset <= length, "{offset} lies behind {length} bytes");
        }
    }

    #[test]
    fn a_field_without_a_format_is_named_by_its_bit_s_byte() {
        let mut frame = frame(&Vectors::load("cup_frames").named("easy8583_signin_rsp"));
        frame[15] |= 0x80;
        assert_eq!(Message::decode(&frame).err(), Some(Undecodable { offset: 15 }));
    }

    #[test]
    fn a_length_that_is_not_decimal_is_named() {
        let mut frame = frame(&Vectors::load("cup_frames").named("easy8583_signin_rsp"));
        // Field 32's length follows the bitmap and fields 11, 12 and 13.
        assert_eq!(frame[31], 0x08);
        frame[31] = 0x0A;
        assert_eq!(Message::decode(&frame).err(), Some(Undecodable { offset: 31 }));
    }

    proptest! {
        #[test]
        fn damaged_frames_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut frame = frame(&Vectors::load("cup_frames").named("sale_chip_constructed"));
            for (index, flip) in flips {
                let at = index.index(frame.len());
                frame[at] ^= flip;
            }
            frame.truncate(cut.index(frame.len()) + 1);
            if let Ok(message) = Message::decode(&frame) {
                for field in 0..=255 {
                    let _ = (message.digits::<37>(field), message.bytes(field));
                }
            }
        }

        #[test]
        fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(message) = Message::decode(&bytes) {
                for field in 0..=255 {
                    let _ = (message.digits::<37>(field), message.bytes(field));
                }
            }
        }
    }
}
