//! The emulated board as the debug port's bus sees it.

use std::sync::Arc;
use std::time::Duration;

use crate::bus::{Bus, BusError};
use crate::config::MachineConfig;
use crate::cortex_m::core::Core;
use crate::cortex_m::rom_table;
use crate::error::VprobeError;
use crate::fate::{End, Fate};
use crate::flash_image::FlashImage;
use crate::lockup::Lockup;
use crate::memory::Memory;
use crate::model::Model;
use crate::qemu::gdb::Gdb;
use crate::qemu::process::QemuProcess;
use crate::qemu::qmp::Qmp;
use crate::qemu::qtest::Qtest;

/// The private peripheral bus, where the debug registers are (ARM DDI 0403E.e, B3.1).
const PRIVATE_PERIPHERAL_BUS: std::ops::Range<u32> = 0xE000_0000..0xE010_0000;

/// A connection that breaks means nearly always that QEMU has died: how long its last words may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Memory, core, and the emulator that they are in.
pub(crate) struct Board {
    pub(crate) memory: Memory,
    pub(crate) core: Core,
    model: Model,
    config: MachineConfig,
    qemu: QemuProcess,
    fate: Arc<Fate>,
}

impl Board {
    /// Starts the emulator with the contents of the flash in place, and holds the core in reset.
    pub(crate) fn power_on(config: MachineConfig, fate: &Arc<Fate>) -> Result<Self, VprobeError> {
        let model = Model::of(&config.qemu_machine)?;
        let flash = FlashImage::load(&config.flash, model.flash_controller)?;
        let (qemu, links) = QemuProcess::start(&config, fate)?;
        let connect = || {
            let mut qmp = Qmp::new(links.qmp)?;
            let map = qmp.memory_map()?;
            let memory = Memory::power_on(Qtest::new(links.qtest)?, flash, map)?;
            Ok((memory, Core::new(&model, Gdb::new(links.gdb)?, qmp)?))
        };
        let (memory, core) = connect().map_err(|e| explain(e, fate))?;
        Ok(Self { memory, core, model, config, qemu, fate: Arc::clone(fate) })
    }

    /// The chip that the board is built around.
    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// The debugger has gone: flashing has ended.
    pub(crate) fn detached(&mut self) -> Result<(), VprobeError> {
        self.attempt(|board| board.memory.save_flash())
    }

    /// Saves the flash and kills the emulator, whether it could be saved or not.
    pub(crate) fn cut_power(&mut self) -> Result<(), VprobeError> {
        let ended = self.fate.wait_end(Duration::ZERO).is_some();
        let saved = if ended { Ok(()) } else { self.memory.save_flash() };
        let saved = match (saved, self.fate.wait_end(Duration::ZERO)) {
            // What was in an emulator that has locked up is lost already.
            (Err(VprobeError::Link { .. }), Some(End::LockedUp(_))) => Ok(()),
            (saved, _) => saved,
        };
        self.qemu.kill();
        saved
    }

    /// Does something with the board; once more if the core turns out to have locked up, which QEMU does not survive.
    pub(crate) fn attempt<T>(
        &mut self,
        mut act: impl FnMut(&mut Self) -> Result<T, VprobeError>,
    ) -> Result<T, VprobeError> {
        let error = match act(self) {
            Err(e @ VprobeError::Link { .. }) => e,
            other => return other,
        };
        match self.fate.wait_end(LAST_WORDS) {
            Some(End::LockedUp(lockup)) => {
                self.recover(&lockup).map_err(|e| explain(e, &self.fate))?;
                act(self).map_err(|e| explain(e, &self.fate))
            }
            Some(End::Exited(exit)) => Err(VprobeError::QemuExited(exit)),
            None => Err(error),
        }
    }

    /// Replaces an emulator whose core has locked up. The flash has its contents, the core stays locked up.
    fn recover(&mut self, lockup: &Lockup) -> Result<(), VprobeError> {
        self.qemu.kill();
        // Nobody received these.
        self.fate.lines().drain();
        let (qemu, links) = QemuProcess::start(&self.config, &self.fate)?;
        self.qemu = qemu;
        self.memory.restart(Qtest::new(links.qtest)?)?;
        self.core.restart(Gdb::new(links.gdb)?, Qmp::new(links.qmp)?, lockup)
    }

    fn read_private(&mut self, address: u32) -> Result<u32, VprobeError> {
        if let Some(value) = self.core.read(address)? {
            return Ok(value);
        }
        if let Some(value) = rom_table::read(&self.model.components, address) {
            return Ok(value);
        }
        let mut word = [0; 4];
        self.memory.read(address, &mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    fn read_privates(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), VprobeError> {
        let mut at = address;
        let mut rest = bytes;
        while !rest.is_empty() {
            let word = self.read_private(at & !3)?.to_le_bytes();
            let lanes = word.get((at % 4) as usize..).unwrap_or_default();
            let (now, later) = rest.split_at_mut(lanes.len().min(rest.len()));
            now.copy_from_slice(lanes.get(..now.len()).unwrap_or_default());
            at = at.wrapping_add(now.len() as u32);
            rest = later;
        }
        Ok(())
    }

    fn write_privates(&mut self, address: u32, bytes: &[u8]) -> Result<(), VprobeError> {
        if bytes.len() < 4 {
            return self.memory.write(address, bytes);
        }
        let mut at = address;
        for word in bytes.as_chunks::<4>().0 {
            if !self.core.write(at, u32::from_le_bytes(*word), &mut self.memory)? {
                self.memory.write(at, word)?;
            }
            at = at.wrapping_add(4);
        }
        Ok(())
    }
}

/// A broken connection says little: if QEMU has ended, its own words are the error.
fn explain(error: VprobeError, fate: &Fate) -> VprobeError {
    if !matches!(error, VprobeError::Link { .. }) {
        return error;
    }
    fate.wait_exit(LAST_WORDS).map_or(error, VprobeError::QemuExited)
}

impl Bus for Board {
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), BusError> {
        if PRIVATE_PERIPHERAL_BUS.contains(&address) {
            return Ok(self.attempt(|board| board.read_privates(address, bytes))?);
        }
        if !self.memory.is_mapped(address, bytes.len()) {
            return Err(BusError::Fault);
        }
        Ok(self.attempt(|board| board.memory.read(address, bytes))?)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), BusError> {
        if PRIVATE_PERIPHERAL_BUS.contains(&address) {
            return Ok(self.attempt(|board| board.write_privates(address, bytes))?);
        }
        if !self.memory.is_mapped(address, bytes.len()) {
            return Err(BusError::Fault);
        }
        Ok(self.attempt(|board| board.memory.write(address, bytes))?)
    }
}
