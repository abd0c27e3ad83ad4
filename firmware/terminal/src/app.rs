//! The application: boot, menu, provisioning, sign-on, what the till does, and the tamper switch above all.

use core::cell::RefCell;
use core::convert::Infallible;
use core::future::pending;

use embassy_futures::select::{Either, select, select3};
use embassy_futures::yield_now;
use embassy_time::{Duration, with_timeout};
use embedded_io_async::Read;

use crate::batch::ledger::Standing;
use crate::boot::boot_line;
use crate::checks::path::Question;
use crate::clock::Clock;
use crate::diagnosis::{Cause, Diagnosis};
use crate::erased::Erased;
use crate::front_end::{FrontEnd, Listeners, PrinterStatus};
use crate::keystore::secrets::Secrets;
use crate::life::Life;
use crate::log::info;
use crate::modem::link::{Cancel, Modem};
use crate::panel::keypad::{Input, Key, Keypad};
use crate::panel::messages;
use crate::panel::screen::Screen;
use crate::panel::text::NOTHING;
use crate::panel::vt100::Display;
use crate::ports::{Hardware, Ports};
use crate::provisioning::collector::Collector;
use crate::receipt::printer::Printer;
use crate::sign_on::flow::{SignOn, Stop};
use crate::sign_on::rotation::Rotation;
use crate::slot::contacts::Slot;
use crate::slot::presence::Presence;
use crate::stores::{StoreFault, Stores};
use crate::stripe::reader::StripeReader;

/// Runs the terminal on a board's ports, from power-up on.
///
/// The future never ends. Dropping it is losing power; what it had not yet written to a store is lost, and the next
/// boot finds the old state or the new.
pub async fn run<H: Hardware>(ports: Ports<H>) -> Infallible {
    let Ports { keypad, display, modem_rx, modem_tx, slot_rx, slot_tx, front_end, printer, .. } = ports;
    let printer_status = PrinterStatus::new();
    let stripe = StripeReader::default();
    let presence = Presence::default();
    let slot = Slot::new(slot_rx, slot_tx, &presence);
    let entropy = RefCell::new(ports.entropy);
    slot.deactivate().await;
    let stores = Erased::new(Stores::open(ports.battery_ram, ports.flash)).await;
    let mut display = Display::new(display);
    display.print(&boot_line(&ports.identity, stores.boot(), stores.life())).await;
    info!("boot {=u32}, life {=str}", stores.boot(), stores.life().boot_name());
    let mut terminal = Terminal::<H> {
        keypad: Keypad::new(keypad),
        display,
        modem: Modem::new(modem_rx, modem_tx),
        printer: Printer::new(printer),
        printer_status: &printer_status,
        stripe: &stripe,
        slot: &slot,
        entropy: &entropy,
        stores,
        clock: Clock::default(),
        rotation: Rotation::default(),
    };
    let mut front_end = FrontEnd::new(front_end);
    let listeners = Listeners { printer: &printer_status, stripe: &stripe, presence: &presence };
    if terminal.stores.life() != Life::Tampered {
        // Dropping what the operator is doing is safe: every store withstands it, as it withstands a power cut.
        select3(front_end.tamper_opened(listeners), slot.rest(), terminal.operate()).await;
        front_end.forget();
        terminal.keypad.forget();
        terminal.stores.tamper().await;
    }
    terminal.forget().await;
    select3(drain(&mut front_end, listeners), slot.rest(), terminal.stay(Cause::Tampered)).await;
    pending().await
}

/// Reads and forgets, so that the front end is not held up.
async fn drain<R: Read>(front_end: &mut FrontEnd<R>, listeners: Listeners<'_>) -> Infallible {
    loop {
        front_end.tamper_opened(listeners).await;
    }
}

/// A booted terminal without its front end.
pub(crate) struct Terminal<'a, H: Hardware> {
    pub(crate) keypad: Keypad<H::Keypad>,
    pub(crate) display: Display<H::Display>,
    pub(crate) modem: Modem<H::ModemRx, H::ModemTx>,
    pub(crate) printer: Printer<H::Printer>,
    pub(crate) printer_status: &'a PrinterStatus,
    pub(crate) stripe: &'a StripeReader,
    pub(crate) slot: &'a Slot<'a, H::SlotRx, H::SlotTx>,
    pub(crate) entropy: &'a RefCell<H::Entropy>,
    pub(crate) stores: Stores<H::BatteryRam, H::Flash>,
    pub(crate) clock: Clock,
    pub(crate) rotation: Rotation,
}

