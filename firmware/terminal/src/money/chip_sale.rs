//! A sale or a balance with a chip, from the card's coming in to its last word (INTERFACE.md, section 21).

use super::amount::Amount;
use super::answer::Answer;
use super::chip_desk::{Desk, Random};
use super::chip_ending::ChipFailure;
use super::chip_online::{ChipOrder, Heard};
use super::chip_parameters::Records;
use super::chip_person::Person;
use super::chip_record::{ChipRequest, LastWord, order, part};
use super::chip_settling::Settled;
use super::failure::Failure;
use super::kind::Kind;
use super::order::Pin;
use super::screens::About;
use crate::app::Terminal;
use crate::clock::DateTime;
use crate::emv::cardholder::Interruption;
use crate::emv::completion::Completed;
use crate::emv::course::{Course, Inserted, Parts, World};
use crate::emv::fault::{CardError, Ending};
use crate::emv::first::{FirstOutcome, Online};
use crate::emv::initiation::Initiation;
use crate::emv::memory::Memory;
use crate::emv::response_code::APPROVED_OFFLINE;
use crate::emv::transaction::{HostAnswer, NoAnswer, Purpose, TerminalData, TransactionData};
use crate::life::Life;
use crate::ports::Hardware;
use crate::slot::apdu::CardPort;
use crate::slot::presence::Stay;
use crate::stores::StoreFault;

/// What is done with a card that is in.
pub(super) struct Deal {
    pub(super) stay: Stay,
    /// When it began.
    pub(super) at: DateTime,
    pub(super) may_sign_on: bool,
    pub(super) terminal: TerminalData,
    pub(super) transaction: TransactionData,
}

impl<H: Hardware> Terminal<'_, H> {
    /// Serves an order with the card that is in, up to the screen of its outcome.
    pub(super) async fn serve_chip(&mut self, about: &About<'_>) -> Result<(), ChipFailure> {
        let may_sign_on = self.sign_on_before_chip(about.kind).await?;
        self.modem.forget_sim();
        self.display.show(&about.reading_card()).await;
        let stay = self.slot.presence().card().ok_or(Ending::Interrupted(Interruption::Removed))?;
        let slot = self.slot;
        let begun = slot.activate().await;
        let mut session = begun.map_err(|fault| Ending::Card(CardError::Slot(fault)))?;
        let settled = match self.deal(about, stay, may_sign_on).await {
            Ok(deal) => self.converse(&mut session, about, &deal).await,
            Err(failure) => Err(failure.into()),
        };
        session.deactivate().await;
        if let Some(fault) = self.stores.fault() {
            return Err(fault.into());
        }
        self.finish_chip(about, settled?).await
    }

    /// Without keys, without a clock, or where one is due, a sign-on comes first. Whether another one may follow.
    async fn sign_on_before_chip(&mut self, kind: Kind) -> Result<bool, Failure> {
        let is_owed = self.rotation.take_owed();
        let may_sign_on = if self.clock.now().is_none() || self.stores.life() != Life::SignedOn {
            self.sign_on_once().await?;
            false
        } else if self.is_sign_on_due() || is_owed {
            !self.renew_keys().await?
        } else {
            true
        };
        self.check_open_to_chip(kind)?;
        Ok(may_sign_on)
    }

    /// What the card is told of terminal and transaction, whose STAN is used up now.
    async fn deal(&mut self, about: &About<'_>, stay: Stay, may_sign_on: bool) -> Result<Deal, StoreFault> {
        // A sign-on has set the clock.
        let at = self.clock.now().ok_or(StoreFault::Journal)?;
        let stan = self.stores.next_stan().await?;
        let parameters = self.stores.parameters().ok_or(StoreFault::Journal)?;
        let secrets = self.stores.secrets().ok_or(StoreFault::Keystore)?;
        let terminal = TerminalData {
            serial: *secrets.serial().last_chunk().ok_or(StoreFault::Keystore)?,
            terminal_id: parameters.terminal_id,
            merchant_id: parameters.merchant_id,
        };
        let [month, day, hour, minute, second] = at.numbers().map(packed);
        let transaction = TransactionData {
            purpose: about.amount.map_or(Purpose::Balance, Purpose::Sale),
            date: [packed(self.stores.year().unwrap_or(0)), month, day],
            time: [hour, minute, second],
            stan,
        };
        Ok(Deal { stay, at, may_sign_on, terminal, transaction })
    }

    /// Everything that is said to the card.
    async fn converse<C: CardPort>(
        &mut self,
        card: &mut C,
        about: &About<'_>,
        deal: &Deal,
    ) -> Result<Settled, ChipFailure> {
        let (presence, mut random) = (self.slot.presence(), Random(self.entropy));
        let desk = Desk::new(self);
        let (mut records, mut memory) = (Records(&desk), Memory::default());
        let mut person = Person::new(&desk, *about, presence, deal.stay);
        let world = (&deal.terminal, &deal.transaction);
        let course = Course::<Parts<_, _, _>, _>::begin(card, &mut records, &mut random, &mut memory, world);
        match dialogue(course, &desk, &mut person).await? {
            FirstOutcome::Approved(course) => {
                let order = order(&course, deal.transaction.purpose, None)?;
                let settled =
                    desk.lock().await.keep_offline(&order, part(&course), APPROVED_OFFLINE, deal).await;
                Ok(settled?)
            }
            FirstOutcome::Online(course) => {
                let pin = person.pin.take();
                go_online(course, &desk, pin, about, deal).await
            }
        }
    }
}

