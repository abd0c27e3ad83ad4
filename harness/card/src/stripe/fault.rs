//! What may be wrong with a stripe, or with the way in which it passes.

use payrig_fixture::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Track;

/// What is wrong. What stands on the stripe is wrong on the tracks of `on`; a card that is pulled out or stops does so with all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StripeFault {
    /// The tracks that are wrong; all where none is named.
    pub on: Vec<Track>,
    /// So many different bits, sentinels and LRC among them, are turned over.
    pub flipped_bits: u8,
    /// So many flux transitions, between the clocking zeros, are missing.
    pub lost_transitions: u8,
    /// So many characters of the data have a wrong parity bit.
    pub wrong_parity: u8,
    /// One bit of the LRC is wrong; its parity bit is the one of the wrong LRC.
    pub wrong_lrc: bool,
    /// There is no start sentinel.
    pub no_start_sentinel: bool,
    /// There is no end sentinel.
    pub no_end_sentinel: bool,
    /// The card is pulled out after so many hundredths of its length.
    pub cut_at: Option<u8>,
    /// The card stops.
    pub stop: Option<Stop>,
}

/// A card that stops and goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stop {
    /// After so many hundredths of its length.
    pub at: u8,
    /// For so long.
    #[serde(rename = "for", with = "micros")]
    #[schemars(with = "Time")]
    pub lasting: Time,
}

impl StripeFault {
    /// Whether what stands on this track is wrong.
    pub(super) fn touches(&self, track: Track) -> bool {
        self.on.is_empty() || self.on.contains(&track)
    }
}

/// A time is written as it is read.
mod micros {
    use payrig_fixture::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Time, output: S) -> Result<S::Ok, S::Error> {
        output.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Time, D::Error> {
        Time::deserialize(input)
    }
}
