//! A chip's request, and what the host says to it (INTERFACE.md, section 21, online).

use embassy_futures::select::{Either3, select3};
use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;
use heapless::Vec;
use zeroize::Zeroizing;

use super::answer::{Answer, Asked, FIELD_55, issuer_data, trace};
use super::chip_record::ChipRequest;
use super::exchange::{Exchange, SIGN_ON_WANTED};
use super::failure::{Failure, ToBeReversed};
use super::order::Order;
use super::request::{Brought, transaction};
use super::screens::{About, Stopped};
use crate::app::{Terminal, raise_on_cancel};
use crate::batch::entry::{Entry, Id, Trace};
use crate::diagnosis::Cause;
use crate::modem::link::Cancel;
use crate::ports::{BatteryRam, Hardware};
use crate::slot::presence::{Presence, Stay};
use crate::stores::StoreFault;

/// What the host said to a chip's request.
pub(super) struct Heard {
    /// The record as it stands: due. Nothing for a balance.
    pub(super) entry: Option<Entry>,
    /// Never an answer to something else, unless none other came.
    pub(super) answer: Answer,
    /// Where the host has it, if it has said so.
    pub(super) trace: Trace,
    /// Field 55, for the card; empty where there is none.
    pub(super) issuer_data: Vec<u8, FIELD_55>,
}

/// An order of a chip on its way.
#[derive(Clone, Copy)]
pub(super) struct ChipOrder<'o> {
    pub(super) order: &'o Order,
    pub(super) request: &'o ChipRequest,
    pub(super) stan: u32,
}

impl<H: Hardware> Terminal<'_, H> {
    /// Sends what is due and the request, for as long as the card is in. The connection stays open where the host
    /// answered.
    ///
    /// # Errors
    /// The request's first byte has not gone out.
    pub(super) async fn ask_issuer(
        &mut self,
        chip: ChipOrder<'_>,
        about: &About<'_>,
        stay: Stay,
        mut may_sign_on: bool,
    ) -> Result<Heard, Failure> {
        loop {
            if let Some(heard) = self.try_issuer(chip, about, stay, may_sign_on).await? {
                if matches!(heard.answer, Answer::Declined(code) if SIGN_ON_WANTED.contains(&code)) {
                    self.rotation.owe();
                }
                return Ok(heard);
            }
            may_sign_on = false;
            self.sign_on_once().await?;
            self.check_open_to_chip(about.kind)?;
        }
    }

    /// One way to the host; nothing where the host wants a sign-on before a reversal, and the request is not sent.
    async fn try_issuer(
        &mut self,
        chip: ChipOrder<'_>,
        about: &About<'_>,
        stay: Stay,
        may_sign_on: bool,
    ) -> Result<Option<Heard>, Failure> {
        let parameters = self.stores.parameters().cloned().ok_or(StoreFault::Journal)?;
        let (cancel, presence) = (Cancel::new(), self.slot.presence());
        let (mut exchange, keypad) = self.exchange_and_keypad(&cancel, &parameters, may_sign_on);
        let asking = exchange.ask_issuer(chip, about);
        let leaving = raise_on_removal(presence, stay, &cancel);
        match select3(asking, raise_on_cancel(keypad, &cancel), leaving).await {
            Either3::First(Err(Failure::Stopped(Stopped::Cancelled))) if presence.card() != Some(stay) => {
                Err(Failure::harmless(Cause::CardRemoved))
            }
            Either3::First(ended) => ended,
            Either3::Second(never) | Either3::Third(never) => match never {},
        }
    }
}

/// A card that is pulled out stops its request, as the operator can, until it goes out.
async fn raise_on_removal(presence: &Presence, stay: Stay, cancel: &Cancel) -> core::convert::Infallible {
    presence.removed(stay).await;
    cancel.signal(());
    core::future::pending().await
}

impl<D: Write, R: Read, W: Write, B: BatteryRam, F: NorFlash> Exchange<'_, D, R, W, B, F> {
    async fn ask_issuer(&mut self, chip: ChipOrder<'_>, about: &About<'_>) -> Result<Option<Heard>, Failure> {
        match self.send_chip(chip, about).await {
            Ok(Some(Heard { entry, answer: Answer::Unusable(diagnosis, reason), trace, issuer_data })) => {
                let failure = Failure::Failed(diagnosis, ToBeReversed::Yes);
                let answer = match self.give_up_connection(failure).await {
                    Failure::Failed(diagnosis, _) => Answer::Unusable(diagnosis, reason),
                    other => return Err(other),
                };
                Ok(Some(Heard { entry, answer, trace, issuer_data }))
            }
            Ok(heard) => Ok(heard),
            Err(failure) => Err(self.give_up_connection(failure).await),
        }
    }

    async fn send_chip(&mut self, chip: ChipOrder<'_>, about: &About<'_>) -> Result<Option<Heard>, Failure> {
        if self.send_due(about).await?.is_some() {
            self.modem.close().await;
            return Ok(None);
        }
        let ChipOrder { order, request, stan } = chip;
        let keys = self.working_keys()?;
        let id = Id { batch: self.stores.batch(), stan };
        let frame = transaction(order, Brought::Chip(&request.fields()), id, self.parameters, &keys);
        // Of a card's values none is longer than its field, but what a card says is nothing to build on.
        let frame = frame.map_err(|_| Failure::harmless(Cause::CardDataWrong)).map(Zeroizing::new)?;
        let entry = order.entry(id, self.secrets()?.factory_key());
        let entry = entry.map(|entry| Entry { chip: Some(request.part.clone()), ..entry });
        let asked = Asked::transaction(order, stan, self.parameters, &keys.mak);
        let answer = self.send_request(&frame, entry.as_ref(), &asked, about).await?;
        let trace = match answer {
            Answer::Foreign(_) | Answer::Unusable(..) => Trace::default(),
            Answer::Declined(_) | Answer::Approved(_) | Answer::Balance { .. } => trace(self.modem.inbox()),
        };
        let issuer_data = issuer_data(self.modem.inbox());
        self.modem.clear_inbox();
        Ok(Some(Heard { entry, answer, trace, issuer_data }))
    }
}