/// From the selection to the first cryptogram.
async fn dialogue<'c, W: World, H: Hardware>(
    course: Course<'c, W, Inserted>,
    desk: &Desk<'_, '_, H>,
    person: &mut Person<'_, '_, '_, H>,
) -> Result<FirstOutcome<'c, W>, ChipFailure> {
    let mut candidates = course.find_candidates().await?;
    let initiated = loop {
        match candidates.select(person).await?.initiate().await? {
            Initiation::Initiated(initiated) => break initiated,
            Initiation::Refused(others) => candidates = others,
        }
    };
    let read = initiated.read().await?;
    person.show_card(read.card_number());
    let restricted = read.authenticate().await?.restrict();
    let analysed = restricted.manage_risk().await?.verify(person).await?.analyse();
    // Nothing is decided by records that could not be read.
    if let Some(fault) = desk.lock().await.stores.fault() {
        return Err(fault.into());
    }
    Ok(analysed.generate().await?)
}

/// Asks the issuer, and brings the card what came of it.
async fn go_online<W: World, H: Hardware>(
    course: Course<'_, W, Online>,
    desk: &Desk<'_, '_, H>,
    pin: Option<Pin>,
    about: &About<'_>,
    deal: &Deal,
) -> Result<Settled, ChipFailure> {
    let order = order(&course, deal.transaction.purpose, pin)?;
    let request = ChipRequest::of(&course)?;
    let chip = ChipOrder { order: &order, request: &request, stan: deal.transaction.stan };
    let heard = desk.lock().await.ask_issuer(chip, about, deal.stay, deal.may_sign_on).await;
    let mut done = answer_card(course, &heard).await;
    let on_card = match &heard {
        Ok(Heard { answer: Answer::Balance { .. }, .. }) => balance_on_card(&mut done).await,
        _ => None,
    };
    let last = LastWord::of(&done, on_card);
    Ok(desk.lock().await.settle_chip(&order, heard, last, deal).await?)
}

/// Without an answer that counts the card is made to decline, unless nothing went out.
async fn answer_card<'c, W: World>(
    course: Course<'c, W, Online>,
    heard: &Result<Heard, Failure>,
) -> Course<'c, W, Completed> {
    let (declined_with, chip_data) = match heard {
        Ok(Heard { answer: Answer::Approved(_) | Answer::Balance { .. }, issuer_data, .. }) => {
            (None, issuer_data)
        }
        Ok(Heard { answer: Answer::Declined(code), issuer_data, .. }) => (Some(*code), issuer_data),
        Ok(_) => return course.without_answer(NoAnswer::MaybeSent).await,
        Err(failure) if failure.is_of_the_way() => {
            return course.without_answer(NoAnswer::NothingSent).await;
        }
        Err(_) => return course.without_answer(NoAnswer::MaybeSent).await,
    };
    course.complete(HostAnswer { declined_with, chip_data }).await
}

/// A session that is over by now takes nothing away from the answer.
async fn balance_on_card<W: World>(course: &mut Course<'_, W, Completed>) -> Option<Amount> {
    course.balance_on_card().await.ok().flatten().and_then(Amount::new)
}

/// Two digits in a byte.
fn packed(number: u8) -> u8 {
    ((number / 10 % 10) << 4) | (number % 10)
}
