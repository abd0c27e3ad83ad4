//! Signal and registration.

use serde::Deserialize;

use crate::{fault::ByteLoss, latency::Latency};

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
    /// What it comes to for an EC20, where that is told otherwise.
    pub ec20_registration: Option<Registration>,
    /// From power-up until registration is settled; until then it searches.
    pub settles: Latency,
    /// Operator's name for `AT+COPS?`.
    pub operator: String,
    /// Whether the packet service is attached at once when registration is settled.
    pub attached: bool,
    /// The `+CME ERROR` with which `AT+CGATT=1` is refused, if it is.
    pub attach_error: Option<u16>,
    /// Bytes of data that are lost on their way.
    #[serde(default)]
    pub byte_loss: ByteLoss,
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
    /// Unknown, as out of reach of any network: 4.
    Unknown,
    /// Registered, roaming: 5.
    Roaming,
}

impl Radio {
    /// No radio: a line modem's.
    pub(crate) fn none() -> Self {
        Self {
            signal: 99,
            bit_errors: 99,
            registration: Registration::Off,
            ec20_registration: None,
            settles: Latency::NONE,
            operator: String::new(),
            attached: false,
            attach_error: None,
            byte_loss: ByteLoss::default(),
        }
    }
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
            Self::Unknown => 4,
            Self::Roaming => 5,
        }
    }

    /// Whether the network serves this SIM.
    #[must_use]
    pub const fn is_registered(self) -> bool {
        matches!(self, Self::Home | Self::Roaming)
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
