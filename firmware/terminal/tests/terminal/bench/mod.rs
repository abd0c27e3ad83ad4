//! The least of a world around the terminal: pipes, memories, a scripted modem and host, a reader of the screen.

pub mod ec20;
pub mod front_end;
pub mod host;
pub mod line;
pub mod memory;
pub mod modem;
pub mod panel;
pub mod pipe;
pub mod request;
pub mod sim800;
pub mod stripe;
pub mod transaction;

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use payrig_terminal::ports::{EntropySource, Hardware, Identity, Ports};
use tokio::task::JoinHandle;

use memory::{Flash, Ram};
use modem::Script;
use panel::Panel;
use pipe::{Recording, Rx, Tx, pipe};

/// The board of these tests.
pub struct TestBoard;

impl Hardware for TestBoard {
    type Keypad = Rx;
    type Display = Tx;
    type ModemRx = Rx;
    type ModemTx = Tx;
    type SlotRx = Rx;
    type SlotTx = Tx;
    type FrontEnd = Rx;
    type Printer = Tx;
    type Entropy = Counter;
    type BatteryRam = Ram;
    type Flash = Flash;
}

/// Random numbers that are none.
pub struct Counter(u8);

impl payrig_terminal::ports::Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
    }
}

/// What outlasts power.
#[derive(Clone, Default)]
pub struct Memories {
    pub ram: Ram,
    pub flash: Flash,
}

impl Memories {
    /// What a power cut leaves: the bytes alone, in memories that work again.
    pub fn left(&self) -> Self {
        Self { ram: Ram::new(self.ram_bytes()), flash: Flash::new(self.flash.bytes.borrow().clone()) }
    }

    /// What the key store's memory holds.
    pub fn ram_bytes(&self) -> Vec<u8> {
        self.ram.bytes.borrow().clone()
    }
}

/// A terminal under power, with its world.
pub struct Powered {
    pub panel: Panel,
    pub front_end: Tx,
    pub printer: Rx,
    pub slot: Rx,
    /// Characters of a card.
    pub slot_in: Tx,
    /// What the terminal has sent on each of its lines: screen, modem, slot, printer.
    pub sent: [Recording; 4],
    /// Address and size of the terminal's future, which is all the RAM that it has of its own.
    pub memory: (usize, usize),
    terminal: JoinHandle<()>,
    modem: JoinHandle<()>,
    modem_out: Tx,
}

impl Powered {
    /// Boots a terminal on these memories with this modem at its line.
    pub fn on(memories: &Memories, script: Rc<Script>) -> Self {
        Self::on_for(memories, script, usize::MAX)
    }

    /// The same, but after so many polls the terminal does nothing any more.
    pub fn on_for(memories: &Memories, script: Rc<Script>, polls: usize) -> Self {
        let (keys, keypad) = pipe();
        let (display, screen) = pipe();
        let (modem_tx, modem_in) = pipe();
        let (modem_out, modem_rx) = pipe();
        let (slot_tx, slot) = pipe();
        let (slot_in, slot_rx) = pipe();
        let (front_end_tx, front_end) = pipe();
        let (printer_tx, printer) = pipe();
        let sent = [&display, &modem_tx, &slot_tx, &printer_tx].map(Tx::recording);
        let ports = Ports::<TestBoard> {
            keypad,
            display,
            modem_rx,
            modem_tx,
            slot_rx,
            slot_tx,
            front_end,
            printer: printer_tx,
            entropy: Counter(0),
            battery_ram: memories.ram.clone(),
            flash: memories.flash.clone(),
            identity: Identity { build_id: None, entropy: EntropySource::Emulated },
        };
        let application = Box::pin(payrig_terminal::run(ports));
        let memory = (&raw const *application as usize, size_of_val(&*application));
        let mut running = Box::pin(payrig_host_time::run(application));
        let mut left = polls;
        let terminal = tokio::task::spawn_local(poll_fn(move |context| {
            if let Some(fewer) = left.checked_sub(1) {
                left = fewer;
                let Poll::Pending = running.as_mut().poll(context);
            }
            Poll::Pending
        }));
        let modem = tokio::task::spawn_local(modem::serve(modem_in, modem_out.clone(), script));
        let panel = Panel::new(keys, screen);
        Self {
            panel,
            front_end: front_end_tx,
            printer,
            slot,
            slot_in,
            sent,
            memory,
            terminal,
            modem,
            modem_out,
        }
    }

    /// Sends bytes on the modem's line, as if the modem did.
    pub fn say_as_modem(&self, bytes: &[u8]) {
        self.modem_out.put(bytes);
    }

    /// Cuts the power of terminal and modem.
    pub async fn cut(self) {
        self.terminal.abort();
        self.modem.abort();
        let _ = (self.terminal.await, self.modem.await);
    }
}

/// Runs a scenario on a paused clock.
pub fn scenario(body: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, body);
}
