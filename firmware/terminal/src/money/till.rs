//! Sale, void and balance from the menu to the receipt (INTERFACE.md, section 12).

use embassy_futures::select::{Either, select};

use super::card_entry::Entered;
use super::chip_ending::ChipFailure;
use super::chip_screens::remove_card;
use super::exchange::Outcome;
use super::failure::{Failure, ToBeReversed};
use super::kind::Kind;
use super::order::{Order, What};
use super::screens::{self, About};
use crate::app::{Terminal, raise_on_cancel};
use crate::batch::card_seal;
use crate::batch::entry::{Approval, Entry};
use crate::batch::ledger::{Record, Standing};
use crate::diagnosis::{Cause, Diagnosis};
use crate::life::Life;
use crate::modem::link::Cancel;
use crate::panel::keypad::Key;
use crate::panel::messages;
use crate::panel::text::NOTHING;
use crate::panel::texts::{details, money, records};
use crate::ports::Hardware;
use crate::receipt::printer::PrinterTrouble;
use crate::receipt::slip::{Receipt, Slip};
use crate::sign_on::flow::Stop;
use crate::stores::StoreFault;

/// Field 39 of a wrong PIN.
const WRONG_PIN: [u8; 2] = *b"55";

impl<H: Hardware> Terminal<'_, H> {
    /// A sale, from the menu back to it.
    pub(crate) async fn sell(&mut self) {
        let ended = self.try_sale().await;
        self.conclude(Kind::Sale, ended).await;
        self.wait_for_removal().await;
    }

    /// The void of a sale.
    pub(crate) async fn void(&mut self) {
        let ended = self.try_void().await;
        self.conclude(Kind::Void, ended).await;
    }

    /// A card's balance.
    pub(crate) async fn balance(&mut self) {
        let ended = self.try_balance().await;
        self.conclude(Kind::Balance, ended).await;
        self.wait_for_removal().await;
    }

    async fn try_sale(&mut self) -> Result<(), Failure> {
        self.check_open(Kind::Sale)?;
        let about = self.about(Kind::Sale);
        let amount = self.enter_amount(&about).await?;
        if self.stores.ledger().totals().sold.plus(amount).is_none() {
            return Err(Failure::harmless(Cause::BatchFull));
        }
        let about = About { amount: Some(amount), ..about };
        self.serve(&about).await
    }

    async fn try_balance(&mut self) -> Result<(), Failure> {
        self.check_open(Kind::Balance)?;
        self.serve(&self.about(Kind::Balance)).await
    }

    async fn try_void(&mut self) -> Result<(), Failure> {
        self.check_open(Kind::Void)?;
        let about = self.about(Kind::Void);
        let voucher = self.enter_voucher(&about).await?;
        let record =
            self.voidable(voucher).map_err(|diagnosis| Failure::Failed(diagnosis, ToBeReversed::No))?;
        let sale = self.stores.entry(&record).await?;
        self.confirm_void(&about, &sale).await?;
        let secrets = self.stores.secrets().ok_or(StoreFault::Keystore)?;
        let card = card_seal::open(secrets.factory_key(), &sale.sealed_card, sale.id.stan);
        let card = card.ok_or(StoreFault::Journal)?;
        self.transact(Order { card, mode: sale.mode, pin: None, what: What::Void(sale) }).await
    }

    /// Whether a transaction may begin.
    pub(super) fn check_open(&self, kind: Kind) -> Result<(), Failure> {
        if !self.stores.contents().is_some_and(|contents| contents.has_tmk) {
            return Err(Stop::Failed(Cause::NoMasterKey.bare()).into());
        }
        if kind.moves_money() && self.stores.ledger().settlement_due(self.stores.batch()) {
            return Err(Failure::harmless(Cause::SettlementDue));
        }
        if kind.moves_money() && !self.stores.ledger().has_room(self.reversal_tries()) {
            return Err(Failure::harmless(Cause::BatchFull));
        }
        Ok(())
    }

    /// Whether a transaction with a chip may begin, the scripts of which may need an entry whatever its kind.
    pub(super) fn check_open_to_chip(&self, kind: Kind) -> Result<(), Failure> {
        self.check_open(kind)?;
        match self.stores.ledger().has_places(self.reversal_tries()) {
            true => Ok(()),
            false => Err(Failure::harmless(Cause::BatchFull)),
        }
    }

    fn reversal_tries(&self) -> u8 {
        self.stores.parameters().map_or(0, |parameters| parameters.reversal_tries)
    }

    fn about<'b>(&self, kind: Kind) -> About<'b> {
        About { head: self.stores.head(), kind, amount: None, card: "" }
    }

    /// A sale or a balance with whatever card there is.
    async fn serve(&mut self, about: &About<'_>) -> Result<(), Failure> {
        let mut not_read = None;
        loop {
            match self.enter_card(about, not_read).await? {
                Entered::Card(card, mode) => {
                    let masked = card.number.masked().text();
                    let pin = self.enter_pin(&About { card: &masked, ..*about }, false).await?;
                    let what = about.amount.map_or(What::Balance, What::Sale);
                    return self.transact(Order { card, mode, pin, what }).await;
                }
                Entered::Chip(stay) => match self.serve_chip(about).await {
                    Ok(()) => return Ok(()),
                    Err(ChipFailure::Failed(failure)) => return Err(failure),
                    Err(ChipFailure::NotRead(diagnosis)) => {
                        self.correct(about, diagnosis).await?;
                        not_read = Some(stay);
                    }
                },
            }
        }
    }

    /// M223, while the card is in.
    async fn wait_for_removal(&mut self) {
        let presence = self.slot.presence();
        let Some(stay) = presence.card().filter(|_| self.stores.fault().is_none()) else { return };
        self.display.show(&remove_card(self.stores.head())).await;
        let cancelled = async { while self.keypad.key().await != Key::Cancel {} };
        select(presence.removed(stay), cancelled).await;
    }

    /// The sale of a voucher number, if it can be voided.
    fn voidable(&self, voucher: u32) -> Result<Record, Diagnosis> {
        let ledger = self.stores.ledger();
        let record = ledger.of_stan(voucher);
        let record = record.ok_or(Cause::NoSuchVoucher.with(format_args!("{voucher:06}")))?;
        let why = match record.kind() {
            Kind::Void => details::IS_A_VOID,
            _ if record.standing != Standing::Captured => details::NOT_CAPTURED,
            _ if record.offline => details::APPROVED_OFFLINE,
            _ if ledger.is_voided(record.id) => details::VOIDED_ALREADY,
            _ => return Ok(record),
        };
        Err(Cause::NotVoidable.with(why))
    }

    /// Signs on where that is needed, and sends the order until the host has decided.
    async fn transact(&mut self, mut order: Order) -> Result<(), Failure> {
        let masked = order.card.number.masked().text();
        let mut may_sign_on = true;
        let is_owed = self.rotation.take_owed();
        if self.is_sign_on_due() || is_owed {
            may_sign_on = !self.renew_keys().await?;
            self.check_open(order.kind())?;
        }
        self.modem.forget_sim();
        loop {
            if self.stores.life() != Life::SignedOn {
                may_sign_on = false;
                self.sign_on_once().await?;
                self.check_open(order.kind())?;
            }
            let about = screens::about(self.stores.head(), &order, &masked);
            match self.exchange(&order, &about, may_sign_on).await? {
                Outcome::Approved(entry, approval) => {
                    self.stripe.wipe();
                    self.clock.set(approval.at);
                    self.show_approval(&entry, &approval).await;
                    return Ok(());
                }
                Outcome::Balance { below_zero, amount, at } => {
                    self.stripe.wipe();
                    if let Some(at) = at {
                        self.clock.set(at);
                    }
                    self.page(about.balance(below_zero, amount, None)).await;
                    return Ok(());
                }
                Outcome::SignOnWanted(_) if may_sign_on => {
                    may_sign_on = false;
                    self.sign_on_once().await?;
                    self.check_open(order.kind())?;
                }
                Outcome::Declined(WRONG_PIN) => {
                    // Another message takes places of the log as the first did.
                    let pin = match self.check_open(order.kind()) {
                        Ok(()) => self.enter_pin(&about, true).await.map_err(Failure::from),
                        Err(full) => Err(full),
                    };
                    if pin.is_err() {
                        self.modem.close().await;
                    }
                    order.pin = pin?;
                }
                Outcome::Declined(code) | Outcome::SignOnWanted(code) => {
                    self.modem.close().await;
                    return Err(Failure::declined(code));
                }
            }
        }
    }

    /// A sign-on that is due, before a transaction. Returns whether there are new keys: with the old ones the transaction
    /// goes on, unless the host refuses the terminal.
    pub(super) async fn renew_keys(&mut self) -> Result<bool, Stop> {
        match self.sign_on_once().await {
            Ok(()) => Ok(true),
            Err(Stop::Failed(diagnosis)) if !diagnosis.cause.is_refusal_of_host() => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    async fn exchange(
        &mut self,
        order: &Order,
        about: &About<'_>,
        may_sign_on: bool,
    ) -> Result<Outcome, Failure> {
        // A terminal with keys has parameters.
        let parameters = self.stores.parameters().cloned().ok_or(StoreFault::Journal)?;
        let cancel = Cancel::new();
        let (mut exchange, keypad) = self.exchange_and_keypad(&cancel, &parameters, may_sign_on);
        match select(exchange.run(order, about), raise_on_cancel(keypad, &cancel)).await {
            Either::First(ended) => ended,
            Either::Second(never) => match never {},
        }
    }

    /// Shows an approval and prints its receipt. It stays approved whatever the printer does.
    pub(super) async fn show_approval(&mut self, entry: &Entry, approval: &Approval) {
        let head = self.stores.head();
        let issuer = match self.stores.issuer_of(&entry.card.bin()).await {
            Ok(issuer) => issuer,
            Err(fault) => return self.stores.give_up(fault),
        };
        let screen = screens::approved(head, entry, approval, issuer.as_deref());
        self.display.show(&screen).await;
        match self.print(entry, approval, false).await {
            Ok(()) => self.page(screen).await,
            Err(trouble) => {
                let screen = messages::error(head, NOTHING, &trouble.diagnosis(), false);
                let kind = entry.kind().name().of(head.language);
                self.page(screen.filled(2, money::APPROVED_TYPE, &[&kind])).await;
            }
        }
    }

    /// Prints the last approved transaction's receipt once more.
    pub(crate) async fn reprint(&mut self) {
        let head = self.stores.head();
        let captured = |record: &&Record| record.standing == Standing::Captured;
        let last = self.stores.ledger().records().iter().rev().find(captured).copied();
        let Some(record) = last else {
            let nothing = Cause::NothingToPrint.bare();
            return self.page(messages::error(head, records::REPRINT, &nothing, false)).await;
        };
        self.display.show(&screens::reprint(head, false)).await;
        let entry = match self.stores.entry(&record).await {
            Ok(entry) => entry,
            Err(fault) => return self.stores.give_up(fault),
        };
        let Some(approval) = entry.approval else { return self.stores.give_up(StoreFault::Journal) };
        match self.print(&entry, &approval, true).await {
            Ok(()) => self.page(screens::reprint(head, true)).await,
            Err(trouble) => {
                self.page(messages::error(head, records::REPRINT, &trouble.diagnosis(), false)).await;
            }
        }
    }

    async fn print(
        &mut self,
        entry: &Entry,
        approval: &Approval,
        reprint: bool,
    ) -> Result<(), PrinterTrouble> {
        // Without the name the receipt is a receipt all the same.
        let issuer = self.stores.issuer_of(&entry.card.bin()).await.ok().flatten();
        let Some(parameters) = self.stores.parameters() else { return Err(PrinterTrouble::Silent) };
        let card = entry.card.text();
        let receipt = Receipt {
            merchant_id: &parameters.merchant_id,
            terminal_id: &parameters.terminal_id,
            card: &card,
            mode: entry.mode,
            slip: match entry.original {
                Some(original) => Slip::Void { original: original.id.stan },
                None => Slip::Sale,
            },
            batch: entry.id.batch,
            stan: entry.id.stan,
            authorisation: approval.authorisation,
            reference: approval.reference,
            at: approval.at,
            amount: entry.amount.units(),
            issuer: issuer.as_deref(),
            chip: entry.chip.as_ref(),
            with_pin: entry.with_pin,
            reprint,
            language: parameters.language,
        };
        self.printer.print(&receipt, self.printer_status).await
    }

    /// Shows how a transaction ended, unless it was approved.
    async fn conclude(&mut self, kind: Kind, ended: Result<(), Failure>) {
        self.stripe.wipe();
        match ended {
            Ok(()) => {}
            Err(Failure::Stopped(stopped)) => self.page(self.about(kind).stopped(stopped)).await,
            Err(Failure::Failed(diagnosis, reversal)) => {
                let head = self.stores.head();
                let title = kind.name();
                let screen = messages::error(head, title, &diagnosis, reversal == ToBeReversed::Yes);
                let failed = diagnosis.cause.is_of_the_way();
                let title = title.of(head.language);
                self.page(if failed { screen.filled(2, money::FAILED, &[&title]) } else { screen }).await;
            }
            Err(Failure::SignOn(stop)) => self.show_stop(stop).await,
            Err(Failure::Store(fault)) => self.stores.give_up(fault),
        }
    }
}
