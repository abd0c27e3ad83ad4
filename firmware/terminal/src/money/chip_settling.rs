//! What becomes of a chip's order once host and card have spoken (INTERFACE.md, section 21).

use embassy_futures::select::{Either, select};

use super::amount::Amount;
use super::answer::Answer;
use super::card_number::MaskedNumber;
use super::chip_ending::{ChipFailure, of_error, of_tvr};
use super::chip_online::Heard;
use super::chip_record::{LastWord, offline_approval};
use super::chip_sale::Deal;
use super::failure::{Failure, ToBeReversed};
use super::order::Order;
use super::screens::About;
use crate::app::{Terminal, raise_on_cancel};
use crate::batch::chip_part::{ChipPart, Script};
use crate::batch::entry::{Approval, Entry, Id, Reason, State, Trace};
use crate::clock::DateTime;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::emv::completion::Verdict;
use crate::emv::response_code::APPROVED_UNABLE;
use crate::modem::link::Cancel;
use crate::panel::texts::details::FIELD;
use crate::ports::Hardware;
use crate::stores::StoreFault;

/// How an order ended, as the journal has it.
pub(super) struct Settled {
    outcome: Result<Told, Failure>,
    /// The entry whose script result is to be sent now.
    script: Option<Entry>,
}

/// What the operator is told of an order that was served.
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and there is no heap to put it on")]
enum Told {
    Approved(Entry, Approval),
    Balance {
        card: MaskedNumber,
        below_zero: bool,
        amount: Amount,
        at: Option<DateTime>,
        on_card: Option<Amount>,
    },
}

impl<H: Hardware> Terminal<'_, H> {
    /// Keeps what the card alone has approved.
    pub(super) async fn keep_offline(
        &mut self,
        order: &Order,
        part: ChipPart,
        code: [u8; 2],
        deal: &Deal,
    ) -> Result<Settled, StoreFault> {
        let id = Id { batch: self.stores.batch(), stan: deal.transaction.stan };
        let secrets = self.stores.secrets().ok_or(StoreFault::Keystore)?;
        // No card approves a balance: nobody asks it to.
        let entry = order.entry(id, secrets.factory_key()).ok_or(StoreFault::Journal)?;
        let approval = offline_approval(code, self.clock.now().unwrap_or(deal.at));
        let chip = Some(ChipPart { offline: true, ..part });
        let entry = Entry { state: State::Captured, approval: Some(approval), chip, ..entry };
        self.stores.write_entry(&entry).await?;
        Ok(Settled { outcome: Ok(Told::Approved(entry, approval)), script: None })
    }

    /// Brings the journal to what host and card said.
    pub(super) async fn settle_chip(
        &mut self,
        order: &Order,
        heard: Result<Heard, Failure>,
        last: LastWord,
        deal: &Deal,
    ) -> Result<Settled, StoreFault> {
        match heard {
            Err(failure) if failure.is_of_the_way() && last.verdict == Verdict::Approved => {
                self.keep_offline(order, last.part, APPROVED_UNABLE, deal).await
            }
            Err(failure) => Ok(Settled { outcome: Err(failure), script: None }),
            Ok(heard) => self.settle_heard(order, heard, last, deal).await,
        }
    }

    async fn settle_heard(
        &mut self,
        order: &Order,
        heard: Heard,
        mut last: LastWord,
        deal: &Deal,
    ) -> Result<Settled, StoreFault> {
        if last.has_scripts {
            last.part.script = Script::Due { stan: self.stores.next_stan().await?, tries: 0 };
        }
        let stands = Stands::after(&heard.answer, &last);
        let entry = match heard.entry {
            Some(entry) => Some(stands.entry(Entry { trace: heard.trace, ..entry }, last.part)),
            // Of a balance a script result is all that is kept.
            None if last.has_scripts => {
                Some(Entry { trace: heard.trace, ..self.balance_entry(order, last.part, deal)? })
            }
            None => None,
        };
        if let Some(entry) = &entry {
            self.stores.write_entry(entry).await?;
        }
        let script = entry.clone().filter(Entry::owes_script_result);
        let outcome = match (stands.failure, heard.answer) {
            (Some((diagnosis, _)), _) => {
                let is_due = entry.is_some_and(|entry| entry.state == State::Due);
                let reversal = if is_due { ToBeReversed::Yes } else { ToBeReversed::No };
                Err(Failure::Failed(diagnosis, reversal))
            }
            (None, Answer::Balance { below_zero, amount, at }) => {
                let card = order.card.number.masked();
                Ok(Told::Balance { card, below_zero, amount, at, on_card: last.on_card })
            }
            (None, _) => match entry.and_then(|entry| entry.approval.map(|approval| (entry, approval))) {
                Some((entry, approval)) => Ok(Told::Approved(entry, approval)),
                None => return Err(StoreFault::Journal),
            },
        };
        Ok(Settled { outcome, script })
    }

    fn balance_entry(&self, order: &Order, part: ChipPart, deal: &Deal) -> Result<Entry, StoreFault> {
        let id = Id { batch: self.stores.batch(), stan: deal.transaction.stan };
        let secrets = self.stores.secrets().ok_or(StoreFault::Keystore)?;
        let part = ChipPart { of_balance: true, ..part };
        Ok(order.balance_entry(id, secrets.factory_key(), part))
    }

    /// Sends the script result on the connection that there is, and shows the outcome.
    pub(super) async fn finish_chip(
        &mut self,
        about: &About<'_>,
        settled: Settled,
    ) -> Result<(), ChipFailure> {
        let Settled { outcome, script } = settled;
        if let Some(entry) = script {
            self.tell_script_result(&entry, about).await?;
        }
        self.modem.close().await;
        match outcome? {
            Told::Approved(entry, approval) => {
                if !entry.is_offline() {
                    self.clock.set(approval.at);
                }
                self.show_approval(&entry, &approval).await;
            }
            Told::Balance { card, below_zero, amount, at, on_card } => {
                let card = card.text();
                if let Some(at) = at {
                    self.clock.set(at);
                }
                let about = About { card: &card, ..*about };
                self.page(about.balance(below_zero, amount, on_card)).await;
            }
        }
        Ok(())
    }

    /// The first try. Where it comes to nothing the journal has the result, and later transactions try again.
    async fn tell_script_result(&mut self, entry: &Entry, about: &About<'_>) -> Result<(), StoreFault> {
        let parameters = self.stores.parameters().cloned().ok_or(StoreFault::Journal)?;
        // Nobody can cancel any more, but keys are heard.
        let (never, ignored) = (Cancel::new(), Cancel::new());
        let (mut exchange, keypad) = self.exchange_and_keypad(&never, &parameters, false);
        let sending = exchange.send_script_result(entry, about);
        match select(sending, raise_on_cancel(keypad, &ignored)).await {
            Either::First(Err(Failure::Store(fault))) => Err(fault),
            Either::First(_) => Ok(()),
            Either::Second(never) => match never {},
        }
    }
}

