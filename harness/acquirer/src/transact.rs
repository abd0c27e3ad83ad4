//! A transaction from its message to the book.

use payrig_iso8583::Message;
use payrig_keys::WorkingKeys;

use crate::asked::Asked;
use crate::book::TransactionKind;
use crate::books::Books;
use crate::exchange::Judgement;
use crate::judge::{self, Refusal, refuse};
use crate::ledger::{Id, Order};
use crate::message_kind::MessageKind;

/// The keys and the batch that a device got at its last sign-on.
#[derive(Clone)]
pub(crate) struct Session {
    pub keys: WorkingKeys,
    pub batch: String,
}

/// What an approval brings besides field 39.
#[derive(Default)]
pub(crate) struct Approval {
    /// Field 38.
    pub authorisation: Option<String>,
    /// Field 54.
    pub balance: Option<String>,
    /// The card's name.
    card: String,
    amount: Option<u64>,
    /// How the card was read, where that is worth a word.
    note: Option<String>,
}

impl Books {
    /// Judges a transaction and books it. `covered` is what its MAC covers.
    pub(crate) fn transact(
        &mut self,
        kind: MessageKind,
        request: &Message,
        covered: &[u8],
        reference: &str,
        declined_with: Option<String>,
    ) -> (Option<Approval>, Judgement) {
        self.ledger.verified = None;
        match self.decide_transaction(kind, request, covered, reference, declined_with) {
            Ok((approval, id)) => {
                let (card, amount, note) = (approval.card.clone(), approval.amount, approval.note.clone());
                let Id { terminal, batch, stan, .. } = id;
                (
                    Some(approval),
                    Judgement::Approved { kind, terminal_id: terminal, batch, stan, amount, card, note },
                )
            }
            Err(Refusal { code, reason }) => {
                let chip = if self.ledger.verified.is_some() { " (chip, ARQC right)" } else { "" };
                (None, Judgement::Refused { code, reason: format!("{kind}: {reason}{chip}") })
            }
        }
    }

    fn decide_transaction(
        &mut self,
        kind: MessageKind,
        request: &Message,
        covered: &[u8],
        reference: &str,
        declined_with: Option<String>,
    ) -> Result<(Approval, Id), Refusal> {
        let profile = self.profile.clone();
        let money = &profile.money.codes;
        let today = format!("{}{}", profile.money.year, profile.date);
        let chip = &profile.money.chip;
        let asked = Asked { kind, message: request, codes: &profile.codes, money, chip, today };
        let stan = asked.stan()?.to_owned();
        let device = judge::device(&profile, &self.devices, request)?.clone();
        let batch = asked.batch()?.to_owned();
        let Some(session) = self.sessions.get(&device.device_id).cloned() else {
            return refuse(&money.not_signed_on, "the terminal is not signed on");
        };
        let of_old = matches!(kind, MessageKind::Reversal | MessageKind::ScriptResult);
        if !of_old && batch != session.batch {
            let reason = format!("batch {batch}, the terminal was given {}", session.batch);
            return refuse(&money.not_signed_on, reason);
        }
        self.check_mac(&session, request, covered)?;
        let id = Id {
            merchant: device.merchant_id.trim_end().to_owned(),
            terminal: device.terminal_id.trim_end().to_owned(),
            batch,
            stan,
        };
        if kind == MessageKind::Reversal {
            return Ok((self.reverse(&asked, &id, &device.device_id, declined_with)?, id));
        }
        if kind == MessageKind::ScriptResult {
            return Ok((self.script_result(&asked, &id, &device.device_id, declined_with)?, id));
        }
        // A host that says so has not looked at the rest, and the same STAN may come again.
        if let Some(code) = declined_with.as_ref().filter(|c| [&money.not_signed_on, &money.mac].contains(c))
        {
            return refuse(code, "on purpose");
        }
        self.use_stan(&device.device_id, &id.stan)?;
        asked.form()?;
        let order = Order { id, reference: reference.to_owned(), amount: 0, declined_with };
        self.book(&asked, order, &session)
    }

