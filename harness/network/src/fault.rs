//! What may be wrong with a module, with its data way and with its connections, as a network profile says it.

use serde::{Deserialize, Deserializer, de};

/// How the module talks on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Voice {
    /// As it should.
    #[default]
    Plain,
    /// It hears nothing and says nothing.
    Silent,
    /// It sends seven bits and even parity where eight bits are expected.
    Parity,
    /// Each byte but the line ends arrives as two that are no characters, as at another bit rate.
    Noise,
    /// It echoes each character as another one, whatever `ATE` says.
    WrongEcho,
    /// It echoes each character, whatever `ATE` says.
    StuckEcho,
    /// It echoes each character as another one and line ends as they are, and answers nothing.
    OnlyWrongEcho,
    /// It echoes each letter in the other case, and answers nothing.
    OnlyCaseEcho,
    /// It gives result codes as digits, whatever `ATV` says.
    Digits,
}

impl Voice {
    /// Whether what it says cannot be read.
    pub(crate) const fn is_garbled(self) -> bool {
        matches!(self, Self::Parity | Self::Noise)
    }

    /// Whether it answers nothing, whatever else it sends.
    pub(crate) const fn is_without_answers(self) -> bool {
        matches!(self, Self::Silent | Self::OnlyWrongEcho | Self::OnlyCaseEcho)
    }
}

/// A command by its name, at which something happens to the module: `"AT+CREG"` in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandName(String);

impl CommandName {
    /// Whether this is the command; `name` is upper case and without `AT`.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0 == name
    }
}

impl<'de> Deserialize<'de> for CommandName {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let name = text.strip_prefix("AT").filter(|name| !name.contains(['=', '?', ';', ' ']));
        name.map(|name| Self(name.to_ascii_uppercase())).ok_or_else(|| {
            de::Error::custom(format!(
                "expected a command without its values, as \"AT+CREG\", found {text:?}"
            ))
        })
    }
}

/// Where each connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Break {
    /// At `AT+CIPSEND`, `AT+QISEND`, or right behind `CONNECT`: nothing of the request goes out.
    BeforeRequest,
    /// With the first half of the request on its way: `SEND FAIL`, which is the only word of a connection's end, or `NO CARRIER`.
    DuringRequest,
    /// Behind `SEND OK`, or the last byte of a frame: the host has the request, the terminal no answer.
    AfterRequest,
    /// With the first half of the answer's first piece, or of its frame, at the terminal.
    DuringAnswer,
}

/// What breaks with the connection, and so how it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakOf {
    /// The connection alone: `CLOSED`, `+QIURC: "closed"`.
    #[default]
    Connection,
    /// The context: `+PDP: DEACT`, `+QIURC: "pdpdeact"`.
    Context,
}

/// What comes of a host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    /// It is resolved.
    #[default]
    Resolve,
    /// The name server does not know it.
    Unknown,
    /// No name server answers until `give-up`.
    Silent,
}

/// How many of a thousand bytes of data are lost on their way, in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteLoss(u16);

impl ByteLoss {
    /// Whether a byte is lost for which this was drawn.
    pub(crate) fn takes(self, drawn: u64) -> bool {
        drawn % 1000 < u64::from(self.0)
    }

    /// Whether any is.
    pub(crate) const fn is_any(self) -> bool {
        self.0 > 0
    }
}

impl<'de> Deserialize<'de> for ByteLoss {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match u16::deserialize(input)? {
            loss @ 0..=1000 => Ok(Self(loss)),
            loss => Err(de::Error::custom(format!("expected how many of 1000 bytes are lost, found {loss}"))),
        }
    }
}
