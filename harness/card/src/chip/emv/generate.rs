//! GENERATE AC (EMV 4.3 Book 3, 6.5.5 and 9; Book 2, 6.6 and 8.1).

use payrig_keys::{CombinedData, signed_dynamic_data, transaction_hash};
use zeroize::Zeroizing;

use super::{
    AcKind, EmvFault, Generate, IssuerAuthentication, OfflineAuthentication, ProfileCard, Status, Tag,
    answer::Answer,
    authenticate::combining_key,
    command::Command,
    cvr::{Results, issuer_application_data},
    issued::IssuedApplication,
    session::{Outcome, Step, Transaction},
    tlv::tlv,
};

/// P1: a signature over the cryptogram is asked for.
const COMBINED: u8 = 0x10;

/// What one GENERATE AC is about.
struct Asked {
    at: Generate,
    kind: AcKind,
    combined: bool,
    /// The values for CDOL1, or for CDOL2.
    values: Zeroizing<Vec<u8>>,
}

/// A cryptogram with what goes with it.
struct Cryptogram {
    kind: AcKind,
    value: [u8; 8],
    atc: [u8; 2],
    issuer_data: Vec<u8>,
}

impl ProfileCard {
    pub(super) fn generate(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        let at = match self.session.step {
            Step::Initiated(..) => Generate::First,
            Step::Online(..) => Generate::Second,
            _ => return Err(Status::CONDITIONS),
        };
        let kind = AcKind::asked(command.p1).filter(|kind| *kind != AcKind::Arqc || at == Generate::First);
        let kind = kind.filter(|_| command.p2 == 0 && command.p1 & 0x2F == 0).ok_or(Status::PARAMETERS)?;
        let (application, _) = self.selected()?;
        let profile = &application.profile;
        let list = if at == Generate::First { &profile.cdol1 } else { &profile.cdol2 };
        if list.asked() != command.data.len() {
            return Err(Status::LENGTH);
        }
        let combined =
            command.p1 & COMBINED != 0 && profile.offline_authentication == OfflineAuthentication::Cda;
        let asked = Asked { at, kind, combined, values: Zeroizing::new(command.data.to_vec()) };
        match self.take_step() {
            Step::Initiated(nth, transaction) => self.first(nth, transaction, &asked),
            Step::Online(nth, transaction) => self.second(nth, transaction, &asked),
            _ => Err(Status::CONDITIONS),
        }
    }

    fn first(&mut self, nth: usize, mut transaction: Transaction, asked: &Asked) -> Result<Answer, Status> {
        transaction.cdol1.clone_from(&asked.values);
        let application = self.card.applications.get(nth).ok_or(Status::CONDITIONS)?;
        let most = self.most(nth, Generate::First, application.profile.behaviour.first);
        let kind = self.kind(asked, asked.kind.min(most));
        transaction.signed |= asked.combined && kind != AcKind::Aac;
        let cryptogram = self.cryptogram(nth, &transaction, asked, kind, false)?;
        transaction.cryptogram = cryptogram.value;
        let answer = self.spelled(nth, &transaction, asked, &cryptogram)?;
        if let Some(memory) = self.memory.applications.get_mut(nth) {
            memory.online_pending = kind == AcKind::Arqc;
        }
        self.session.step =
            if kind == AcKind::Arqc { Step::Online(nth, transaction) } else { Step::Over(nth, transaction) };
        Ok(answer)
    }

    fn second(&mut self, nth: usize, mut transaction: Transaction, asked: &Asked) -> Result<Answer, Status> {
        let card = self.card.clone();
        let application = card.applications.get(nth).ok_or(Status::CONDITIONS)?;
        let (profile, value) =
            (&application.profile, |tag| application.profile.cdol2.value(Tag(tag), &asked.values));
        let offline = matches!(value(0x8A), Some(b"Y3" | b"Z3"));
        if profile.issuer_authentication == IssuerAuthentication::SecondGenerateAc
            && let Some(answer) = value(0x91).filter(|answer| answer.iter().any(|byte| *byte != 0))
        {
            let answer = answer.to_vec();
            // The step was taken out: the application is found by it.
            self.session.step = Step::Online(nth, Transaction::default());
            self.hear_issuer(&mut transaction, &answer)?;
        }
        let behaviour = &profile.behaviour;
        let unproven = !offline
            && match transaction.issuer {
                Outcome::Passed => false,
                Outcome::Failed => true,
                Outcome::NotDone => behaviour.issuer_must_answer,
            };
        let most = if offline { behaviour.offline } else { behaviour.second };
        let most = if unproven || transaction.issuer_declines { AcKind::Aac } else { most };
        // There is no going online any more.
        let most = self.most(nth, Generate::Second, if most == AcKind::Tc { most } else { AcKind::Aac });
        let kind = self.kind(asked, asked.kind.min(most));
        let cryptogram = self.cryptogram(nth, &transaction, asked, kind, offline)?;
        let answer = self.spelled(nth, &transaction, asked, &cryptogram)?;
        self.remember(nth, &transaction, offline);
        self.session.step = Step::Over(nth, transaction);
        Ok(answer)
    }

    /// What the card keeps of a transaction that went online.
    fn remember(&mut self, nth: usize, transaction: &Transaction, offline: bool) {
        let Some(memory) = self.memory.applications.get_mut(nth) else { return };
        memory.online_pending = false;
        if offline {
            return;
        }
        memory.issuer_failed = transaction.issuer == Outcome::Failed;
        memory.scripts_done = 0;
        memory.script_failed = transaction.script_failed;
        if transaction.issuer != Outcome::Failed {
            memory.last_online_atc = transaction.atc;
        }
    }

