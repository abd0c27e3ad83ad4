//! The SIM in its slot.

use serde::Deserialize;

use crate::latency::Latency;

/// The SIM in its slot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sim {
    /// What the module finds in the slot.
    pub state: SimState,
    /// How an empty slot is told when `AT+CPIN?` asks.
    pub absent_answer: SimAnswer,
    /// How a SIM that asks for PIN or PUK is told when `AT+CPIN?` asks.
    #[serde(default = "by_line")]
    pub locked_answer: SimAnswer,
    /// How a SIM that is not read yet is told when `AT+CPIN?` asks.
    #[serde(default = "by_error")]
    pub busy_answer: SimAnswer,
    /// Answer to `AT+CIMI`: up to 15 digits.
    pub imsi: String,
    /// Answer to `AT+CCID`.
    pub iccid: String,
    /// The PIN that unlocks it.
    pub pin: String,
    /// Whether it must be read first when the network comes into force, as after power-up; what else is wrong with it shows then.
    #[serde(default)]
    pub read_first: bool,
    /// From power-up, or from the network's coming into force where it is to be read first, until the SIM is read.
    pub start: Latency,
    /// From the same moment until an EC20 sees that there is a card in its slot: to it a SIM that is not read yet is none at
    /// first (`+CME ERROR: 10`), then one that is busy. Never longer than `start`.
    #[serde(default)]
    pub ec20_seen: Latency,
    /// The slot's contacts, where they come and go.
    pub contact: Option<Contact>,
}

impl Sim {
    /// Whether it is to be read when the network comes into force.
    pub(crate) fn is_read_first(&self) -> bool {
        self.read_first || self.state == SimState::Starting
    }

    /// No SIM, and nothing that tells of it: a line modem's.
    pub(crate) fn none() -> Self {
        Self {
            state: SimState::NotInserted,
            absent_answer: SimAnswer::Error,
            locked_answer: SimAnswer::Line,
            busy_answer: SimAnswer::Error,
            imsi: String::new(),
            iccid: String::new(),
            pin: String::new(),
            read_first: false,
            start: Latency::NONE,
            ec20_seen: Latency::NONE,
            contact: None,
        }
    }
}

/// Contacts of a slot that come and go: away first when the network comes into force. While they are away `AT+CPIN?`
/// answers `+CPIN: NOT READY`, and the SIM's own commands `+CME ERROR: 13`; when they are back the SIM is read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Contact {
    /// How long they are away.
    pub away: Latency,
    /// How long they are there.
    pub there: Latency,
    /// Whether the module says `+CPIN: NOT READY` by itself when they go.
    #[serde(default)]
    pub told: bool,
}

/// What the module finds in the SIM's slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SimState {
    /// A SIM that works, no PIN asked.
    Ready,
    /// A SIM that works, but must be read first: as after power-up, from the moment when the network comes into force.
    Starting,
    /// No SIM.
    NotInserted,
    /// A SIM that asks for its PIN.
    Pin,
    /// A SIM that asks for its PIN, which the module keeps and gives by itself, and wrongly.
    WrongPin,
    /// A SIM that is blocked and asks for its PUK.
    Puk,
    /// A SIM or a slot that is damaged.
    Failure,
    /// A card that is no usable SIM.
    Wrong,
}

/// How a SIM that cannot be used is told; modules differ by firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SimAnswer {
    /// `+CME ERROR: 10`, 11, 12, 14.
    Error,
    /// `+CPIN: NOT INSERTED`, `SIM PIN`, `SIM PUK`, `NOT READY`, and `OK`.
    Line,
}

const fn by_line() -> SimAnswer {
    SimAnswer::Line
}

const fn by_error() -> SimAnswer {
    SimAnswer::Error
}
