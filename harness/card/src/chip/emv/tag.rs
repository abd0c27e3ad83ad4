//! Tags of data objects (ISO/IEC 8825-1, EMV 4.3 Book 3, annex B).

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A tag of one or two bytes, such as 82 or 9F36. EMV has no longer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u16);

impl Tag {
    /// Its bytes.
    pub fn bytes(self) -> impl Iterator<Item = u8> {
        let [high, low] = self.0.to_be_bytes();
        (high != 0).then_some(high).into_iter().chain([low])
    }

    /// Whether its value is data objects again.
    #[must_use]
    pub fn is_constructed(self) -> bool {
        self.bytes().next().is_some_and(|first| first & 0x20 != 0)
    }

    /// The tag at the beginning of `data`, and what follows it.
    #[must_use]
    pub fn read(data: &[u8]) -> Option<(Self, &[u8])> {
        match data {
            [first, second, rest @ ..] if first & 0x1F == 0x1F => {
                // A third byte would follow a second one with the highest bit.
                (second & 0x80 == 0).then_some((Self(u16::from_be_bytes([*first, *second])), rest))
            }
            [first, rest @ ..] if first & 0x1F != 0x1F => Some((Self(u16::from(*first)), rest)),
            _ => None,
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0xFF { write!(f, "{:04X}", self.0) } else { write!(f, "{:02X}", self.0) }
    }
}

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a tag of one or two bytes in hex, as in \"9F36\", found {:?}", text);
        let bytes = hex_of(text).ok_or_else(wrong)?;
        match Self::read(&bytes) {
            Some((tag, [])) => Ok(tag),
            _ => Err(wrong()),
        }
    }
}

fn hex_of(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_str(self)
    }
}

impl JsonSchema for Tag {
    fn schema_name() -> Cow<'static, str> {
        "Tag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A tag in hex, one or two bytes.",
            "pattern": "^[0-9A-Fa-f]{2}([0-9A-Fa-f]{2})?$",
            "examples": ["82", "9F36"],
        })
    }
}
