//! The key store's memory: battery-backed RAM.

use payrig_terminal::ports::BatteryRam;

use crate::persistent::Persistent;

/// The key store's region of the battery-backed RAM.
pub struct KeystoreRam {
    memory: Persistent<'static>,
}

impl KeystoreRam {
    /// Takes the region.
    pub const fn new(memory: Persistent<'static>) -> Self {
        Self { memory }
    }
}

impl BatteryRam for KeystoreRam {
    fn capacity(&self) -> usize {
        self.memory.len()
    }

    fn read(&self, offset: usize, bytes: &mut [u8]) {
        self.memory.read(offset, bytes);
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.memory.write(offset, bytes);
    }
}
