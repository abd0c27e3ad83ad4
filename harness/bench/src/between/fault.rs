//! What can be wrong with a line, as a scenario says it.

use std::{borrow::Cow, fmt};

use payrig_fixture::Time;
use payrig_tape::Direction;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, value::MapAccessDeserializer},
};

/// What a step makes of the modem's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineTo {
    /// Nothing is wrong with it any more, either way.
    Clean,
    /// This is wrong with it, and nothing else.
    Faulty(LineFault),
}

/// What is wrong with the modem's line. It takes the place of what was wrong before, in the directions that it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LineFault {
    /// So many bytes are lost.
    pub drop: Option<Rate>,
    /// Each byte comes so much later; their order stays.
    pub delay: Option<Time>,
    /// In so many bytes one bit is flipped, each time another one.
    pub damage: Option<Rate>,
    /// The direction that it is for; both where this is left out.
    pub direction: Option<Way>,
}

/// A direction of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// What the device says.
    ToTerminal,
    /// What the terminal says.
    FromTerminal,
}

/// A share of the bytes, each of which is drawn for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    hits: u32,
    of: u32,
}

impl Rate {
    /// Every byte.
    pub const ALL: Self = Self { hits: 1, of: 1 };

    /// The rate that `text` says: `all`, or `1 in 50`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self::ALL);
        }
        let (hits, of) = text.split_once(" in ")?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let (hits, of): (u32, u32) = (number(hits)?, number(of)?);
        (hits > 0 && hits <= of && of <= 1_000_000).then_some(Self { hits, of })
    }

    /// Whether a number, drawn from all there are, hits.
    pub(super) fn hits(self, drawn: u32) -> bool {
        // The high bits decide: no remainder favours small numbers.
        (u64::from(drawn) * u64::from(self.of)) >> 32 < u64::from(self.hits)
    }
}

impl LineTo {
    /// Whether it says anything of this direction.
    pub(super) fn concerns(&self, direction: Direction) -> bool {
        match self {
            Self::Faulty(LineFault { direction: Some(way), .. }) => way.direction() == direction,
            _ => true,
        }
    }

    pub(super) fn fault(&self) -> LineFault {
        match self {
            Self::Clean => LineFault::default(),
            Self::Faulty(fault) => *fault,
        }
    }

    /// Why it cannot be meant, if it cannot.
    pub(crate) fn obstacle(&self) -> Option<&'static str> {
        match self {
            Self::Faulty(LineFault { drop: None, delay: None, damage: None, .. }) => {
                Some("expected one of drop, delay, damage, or `\"clean\"`")
            }
            _ => None,
        }
    }
}

impl Way {
    fn direction(self) -> Direction {
        match self {
            Self::ToTerminal => Direction::ToTerminal,
            Self::FromTerminal => Direction::FromTerminal,
        }
    }
}

/// As a scenario has it.
impl fmt::Display for LineTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Faulty(LineFault { drop, delay, damage, direction }) = self else {
            return f.write_str("\"clean\"");
        };
        let direction = direction.map(|way| match way {
            Way::ToTerminal => "to-terminal",
            Way::FromTerminal => "from-terminal",
        });
        let entries = [
            drop.map(|rate| format!("drop = \"{rate}\"")),
            delay.map(|time| format!("delay = \"{time}\"")),
            damage.map(|rate| format!("damage = \"{rate}\"")),
            direction.map(|way| format!("direction = \"{way}\"")),
        ];
        write!(f, "{{ {} }}", entries.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// As a scenario has it.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("all"),
            Self { hits, of } => write!(f, "{hits} in {of}"),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "expected \"all\" or a share of at most 1000000 bytes like \"1 in 50\", found {text:?}"
            ))
        })
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A share of the bytes, each of which is drawn for by itself: `1 in 50`, or `all`.",
            "pattern": "^(all|[0-9]+ in [0-9]+)$",
            "examples": ["1 in 50", "all"],
        })
    }
}

struct LineVisitor;

impl<'de> de::Visitor<'de> for LineVisitor {
    type Value = LineTo;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`\"clean\"` or a table of drop, delay, damage and direction")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<LineTo, E> {
        match word {
            "clean" => Ok(LineTo::Clean),
            other => Err(E::unknown_variant(other, &["clean"])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LineTo, A::Error> {
        LineFault::deserialize(MapAccessDeserializer::new(map)).map(LineTo::Faulty)
    }
}

impl<'de> Deserialize<'de> for LineTo {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(LineVisitor)
    }
}

impl JsonSchema for LineTo {
    fn schema_name() -> Cow<'static, str> {
        "LineTo".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let faulty = generator.subschema_for::<LineFault>();
        json_schema!({ "anyOf": [
            { "const": "clean", "description": "Nothing is wrong with the line any more." },
            faulty,
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_says_what_it_was_read_from() {
        for text in ["all", "1 in 50", "3 in 4", "1 in 1000000"] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        }
        for text in
            ["", "1", "1 in", "0 in 5", "6 in 5", "1 in 1000001", "-1 in 5", "1 in +5", "1in5", "none"]
        {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_rate_hits_its_share_of_all_numbers() {
        let share = |rate: &str| {
            let rate = Rate::parse(rate).unwrap();
            (0..=u32::MAX).step_by(4099).filter(|drawn| rate.hits(*drawn)).count()
        };
        let all = (0..=u32::MAX).step_by(4099).count();
        assert_eq!(share("all"), all);
        for (rate, of) in [("1 in 2", 2), ("1 in 50", 50), ("2 in 100", 50)] {
            assert!(share(rate).abs_diff(all / of) <= 1, "{rate}: {} of {all}", share(rate));
        }
    }
}
