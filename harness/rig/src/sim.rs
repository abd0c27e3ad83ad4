//! The terminal's application, compiled natively, as a black box behind byte pipes.
//!
//! The only file of the harness that names the firmware. Power is the application's future: cutting it drops the future,
//! wherever it awaits, and keeps the bytes of its stores.

mod entropy;
mod fuse;
mod memory;
mod running;
mod stores;
mod tamper_unit;
mod wire;

use std::{
    convert::Infallible,
    sync::{Arc, atomic::AtomicBool},
};

use embedded_io_adapters::tokio_1::FromTokio;
use entropy::SplitMix64;
use fuse::Fuse;
use memory::{Flash, Shared};
use payrig_host_time as host_time;
use payrig_terminal::ports::{BatteryRam, Entropy, EntropySource, Hardware, Identity, Ports};
use tokio::{
    io::{DuplexStream, ReadHalf, WriteHalf, split},
    task::{JoinError, JoinHandle, spawn_local},
};

use running::tell_running;
pub use stores::Stores;
use wire::Wire;

use crate::{
    Board, BoardFuture, Capabilities, Capability, JournalAccess, LineName, Lines, Mishap, RigError,
    watched::Watch,
};

const BATTERY_RAM: usize = 8 * 1024;
const JOURNAL: usize = 256 * 1024;

/// A simulated board. It must be powered inside a `tokio::task::LocalSet`.
pub struct SimBoard {
    battery_ram: Shared,
    flash: Shared,
    boots: u64,
    powered: Option<Powered>,
    watch: Watch,
    /// Whether the application is being polled.
    running: Arc<AtomicBool>,
    /// Of this boot.
    fuse: Fuse,
    /// What had gone wrong when the power was cut.
    past: Option<Mishap>,
}

/// A board that is on.
struct Powered {
    /// In the order of [`crate::LineName::ALL`].
    wires: [Wire; 5],
    running: JoinHandle<()>,
}

impl SimBoard {
    /// What a simulated board can do.
    pub const CAPABILITIES: [Capability; 5] = [
        Capability::Power,
        Capability::Reset,
        Capability::Blank,
        Capability::Tamper,
        Capability::VirtualTime,
    ];

    /// A new, blank board, off.
    pub fn new() -> Self {
        Self {
            battery_ram: Shared::filled(0, BATTERY_RAM),
            flash: Shared::filled(0xFF, JOURNAL),
            boots: 0,
            powered: None,
            watch: Watch::default(),
            running: Arc::default(),
            fuse: Fuse::default(),
            past: None,
        }
    }

    /// Starts the application on lines that are there already.
    fn boot(&mut self, wires: &[Wire; 5]) -> JoinHandle<()> {
        let [panel, modem, slot, antenna, front_end] = wires.each_ref().map(Wire::boot);
        let (keypad, display) = split(panel);
        let (modem_rx, modem_tx) = split(modem);
        let (slot_rx, slot_tx) = split(slot);
        let (front_end, printer) = split(front_end);
        self.fuse = Fuse::default();
        let ports = Ports::<Native> {
            keypad: FromTokio::new(keypad),
            display: FromTokio::new(display),
            modem_rx: FromTokio::new(modem_rx),
            modem_tx: FromTokio::new(modem_tx),
            slot_rx: FromTokio::new(slot_rx),
            slot_tx: FromTokio::new(slot_tx),
            front_end: FromTokio::new(front_end),
            printer: FromTokio::new(printer),
            entropy: SplitMix64::of_boot(self.boots),
            battery_ram: Battery { memory: self.battery_ram.clone(), fuse: self.fuse.clone() },
            flash: Flash { memory: self.flash.clone(), fuse: self.fuse.clone() },
            identity: Identity { build_id: None, entropy: EntropySource::Emulated },
        };
        self.boots += 1;
        let running = Arc::clone(&self.running);
        let fuse = self.fuse.clone();
        spawn_local(async move {
            // The wire that the application does not drive yet stays connected while it has power.
            let _wire = antenna;
            let application = fuse.drive(host_time::run(payrig_terminal::run(ports)));
            let never: Infallible = tell_running(&running, application).await;
            match never {}
        })
    }

    fn power(&mut self) -> Lines {
        let lines = LineName::ALL.map(|name| {
            let (line, wire) = Wire::new();
            (self.watch.line(name, "its pipe", line), wire)
        });
        let [panel, modem, slot, antenna, front_end] = lines;
        let wires = [panel.1, modem.1, slot.1, antenna.1, front_end.1];
        let running = self.boot(&wires);
        self.powered = Some(Powered { wires, running });
        Lines::in_order([panel.0, modem.0, slot.0, antenna.0, front_end.0])
    }

    async fn cut(&mut self) {
        self.past = self.mishap();
        // The wires end now.
        self.watch = Watch::default();
        if let Some(Powered { running, .. }) = self.powered.take() {
            self.stop(running).await;
        }
    }

