//! What the host remembers, and how it answers one request.

use std::collections::{BTreeMap, BTreeSet};

use payrig_iso8583::{DecodeError, Dialect, EncodeError, Frame, Message, Value};
use payrig_keys::{Field62Error, Key, KeyError, KeyName, Layout, MacError, SealedKeys, WorkingKeys};
use thiserror::Error;

use crate::behaviour::{Behaviour, Fault};
use crate::device::Device;
use crate::exchange::{Exchange, Judgement};
use crate::issued::IssuedKeys;
use crate::judge::{self, Admitted};
use crate::key_maker::{self, KeyMaker};
use crate::ledger::Ledger;
use crate::message_kind::MessageKind;
use crate::profile::AcquirerProfile;
use crate::transact::{Approval, Session};

/// The host's books.
pub(crate) struct Books {
    pub profile: AcquirerProfile,
    pub devices: Vec<Device>,
    behaviour: Behaviour,
    /// Requests that the behaviour has touched.
    touched: u32,
    pub exchanges: Vec<Exchange>,
    pub issued: Vec<IssuedKeys>,
    keys: KeyMaker,
    /// STANs that a device has used, by device id: the same message once more is a copy of the first.
    pub used: BTreeMap<String, BTreeSet<String>>,
    /// Keys and batch in force, by device id.
    pub sessions: BTreeMap<String, Session>,
    /// Accounts and transactions.
    pub ledger: Ledger,
    /// Sign-ons granted, by device id.
    sign_ons: BTreeMap<String, u32>,
    answers: u32,
}

