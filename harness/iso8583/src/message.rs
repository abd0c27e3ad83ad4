//! A message as its owner holds it: MTI and field values, framed by TPDU and header.

use std::collections::BTreeMap;
use std::fmt;

/// A field's value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Decimal digits; in a track also `D` and, encrypted, any upper-case hex digit.
    Digits(String),
    /// Characters, padding included.
    Text(String),
    /// Bytes of a binary field, or of a character field that holds more than its format allows.
    Bytes(Vec<u8>),
}

impl Value {
    /// Digits of a packed field.
    #[must_use]
    pub fn digits(digits: impl Into<String>) -> Self {
        Self::Digits(digits.into())
    }

    /// Text of a character field.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Bytes of a binary field.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// The digits or characters; nothing for bytes.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Digits(s) | Self::Text(s) => Some(s),
            Self::Bytes(_) => None,
        }
    }

    /// The bytes; nothing for digits and text.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(b) => Some(b),
            Self::Digits(_) | Self::Text(_) => None,
        }
    }
}

/// As printed in JSON: digits and text as they are, bytes as upper-case hex. Nothing is masked.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits(s) | Self::Text(s) => f.write_str(s),
            Self::Bytes(b) => f.write_str(&hex::encode_upper(b)),
        }
    }
}

/// Kind and size only: a value does not know whether it is a PAN.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits(s) => write!(f, "{} digits", s.len()),
            Self::Text(s) => write!(f, "{} characters", s.len()),
            Self::Bytes(b) => write!(f, "{} bytes", b.len()),
        }
    }
}

/// MTI and fields.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Message type indicator, four digits.
    pub mti: String,
    /// Values by field number.
    pub fields: BTreeMap<u8, Value>,
}

impl Message {
    /// A message without fields.
    #[must_use]
    pub fn new(mti: impl Into<String>) -> Self {
        Self { mti: mti.into(), fields: BTreeMap::new() }
    }

    /// The value of field `number`.
    #[must_use]
    pub fn get(&self, number: u8) -> Option<&Value> {
        self.fields.get(&number)
    }

    /// The digits or characters of field `number`.
    #[must_use]
    pub fn text(&self, number: u8) -> Option<&str> {
        self.get(number)?.as_str()
    }

    /// Sets field `number`.
    pub fn set(&mut self, number: u8, value: Value) {
        self.fields.insert(number, value);
    }

    /// The message with field `number` set.
    #[must_use]
    pub fn with(mut self, number: u8, value: Value) -> Self {
        self.set(number, value);
        self
    }
}

/// Values, but for the fields that hold a PAN or a track in every dialect of ISO 8583: their size.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.mti)?;
        for (number, value) in &self.fields {
            match number {
                2 | 34..=36 | 45 | 48 | 55 => write!(f, " {number}=({value:?})")?,
                _ => write!(f, " {number}={value}")?,
            }
        }
        Ok(())
    }
}

/// A message with what stands in front of it on the wire, but for the length.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Transport protocol data unit: id, destination, source.
    pub tpdu: [u8; 5],
    /// Application header, twelve digits.
    pub header: [u8; 6],
    /// The message.
    pub message: Message,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tpdu, header) = (hex::encode_upper(self.tpdu), hex::encode_upper(self.header));
        write!(f, "tpdu={tpdu} header={header} {:?}", self.message)
    }
}
