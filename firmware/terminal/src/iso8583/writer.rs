//! Strict encoding of a request.

use heapless::Vec;

use super::fields::{Format, Kind, Length, format};
use super::frame::{HEADER, LENGTH, MESSAGE_AT, TPDU};

/// Offset of the bitmap in a frame.
const BITMAP_AT: usize = MESSAGE_AT + 2;

/// Why a message cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodeError {
    /// The frame is longer than its buffer.
    Full,
    /// The field has no format, or a later one was put before.
    Field(u8),
    /// The value's length is not the field's.
    Length(u8),
    /// The value has a character that the field cannot carry.
    Character(u8),
}

/// Writes a frame of at most `N` bytes, field by field in ascending order.
#[derive(Debug)]
pub(crate) struct Writer<const N: usize> {
    frame: Vec<u8, N>,
    bitmap: u64,
    last: u8,
}

impl<const N: usize> Writer<N> {
    /// A frame up to its bitmap.
    ///
    /// # Errors
    /// When `N` is too small for that.
    pub(crate) fn new(tpdu: &[u8; TPDU], mti: [u8; 2]) -> Result<Self, EncodeError> {
        let mut writer = Self { frame: Vec::new(), bitmap: 0, last: 1 };
        for part in [[0; LENGTH].as_slice(), tpdu, &HEADER, &mti, &[0; 8]] {
            writer.append(part)?;
        }
        Ok(writer)
    }

    /// Adds a field. Packed fields are given as ASCII digits (upper-case hex digits in tracks), others as they are sent.
    ///
    /// # Errors
    /// When the value does not fit the field's format, or the fields are out of order.
    pub(crate) fn put(&mut self, field: u8, value: &[u8]) -> Result<(), EncodeError> {
        let Format { kind, length } = format(field).ok_or(EncodeError::Field(field))?;
        if field <= self.last {
            return Err(EncodeError::Field(field));
        }
        if !value.iter().all(|character| can_carry(kind, *character)) {
            return Err(EncodeError::Character(field));
        }
        self.put_length(field, length, value.len())?;
        match kind {
            Kind::Text | Kind::Bytes => self.append(value)?,
            Kind::Digits => self.append_packed(value, !value.len().is_multiple_of(2))?,
            Kind::DigitsPaddedRight | Kind::Track => self.append_packed(value, false)?,
        }
        self.bitmap |= 1 << (64 - field);
        self.last = field;
        Ok(())
    }

    fn put_length(&mut self, field: u8, length: Length, actual: usize) -> Result<(), EncodeError> {
        let fits = match length {
            Length::Fixed(exact) => actual == exact,
            Length::Ll(most) | Length::Lll(most) => actual <= most,
        };
        if !fits {
            return Err(EncodeError::Length(field));
        }
        // Every most is below 1000: each quotient is below 10.
        let bcd = |number: usize| (number / 10 % 10 * 16 + number % 10) as u8;
        match length {
            Length::Fixed(_) => Ok(()),
            Length::Ll(_) => self.append(&[bcd(actual)]),
            Length::Lll(_) => self.append(&[bcd(actual / 100), bcd(actual)]),
        }
    }

    fn append_packed(&mut self, digits: &[u8], pad_left: bool) -> Result<(), EncodeError> {
        let mut nibbles = pad_left.then_some(0).into_iter().chain(digits.iter().map(|digit| nibble(*digit)));
        while let Some(high) = nibbles.next() {
            let low = nibbles.next().unwrap_or(0);
            self.append(&[high << 4 | low])?;
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.frame.extend_from_slice(bytes).map_err(|_| EncodeError::Full)
    }

    /// Fills in bitmap and length.
    ///
    /// # Errors
    /// When the frame is too long for its length.
    pub(crate) fn finish(mut self) -> Result<Vec<u8, N>, EncodeError> {
        let length = u16::try_from(self.frame.len() - LENGTH).map_err(|_| EncodeError::Full)?;
        for (at, bytes) in
            [(0, length.to_be_bytes().as_slice()), (BITMAP_AT, self.bitmap.to_be_bytes().as_slice())]
        {
            if let Some(place) = self.frame.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
        Ok(self.frame)
    }
}

fn can_carry(kind: Kind, character: u8) -> bool {
    match kind {
        Kind::Digits | Kind::DigitsPaddedRight => character.is_ascii_digit(),
        Kind::Track => matches!(character, b'0'..=b'9' | b'A'..=b'F'),
        Kind::Text => matches!(character, b' '..=b'~'),
        Kind::Bytes => true,
    }
}

fn nibble(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit & 0x0F } else { digit.wrapping_sub(b'A' - 10) & 0x0F }
}

#[cfg(test)]
mod tests {
    use super::{EncodeError, Writer};
    use rstest::rstest;

    #[rstest]
    #[case(11, "00001", EncodeError::Length(11))]
    #[case(11, "00000A", EncodeError::Character(11))]
    #[case(41, "9999990", EncodeError::Length(41))]
    #[case(41, "9999990\n", EncodeError::Character(41))]
    #[case(60, "00000000000000000004", EncodeError::Length(60))]
    #[case(10, "1", EncodeError::Field(10))]
    #[case(1, "1", EncodeError::Field(1))]
    #[case(65, "1", EncodeError::Field(65))]
    fn what_a_field_cannot_carry(#[case] field: u8, #[case] value: &str, #[case] error: EncodeError) {
        let mut writer = Writer::<256>::new(&[0x60, 0, 3, 0, 0], [8, 0]).unwrap();
        assert_eq!(writer.put(field, value.as_bytes()), Err(error));
    }

    #[test]
    fn fields_come_in_order_and_once() {
        let mut writer = Writer::<256>::new(&[0x60, 0, 3, 0, 0], [8, 0]).unwrap();
        writer.put(41, b"99999906").unwrap();
        assert_eq!(writer.put(41, b"99999906"), Err(EncodeError::Field(41)));
        assert_eq!(writer.put(11, b"000001"), Err(EncodeError::Field(11)));
    }

    #[test]
    fn a_frame_that_does_not_fit_is_an_error() {
        assert_eq!(Writer::<16>::new(&[0; 5], [8, 0]).err(), Some(EncodeError::Full));
        let mut writer = Writer::<24>::new(&[0; 5], [8, 0]).unwrap();
        assert_eq!(writer.put(41, b"99999906"), Err(EncodeError::Full));
    }
}