/// What comes of a request.
pub(crate) struct Answer {
    /// None where the request is no message.
    pub bytes: Option<Vec<u8>>,
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
        let ledger = Ledger::new(profile.cards.clone());
        Self {
            profile,
            devices,
            behaviour: Behaviour::default(),
            touched: 0,
            exchanges: Vec::new(),
            issued: Vec::new(),
            keys: KeyMaker::new(seed),
            used: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ledger,
            sign_ons: BTreeMap::new(),
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
                return Answer { bytes: None, judgement: Judgement::NotUnderstood(error), behaviour };
            }
        };
        let frame = view.to_decoded().frame;
        let behaviour = self.behaviour_towards(MessageKind::of(&frame.message));
        let fault = behaviour.fault.as_ref();
        let (bytes, judgement) = match fault {
            Some(Fault::SilenceBeforeBooking) => (None, Judgement::NotLookedAt),
            _ => self.serve(dialect, &frame, view.mac_input(), fault),
        };
        Answer { bytes, judgement, behaviour }
    }

    fn serve(
        &mut self,
        dialect: &Dialect,
        frame: &Frame,
        covered: &[u8],
        fault: Option<&Fault>,
    ) -> (Option<Vec<u8>>, Judgement) {
        self.answers += 1;
        let kind = MessageKind::of(&frame.message).filter(|kind| kind.has_mac());
        let (mut answer, mut spoilt, mut judgement) = match kind {
            Some(kind) => self.answer_transaction(kind, frame, covered, fault),
            None => self.answer_sign_on(frame, fault),
        };
        if let Some(fault) = fault {
            spoilt |= spoil(&mut answer.message, fault);
        }
        let mak = kind.and_then(|_| self.session(&frame.message)).map(|session| &session.keys.mak);
        spoilt |= mak.is_some() && spoils_mac(fault);
        let bytes = match self.sealed(dialect, answer, mak, fault) {
            Ok(bytes) => Some(bytes),
            Err(error) => return (None, unsendable(&self.profile, &error)),
        };
        if let Some(fault) = fault.filter(|_| spoilt) {
            judgement = Judgement::Spoilt { fault: fault.clone(), instead_of: Box::new(judgement) };
        }
        (bytes, judgement)
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
        fault: Option<&Fault>,
    ) -> (Frame, bool, Judgement) {
        let declined_with = match fault {
            Some(Fault::ResponseCode(code)) => Some(code.clone()),
            _ => None,
        };
        let reference = self.reference();
        let (approval, judgement) = self.transact(kind, &frame.message, covered, &reference, declined_with);
        let mut answer = self.frame(frame, &judgement);
        echo(&mut answer.message, &frame.message, &[3, 4, 25, 49]);
        let Approval { authorisation, balance, .. } = approval.unwrap_or_default();
        for (field, text) in [(38, authorisation), (54, balance)] {
            if let Some(text) = text {
                answer.message.set(field, Value::text(text));
            }
        }
        (answer, false, judgement)
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
        let mut mac = self.profile.money.mac.compute(mak, dialect.mac_input(&bytes)?)?;
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
        let instead = self.spoil_sealed(&mut sealed, layout, &device.tmk, &keys, fault)?;
        spoilt |=
            instead.is_some() || matches!(fault, Some(Fault::WrongKcv(name)) if keys.get(*name).is_some());
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

    /// New keys, or what a fault wants in their place; and whether it did.
    fn working_keys(
        &mut self,
        device: &Device,
        layout: Layout,
        fault: Option<&Fault>,
    ) -> Result<(WorkingKeys, bool), HostFault> {
        let last = self.issued.iter().rev().find(|i| i.device_id == device.device_id);
        if let (Some(Fault::SameKeys), Some(last)) = (fault, last) {
            return Ok((last.keys.clone(), true));
        }
        let mut keys = self.keys.working_keys(layout)?;
        let (name, spoilt) = match fault {
            Some(Fault::ZeroKey(name)) => (*name, keys.get(*name).map(key_maker::zero).transpose()?),
            Some(Fault::EqualHalves(name)) => {
                (*name, keys.get(*name).map(key_maker::equal_halves).transpose()?)
            }
            _ => return Ok((keys, false)),
        };
        let touched = spoilt.is_some();
        if let Some(key) = spoilt {
            match name {
                KeyName::Pik => keys.pik = key,
                KeyName::Mak => keys.mak = key,
                KeyName::Tdk => keys.tdk = Some(key),
            }
        }
        Ok((keys, touched))
    }

    /// Makes a KCV wrong, or puts another key in the place of one; that key, so that it is known as a secret.
    fn spoil_sealed(
        &mut self,
        sealed: &mut SealedKeys,
        layout: Layout,
        tmk: &Key,
        keys: &WorkingKeys,
        fault: Option<&Fault>,
    ) -> Result<Option<(KeyName, Key)>, HostFault> {
        match fault {
            Some(Fault::WrongKcv(name)) => {
                if let Some(key) = sealed.get_mut(*name) {
                    key.kcv.0.iter_mut().for_each(|b| *b = !*b);
                }
                Ok(None)
            }
            Some(Fault::WrongKey(name)) => {
                let (Some(place), Some(right)) = (sealed.get_mut(*name), keys.get(*name)) else {
                    return Ok(None);
                };
                let other = self.keys.key(layout.family(), right.bytes().len())?;
                place.cryptogram = tmk.encrypt_ecb(other.bytes())?;
                Ok(Some((*name, other)))
            }
            _ => Ok(None),
        }
    }

    /// Field 60.2 for a device's next sign-on.
    fn batch(&mut self, device_id: &str) -> String {
        let before = self.sign_ons.entry(device_id.to_owned()).or_default();
        let steps = if self.profile.next_batch { *before } else { 0 };
        *before += 1;
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

/// Spoils fields of the answer; whether the fault was one that does.
fn spoil(message: &mut Message, fault: &Fault) -> bool {
    let other = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        let last = if text.ends_with('1') { '2' } else { '1' };
        let kept: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
        format!("{kept}{last}")
    };
    match fault {
        Fault::WrongTerminalId => message.set(41, Value::text(other(message.get(41)))),
        Fault::WrongMerchantId => message.set(42, Value::text(other(message.get(42)))),
        Fault::WrongStan => message.set(11, Value::digits(other(message.get(11)))),
        Fault::ApprovalCode(code) if message.text(39) == Some("00") => message.set(39, Value::text(code)),
        Fault::WrongAmount => match message.get(4) {
            Some(amount) => message.set(4, Value::digits(other(Some(amount)))),
            None => return false,
        },
        Fault::WrongMti(mti) => message.mti.clone_from(mti),
        Fault::MissingField(field) => return message.fields.remove(field).is_some(),
        _ => return false,
    }
    true
}

/// Whether a fault is one of the MAC.
const fn spoils_mac(fault: Option<&Fault>) -> bool {
    matches!(fault, Some(Fault::NoMac | Fault::WrongMac | Fault::MissingField(64)))
}

/// An answer that the dialect cannot carry, such as one with a spoilt MTI of letters, is not sent.
fn unsendable(profile: &AcquirerProfile, error: &HostFault) -> Judgement {
    Judgement::Refused { code: profile.codes.system.clone(), reason: format!("no answer: {error}") }
}
