//! Network profiles: the module, its SIM, the radio and what lies behind, as data.

use std::{net::Ipv4Addr, path::Path};

use payrig_fixture::FixtureError;
use serde::Deserialize;

use crate::latency::Latency;

/// A network as one modem meets it: `fixtures/networks/*.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NetworkProfile {
    /// What this network is like, in a sentence.
    pub title: String,
    /// The module itself.
    pub module: Module,
    /// The SIM in its slot.
    pub sim: Sim,
    /// Signal and registration.
    pub radio: Radio,
    /// The data context (GPRS).
    pub context: Context,
    /// The far end of connections.
    pub host: Host,
    /// How long each step takes.
    pub latency: Latencies,
}

/// The module: who it says it is and how it is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Module {
    /// Answer to `AT+CGMI`.
    pub manufacturer: String,
    /// Answer to `AT+CGMM`.
    pub model: String,
    /// Answer to `AT+CGMR`.
    pub revision: String,
    /// Answer to `ATI`.
    pub identification: String,
    /// Answer to `AT+CGSN`: 15 digits.
    pub imei: String,
    /// Whether the module has been on for long when the world begins.
    pub power: Power,
    /// Whether it says `RDY` and so on after power-up, as one with a fixed baud rate does.
    pub start_lines: bool,
}

/// The module's power when the world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// On for long: SIM read, registration settled.
    Running,
    /// Switched on at that moment.
    Cold,
}

/// The SIM in its slot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sim {
    /// What the module finds in the slot.
    pub state: SimState,
    /// How an empty slot is told when `AT+CPIN?` asks.
    pub absent_answer: AbsentAnswer,
    /// Answer to `AT+CIMI`: up to 15 digits.
    pub imsi: String,
    /// Answer to `AT+CCID`.
    pub iccid: String,
    /// The PIN that unlocks it.
    pub pin: String,
    /// From power-up until the SIM is read; until then `+CME ERROR: 14`.
    pub start: Latency,
}

/// What the module finds in the SIM's slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SimState {
    /// A SIM that works, no PIN asked.
    Ready,
    /// No SIM.
    NotInserted,
    /// A SIM that asks for its PIN.
    Pin,
    /// A SIM that is blocked and asks for its PUK.
    Puk,
    /// A SIM or a slot that is damaged.
    Failure,
    /// A card that is no usable SIM.
    Wrong,
}

/// How an empty SIM slot is told; modules differ by firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbsentAnswer {
    /// `+CME ERROR: 10`.
    Error,
    /// `+CPIN: NOT INSERTED` and `OK`.
    Line,
}

/// Signal and registration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Radio {
    /// Signal of `AT+CSQ`: 0 to 31, or 99 for none (3GPP TS 27.007, 8.5).
    #[serde(deserialize_with = "signal")]
    pub signal: u8,
    /// Bit error rate of `AT+CSQ`: 0 to 7, or 99.
    pub bit_errors: u8,
    /// What registration comes to.
    pub registration: Registration,
    /// From power-up until registration is settled; until then it searches.
    pub settles: Latency,
    /// Operator's name for `AT+COPS?`.
    pub operator: String,
    /// Whether the packet service is attached at once when registration is settled.
    pub attached: bool,
    /// The `+CME ERROR` with which `AT+CGATT=1` is refused, if it is.
    pub attach_error: Option<u16>,
}

/// What registration comes to (3GPP TS 27.007, 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// Not registered and not searching: 0.
    Off,
    /// Registered at home: 1.
    Home,
    /// Searching: 2.
    Searching,
    /// Refused by the network: 3.
    Denied,
    /// Registered, roaming: 5.
    Roaming,
}

impl Registration {
    /// The `<stat>` of `+CREG`.
    #[must_use]
    pub const fn stat(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Home => 1,
            Self::Searching => 2,
            Self::Denied => 3,
            Self::Roaming => 5,
        }
    }

    /// Whether the network serves this SIM.
    #[must_use]
    pub const fn is_registered(self) -> bool {
        matches!(self, Self::Home | Self::Roaming)
    }
}

/// The data context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Context {
    /// Whether the network grants it.
    pub verdict: ContextVerdict,
    /// The `+CME ERROR` with which it is refused; a bare `ERROR` where there is none.
    pub error: Option<u16>,
    /// The address that the module gets.
    pub address: Ipv4Addr,
}

/// Whether the network grants a data context, or at which command it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContextVerdict {
    /// It is granted.
    Grant,
    /// `AT+CSTT` is refused.
    RefuseAtCstt,
    /// `AT+CIICR` is refused: the usual place.
    RefuseAtCiicr,
    /// `AT+CIFSR` is refused.
    RefuseAtCifsr,
}

/// The far end of connections.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// What comes of a connection.
    pub verdict: HostVerdict,
}

/// What comes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostVerdict {
    /// The uplink is asked to open it.
    Reach,
    /// Refused after the time that opening takes; the uplink is not asked.
    Refuse,
    /// No answer until `give-up`; the uplink is not asked.
    Silent,
}

/// How long each step takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Latencies {
    /// From power-up until commands are heard.
    pub boot: Latency,
    /// A command that has no time of its own.
    pub command: Latency,
    /// `AT+CPIN`.
    pub sim: Latency,
    /// `AT+CGATT=`.
    pub attach: Latency,
    /// `AT+CIPSHUT`.
    pub shut: Latency,
    /// `AT+CIICR`.
    pub activate: Latency,
    /// Opening a connection, before the uplink is asked.
    pub open: Latency,
    /// When an opening is given up.
    pub give_up: Latency,
    /// From `AT+CIPSEND` to its prompt.
    pub prompt: Latency,
    /// From the last byte of data to `SEND OK`.
    pub send: Latency,
    /// From the peer's bytes to `+IPD`, and from its closing to `CLOSED`.
    pub downlink: Latency,
    /// `AT+CIPCLOSE`.
    pub close: Latency,
}

impl NetworkProfile {
    /// Reads a profile; `name` is the file's name for error messages.
    ///
    /// # Errors
    /// A sentence with file, line and column.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, FixtureError> {
        payrig_fixture::parse(name, text)
    }

    /// Reads a profile from a file.
    ///
    /// # Errors
    /// [`FixtureError`]: the file cannot be read, or is not a profile.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        payrig_fixture::load(path)
    }
}

fn signal<'de, D: serde::Deserializer<'de>>(input: D) -> Result<u8, D::Error> {
    let signal = u8::deserialize(input)?;
    match signal {
        0..=31 | 99 => Ok(signal),
        _ => Err(serde::de::Error::custom(format!(
            "expected a signal of 0 to 31, or 99 for none, found {signal}"
        ))),
    }
}
