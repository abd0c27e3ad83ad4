//! What must have come of a scenario.

use std::{collections::BTreeMap, fmt, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Pattern;
use crate::{Finding, books::BooksExpected, rotation::RotationExpected};

/// What must have come of a scenario at its end.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// `file:line`; empty where nothing is expected.
    pub place: String,
    /// So many messages have reached the host.
    pub host_messages: Option<usize>,
    /// Messages of the host line that have come in this order.
    pub host: Vec<MessagePattern>,
    /// A last look at the keys.
    pub keys: Option<KeysExpected>,
    /// The message that is shown at the end, by the panel's name of it.
    pub screen: Option<String>,
    /// The books agree, and on so many transactions.
    pub books: Option<BooksExpected>,
    /// So many messages with a good MAC on both sides of the last rotation.
    pub rotation: Option<RotationExpected>,
    /// Bounds of the time that all steps together have taken.
    pub took: Option<Took>,
    /// What is held against reviewed snapshots.
    pub snapshots: Vec<SnapshotKind>,
}

/// How the terminal's working keys compare with those at the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeysExpected {
    /// The same.
    Unchanged,
    /// Each another one than at any look before, and the one that the host issued last.
    Changed,
    /// There is none.
    None,
}

impl fmt::Display for KeysExpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::None => "none",
        })
    }
}

/// What is held against a reviewed snapshot: meaning, never ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotKind {
    /// The screens that the steps have waited for.
    Screen,
    /// The dialogue with the modem.
    Modem,
    /// The messages of the host line, decoded and masked.
    Host,
    /// The key changes, by name.
    Keys,
    /// The texts of everything that was printed, in order.
    Receipt,
    /// The terminal's records, the host's book, and what was told, transaction by transaction.
    Books,
    /// What passed between terminal and chip card, in words.
    Slot,
}

impl SnapshotKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Screen, Self::Modem, Self::Host, Self::Keys, Self::Receipt, Self::Books, Self::Slot];

    /// The word in file names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Modem => "modem",
            Self::Host => "host",
            Self::Keys => "keys",
            Self::Receipt => "receipt",
            Self::Books => "books",
            Self::Slot => "slot",
        }
    }
}

/// A message of the host line.
#[derive(Clone, Debug)]
pub struct MessagePattern {
    /// Message type indicator.
    pub mti: Pattern,
    /// Fields and parts of fields, by their labels.
    pub fields: BTreeMap<String, Pattern>,
    /// What the host said of the exchange.
    pub judged: Option<Pattern>,
}

impl fmt::Display for MessagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MTI {}", self.mti)?;
        for (label, value) in &self.fields {
            write!(f, ", {label} = {value}")?;
        }
        self.judged.iter().try_for_each(|judged| write!(f, ", judged `{judged}`"))
    }
}

/// Bounds of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// No less.
    pub at_least: Duration,
    /// No more.
    pub at_most: Duration,
}

impl Took {
    pub(super) fn hold(self, took: Duration) -> Result<(), Finding> {
        if (self.at_least..=self.at_most).contains(&took) {
            return Ok(());
        }
        let Self { at_least, at_most } = self;
        Err(Finding::terminal(format!(
            "expected the steps to take {at_least:?} to {at_most:?}, they took {took:?}"
        )))
    }
}
