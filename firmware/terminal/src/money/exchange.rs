//! A transaction's way to the host and back (INTERFACE.md, section 12, course and reversal).

use embassy_time::Duration;
use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;
use heapless::Vec;
use zeroize::Zeroizing;

use super::amount::Amount;
use super::answer::{Answer, Asked, ReversalAnswer, judge, judge_reversal};
use super::failure::{Failure, ToBeReversed};
use super::order::Order;
use super::request::{Brought, reversal, transaction};
use super::screens::{About, Phase, Stopped};
use crate::batch::card_seal;
use crate::batch::entry::{Approval, Entry, Id, Reason, State};
use crate::batch::ledger::Record;
use crate::clock::DateTime;
use crate::crypto::working_keys::WorkingKeys;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::frame::{REQUEST, wants_sign_on};
use crate::keystore::secrets::Secrets;
use crate::log::info;
use crate::modem::link::{Cancel, Modem, Trouble};
use crate::panel::texts::details::FIELD;
use crate::panel::vt100::Display;
use crate::parameters::Parameters;
use crate::ports::BatteryRam;
use crate::sign_on::rotation::Rotation;
use crate::stores::{StoreFault, Stores};
use crate::stripe::reader::StripeReader;

/// What the host said to an order.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and there is no heap to put it on")]
pub(crate) enum Outcome {
    /// Captured, as the journal has it now.
    Approved(Entry, Approval),
    Balance {
        below_zero: bool,
        amount: Amount,
        at: Option<DateTime>,
    },
    /// Field 39.
    Declined([u8; 2]),
    /// The host wants another sign-on before a reversal or the transaction: field 39.
    SignOnWanted([u8; 2]),
}

/// Field 39 that makes the terminal sign on again.
pub(super) const SIGN_ON_WANTED: [[u8; 2]; 3] = [*b"77", *b"99", *b"A0"];

/// What a transaction works with once its values are entered.
pub(crate) struct Exchange<'a, D, R, W, B, F: NorFlash> {
    pub(crate) display: &'a mut Display<D>,
    pub(crate) modem: &'a mut Modem<R, W>,
    pub(crate) stores: &'a mut Stores<B, F>,
    pub(crate) cancel: &'a Cancel,
    pub(crate) parameters: &'a Parameters,
    /// Whether the terminal may still sign on for this transaction.
    pub(crate) may_sign_on: bool,
    /// Hears of it where the host wants a sign-on.
    pub(crate) rotation: &'a mut Rotation,
    /// Keeps the tracks of a swiped card.
    pub(crate) stripe: &'a StripeReader,
}

