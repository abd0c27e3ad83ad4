//! The application: boot, menu, provisioning, sign-on, and the tamper switch above all.

use core::convert::Infallible;
use core::future::pending;

use embassy_futures::select::{Either, select};
use embedded_io_async::Read;

use crate::boot::boot_line;
use crate::clock::Clock;
use crate::diagnosis::{Cause, Diagnosis};
use crate::front_end::FrontEnd;
use crate::life::Life;
use crate::log::info;
use crate::modem::sim800::{Cancel, Modem};
use crate::panel::keypad::{Input, Key, Keypad};
use crate::panel::messages;
use crate::panel::screen::Screen;
use crate::panel::vt100::Display;
use crate::ports::{Hardware, Ports};
use crate::provisioning::collector::Collector;
use crate::sign_on::flow::{SignOn, Stop};
use crate::slot;
use crate::stores::{StoreFault, Stores};

/// Runs the terminal on a board's ports, from power-up on.
///
/// The future never ends. Dropping it is losing power; what it had not yet written to a store is lost, and the next
/// boot finds the old state or the new.
pub async fn run<H: Hardware>(ports: Ports<H>) -> Infallible {
    let Ports { keypad, display, modem_rx, modem_tx, mut slot_tx, front_end, .. } = ports;
    slot::deactivate(&mut slot_tx).await;
    let stores = Stores::open(ports.battery_ram, ports.flash).await;
    let mut display = Display::new(display);
    display.print(&boot_line(&ports.identity, stores.boot(), stores.life())).await;
    info!("boot {=u32}, life {=str}", stores.boot(), stores.life().boot_name());
    let mut terminal = Terminal::<H> {
        keypad: Keypad::new(keypad),
        display,
        modem: Modem::new(modem_rx, modem_tx),
        stores,
        clock: Clock::default(),
    };
    let mut front_end = FrontEnd::new(front_end);
    if terminal.stores.life() != Life::Tampered {
        // Dropping what the operator is doing is safe: every store withstands it, as it withstands a power cut.
        select(front_end.tamper_opened(), terminal.operate()).await;
        terminal.stores.tamper().await;
    }
    select(drain(&mut front_end), terminal.stay(Cause::Tampered)).await;
    pending().await
}

/// Reads and forgets, so that the front end is not held up.
async fn drain<R: Read>(front_end: &mut FrontEnd<R>) -> Infallible {
    loop {
        front_end.tamper_opened().await;
    }
}

/// A booted terminal without its front end.
struct Terminal<H: Hardware> {
    keypad: Keypad<H::Keypad>,
    display: Display<H::Display>,
    modem: Modem<H::ModemRx, H::ModemTx>,
    stores: Stores<H::BatteryRam, H::Flash>,
    clock: Clock,
}

impl<H: Hardware> Terminal<H> {
    /// Shows the menu and does what the keys say, for as long as both stores work.
    async fn operate(&mut self) -> Infallible {
        loop {
            let cause = match self.stores.fault() {
                None => {
                    self.home().await;
                    continue;
                }
                Some(StoreFault::Keystore) => Cause::KeystoreFailed,
                Some(StoreFault::Journal) => Cause::JournalFailed,
            };
            self.stay(cause).await;
        }
    }

    /// One choice on the first screen.
    async fn home(&mut self) {
        let life = self.stores.life();
        if life == Life::Blank {
            self.display.show(&messages::not_provisioned(life)).await;
        } else {
            self.display.show(&messages::menu(life)).await;
        }
        match self.keypad.input().await {
            Input::RecordStart => self.provision().await,
            Input::Key(_) if life == Life::Blank => {}
            Input::Key(Key::Digit(1)) => self.sign_on().await,
            Input::Key(Key::Digit(7)) => {
                self.page(messages::keys(life, self.stores.secrets())).await;
            }
            Input::Key(Key::Digit(8)) => {
                let (secrets, parameters) = (self.stores.secrets(), self.stores.parameters());
                self.page(messages::device(life, secrets, parameters, self.stores.boot())).await;
            }
            Input::Key(_) => {}
        }
    }

    /// Shows a screen until a key is pressed.
    async fn page(&mut self, screen: Screen) {
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
    async fn provision(&mut self) {
        loop {
            let outcome = match Collector::collect(&mut self.keypad).await {
                Ok(record) => self.stores.provision(record.text()).await,
                Err(refusal) => Err(refusal),
            };
            let life = self.stores.life();
            let device_id = self.stores.secrets().map_or("", |secrets| secrets.device_id());
            let screen = match outcome {
                Ok(()) => messages::record_accepted(life, device_id),
                Err(refusal) => messages::record_refused(life, refusal),
            };
            self.display.show(&screen).await;
            if self.keypad.input().await != Input::RecordStart {
                return;
            }
        }
    }

    /// Signs on and shows how it ended.
    async fn sign_on(&mut self) {
        let cancel = Cancel::new();
        let flow = SignOn {
            display: &mut self.display,
            modem: &mut self.modem,
            stores: &mut self.stores,
            cancel: &cancel,
        };
        let ended = match select(flow.run(), raise_on_cancel(&mut self.keypad, &cancel)).await {
            Either::First(ended) => ended,
            Either::Second(never) => match never {},
        };
        let life = self.stores.life();
        match ended {
            Ok(host_time) => {
                self.clock.set(host_time);
                let screen = messages::signed_on(life, self.stores.batch(), self.clock.now());
                self.page_or_record(screen).await;
            }
            Err(Stop::Cancelled) => self.page(messages::sign_on_stopped(life)).await,
            Err(Stop::Failed(diagnosis)) => self.page(messages::error(life, &diagnosis)).await,
            Err(Stop::Store(fault)) => self.stores.give_up(fault),
        }
    }

    /// Shows an error that only the agent can mend, and reads keys without effect.
    async fn stay(&mut self, cause: Cause) -> Infallible {
        let diagnosis: Diagnosis = cause.bare();
        self.display.show(&messages::error(self.stores.life(), &diagnosis)).await;
        loop {
            self.keypad.key().await;
        }
    }
}

/// Raises `cancel` whenever the cancel key is pressed.
async fn raise_on_cancel<R: Read>(keypad: &mut Keypad<R>, cancel: &Cancel) -> Infallible {
    loop {
        if keypad.key().await == Key::Cancel {
            cancel.signal(());
        }
    }
}