/// How an order stands.
struct Stands {
    state: State,
    approval: Option<Approval>,
    /// Why it was not served, and field 39 of its reversal.
    failure: Option<(Diagnosis, Reason)>,
}

impl Stands {
    fn after(answer: &Answer, last: &LastWord) -> Self {
        let due = |diagnosis, reason| Self {
            state: State::Due,
            approval: None,
            failure: Some((diagnosis, reason)),
        };
        match answer {
            Answer::Declined(code) => {
                let diagnosis = Cause::declined(*code);
                Self { state: State::Dropped, ..due(diagnosis, Reason::NoAnswer) }
            }
            Answer::Unusable(diagnosis, reason) => due(diagnosis.clone(), *reason),
            Answer::Foreign(field) => {
                due(Cause::AnswerNotOurs.with(Detail::of(FIELD, *field)), Reason::NoAnswer)
            }
            Answer::Approved(_) | Answer::Balance { .. } => match last.verdict {
                Verdict::Approved => {
                    let approval =
                        if let Answer::Approved(approval) = answer { Some(*approval) } else { None };
                    Self { state: State::Captured, approval, failure: None }
                }
                Verdict::Declined => due(Cause::DeclinedByCard.with(of_tvr(last.tvr)), Reason::Other),
                Verdict::Gone(error) => due(of_error(error), Reason::Unusable),
            },
        }
    }

    /// The record as it stands from now on.
    fn entry(&self, entry: Entry, part: ChipPart) -> Entry {
        let reason = self.failure.as_ref().map_or(entry.reason, |(_, reason)| *reason);
        // What is approved has its trace in the approval.
        let trace = if self.approval.is_some() { Trace::default() } else { entry.trace };
        Entry { state: self.state, approval: self.approval, trace, reason, chip: Some(part), ..entry }
    }
}
