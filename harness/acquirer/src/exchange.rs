//! What was asked, what was answered, and why.

use std::fmt;

use payrig_fixture::Time;
use payrig_iso8583::{DecodeError, SplitError};

use crate::behaviour::{BatchRule, Behaviour, Fault};
use crate::message_kind::MessageKind;

/// A request and its answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request's bytes, its length in front; what there was of it where it is not whole.
    pub request: Vec<u8>,
    /// The answer's bytes as far as they were to be sent; nothing where the host stayed silent.
    pub answer: Option<Vec<u8>>,
    /// Why the host answered so.
    pub judgement: Judgement,
}

impl Exchange {
    /// What came and has no answer.
    pub(crate) fn unanswered(request: &[u8], judgement: Judgement) -> Self {
        Self { request: request.to_vec(), answer: None, judgement }
    }
}

/// Sizes only: messages may hold a PAN.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.answer.as_ref().map_or(0, Vec::len);
        write!(f, "{} bytes asked, {answer} answered: {}", self.request.len(), self.judgement)
    }
}

/// Why the host answered as it did. `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The terminal is signed on.
    SignedOn {
        /// The device.
        device_id: String,
        /// The batch it was given.
        batch: String,
    },
    /// A transaction was approved, and booked where money moves.
    Approved {
        /// What it was.
        kind: MessageKind,
        /// Field 41.
        terminal_id: String,
        /// Field 60.2.
        batch: String,
        /// Field 11.
        stan: String,
        /// Field 4; nothing for a balance.
        amount: Option<u64>,
        /// The card's name in the fixture.
        card: String,
        /// How a chip was judged or read, or what became of its scripts.
        note: Option<String>,
    },
    /// Refused with field 39.
    Refused {
        /// Field 39.
        code: String,
        /// Why.
        reason: String,
    },
    /// The answer was spoilt on purpose.
    Spoilt {
        /// By what.
        fault: Fault,
        /// What the host would have said.
        instead_of: Box<Judgement>,
    },
    /// The request was left alone on purpose.
    NotLookedAt,
    /// The bytes are no message: no answer.
    NotUnderstood(DecodeError),
    /// The stream is not made of frames: the connection is closed.
    NoFrames(SplitError),
    /// The connection ended inside a frame.
    CutOff {
        /// Bytes of the frame that had come.
        bytes: usize,
    },
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedOn { device_id, batch } => write!(f, "device {device_id} signed on, batch {batch}"),
            Self::Approved { kind, terminal_id, batch, stan, amount, card, note } => {
                write!(f, "{kind}")?;
                if let Some(amount) = amount {
                    write!(f, " of {}.{:02}", amount / 100, amount % 100)?;
                }
                write!(f, ", card {card}")?;
                if let Some(note) = note {
                    write!(f, ", {note}")?;
                }
                write!(f, ", approved: terminal {terminal_id}, batch {batch}, STAN {stan}")
            }
            Self::Refused { code, reason } => write!(f, "refused with {code}: {reason}"),
            Self::Spoilt { fault, instead_of } => write!(f, "{instead_of}; spoilt on purpose: {fault}"),
            Self::NotLookedAt => f.write_str("not looked at, nothing booked"),
            Self::NotUnderstood(error) => write!(f, "not understood, no answer: {error}"),
            Self::NoFrames(error) => write!(f, "connection closed: {error}"),
            Self::CutOff { bytes } => {
                write!(f, "the terminal closed the connection after {bytes} bytes of a frame")
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResponseCode(code) => write!(f, "response code {code}"),
            Self::ApprovalCode(code) => write!(f, "approval code {code}"),
            Self::WrongKcv(key) => write!(f, "wrong KCV of the {key}"),
            Self::WrongKey(key) => write!(f, "another {key} than its KCV says"),
            Self::ZeroKey(key) => write!(f, "{key} all zero"),
            Self::EqualHalves(key) => write!(f, "{key} with equal halves"),
            Self::SwappedKcvs([one, other]) => write!(f, "KCVs of {one} and {other} exchanged"),
            Self::EvenParity(key) => write!(f, "{key} with even parity"),
            Self::SameKeys => f.write_str("the keys of the last sign-on again"),
            Self::SameKeysOtherParity => {
                f.write_str("the keys of the last sign-on again, parity turned over")
            }
            Self::OldAnswer(1) => f.write_str("the last answer again, with this STAN"),
            Self::OldAnswer(back) => {
                write!(f, "the last answer but {} again, with this STAN", back.saturating_sub(1))
            }
            Self::Field62Length(bytes) => write!(f, "field 62 of {bytes} bytes"),
            Self::MissingField(field) => write!(f, "field {field} left out"),
            Self::WrongTerminalId => f.write_str("another terminal id"),
            Self::WrongMerchantId => f.write_str("another merchant id"),
            Self::WrongStan => f.write_str("another STAN"),
            Self::WrongMti(mti) => write!(f, "MTI {mti}"),
            Self::WrongAmount => f.write_str("another amount"),
            Self::WrongMac => f.write_str("wrong MAC"),
            Self::OldMak => f.write_str("a MAC under the MAK before"),
            Self::NoMac => f.write_str("no MAC"),
            Self::WrongArpc => f.write_str("wrong ARPC"),
            Self::NoIccData => f.write_str("no field 55"),
            Self::MalformedIccData => f.write_str("malformed field 55"),
            Self::Twice => f.write_str("answer sent twice"),
            Self::GarbageBefore(bytes) => write!(f, "{bytes} bytes of garbage before it"),
            Self::ForeignAnswerBefore => f.write_str("another terminal's answer before it"),
            Self::SilenceBeforeBooking => f.write_str("silence before booking"),
            Self::CloseAfterAnswer => f.write_str("connection closed behind the answer"),
            Self::Silence => f.write_str("silence"),
            Self::SilenceAfter(bytes) => write!(f, "silence after {bytes} bytes"),
            Self::NextConnection => f.write_str("answer sent on the next connection"),
            Self::Close => f.write_str("connection closed"),
            Self::CloseAfter(bytes) => write!(f, "connection closed after {bytes} bytes"),
        }
    }
}

impl fmt::Display for BatchRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Next => "the next",
            Self::Same => "the same",
        })
    }
}

impl Behaviour {
    /// Which requests are touched, where not all are.
    fn touched(&self) -> Option<String> {
        let kinds: Vec<_> = self.on.iter().map(ToString::to_string).collect();
        let kinds = (!kinds.is_empty()).then(|| format!("on {}", kinds.join(" and ")));
        let times = self.times.map(|times| format!("{times} times"));
        let said: Vec<_> = [kinds, times].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(", "))
    }
}

/// What the host does, in a few words.
impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scripts: Vec<_> = self.scripts.iter().map(ToString::to_string).collect();
        let said = [
            self.title.clone(),
            self.fault.as_ref().map(Fault::to_string),
            self.pieces.map(|bytes| format!("answers in pieces of {bytes} bytes")),
            self.touched(),
            (self.delay != Time::default()).then(|| format!("answers after {}", self.delay)),
            self.processing_request.map(|digit| format!("processing request {digit}")),
            self.batch.map(|rule| format!("{rule} batch at a sign-on")),
            (!scripts.is_empty()).then(|| scripts.join(", ")),
        ];
        let said: Vec<_> = said.into_iter().flatten().collect();
        f.write_str(if said.is_empty() { "as it should" } else { "" })?;
        f.write_str(&said.join(", "))
    }
}
