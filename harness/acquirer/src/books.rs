//! What the host remembers, and how it answers one request.

use std::collections::{BTreeMap, BTreeSet};

use payrig_iso8583::{DecodeError, Dialect, EncodeError, Frame, Message, Value};
use payrig_keys::{Field62Error, Key, KeyError, MacError};
use thiserror::Error;

use crate::behaviour::{BatchRule, Behaviour, Fault};
use crate::chip;
use crate::device::Device;
use crate::exchange::Judgement;
use crate::exchanges::Exchanges;
use crate::garbage::Garbage;
use crate::issued::IssuedKeys;
use crate::judge::{self, Admitted};
use crate::key_faults;
use crate::key_maker::KeyMaker;
use crate::ledger::Ledger;
use crate::message_kind::MessageKind;
use crate::profile::AcquirerProfile;
use crate::reply::Reply;
use crate::spoil;
use crate::transact::{Approval, Session};

/// The host's books.
pub(crate) struct Books {
    pub profile: AcquirerProfile,
    pub devices: Vec<Device>,
    behaviour: Behaviour,
    /// Requests that the behaviour has touched.
    touched: u32,
    pub exchanges: Exchanges,
    pub issued: Vec<IssuedKeys>,
    pub keys: KeyMaker,
    garbage: Garbage,
    /// Answers that wait for a connection.
    held: Vec<Reply>,
    /// The answers that brought keys, by device id.
    granted: BTreeMap<String, Vec<Frame>>,
    /// STANs that a device has used, by device id: the same message once more is a copy of the first.
    pub used: BTreeMap<String, BTreeSet<String>>,
    /// Keys and batch in force, by device id.
    pub sessions: BTreeMap<String, Session>,
    /// Accounts and transactions.
    pub ledger: Ledger,
    /// Batches from the first one to the one in force, by device id.
    batches: BTreeMap<String, u32>,
    answers: u32,
}

/// What comes of a request.
pub(crate) struct Answer {
    /// None where the request is no message.
    pub bytes: Option<Vec<u8>>,
    /// What goes out in front of it, on purpose.
    pub before: Vec<u8>,
    pub judgement: Judgement,
    /// The behaviour that touched it.
    pub behaviour: Behaviour,
}

