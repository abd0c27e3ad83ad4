//! Bytes as people write them in a file.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes in hex digits, with spaces where one likes. It prints how many there are: they may be a card number.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HexBytes(pub Vec<u8>);

impl HexBytes {
    /// The bytes that `text` says; nothing where it is no hex.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.split_whitespace().collect();
        hex::decode(digits).ok().map(Self)
    }
}

impl fmt::Debug for HexBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for HexBytes {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(&hex::encode_upper(&self.0))
    }
}

impl<const N: usize> Serialize for Exactly<N> {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(&hex::encode_upper(self.0))
    }
}

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected bytes in hex digits, two for each"))
    }
}

/// So many bytes, in hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exactly<const N: usize>(pub [u8; N]);

impl<const N: usize> Exactly<N> {
    /// The bytes that `text` says.
    fn parse(text: &str) -> Result<Self, String> {
        HexBytes::parse(text)
            .and_then(|bytes| bytes.0.try_into().ok().map(Self))
            .ok_or_else(|| format!("expected {N} bytes in hex digits"))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Exactly<N> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(input)?).map_err(de::Error::custom)
    }
}

impl<const N: usize> JsonSchema for Exactly<N> {
    fn schema_name() -> Cow<'static, str> {
        format!("Hex{N}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": format!("{N} bytes in hex digits.") })
    }
}

impl JsonSchema for HexBytes {
    fn schema_name() -> Cow<'static, str> {
        "HexBytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "Bytes in hex digits; spaces are ignored." })
    }
}
