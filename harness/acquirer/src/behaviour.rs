//! What the host does wrong on purpose.

use std::path::Path;

use payrig_fixture::{FixtureError, Time};
use payrig_keys::KeyName;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::chip::Script;
use crate::message_kind::MessageKind;

/// The codes of field 39 that approve.
const APPROVALS: [&str; 8] = ["00", "10", "11", "16", "A2", "A4", "A5", "A6"];

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
    /// The processing-request digit in the header of each answer, by which the host asks the terminal for more: 3 is a new sign-on.
    pub processing_request: Option<u8>,
    /// The batch that a sign-on brings, in place of what the profile says: of every sign-on meanwhile, whatever `on` and `times` say.
    pub batch: Option<BatchRule>,
    /// Scripts for the card, with each answer to a chip whose cryptogram is right.
    pub scripts: Vec<Script>,
}

/// What becomes of a terminal's batch at a sign-on. The first one always gets the profile's first batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BatchRule {
    /// The next one begins.
    Next,
    /// It stays.
    Same,
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
    /// The KCVs of two keys are exchanged. No difference where the layout lacks one of them.
    #[serde(rename = "swapped-kcvs")]
    SwappedKcvs([KeyName; 2]),
    /// Every byte of the key has an even number of ones, its KCV is right. DES does not look at parity, so that a terminal has
    /// nothing to refuse. No difference for an SM4 key.
    EvenParity(KeyName),
    /// The keys of the device's last sign-on are sent again.
    SameKeys,
    /// The same with all parity bits turned over: other bytes, the same keys.
    SameKeysOtherParity,
    /// An answer to the device's sign-on is sent again as it was recorded, but for the STAN, which is this request's: 1 is the last
    /// one that brought keys, 2 the one before. The request is not looked at, so that the keys in force at the host stay. As it
    /// should be where there is no such answer.
    OldAnswer(usize),
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
    /// Field 64 is made with the MAK before the one in force, right but for that. As it should be where there was none before.
    OldMak,
    /// An answer that should have a MAC has none.
    NoMac,
    /// The ARPC in field 55 is not the card's: one bit is turned over. Like the next two, it touches answers to chips whose
    /// cryptogram is right.
    WrongArpc,
    /// Such an answer has no field 55.
    NoIccData,
    /// Field 55 ends in an object that is cut off.
    MalformedIccData,
    /// The answer is sent twice.
    Twice,
    /// So many bytes of garbage before it, drawn from the seed. They are no frame: the first two announce more bytes than the
    /// dialect's largest, whatever follows.
    GarbageBefore(usize),
    /// The answer to another terminal before it: whole and well-formed, with another STAN and another terminal id, without keys.
    ForeignAnswerBefore,
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
    /// Only so many bytes of the answer are sent, while the connection stays open.
    SilenceAfter(usize),
    /// The answer is kept until a connection is opened, whoever opens it, and sent there before anything is asked.
    NextConnection,
}

impl Behaviour {
    /// Why no host can behave so, where it cannot: what it would send has no such form.
    #[must_use]
    pub fn obstacle(&self) -> Option<&'static str> {
        if self.processing_request.is_some_and(|digit| digit > 9) {
            return Some("expected a processing request of one digit");
        }
        if let Some(why) = self.scripts.iter().find_map(Script::obstacle) {
            return Some(why);
        }
        let is_code = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        match self.fault.as_ref()? {
            Fault::ResponseCode(code) | Fault::ApprovalCode(code) if !is_code(code) => {
                Some("expected a response code of two digits or letters")
            }
            // It would be booked as declined and told as approved.
            Fault::ResponseCode(code) if APPROVALS.contains(&code.as_str()) => Some(
                "expected a code that refuses: this one approves; `approval-code` is the fault that approves with another code than 00",
            ),
            Fault::Field62Length(bytes) if *bytes > 999 => Some("expected a field 62 of at most 999 bytes"),
            Fault::SwappedKcvs([one, other]) if one == other => Some("expected two different keys"),
            Fault::OldAnswer(0) => Some("expected 1 for the last answer, 2 for the one before"),
            Fault::GarbageBefore(bytes) if !(1..=9999).contains(bytes) => {
                Some("expected 1 to 9999 bytes of garbage")
            }
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
