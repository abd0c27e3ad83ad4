//! What a request asks for.

use std::fmt;

use payrig_iso8583::Message;
use schemars::JsonSchema;
use serde::Deserialize;

/// A request that the host serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// 0800 for working keys.
    SignOn,
    /// 0200, 60.1 = 22.
    Sale,
    /// 0200, 60.1 = 23.
    Void,
    /// 0200, 60.1 = 01.
    Balance,
    /// 0400.
    Reversal,
    /// 0620, 60.3 = 951: what became of scripts.
    ScriptResult,
}

impl MessageKind {
    /// By MTI and field 60.1; nothing for what the host does not serve.
    #[must_use]
    pub fn of(request: &Message) -> Option<Self> {
        let message_type = request.text(60).and_then(|field| field.get(..2));
        let network_code = request.text(60).and_then(|field| field.get(8..11));
        match (request.mti.as_str(), message_type) {
            ("0800", _) => Some(Self::SignOn),
            ("0200", Some("22")) => Some(Self::Sale),
            ("0200", Some("23")) => Some(Self::Void),
            ("0200", Some("01")) => Some(Self::Balance),
            ("0400", _) => Some(Self::Reversal),
            ("0620", _) if network_code == Some("951") => Some(Self::ScriptResult),
            _ => None,
        }
    }

    /// Whether request and answer carry a MAC.
    #[must_use]
    pub const fn has_mac(self) -> bool {
        !matches!(self, Self::SignOn)
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignOn => "sign-on",
            Self::Sale => "sale",
            Self::Void => "void",
            Self::Balance => "balance",
            Self::Reversal => "reversal",
            Self::ScriptResult => "script result",
        })
    }
}