    fn power_failure(&self) -> BoardFuture<'static, ()> {
        let fuse = self.fuse.clone();
        Box::pin(async move {
            fuse.blown().await;
            Ok(())
        })
    }

    async fn stop(&mut self, running: JoinHandle<()>) {
        running.abort();
        if let Err(error) = running.await {
            self.past = self.past.take().or_else(|| crash_of(error));
        }
    }
}

impl Default for SimBoard {
    fn default() -> Self {
        Self::new()
    }
}

fn crash_of(error: JoinError) -> Option<Mishap> {
    let panic = error.try_into_panic().ok()?;
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    Some(Mishap::Terminal(format!("the terminal's application panicked: {said}")))
}

impl Board for SimBoard {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES.into_iter().collect()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        Box::pin(async {
            if self.powered.is_some() {
                return Err(RigError::State { state: "on", action: "be powered on" });
            }
            Ok(self.power())
        })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async {
            self.cut().await;
            Ok(())
        })
    }

    fn reset(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async {
            let Some(Powered { wires, running }) = self.powered.take() else {
                return Err(RigError::State { state: "off", action: "be reset" });
            };
            self.stop(running).await;
            let running = self.boot(&wires);
            self.powered = Some(Powered { wires, running });
            Ok(())
        })
    }

    fn mishap(&mut self) -> Option<Mishap> {
        self.past.clone().or_else(|| self.watch.mishap())
    }

    fn unplug(&mut self, line: LineName) -> BoardFuture<'_, ()> {
        Box::pin(async move {
            let Some(powered) = &self.powered else {
                return Err(RigError::State { state: "off", action: "have a line unplugged" });
            };
            powered.wires[line as usize].unplug();
            Ok(())
        })
    }

    fn application(&self) -> Option<Arc<AtomicBool>> {
        Some(Arc::clone(&self.running))
    }

    fn fail_after(&mut self, polls: usize) -> Option<BoardFuture<'static, ()>> {
        self.fuse.arm(polls);
        Some(self.power_failure())
    }

    fn fail_after_stores(&mut self, bytes: usize) -> Option<BoardFuture<'static, ()>> {
        self.fuse.arm_for_stores(bytes);
        Some(self.power_failure())
    }

    fn fail_after_journal_changes(&mut self, changes: usize) -> Option<BoardFuture<'static, ()>> {
        self.fuse.arm_for_flash(changes);
        Some(self.power_failure())
    }

    fn tamper_without_power(&mut self, open: bool) -> BoardFuture<'_, ()> {
        Box::pin(async move {
            if self.powered.is_some() {
                return Err(RigError::State { state: "on", action: "be opened without power" });
            }
            if open {
                tamper_unit::erase(&mut self.battery_ram.lock());
            }
            Ok(())
        })
    }

    fn key_store(&self) -> Option<Vec<u8>> {
        Some(self.battery_ram.lock().clone())
    }

    fn journal(&mut self) -> Option<&mut dyn JournalAccess> {
        Some(&mut self.flash)
    }

    fn blank(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async {
            self.cut().await;
            self.battery_ram.lock().fill(0);
            self.flash.lock().fill(0xFF);
            Ok(())
        })
    }
}

/// The types of the native board.
struct Native;

impl Hardware for Native {
    type Keypad = FromTokio<ReadHalf<DuplexStream>>;
    type Display = FromTokio<WriteHalf<DuplexStream>>;
    type ModemRx = FromTokio<ReadHalf<DuplexStream>>;
    type ModemTx = FromTokio<WriteHalf<DuplexStream>>;
    type SlotRx = FromTokio<ReadHalf<DuplexStream>>;
    type SlotTx = FromTokio<WriteHalf<DuplexStream>>;
    type FrontEnd = FromTokio<ReadHalf<DuplexStream>>;
    type Printer = FromTokio<WriteHalf<DuplexStream>>;
    type Entropy = SplitMix64;
    type BatteryRam = Battery;
    type Flash = Flash;
}

/// The battery-backed RAM as the application has it: byte by byte, as long as there is power.
struct Battery {
    memory: Shared,
    fuse: Fuse,
}

impl BatteryRam for Battery {
    fn capacity(&self) -> usize {
        self.memory.lock().len()
    }

    fn read(&self, offset: usize, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.memory.lock()[offset..offset + bytes.len()]);
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let mut memory = self.memory.lock();
        for (cell, byte) in memory[offset..offset + bytes.len()].iter_mut().zip(bytes) {
            if self.fuse.take_store() {
                *cell = *byte;
            }
        }
    }
}

impl JournalAccess for Shared {
    fn flip(&mut self, at: usize, bit: u8) {
        if let Some(byte) = self.lock().get_mut(at) {
            *byte ^= 1 << (bit % 8);
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.lock().clone()
    }
}

impl Entropy for SplitMix64 {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}
