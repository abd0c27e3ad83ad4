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

impl Dialect {
    /// Encodes a frame, its 2-byte length in front.
    ///
    /// # Errors
    /// What the dialect does not allow, with the field; values are not repeated in the message.
    pub fn encode(&self, frame: &Frame) -> Result<Vec<u8>, EncodeError> {
        let message = &frame.message;
        let mti =
            Some(message.mti.as_str()).filter(|m| m.len() == 4 && m.bytes().all(|b| b.is_ascii_digit()));
        let mti = mti.and_then(|m| packing::pack(m, Justify::Left));
        let mti = mti.ok_or_else(|| EncodeError::Mti(message.mti.clone()))?;
        let mut bitmap = 0_u64;
        let mut fields = Vec::new();
        for (number, value) in &message.fields {
            let field = self.field(*number).ok_or(EncodeError::UnknownField(*number))?;
            bitmap |= 1 << (64 - number);
            fields.extend(field.encode(value)?);
        }
        let body = [&frame.tpdu[..], &frame.header, &mti, &bitmap.to_be_bytes(), &fields].concat();
        let length = u16::try_from(body.len()).ok().filter(|_| body.len() <= self.largest);
        let length = length.ok_or(EncodeError::TooLong(body.len(), self.largest))?;
        Ok([&length.to_be_bytes()[..], &body].concat())
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
    /// The field's bytes, its length included.
    fn encode(&self, value: &Value) -> Result<Vec<u8>, EncodeError> {
        let (units, data) = match (self.kind, value) {
            (Kind::Digits | Kind::Track, Value::Digits(digits)) => (digits.len(), self.digits(digits)?),
            (Kind::Alphanumeric | Kind::Printable, Value::Text(text)) => {
                let data = self.characters(text)?;
                (data.len(), data)
            }
            // A character field may carry other bytes, so that a test can send what it must.
            (Kind::Alphanumeric | Kind::Printable | Kind::Binary, Value::Bytes(bytes)) => {
                (bytes.len(), bytes.clone())
            }
            _ => return Err(self.kind_error()),
        };
        match self.size {
            Size::Fixed(n) if n == units => Ok(data),
            Size::Fixed(n) => Err(self.size_error(n.to_string(), units)),
            Size::Variable { max, .. } if units > max => {
                Err(self.size_error(format!("at most {max}"), units))
            }
            Size::Variable { length_digits, .. } => {
                let length = packing::pack_number(units, usize::from(length_digits).div_ceil(2));
                Ok([length, data].concat())
            }
        }
    }

    fn digits(&self, digits: &str) -> Result<Vec<u8>, EncodeError> {
        let ok = |b: u8| b.is_ascii_digit() || (self.kind == Kind::Track && matches!(b, b'A'..=b'F'));
        // A track that ends in F would be read back without it.
        let ends = self.kind == Kind::Track && digits.ends_with('F');
        let packed = packing::pack(digits, self.justify).filter(|_| digits.bytes().all(ok) && !ends);
        packed.ok_or_else(|| self.kind_error())
    }

    /// Text, filled up with spaces where the size is fixed.
    fn characters(&self, text: &str) -> Result<Vec<u8>, EncodeError> {
        if !text.bytes().all(|b| allowed(self.kind, b)) {
            return Err(self.kind_error());
        }
        let mut data = text.as_bytes().to_vec();
        if let Size::Fixed(n) = self.size
            && data.len() < n
        {
            data.resize(n, b' ');
        }
        Ok(data)
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
