//! Frames to bytes: strictly as the dialect says.

use thiserror::Error;

use crate::decode_error::FieldName;
use crate::dialect::{Dialect, Field};
use crate::format::{Kind, Size};
use crate::message::{Frame, Value};
use crate::packing;
use crate::schema::Justify;
use crate::view::allowed;

/// Why a frame cannot be sent in this dialect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The MTI is not four digits.
    #[error("the MTI `{0}` is not four digits")]
    Mti(String),
    /// The dialect has no such field.
    #[error("this dialect has no field {0}")]
    UnknownField(u8),
    /// A value has another size than its format allows.
    #[error("{field}: expected {expected} {unit}, {given} given")]
    Size {
        /// The field.
        field: FieldName,
        /// What its format allows.
        expected: String,
        /// Digits, characters or bytes.
        unit: &'static str,
        /// How many there are.
        given: usize,
    },
    /// A value of another kind than the field's.
    #[error("{field}: expected {expected}")]
    Kind {
        /// The field.
        field: FieldName,
        /// What the field is made of.
        expected: &'static str,
    },
    /// More bytes than the dialect's largest frame.
    #[error("the frame has {0} bytes, this dialect's largest has {1}")]
    TooLong(usize, usize),
}

/// The length in front of a frame, and all that stands before the fields.
const LENGTH: usize = 2;
const FRONT: usize = LENGTH + 21;

impl Dialect {
    /// Encodes a frame, its 2-byte length in front.
    ///
    /// # Errors
    /// What the dialect does not allow, with the field; values are not repeated in the message.
    pub fn encode(&self, frame: &Frame) -> Result<Vec<u8>, EncodeError> {
        let message = &frame.message;
        if message.mti.len() != 4 || !message.mti.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EncodeError::Mti(message.mti.clone()));
        }
        let mut bitmap = 0_u64;
        let mut room = FRONT;
        for (number, value) in &message.fields {
            let field = self.field(*number).ok_or(EncodeError::UnknownField(*number))?;
            bitmap |= 1 << (64 - number);
            room += 2 + field.room(value);
        }
        let mut out = Vec::with_capacity(room);
        out.extend([0; LENGTH]);
        out.extend(frame.tpdu);
        out.extend(frame.header);
        packing::pack(&message.mti, Justify::Left, &mut out);
        out.extend(bitmap.to_be_bytes());
        for (number, value) in &message.fields {
            let field = self.field(*number).ok_or(EncodeError::UnknownField(*number))?;
            field.encode(value, &mut out)?;
        }
        let body = out.len() - LENGTH;
        let length = u16::try_from(body).ok().filter(|_| body <= self.largest);
        let length = length.ok_or(EncodeError::TooLong(body, self.largest))?;
        if let Some(front) = out.first_chunk_mut() {
            *front = length.to_be_bytes();
        }
        Ok(out)
    }

    /// The value of field `number` from the text that JSON output has for it: digits, text, or hex.
    ///
    /// # Errors
    /// When the dialect has no such field, or the text is not hex where the field is binary. The size is
    /// checked when the value is encoded.
    pub fn value(&self, number: u8, text: &str) -> Result<Value, EncodeError> {
        let field = self.field(number).ok_or(EncodeError::UnknownField(number))?;
        match field.kind {
            Kind::Digits | Kind::Track => Ok(Value::digits(text)),
            Kind::Alphanumeric | Kind::Printable => Ok(Value::text(text)),
            Kind::Binary => hex::decode(text).map(Value::Bytes).map_err(|_| field.kind_error()),
        }
    }
}

impl Field {
    /// Bytes that are enough for a value that fits.
    fn room(&self, value: &Value) -> usize {
        let given = match value {
            Value::Digits(s) | Value::Text(s) => s.len(),
            Value::Bytes(bytes) => bytes.len(),
        };
        match self.size {
            Size::Fixed(n) => self.kind.bytes_for(n),
            Size::Variable { .. } => self.kind.bytes_for(given),
        }
    }

    /// Appends the field, its length included.
    fn encode(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let given = self.units(value)?;
        match self.size {
            Size::Fixed(n) if n == given => {}
            Size::Fixed(n) => return Err(self.size_error(n.to_string(), given)),
            Size::Variable { max, .. } if given > max => {
                return Err(self.size_error(format!("at most {max}"), given));
            }
            Size::Variable { length_digits, .. } => {
                packing::pack_number(given, usize::from(length_digits).div_ceil(2), out);
            }
        }
        match value {
            Value::Digits(digits) => packing::pack(digits, self.justify, out),
            Value::Text(text) => {
                out.extend(text.bytes());
                out.extend(std::iter::repeat_n(b' ', given - text.len()));
            }
            Value::Bytes(bytes) => out.extend(bytes),
        }
        Ok(())
    }

    /// How many digits, characters or bytes the value has; text is filled up with spaces where the size is fixed.
    fn units(&self, value: &Value) -> Result<usize, EncodeError> {
        let (fits, units) = match (self.kind, value) {
            (Kind::Digits, Value::Digits(s)) => (s.bytes().all(|b| b.is_ascii_digit()), s.len()),
            (Kind::Track, Value::Digits(s)) => (self.is_track(s), s.len()),
            (Kind::Alphanumeric | Kind::Printable, Value::Text(s)) => {
                let least = if let Size::Fixed(n) = self.size { n } else { 0 };
                (s.bytes().all(|b| allowed(self.kind, b)), s.len().max(least))
            }
            // A character field may carry other bytes, so that a test can send what it must.
            (Kind::Alphanumeric | Kind::Printable | Kind::Binary, Value::Bytes(bytes)) => (true, bytes.len()),
            _ => (false, 0),
        };
        if fits { Ok(units) } else { Err(self.kind_error()) }
    }

    fn is_track(&self, digits: &str) -> bool {
        // A track that ends in F would be read back without it.
        let padded = matches!(self.size, Size::Variable { .. }) && digits.ends_with('F');
        !padded && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
    }

    fn name(&self) -> FieldName {
        FieldName { number: self.number, name: self.name.clone() }
    }

    fn size_error(&self, expected: String, given: usize) -> EncodeError {
        EncodeError::Size { field: self.name(), expected, unit: self.kind.unit(), given }
    }

    fn kind_error(&self) -> EncodeError {
        let expected = match self.kind {
            Kind::Digits => "digits 0 to 9",
            Kind::Track => "track digits: 0 to 9 and D, any hex digit where encrypted, no F at the end",
            Kind::Alphanumeric => "text of letters, digits and spaces",
            Kind::Printable => "text of printable ASCII characters",
            Kind::Binary => "bytes (hex digits where written as text)",
        };
        EncodeError::Kind { field: self.name(), expected }
    }
}