impl<D: Write, R: Read, W: Write, B: BatteryRam, F: NorFlash> Exchange<'_, D, R, W, B, F> {
    /// Sends what is due, then the order. The connection stays open where the host answered.
    pub(crate) async fn run(&mut self, order: &Order, about: &About<'_>) -> Result<Outcome, Failure> {
        match self.send_all(order, about).await {
            Ok(Outcome::Declined(code)) => Ok(Outcome::Declined(code)),
            Ok(outcome) => {
                self.modem.close().await;
                Ok(outcome)
            }
            Err(failure) => Err(self.give_up_connection(failure).await),
        }
    }

    async fn send_all(&mut self, order: &Order, about: &About<'_>) -> Result<Outcome, Failure> {
        match self.send_due(about).await? {
            Some(code) => Ok(Outcome::SignOnWanted(code)),
            None => self.transact(order, about).await,
        }
    }

    /// Sends the reversals that are due, then the script results. Returns field 39 where the host wants a sign-on before.
    pub(super) async fn send_due(&mut self, about: &About<'_>) -> Result<Option<[u8; 2]>, Failure> {
        self.connect(about).await?;
        while let Some(due) = self.stores.ledger().oldest_due() {
            if let Some(code) = self.reverse(&due, about).await? {
                return Ok(Some(code));
            }
        }
        self.send_scripts_due(about).await?;
        Ok(None)
    }

    /// Closes the connection after a failure, and says what the failure really was.
    pub(super) async fn give_up_connection(&mut self, failure: Failure) -> Failure {
        let failure = match failure {
            Failure::Failed(diagnosis, reversal) => {
                Failure::Failed(self.modem.blame_signal(diagnosis), reversal)
            }
            failure => failure,
        };
        self.modem.close().await;
        if let Failure::Failed(Diagnosis { cause, .. }, _) = &failure
            && cause.spoils_context()
        {
            self.modem.spoil_context();
        }
        failure
    }

    /// Opens the connection, unless it is open.
    async fn connect(&mut self, about: &About<'_>) -> Result<(), Failure> {
        if self.modem.is_open() {
            return Ok(());
        }
        self.modem.close().await;
        let Self { display, modem, parameters, cancel, .. } = self;
        let tell = async |stage| display.show(&about.transacting(Phase::of(stage))).await;
        Ok(modem.reach(parameters, cancel, tell).await?)
    }

    /// Announces a frame, which is the last moment to cancel. A connection that was used before may be gone without a word:
    /// then a new one.
    pub(super) async fn announce(&mut self, length: usize, about: &About<'_>) -> Result<(), Failure> {
        let reused = self.modem.is_open();
        self.connect(about).await?;
        if self.cancel.signaled() {
            return Err(Stopped::Cancelled.into());
        }
        match self.modem.announce(length).await {
            Err(Trouble::Failed(_)) if reused => {
                self.modem.close().await;
                self.connect(about).await?;
                Ok(self.modem.announce(length).await?)
            }
            announced => Ok(announced?),
        }
    }

    async fn transact(&mut self, order: &Order, about: &About<'_>) -> Result<Outcome, Failure> {
        let keys = self.working_keys()?;
        let id = Id { batch: self.stores.batch(), stan: self.stores.next_stan().await? };
        let frame = self.request(order, id, &keys)?;
        let entry = order.entry(id, self.secrets()?.factory_key());
        let asked = Asked::transaction(order, id.stan, self.parameters, &keys.mak);
        let answer = self.send_request(&frame, entry.as_ref(), &asked, about).await?;
        self.modem.clear_inbox();
        self.settle(entry, answer).await
    }

    /// Sends a request behind its record, and waits for the answer, which stays in the inbox.
    ///
    /// # Errors
    /// Nothing has gone out, and there is no record.
    pub(super) async fn send_request(
        &mut self,
        frame: &[u8],
        entry: Option<&Entry>,
        asked: &Asked<'_>,
        about: &About<'_>,
    ) -> Result<Answer, Failure> {
        self.announce(frame.len(), about).await?;
        self.show(about, Phase::Host).await;
        if let Some(entry) = entry {
            self.stores.write_entry(entry).await?;
        }
        Ok(self.ask(frame, asked).await)
    }

    /// The request's frame, which may have tracks in clear.
    fn request(
        &self,
        order: &Order,
        id: Id,
        keys: &WorkingKeys,
    ) -> Result<Zeroizing<Vec<u8, REQUEST>>, StoreFault> {
        let tracks = self.stripe.tracks();
        let brought = if order.has_tracks() { Brought::Tracks(&tracks) } else { Brought::Nothing };
        // Parameters that cannot be sent did not come from a record.
        let frame = transaction(order, brought, id, self.parameters, keys);
        frame.map(Zeroizing::new).map_err(|_| StoreFault::Journal)
    }

    /// Sends a request and waits for the answer that is ours; the others are passed over.
    async fn ask(&mut self, frame: &[u8], asked: &Asked<'_>) -> Answer {
        let never = Cancel::new();
        let host_timeout = Duration::from_secs(self.parameters.host_timeout_s.into());
        let mut passed_over = None;
        let sent = match self.modem.send_frame(frame, &never).await {
            Ok(sent) => sent,
            Err(trouble) => return lost(trouble, passed_over),
        };
        loop {
            if let Err(trouble) = self.modem.wait_for_host(sent, host_timeout, &never).await {
                return lost(trouble, passed_over);
            }
            let answer = judge(self.modem.inbox(), asked);
            let counts = !matches!(answer, Answer::Foreign(_) | Answer::Unusable(..));
            self.note_request(counts);
            match answer {
                Answer::Foreign(field) => passed_over = Some(field),
                answer => return answer,
            }
            self.modem.clear_inbox();
        }
    }

    /// Brings the journal to what the host said.
    async fn settle(&mut self, entry: Option<Entry>, answer: Answer) -> Result<Outcome, Failure> {
        let code = match answer {
            Answer::Approved(approval) => {
                let entry = entry.ok_or(StoreFault::Journal)?;
                let captured = Entry { state: State::Captured, approval: Some(approval), ..entry };
                self.stores.write_entry(&captured).await?;
                info!("approved, STAN {=u32}", captured.id.stan);
                return Ok(Outcome::Approved(captured, approval));
            }
            Answer::Balance { below_zero, amount, at } => {
                return Ok(Outcome::Balance { below_zero, amount, at });
            }
            Answer::Unusable(diagnosis, reason) => {
                return Err(self.keep_due(entry, diagnosis, reason).await?);
            }
            // `ask` passes over what is foreign.
            Answer::Foreign(field) => {
                let diagnosis = Cause::AnswerNotOurs.with(Detail::of(FIELD, field));
                return Err(self.keep_due(entry, diagnosis, Reason::NoAnswer).await?);
            }
            Answer::Declined(code) => code,
        };
        if let Some(entry) = entry {
            self.stores.write_entry(&Entry { state: State::Dropped, ..entry }).await?;
        }
        match SIGN_ON_WANTED.contains(&code) {
            true if self.may_sign_on => Ok(Outcome::SignOnWanted(code)),
            _ => Ok(Outcome::Declined(code)),
        }
    }

    /// Writes down why a record is due to be reversed. It is due already.
    async fn keep_due(
        &mut self,
        entry: Option<Entry>,
        diagnosis: Diagnosis,
        reason: Reason,
    ) -> Result<Failure, Failure> {
        let Some(entry) = entry else { return Ok(Failure::Failed(diagnosis, ToBeReversed::No)) };
        if entry.reason != reason {
            self.stores.write_entry(&Entry { reason, ..entry }).await?;
        }
        Ok(Failure::Failed(diagnosis, ToBeReversed::Yes))
    }

    /// One try of a reversal, counted before it goes out. Returns field 39 where the host wants a sign-on before.
    async fn reverse(&mut self, due: &Record, about: &About<'_>) -> Result<Option<[u8; 2]>, Failure> {
        let entry = self.stores.entry(due).await?;
        let keys = self.working_keys()?;
        let card = card_seal::open(self.secrets()?.factory_key(), &entry.sealed_card, entry.id.stan);
        // Only another factory key cannot open it, which comes with another device's records.
        let card = card.ok_or(StoreFault::Journal)?;
        let secrets = self.secrets()?;
        let frame = reversal(&entry, &card, secrets.serial(), self.parameters, &keys);
        let frame = frame.map_err(|_| StoreFault::Journal)?;
        self.announce(frame.len(), about).await?;
        let tried = Entry { tries: entry.tries.saturating_add(1), ..entry };
        self.stores.write_entry(&tried).await?;
        self.show(about, Phase::Reversal(tried.tries, self.parameters.reversal_tries)).await;
        let asked = Asked::reversal(&tried, self.parameters, &keys.mak);
        let answer = self.ask_reversal(&frame, &asked).await;
        let state = match answer {
            ReversalAnswer::Closed => State::Reversed,
            ReversalAnswer::Refused(code) if self.may_sign_on && SIGN_ON_WANTED.contains(&code) => {
                self.give_up_after_last_try(tried).await?;
                return Ok(Some(code));
            }
            _ => return self.give_up_after_last_try(tried).await.map(|()| None),
        };
        info!("reversed, STAN {=u32}", tried.id.stan);
        self.stores.write_entry(&Entry { state, ..tried }).await?;
        Ok(None)
    }

    async fn give_up_after_last_try(&mut self, tried: Entry) -> Result<(), Failure> {
        if tried.tries >= self.parameters.reversal_tries {
            info!("reversal given up, STAN {=u32}", tried.id.stan);
            self.stores.write_entry(&Entry { state: State::Open, ..tried }).await?;
        }
        Ok(())
    }

    /// Sends a reversal and waits for its answer. Without one the connection is given up.
    async fn ask_reversal(&mut self, frame: &[u8], asked: &Asked<'_>) -> ReversalAnswer {
        let never = Cancel::new();
        let host_timeout = Duration::from_secs(self.parameters.host_timeout_s.into());
        let Ok(sent) = self.modem.send_frame(frame, &never).await else { return self.unanswered().await };
        loop {
            if self.modem.wait_for_host(sent, host_timeout, &never).await.is_err() {
                return self.unanswered().await;
            }
            let answer = judge_reversal(self.modem.inbox(), asked, &self.parameters.reversal_closing);
            self.note_request(matches!(answer, ReversalAnswer::Closed | ReversalAnswer::Refused(_)));
            self.modem.clear_inbox();
            if answer != ReversalAnswer::Foreign {
                return answer;
            }
        }
    }

    /// Takes the processing request of an answer that counts.
    fn note_request(&mut self, counts: bool) {
        if counts && wants_sign_on(self.modem.inbox()) {
            self.rotation.wanted();
        }
    }

    async fn unanswered(&mut self) -> ReversalAnswer {
        self.modem.close().await;
        ReversalAnswer::Unusable
    }

    pub(super) fn secrets(&self) -> Result<Secrets, StoreFault> {
        self.stores.secrets().ok_or(StoreFault::Keystore)
    }

    pub(super) fn working_keys(&self) -> Result<WorkingKeys, StoreFault> {
        self.secrets()?.working().cloned().ok_or(StoreFault::Keystore)
    }

    pub(super) async fn show(&mut self, about: &About<'_>, phase: Phase) {
        self.display.show(&about.transacting(phase)).await;
    }
}

/// What it means that no answer came, other than ones to something else.
fn lost(trouble: Trouble, passed_over: Option<u8>) -> Answer {
    match (trouble, passed_over) {
        (Trouble::Failed(Diagnosis { cause: Cause::Malformed, detail }), _) => {
            Answer::Unusable(Diagnosis { cause: Cause::AnswerMalformed, detail }, Reason::Other)
        }
        (Trouble::Failed(Diagnosis { cause: Cause::HostSilent, .. }), Some(field)) => Answer::Foreign(field),
        (Trouble::Failed(diagnosis), _) => Answer::Unusable(diagnosis, Reason::NoAnswer),
        // Nobody can cancel once the request is out.
        (Trouble::Cancelled, _) => Answer::Unusable(Cause::HostSilent.bare(), Reason::NoAnswer),
    }
}
