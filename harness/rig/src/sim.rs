//! The terminal's application, compiled natively, as a black box behind byte pipes.
//!
//! The only file of the harness that names the firmware. Power is the application's future: cutting it drops the future,
//! wherever it awaits, and keeps the bytes of its stores.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use embedded_io_adapters::tokio_1::FromTokio;
use embedded_storage_async::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use payrig_host_time as host_time;
use payrig_terminal::ports::{BatteryRam, Entropy, EntropySource, Hardware, Identity, Ports};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use tokio::{
    io::{DuplexStream, ReadHalf, WriteHalf, duplex, split},
    task::{JoinError, JoinHandle, spawn_local},
};

use crate::{Board, BoardFuture, Capabilities, Capability, Lines, Mishap, RigError};

const BATTERY_RAM: usize = 8 * 1024;
const JOURNAL: usize = 256 * 1024;
/// A UART's worth of buffering: enough that a screen never waits for its reader.
const PIPE: usize = 4096;

/// A simulated board. It must be powered inside a `tokio::task::LocalSet`.
pub struct SimBoard {
    battery_ram: Shared,
    flash: Shared,
    boots: u64,
    running: Option<JoinHandle<()>>,
    /// How the application crashed, if it did.
    crash: Option<Mishap>,
}

impl SimBoard {
    /// What a simulated board can do.
    pub const CAPABILITIES: [Capability; 3] = [Capability::Power, Capability::Blank, Capability::VirtualTime];

    /// A new, blank board, off.
    pub fn new() -> Self {
        Self {
            battery_ram: Shared::filled(0, BATTERY_RAM),
            flash: Shared::filled(0xFF, JOURNAL),
            boots: 0,
            running: None,
            crash: None,
        }
    }

    fn boot(&mut self) -> Lines {
        let (panel, terminal_panel) = duplex(PIPE);
        let (modem, terminal_modem) = duplex(PIPE);
        let (slot, terminal_slot) = duplex(PIPE);
        let (antenna, terminal_antenna) = duplex(PIPE);
        let (front_end, terminal_front_end) = duplex(PIPE);
        let (keypad, display) = split(terminal_panel);
        let (modem_rx, modem_tx) = split(terminal_modem);
        let (slot_rx, slot_tx) = split(terminal_slot);
        let (front_end_rx, front_end_tx) = split(terminal_front_end);
        let ports = Ports::<Native> {
            keypad: FromTokio::new(keypad),
            display: FromTokio::new(display),
            modem_rx: FromTokio::new(modem_rx),
            modem_tx: FromTokio::new(modem_tx),
            slot_tx: FromTokio::new(slot_tx),
            front_end: FromTokio::new(front_end_rx),
            entropy: SeededEntropy(ChaCha8Rng::seed_from_u64(self.boots)),
            battery_ram: self.battery_ram.clone(),
            flash: self.flash.clone(),
            identity: Identity { build_id: None, entropy: EntropySource::Emulated },
        };
        self.boots += 1;
        self.running = Some(spawn_local(async move {
            // Wires that the application does not drive yet stay connected while it has power.
            let _wires = (slot_rx, front_end_tx, terminal_antenna);
            let never: Infallible = host_time::run(payrig_terminal::run(ports)).await;
            match never {}
        }));
        Lines {
            panel: Box::new(panel),
            modem: Box::new(modem),
            slot: Box::new(slot),
            antenna: Box::new(antenna),
            front_end: Box::new(front_end),
        }
    }

    async fn cut(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            if let Err(error) = running.await {
                self.crash = crash_of(error).or(self.crash.take());
            }
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
            if self.running.is_some() {
                return Err(RigError::State { state: "on", action: "be powered on" });
            }
            Ok(self.boot())
        })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async {
            self.cut().await;
            Ok(())
        })
    }

    fn mishap(&mut self) -> Option<Mishap> {
        self.crash.clone()
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
    type SlotTx = FromTokio<WriteHalf<DuplexStream>>;
    type FrontEnd = FromTokio<ReadHalf<DuplexStream>>;
    type Entropy = SeededEntropy;
    type BatteryRam = Shared;
    type Flash = Shared;
}

/// Memory that outlives a boot.
#[derive(Clone)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn filled(value: u8, size: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![value; size])))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BatteryRam for Shared {
    fn capacity(&self) -> usize {
        self.lock().len()
    }

    fn read(&self, offset: usize, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.lock()[offset..offset + bytes.len()]);
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.lock()[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
}

/// What a NOR flash refuses.
#[derive(Clone, Copy, Debug)]
enum NorError {
    NotAligned,
    OutOfBounds,
    /// A write would have to set a bit that is 0.
    NotErased,
}

impl NorFlashError for NorError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotErased => NorFlashErrorKind::Other,
        }
    }
}

impl ErrorType for Shared {
    type Error = NorError;
}

impl ReadNorFlash for Shared {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        let memory = self.lock();
        let range = range(offset, bytes.len(), memory.len(), Self::READ_SIZE)?;
        bytes.copy_from_slice(&memory[range]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.lock().len()
    }
}

impl NorFlash for Shared {
    const WRITE_SIZE: usize = 16;
    const ERASE_SIZE: usize = 4096;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        let mut memory = self.lock();
        let length = to.checked_sub(from).ok_or(NorError::OutOfBounds)? as usize;
        let range = range(from, length, memory.len(), Self::ERASE_SIZE)?;
        memory[range].fill(0xFF);
        Ok(())
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        let mut memory = self.lock();
        let range = range(offset, bytes.len(), memory.len(), Self::WRITE_SIZE)?;
        let cells = &mut memory[range];
        if cells.iter().zip(bytes).any(|(cell, new)| cell & new != *new) {
            return Err(NorError::NotErased);
        }
        cells.copy_from_slice(bytes);
        Ok(())
    }
}

fn range(
    offset: u32,
    length: usize,
    capacity: usize,
    unit: usize,
) -> Result<std::ops::Range<usize>, NorError> {
    let start = offset as usize;
    if !start.is_multiple_of(unit) || !length.is_multiple_of(unit) {
        return Err(NorError::NotAligned);
    }
    let end = start.checked_add(length).filter(|end| *end <= capacity).ok_or(NorError::OutOfBounds)?;
    Ok(start..end)
}

/// Random numbers from a seed, because a simulated board must do the same twice. The boot line says `emulated`.
struct SeededEntropy(ChaCha8Rng);

impl Entropy for SeededEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}