/// The host itself failed, which field 39 says as well.
#[derive(Debug, Error)]
pub(crate) enum HostFault {
    #[error("{0}; does the device's TMK fit the layout of the profile's sign-on?")]
    Field62(#[from] Field62Error),
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("{0}")]
    Encode(#[from] EncodeError),
    #[error("{0}")]
    Decode(#[from] DecodeError),
    #[error("{0}")]
    Mac(#[from] MacError),
}

/// Field 62 of an answer, and the batch that goes with it.
struct Grant {
    field62: Vec<u8>,
    batch: String,
    device_id: String,
    /// Whether the fault in force touched it.
    spoilt: bool,
}

impl Books {
    pub fn new(profile: AcquirerProfile, devices: Vec<Device>, seed: u64) -> Self {
        let ledger = Ledger::new(profile.cards.clone(), profile.money.chip.clone());
        Self {
            profile,
            devices,
            behaviour: Behaviour::default(),
            touched: 0,
            exchanges: Exchanges::default(),
            issued: Vec::new(),
            keys: KeyMaker::new(seed),
            garbage: Garbage::new(seed),
            held: Vec::new(),
            granted: BTreeMap::new(),
            used: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ledger,
            batches: BTreeMap::new(),
            answers: 0,
        }
    }

    /// How the host behaves from now on.
    pub fn behave(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
        self.touched = 0;
    }

    /// The behaviour towards a request.
    fn behaviour_towards(&mut self, kind: Option<MessageKind>) -> Behaviour {
        if !self.behaviour.touches(kind, self.touched) {
            return Behaviour::default();
        }
        self.touched = self.touched.saturating_add(1);
        self.behaviour.clone()
    }

    /// Judges a request and makes the bytes of its answer.
    pub fn answer(&mut self, dialect: &Dialect, request: &[u8]) -> Answer {
        let view = match dialect.view(request) {
            Ok(view) => view,
            Err(error) => {
                let behaviour = self.behaviour_towards(None);
                let judgement = Judgement::NotUnderstood(error);
                return Answer { bytes: None, before: Vec::new(), judgement, behaviour };
            }
        };
        let frame = view.to_decoded().frame;
        let behaviour = self.behaviour_towards(MessageKind::of(&frame.message));
        let fault = behaviour.fault.as_ref();
        let replayed = fault.and_then(|fault| self.replayed(dialect, &frame.message, fault));
        let (bytes, judgement) = match (fault, replayed) {
            (Some(Fault::SilenceBeforeBooking), _) => (None, Judgement::NotLookedAt),
            (Some(fault), Some(replayed)) => {
                let instead_of = Box::new(Judgement::NotLookedAt);
                (Some(replayed), Judgement::Spoilt { fault: fault.clone(), instead_of })
            }
            _ => self.serve(dialect, &frame, view.mac_input(), &behaviour),
        };
        let before = match (fault, &bytes) {
            (Some(Fault::GarbageBefore(count)), _) => self.garbage.no_frame(*count, dialect.largest_frame()),
            (Some(Fault::ForeignAnswerBefore), Some(answer)) => spoil::foreign(dialect, answer),
            _ => Vec::new(),
        };
        Answer { bytes, before, judgement, behaviour }
    }

    /// Keeps an answer for the next connection.
    pub fn hold(&mut self, reply: Reply) {
        self.held.push(reply);
    }

    /// What waits for a connection.
    pub fn take_held(&mut self) -> Vec<Reply> {
        std::mem::take(&mut self.held)
    }

    /// An answer of old with the STAN of this sign-on, where that is the fault and there is one.
    fn replayed(&self, dialect: &Dialect, asked: &Message, fault: &Fault) -> Option<Vec<u8>> {
        let Fault::OldAnswer(back) = fault else { return None };
        let device = judge::device(&self.profile, &self.devices, asked).ok()?;
        let granted = self.granted.get(&device.device_id)?;
        let mut answer = granted.get(granted.len().checked_sub(*back)?)?.clone();
        if MessageKind::of(asked) != Some(MessageKind::SignOn) {
            return None;
        }
        echo(&mut answer.message, asked, &[11]);
        dialect.encode(&answer).ok()
    }

    fn serve(
        &mut self,
        dialect: &Dialect,
        frame: &Frame,
        covered: &[u8],
        behaviour: &Behaviour,
    ) -> (Option<Vec<u8>>, Judgement) {
        self.answers += 1;
        let mut fault = behaviour.fault.as_ref();
        let kind = MessageKind::of(&frame.message).filter(|kind| kind.has_mac());
        let (mut answer, mut spoilt, mut judgement) = match kind {
            Some(kind) => self.answer_transaction(kind, frame, covered, behaviour),
            None => self.answer_sign_on(frame, fault),
        };
        if let Some(fault) = fault {
            spoilt |= spoil::spoil(&mut answer.message, fault);
        }
        if let Judgement::SignedOn { device_id, .. } = &judgement {
            self.granted.entry(device_id.clone()).or_default().push(answer.clone());
        }
        if let Some(digit) = behaviour.processing_request {
            // The low half of the header's third byte.
            answer.header[2] = answer.header[2] & 0xF0 | digit & 0x0F;
        }
        let session = kind.and_then(|_| self.session(&frame.message));
        let mut mak = session.map(|session| &session.keys.mak);
        if fault == Some(&Fault::OldMak) {
            match self.mak_before(&frame.message) {
                Some(before) => mak = mak.map(|_| before),
                None => fault = None,
            }
        }
        spoilt |= mak.is_some() && spoil::spoils_mac(fault);
        let bytes = match self.sealed(dialect, answer, mak, fault) {
            Ok(bytes) => Some(bytes),
            Err(error) => return (None, unsendable(&self.profile, &error)),
        };
        if let Some(fault) = fault.filter(|_| spoilt) {
            judgement = Judgement::Spoilt { fault: fault.clone(), instead_of: Box::new(judgement) };
        }
        (bytes, judgement)
    }

    /// The MAK that was issued to a terminal before the one in force.
    fn mak_before(&self, request: &Message) -> Option<&Key> {
        let device = judge::device(&self.profile, &self.devices, request).ok()?;
        let mut sets = self.issued.iter().rev().filter(|set| set.device_id == device.device_id);
        sets.nth(1).map(|set| &set.keys.mak)
    }

    fn answer_sign_on(&mut self, frame: &Frame, fault: Option<&Fault>) -> (Frame, bool, Judgement) {
        let (grant, judgement) = self.decide(&frame.message, fault);
        let spoilt = grant.as_ref().is_some_and(|g| g.spoilt);
        let mut answer = self.frame(frame, &judgement);
        if let Some(grant) = grant {
            let field60 = frame.message.text(60).unwrap_or_default();
            let (front, back) = (field60.get(..2).unwrap_or_default(), field60.get(8..).unwrap_or_default());
            answer.message.set(60, Value::digits(format!("{front}{}{back}", grant.batch)));
            answer.message.set(62, Value::bytes(grant.field62));
        }
        (answer, spoilt, judgement)
    }

    fn answer_transaction(
        &mut self,
        kind: MessageKind,
        frame: &Frame,
        covered: &[u8],
        behaviour: &Behaviour,
    ) -> (Frame, bool, Judgement) {
        let fault = behaviour.fault.as_ref();
        let declined_with = match fault {
            Some(Fault::ResponseCode(code)) => Some(code.clone()),
            _ => None,
        };
        let reference = self.reference();
        let (approval, judgement) = self.transact(kind, &frame.message, covered, &reference, declined_with);
        let mut answer = self.frame(frame, &judgement);
        echo(&mut answer.message, &frame.message, &[3, 4, 25, 49]);
        let approved = approval.is_some();
        let Approval { authorisation, balance, .. } = approval.unwrap_or_default();
        for (field, text) in [(38, authorisation), (54, balance)] {
            if let Some(text) = text {
                answer.message.set(field, Value::text(text));
            }
        }
        let spoilt = self.answer_chip(&mut answer.message, approved, behaviour);
        (answer, spoilt, judgement)
    }

    /// Field 55 of an answer to a chip whose cryptogram was right; whether the fault in force touched it.
    fn answer_chip(&mut self, answer: &mut Message, approved: bool, behaviour: &Behaviour) -> bool {
        let Some(verified) = self.ledger.verified.take() else { return false };
        let code = answer.text(39).unwrap_or_default().to_owned();
        let fault = behaviour.fault.as_ref();
        // Keys that have judged a cryptogram can answer it.
        if let Ok(Some(field)) = chip::field55(&verified, (&code, approved), fault, &behaviour.scripts) {
            answer.set(55, Value::bytes(field));
        }
        matches!(fault, Some(Fault::WrongArpc | Fault::NoIccData | Fault::MalformedIccData))
    }

    /// The bytes of an answer, with a MAC where there is a MAK for it and no fault takes it away.
    fn sealed(
        &self,
        dialect: &Dialect,
        mut answer: Frame,
        mak: Option<&Key>,
        fault: Option<&Fault>,
    ) -> Result<Vec<u8>, HostFault> {
        let without = matches!(fault, Some(Fault::NoMac | Fault::MissingField(64)));
        let Some(mak) = mak.filter(|_| !without) else { return Ok(dialect.encode(&answer)?) };
        answer.message.set(64, Value::bytes([0; 8]));
        let bytes = dialect.encode(&answer)?;
        let mut mac = self.profile.money.mac_under(mak).compute(mak, dialect.mac_input(&bytes)?)?;
        if fault == Some(&Fault::WrongMac) {
            mac.iter_mut().for_each(|byte| *byte ^= 1);
        }
        answer.message.set(64, Value::bytes(mac));
        Ok(dialect.encode(&answer)?)
    }

    /// Field 37 of the answer in hand.
    fn reference(&self) -> String {
        format!("{}{:06}", self.profile.time, self.answers % 1_000_000)
    }

    fn decide(&mut self, request: &Message, fault: Option<&Fault>) -> (Option<Grant>, Judgement) {
        let devices = self.devices.clone();
        let refused = |code: String, reason: String| (None, Judgement::Refused { code, reason });
        let admitted = match judge::judge(&self.profile, &devices, request) {
            Ok(admitted) => admitted,
            Err(refusal) => return refused(refusal.code, refusal.reason),
        };
        let stan = request.text(11).unwrap_or_default();
        if !self.used.entry(admitted.device.device_id.clone()).or_default().insert(stan.to_owned()) {
            let reason = format!("STAN {stan} was used before: a repeated message?");
            return refused(self.profile.codes.duplicate.clone(), reason);
        }
        if let Some(Fault::ResponseCode(code)) = fault {
            return refused(code.clone(), "on purpose".to_owned());
        }
        match self.grant(&admitted, fault) {
            Ok(grant) => {
                let (device_id, batch) = (grant.device_id.clone(), grant.batch.clone());
                (Some(grant), Judgement::SignedOn { device_id, batch })
            }
            Err(error) => refused(self.profile.codes.system.clone(), error.to_string()),
        }
    }

    /// Issues keys and a batch.
    fn grant(&mut self, admitted: &Admitted<'_>, fault: Option<&Fault>) -> Result<Grant, HostFault> {
        let Admitted { device, layout } = *admitted;
        let (keys, mut spoilt) = self.working_keys(device, layout, fault)?;
        let mut sealed = keys.seal(layout, &device.tmk)?;
        let instead = self.put_another_key(&mut sealed, layout, &device.tmk, &keys, fault)?;
        spoilt |= instead.is_some() || key_faults::spoil_kcvs(&mut sealed, fault);
        let mut field62 = sealed.to_bytes();
        if let Some(Fault::Field62Length(length)) = fault {
            spoilt |= field62.len() != *length;
            field62.resize(*length, 0);
        }
        let number = self.issued.len() + 1;
        let batch = self.batch(&device.device_id);
        let session = Session { keys: keys.clone(), batch: batch.clone() };
        self.sessions.insert(device.device_id.clone(), session);
        self.issued.push(IssuedKeys::new(number, &device.device_id, keys, instead));
        Ok(Grant { field62, batch, device_id: device.device_id.clone(), spoilt })
    }

    /// Field 60.2 for a device's next sign-on.
    fn batch(&mut self, device_id: &str) -> String {
        let rule = self.behaviour.batch.unwrap_or(self.profile.batch_rule);
        let step = u32::from(rule == BatchRule::Next);
        let steps = self.batches.get(device_id).map_or(0, |before| before + step);
        self.batches.insert(device_id.to_owned(), steps);
        format!("{:06}", (self.profile.first_batch - 1 + steps) % 999_999 + 1)
    }

    fn frame(&self, request: &Frame, judgement: &Judgement) -> Frame {
        let profile = &self.profile;
        let asked = &request.message;
        let mut message = Message::new(answer_mti(&asked.mti));
        echo(&mut message, asked, &[11, 41, 42, 60]);
        message.set(12, Value::digits(&profile.time));
        message.set(13, Value::digits(&profile.date));
        message.set(32, Value::digits(&profile.acquirer_id));
        message.set(37, Value::text(self.reference()));
        message.set(
            39,
            Value::text(match judgement {
                Judgement::Refused { code, .. } => code,
                _ => "00",
            }),
        );
        let [id, a, b, c, d] = request.tpdu;
        let tpdu = if profile.swap_tpdu { [id, c, d, a, b] } else { request.tpdu };
        Frame { tpdu, header: profile.header.unwrap_or(request.header), message }
    }
}

/// Repeats fields of the request, but for those that hold what such a field may not.
fn echo(answer: &mut Message, asked: &Message, fields: &[u8]) {
    for field in fields {
        if let Some(value) = asked.get(*field).filter(|value| value.as_str().is_some()) {
            answer.set(*field, value.clone());
        }
    }
}

/// `0810` for `0800`.
fn answer_mti(mti: &str) -> String {
    let number: u16 = mti.parse().unwrap_or(0);
    format!("{:04}", (number + 10) % 10_000)
}

/// An answer that the dialect cannot carry, such as one with a spoilt MTI of letters, is not sent.
fn unsendable(profile: &AcquirerProfile, error: &HostFault) -> Judgement {
    Judgement::Refused { code: profile.codes.system.clone(), reason: format!("no answer: {error}") }
}
