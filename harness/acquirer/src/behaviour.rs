//! What the host does wrong on purpose.

use std::path::Path;

use payrig_fixture::{FixtureError, Time};
use payrig_keys::KeyName;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::message_kind::MessageKind;

/// How the host behaves from now on, `fixtures/acquirers/behaviours/*.toml` or in the middle of a scenario; the default is as
/// it should.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Behaviour {
    /// What the host does, in a sentence.
    pub title: Option<String>,
    /// What is wrong with each answer.
    pub fault: Option<Fault>,
    /// The requests that are touched; all where none is named.
    pub on: Vec<MessageKind>,
    /// Touch so many requests, and be as it should from then on.
    pub times: Option<u32>,
    /// Send answers in pieces of so many bytes, each written and flushed by itself.
    pub pieces: Option<usize>,
    /// Wait so long before each answer.
    pub delay: Time,
}

/// What is wrong with an answer. Faults of keys and of field 62 touch sign-ons that would have succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A request that would have succeeded is refused with this code in field 39; a transaction is booked as declined.
    ResponseCode(String),
    /// An approval has this code in field 39 instead of 00, such as 11; what was booked stays booked.
    ApprovalCode(String),
    /// The KCV that goes with the key is not the key's.
    WrongKcv(KeyName),
    /// The key is another one; the KCV is that of the right key.
    WrongKey(KeyName),
    /// The key is all zero bytes, its KCV right.
    ZeroKey(KeyName),
    /// The halves of the key are equal, its KCV right. No difference for a key of 8 bytes.
    EqualHalves(KeyName),
    /// The keys of the device's last sign-on are sent again.
    SameKeys,
    /// Field 62 is cut, or filled up with zero bytes, to so many.
    #[serde(rename = "field-62-length")]
    Field62Length(usize),
    /// This field is left out.
    MissingField(u8),
    /// Field 41 names another terminal.
    WrongTerminalId,
    /// Field 42 names another merchant.
    WrongMerchantId,
    /// Field 11 is another STAN than the request's.
    WrongStan,
    /// Another MTI.
    WrongMti(String),
    /// Field 4 is another amount than the request's, the MAC right.
    WrongAmount,
    /// Field 64 is not the MAC of the answer.
    WrongMac,
    /// An answer that should have a MAC has none.
    NoMac,
    /// The answer is sent twice.
    Twice,
    /// The request is served and booked, but not answered, while the connection stays open.
    Silence,
    /// The request is neither looked at nor booked, and not answered, while the connection stays open.
    SilenceBeforeBooking,
    /// The request is served and booked, but the connection is closed instead of an answer.
    Close,
    /// The connection is closed after so many bytes of the answer.
    CloseAfter(usize),
    /// The connection is closed behind the answer.
    CloseAfterAnswer,
}

impl Behaviour {
    /// Why no host can behave so, where it cannot: what it would send has no such form.
    #[must_use]
    pub fn obstacle(&self) -> Option<&'static str> {
        let is_code = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        match self.fault.as_ref()? {
            Fault::ResponseCode(code) | Fault::ApprovalCode(code) if !is_code(code) => {
                Some("expected a response code of two digits or letters")
            }
            Fault::Field62Length(bytes) if *bytes > 999 => Some("expected a field 62 of at most 999 bytes"),
            Fault::WrongMti(mti) if mti.len() != 4 || !mti.bytes().all(|b| b.is_ascii_digit()) => {
                Some("expected an MTI of four digits")
            }
            _ => None,
        }
    }

    /// Reads a behaviour's file.
    ///
    /// # Errors
    /// A sentence with file, line and column.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        payrig_fixture::load(path)
    }

    /// The host answers at once and in one piece, but with this fault.
    #[must_use]
    pub fn faulty(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// Whether a request is touched, `before` of them having been. What is no message may be any request.
    pub(crate) fn touches(&self, kind: Option<MessageKind>, before: u32) -> bool {
        let named = self.on.is_empty() || kind.is_some_and(|kind| self.on.contains(&kind));
        named && self.times.is_none_or(|times| before < times)
    }
}
