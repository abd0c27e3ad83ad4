//! The emulated board as the debug port's bus sees it.

use crate::bus::{Bus, BusError};
use crate::cortex_m::core::Core;
use crate::cortex_m::rom_table;
use crate::error::VprobeError;
use crate::memory::Memory;

/// The private peripheral bus, where the debug registers are (ARM DDI 0403E.e, B3.1).
const PRIVATE_PERIPHERAL_BUS: std::ops::Range<u32> = 0xE000_0000..0xE010_0000;

/// Memory and core.
pub(crate) struct Board {
    pub(crate) memory: Memory,
    pub(crate) core: Core,
}

impl Board {
    /// The debugger has gone: flashing has ended.
    pub(crate) fn detached(&mut self) -> Result<(), VprobeError> {
        self.memory.save_flash()
    }

    fn read_private(&mut self, address: u32) -> Result<u32, VprobeError> {
        if let Some(value) = self.core.read(address)? {
            return Ok(value);
        }
        if let Some(value) = rom_table::read(address) {
            return Ok(value);
        }
        let mut word = [0; 4];
        self.memory.read(address, &mut word)?;
        Ok(u32::from_le_bytes(word))
    }
}

impl Bus for Board {
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), BusError> {
        if !PRIVATE_PERIPHERAL_BUS.contains(&address) {
            return Ok(self.memory.read(address, bytes)?);
        }
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

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), BusError> {
        if !PRIVATE_PERIPHERAL_BUS.contains(&address) || bytes.len() < 4 {
            return Ok(self.memory.write(address, bytes)?);
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