    fn book(
        &mut self,
        asked: &Asked<'_>,
        order: Order,
        session: &Session,
    ) -> Result<(Approval, Id), Refusal> {
        let money = asked.money;
        let month = format!("{}{}", self.profile.money.year, self.profile.date.get(..2).unwrap_or_default());
        if asked.kind == MessageKind::Balance {
            let card = asked.card(&session.keys)?;
            let declined_with = order.declined_with.as_ref();
            let (card, balance) = self.ledger.balance(&card, money, &month, declined_with)?;
            let (balance, note) = (Some(field54(balance)), note(asked));
            let approval = Approval { balance, card, note, ..Approval::default() };
            return Ok((approval, order.id));
        }
        let order = Order { amount: asked.amount()?, ..order };
        let booked = if asked.kind == MessageKind::Void {
            let card = asked.card_again(&session.keys)?;
            self.ledger.void(&order, asked.original()?, card.as_ref(), money, &month)?
        } else {
            self.ledger.sale(&order, &asked.card(&session.keys)?, money, &month)?
        };
        let authorisation = Some(booked.authorisation);
        let approval = Approval {
            authorisation,
            card: booked.card,
            amount: Some(order.amount),
            balance: None,
            note: note(asked),
        };
        Ok((approval, order.id))
    }

    fn reverse(
        &mut self,
        asked: &Asked<'_>,
        id: &Id,
        device_id: &str,
        declined_with: Option<String>,
    ) -> Result<Approval, Refusal> {
        let original = asked.reversed()?;
        // An original that comes after its reversal is a late copy: its STAN is used.
        let _ = self.use_stan(device_id, &id.stan);
        if let Some(code) = declined_with {
            return refuse(&code, "on purpose");
        }
        let id = Id { batch: original.batch, ..id.clone() };
        let kind = if original.message_type == "23" { TransactionKind::Void } else { TransactionKind::Sale };
        let note = asked.chip_reversed(&original.message_type, &self.ledger, &id)?;
        let card = self.ledger.reverse(&id, kind, original.amount, &original.why, asked.money)?;
        Ok(Approval { card, amount: Some(original.amount), note, ..Approval::default() })
    }

    /// What became of scripts; the terminal sends it again, with the same STAN, until it is answered.
    fn script_result(
        &mut self,
        asked: &Asked<'_>,
        id: &Id,
        device_id: &str,
        declined_with: Option<String>,
    ) -> Result<Approval, Refusal> {
        let _ = self.use_stan(device_id, &id.stan);
        if let Some(code) = declined_with {
            return refuse(&code, "on purpose");
        }
        let (card, amount, note) = asked.script_result(&mut self.ledger, id)?;
        Ok(Approval { card, amount: Some(amount), note: Some(note), ..Approval::default() })
    }

    fn use_stan(&mut self, device_id: &str, stan: &str) -> Result<(), Refusal> {
        if self.used.entry(device_id.to_owned()).or_default().insert(stan.to_owned()) {
            return Ok(());
        }
        let reason = format!("STAN {stan} was used before: a repeated message?");
        refuse(&self.profile.codes.duplicate, reason)
    }

    fn check_mac(&self, session: &Session, request: &Message, covered: &[u8]) -> Result<(), Refusal> {
        let money = &self.profile.money;
        let Some(mac) = request.get(64).and_then(|value| value.as_bytes()) else {
            return refuse(&money.codes.mac, "field 64 is missing: no MAC");
        };
        match money.mac_under(&session.keys.mak).compute(&session.keys.mak, covered) {
            Ok(right) if right == *mac => Ok(()),
            Ok(_) => {
                let kcv = session.keys.mak.kcv();
                let reason = format!("the MAC is not the one under the MAK in force (KCV {kcv})");
                refuse(&money.codes.mac, reason)
            }
            Err(error) => refuse(&self.profile.codes.system, error.to_string()),
        }
    }

    /// The keys in force for the terminal that a message names.
    pub(crate) fn session(&self, request: &Message) -> Option<&Session> {
        let device = judge::device(&self.profile, &self.devices, request).ok()?;
        self.sessions.get(&device.device_id)
    }
}

/// How the card of a sale, its void or a balance was read, where that is worth a word.
fn note(asked: &Asked<'_>) -> Option<String> {
    match asked.kind {
        MessageKind::Void => asked.is_chip().then(|| "chip".to_owned()),
        _ if asked.is_chip() => Some("chip, ARQC right".to_owned()),
        _ => (asked.is_swiped() && asked.chip_failed()).then(|| "fallback to the stripe".to_owned()),
    }
}

/// Field 54: account type 00, available balance (02), currency, sign, amount. A balance below zero is a debit.
fn field54(balance: i64) -> String {
    let sign = if balance < 0 { 'D' } else { 'C' };
    format!("0002156{sign}{:012}", balance.unsigned_abs() % 1_000_000_000_000)
}