impl<H: Hardware> Terminal<'_, H> {
    /// Shows the menu and does what the keys say, for as long as both stores work.
    async fn operate(&mut self) -> Infallible {
        self.tell_damage().await;
        loop {
            let cause = match self.stores.fault() {
                None => {
                    self.forget().await;
                    Erased::new(self.home()).await;
                    continue;
                }
                Some(StoreFault::Keystore) => Cause::KeystoreFailed,
                Some(StoreFault::Journal) => Cause::JournalFailed,
            };
            self.stay(cause).await;
        }
    }

    /// Erases what is left of a transaction, here and in the board. Keys that were typed ahead stay.
    async fn forget(&mut self) {
        self.modem.forget_frames();
        self.stripe.wipe();
        H::scrub();
        yield_now().await;
    }

    /// Says once a boot that entries of the batch are lost.
    async fn tell_damage(&mut self) {
        let ledger = self.stores.ledger();
        if self.stores.fault().is_none() && ledger.lost() > 0 {
            let screen = messages::journal_damaged(self.stores.head(), ledger.records().len(), ledger.lost());
            self.page(screen).await;
        }
    }

    /// One choice on the first screen.
    async fn home(&mut self) {
        let life = self.stores.life();
        let blank = || messages::not_provisioned(self.stores.head());
        let first = if life == Life::Blank { blank() } else { self.menu() };
        self.display.show(&first).await;
        let Some(input) = self.input_before_sign_on().await else { return self.sign_on_by_itself().await };
        match input {
            Input::RecordStart => self.provision().await,
            Input::Key(Key::Digit(choice)) if life != Life::Blank => self.choose(choice).await,
            Input::Key(_) => {}
        }
    }

    fn menu(&self) -> Screen {
        let ledger = self.stores.ledger();
        let settlement_due = ledger.settlement_due(self.stores.batch());
        let (due, open) = (ledger.count(Standing::Due), ledger.count(Standing::Open));
        messages::menu(self.stores.head(), settlement_due, due, open)
    }

    async fn choose(&mut self, choice: u8) {
        let head = self.stores.head();
        match choice {
            1 => self.sign_on().await,
            2 => self.sell().await,
            3 => self.void().await,
            4 => self.balance().await,
            5 => self.show_records().await,
            6 => self.reprint().await,
            7 => self.show_keys().await,
            8 => {
                let (secrets, parameters) = (self.stores.secrets(), self.stores.parameters());
                self.page(messages::device(head, secrets.as_ref(), parameters, self.stores.boot())).await;
            }
            _ => {}
        }
    }

    /// Shows the keys' check values, and begins the ceremony for a new TMK where the operator wants one.
    async fn show_keys(&mut self) {
        self.display.show(&messages::keys(self.stores.head(), self.stores.secrets().as_ref())).await;
        if self.keypad.key().await == Key::Digit(9) {
            self.load_master_key().await;
        }
    }

    /// Shows a screen until a key is pressed.
    pub(crate) async fn page(&mut self, screen: Screen) {
        self.display.show(&screen).await;
        self.keypad.key().await;
    }

    /// Shows a screen until a key is pressed, or takes the record that comes instead.
    async fn page_or_record(&mut self, screen: Screen) {
        self.display.show(&screen).await;
        if self.keypad.input().await == Input::RecordStart {
            self.provision().await;
        }
    }

    /// Takes records until a key is pressed on the outcome of one.
    pub(crate) async fn provision(&mut self) {
        loop {
            let outcome = match Collector::collect(&mut self.keypad).await {
                Ok(record) => self.stores.provision(record.text()).await,
                Err(refusal) => Err(refusal),
            };
            let head = self.stores.head();
            let secrets = self.stores.secrets();
            let screen = match outcome {
                Ok(()) => messages::record_accepted(head, secrets.as_ref().map_or("", Secrets::device_id)),
                Err(refusal) => messages::record_refused(head, refusal),
            };
            self.display.show(&screen).await;
            if self.keypad.input().await != Input::RecordStart {
                return;
            }
        }
    }

    /// Signs on and shows how it ended.
    async fn sign_on(&mut self) {
        match self.sign_on_once().await {
            Ok(()) => self.show_signed_on().await,
            Err(stop) => self.show_stop(stop).await,
        }
    }

    /// Shows that a sign-on succeeded.
    pub(crate) async fn show_signed_on(&mut self) {
        let screen = messages::signed_on(self.stores.head(), self.stores.batch(), self.clock.now());
        self.page_or_record(screen).await;
    }

    /// Signs on, with the tries of one sign-on, and sets the clock.
    pub(crate) async fn sign_on_once(&mut self) -> Result<(), Stop> {
        let cancel = Cancel::new();
        let flow = SignOn {
            display: &mut self.display,
            modem: &mut self.modem,
            stores: &mut self.stores,
            cancel: &cancel,
        };
        let host_time = match select(flow.run(), raise_on_cancel(&mut self.keypad, &cancel)).await {
            Either::First(ended) => ended.inspect_err(|_| self.rotation.failed())?,
            Either::Second(never) => match never {},
        };
        self.clock.set(host_time);
        self.rotation.signed_on();
        Ok(())
    }

    /// Shows why a sign-on ended, and checks what may be the reason where the operator wants it.
    pub(crate) async fn show_stop(&mut self, stop: Stop) {
        let head = self.stores.head();
        match stop {
            Stop::Cancelled => self.page(messages::sign_on_stopped(head)).await,
            Stop::Failed(diagnosis) => self.show_failed_sign_on(&diagnosis, None).await,
            Stop::Store(fault) => self.stores.give_up(fault),
        }
    }

    /// Shows why a sign-on failed, until a key or for so long, and begins the check where the operator wants it.
    pub(crate) async fn show_failed_sign_on(&mut self, diagnosis: &Diagnosis, shown: Option<Duration>) {
        let question = Question::about(diagnosis.cause);
        let screen = messages::sign_on_failed(self.stores.head(), diagnosis, question.is_some());
        self.display.show(&screen).await;
        let key = match shown {
            Some(shown) => with_timeout(shown, self.keypad.key()).await.ok(),
            None => Some(self.keypad.key().await),
        };
        if let (Some(Key::Digit(1)), Some(first)) = (key, question) {
            self.check(first).await;
        }
    }

    /// Shows an error that only the agent can mend, and reads keys without effect.
    async fn stay(&mut self, cause: Cause) -> Infallible {
        let diagnosis: Diagnosis = cause.bare();
        self.display.show(&messages::error(self.stores.head(), NOTHING, &diagnosis, false)).await;
        loop {
            self.keypad.key().await;
        }
    }
}

/// Raises `cancel` whenever the cancel key is pressed.
pub(crate) async fn raise_on_cancel<R: Read>(keypad: &mut Keypad<R>, cancel: &Cancel) -> Infallible {
    loop {
        if keypad.key().await == Key::Cancel {
            cancel.signal(());
        }
    }
}