    /// A blocked application declines, as all of a blocked card are, and so does a card with that fault.
    fn most(&self, nth: usize, at: Generate, usual: AcKind) -> AcKind {
        let blocked = self.memory.applications.get(nth).is_none_or(|memory| memory.blocked);
        if blocked || self.memory.blocked || self.has(&EmvFault::Declines(at)) { AcKind::Aac } else { usual }
    }

    /// The kind that is given, whatever a fault makes of it.
    fn kind(&self, asked: &Asked, right: AcKind) -> AcKind {
        let wrong = self.card.faults.iter().find_map(|fault| match fault {
            EmvFault::WrongKind { at, kind } if *at == asked.at => Some(*kind),
            _ => None,
        });
        wrong.unwrap_or(right)
    }

    fn cryptogram(
        &self,
        nth: usize,
        transaction: &Transaction,
        asked: &Asked,
        kind: AcKind,
        offline: bool,
    ) -> Result<Cryptogram, Status> {
        let application = self.card.applications.get(nth).ok_or(Status::CONDITIONS)?;
        let memory = self.memory.applications.get(nth).ok_or(Status::CONDITIONS)?;
        let is_first = asked.at == Generate::First;
        let results = Results {
            card: &self.memory,
            memory,
            transaction,
            first: if is_first { kind } else { AcKind::Arqc },
            second: (!is_first).then_some(kind),
            offline,
        };
        let issuer_data = issuer_application_data(&application.profile, results.bytes());
        let atc = transaction.atc.to_be_bytes();
        let mut value = compute(application, transaction, asked, &issuer_data).ok_or(Status::CONDITIONS)?;
        if self.has(&EmvFault::WrongCryptogram) {
            value[0] ^= 0x80;
        }
        Ok(Cryptogram { kind, value, atc, issuer_data })
    }

    /// The answer: template 80 or 77, or 77 with a signature in the place of the cryptogram.
    fn spelled(
        &mut self,
        nth: usize,
        transaction: &Transaction,
        asked: &Asked,
        cryptogram: &Cryptogram,
    ) -> Result<Answer, Status> {
        let Cryptogram { kind, value, atc, issuer_data } = cryptogram;
        let cid = kind.bits();
        let card = self.card.clone();
        let application = card.applications.get(nth).ok_or(Status::CONDITIONS)?;
        let key = combining_key(application).filter(|_| asked.combined && *kind != AcKind::Aac);
        let before = [tlv(Tag(0x9F27), &[cid]), tlv(Tag(0x9F36), atc)].concat();
        let behind = tlv(Tag(0x9F10), issuer_data);
        let Some(key) = key else {
            return Ok(Answer::of(if application.profile.tagged {
                tlv(Tag(0x77), &[before, tlv(Tag(0x9F26), value), behind].concat())
            } else {
                tlv(Tag(0x80), &[&[cid], atc.as_slice(), value.as_slice(), issuer_data].concat())
            }));
        };
        let answered = [before.as_slice(), &behind].concat();
        let sent: Vec<&[u8]> = match asked.at {
            Generate::First => vec![&transaction.pdol, &asked.values],
            Generate::Second => vec![&transaction.pdol, &transaction.cdol1, &asked.values],
        };
        let combined = CombinedData { cid, cryptogram: *value, hash: transaction_hash(&sent, &answered) };
        let unpredictable = terminal_value(application, transaction, asked, 0x9F37).unwrap_or_default();
        let signed = signed_dynamic_data(key, &self.random(), Some(combined), unpredictable);
        let signed = self.spoiled_dynamic_data(key, signed.map_err(|_| Status::CONDITIONS)?)?;
        Ok(Answer::of(tlv(Tag(0x77), &[before, tlv(Tag(0x9F4B), &signed), behind].concat())))
    }
}

/// The cryptogram over what the terminal sent and what the card adds; nothing where the CDOLs do not ask for enough.
fn compute(
    application: &IssuedApplication,
    transaction: &Transaction,
    asked: &Asked,
    issuer_data: &[u8],
) -> Option<[u8; 8]> {
    let atc = transaction.atc.to_be_bytes();
    let value = |tag: u16| match tag {
        0x82 => Some(application.aip.as_slice()),
        0x9F36 => Some(atc.as_slice()),
        0x9F10 => Some(issuer_data),
        tag => terminal_value(application, transaction, asked, tag),
    };
    let version = application.profile.cryptogram.cvn();
    let covered = version.covered(value).ok()?;
    version.cryptogram(&application.keys.cryptograms, atc, &covered).ok()
}

/// The newest value that the terminal sent for a tag.
fn terminal_value<'v>(
    application: &IssuedApplication,
    transaction: &'v Transaction,
    asked: &'v Asked,
    tag: u16,
) -> Option<&'v [u8]> {
    let (tag, profile) = (Tag(tag), &application.profile);
    let second = || profile.cdol2.value(tag, &asked.values).filter(|_| asked.at == Generate::Second);
    let first = || profile.cdol1.value(tag, &transaction.cdol1);
    let options = || profile.pdol.as_ref().and_then(|list| list.value(tag, &transaction.pdol));
    second().or_else(first).or_else(options)
}
