//! Data object lists: what a card asks the terminal for (EMV 4.3 Book 3, 5.4).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{HexBytes, Tag};

/// Tags and the lengths that their values shall have.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Dol(pub Vec<(Tag, u8)>);

impl Dol {
    /// The list that `bytes` are; nothing where they are none.
    #[must_use]
    pub fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut entries = Vec::new();
        while !bytes.is_empty() {
            let (tag, behind) = Tag::read(bytes)?;
            let (length, rest) = behind.split_first()?;
            entries.push((tag, *length));
            bytes = rest;
        }
        Some(Self(entries))
    }

    /// As a data object's value.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(tag, length)| tag.bytes().chain([*length])).collect()
    }

    /// How many bytes the values have in all.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.iter().map(|(_, length)| usize::from(*length)).sum()
    }

    /// The value of a tag among `values`, which is what the terminal sent for this list.
    #[must_use]
    pub fn value<'v>(&self, tag: Tag, values: &'v [u8]) -> Option<&'v [u8]> {
        let mut at = 0;
        for (other, length) in &self.0 {
            let end = at + usize::from(*length);
            if *other == tag {
                return values.get(at..end);
            }
            at = end;
        }
        None
    }
}

impl<'de> Deserialize<'de> for Dol {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let bytes = HexBytes::deserialize(input)?;
        Self::read(&bytes.0)
            .ok_or_else(|| de::Error::custom("expected tags, each with its length, as in \"9F0206 9F3704\""))
    }
}

impl JsonSchema for Dol {
    fn schema_name() -> Cow<'static, str> {
        "Dol".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A data object list in hex: tags, each with its length; spaces are ignored.",
            "examples": ["9F0206 9F3704"],
        })
    }
}
