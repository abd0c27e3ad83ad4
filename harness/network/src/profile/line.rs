//! A telephone line, and the access controller that answers at its other end.

use serde::{Deserialize, Deserializer, de};

use crate::noise::Noise;

/// The line between a modem and the access controller.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Line {
    /// What comes of a call.
    pub verdict: LineVerdict,
    /// The access controller's number, digits only; another one is not in service, which no modem understands: `NO CARRIER`.
    pub number: String,
    /// The subscriber's own number, which the access controller tells the host.
    pub subscriber: String,
    /// Bits per second: `CONNECT 2400`.
    pub rate: u32,
    /// How this modem writes that there is no dial tone in words.
    #[serde(default = "no_dial_tone")]
    pub no_dial_tone: String,
    /// Bytes that arrive as others at the access controller.
    #[serde(default)]
    pub noise_up: Noise,
    /// Bytes that arrive as others at the terminal.
    #[serde(default)]
    pub noise_down: Noise,
    /// The host that the access controller connects to, `HOST:PORT`.
    pub host: HostPort,
}

impl Line {
    /// No line in the socket: a cellular module's.
    pub(crate) fn none() -> Self {
        Self {
            verdict: LineVerdict::NoDialTone,
            number: String::new(),
            subscriber: String::new(),
            rate: 0,
            no_dial_tone: no_dial_tone(),
            noise_up: Noise::default(),
            noise_down: Noise::default(),
            host: HostPort { host: String::new(), port: 0 },
        }
    }
}

fn no_dial_tone() -> String {
    "NO DIALTONE".to_owned()
}

/// What comes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineVerdict {
    /// The access controller's modem answers: `CONNECT`.
    Connect,
    /// No dial tone: `NO DIALTONE` at `ATX2` and `ATX4`, else `NO CARRIER`.
    NoDialTone,
    /// The busy tone: `BUSY` at `ATX3` and `ATX4`, else `NO CARRIER`.
    Busy,
    /// Nobody answers, which the modem finds out: `NO ANSWER`.
    NoAnswer,
    /// Something answers that is no modem, an announcement for instance: `NO CARRIER`.
    NoCarrier,
    /// It rings for ever, and the modem waits for as long.
    Nothing,
}

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl<'de> Deserialize<'de> for HostPort {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        let port = parts.and_then(|(host, port)| Some((host, port.parse().ok().filter(|port| *port > 0)?)));
        port.map(|(host, port)| Self { host: host.to_owned(), port }).ok_or_else(|| {
            de::Error::custom(format!("expected a host as \"192.0.2.10:5000\", found {text:?}"))
        })
    }
}
