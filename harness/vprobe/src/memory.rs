//! The emulated memory, with the flash that outlives it.

use crate::error::VprobeError;
use crate::flash_image::FlashImage;
use crate::qemu::qtest::Qtest;

/// From here on are peripherals, which must not be read to see whether they hold an instruction
/// (ARM DDI 0403E.e, B3.1).
const DEVICES: u32 = 0x4000_0000;

/// Memory and devices as the probe reaches them.
pub(crate) struct Memory {
    qtest: Qtest,
    flash: FlashImage,
}

impl Memory {
    /// Puts the flash's contents into place.
    pub(crate) fn power_on(mut qtest: Qtest, mut flash: FlashImage) -> Result<Self, VprobeError> {
        flash.restore(&mut qtest)?;
        Ok(Self { qtest, flash })
    }

    pub(crate) fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), VprobeError> {
        self.qtest.read(address, bytes)
    }

    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), VprobeError> {
        if self.flash.overlaps(address, bytes.len()) {
            self.flash.touch();
        }
        self.qtest.write(address, bytes)
    }

    /// Takes note that the core is about to execute at `pc`, because of the probe.
    ///
    /// What runs outside the flash may be a flash algorithm: from then on the flash counts as changed. When
    /// the program in flash runs, flashing has ended, and the file is brought up to date.
    pub(crate) fn executes_at(&mut self, pc: u32) -> Result<(), VprobeError> {
        if self.flash.contains(pc) {
            return self.flash.save(&mut self.qtest);
        }
        self.flash.touch();
        Ok(())
    }

    /// Whether `address` lies in the flash.
    pub(crate) fn in_flash(&self, address: u32) -> bool {
        self.flash.contains(address)
    }

    /// Brings the flash file up to date, if anything may have changed.
    pub(crate) fn save_flash(&mut self) -> Result<(), VprobeError> {
        self.flash.save(&mut self.qtest)
    }

    /// Whether the half-word at `address` is a BKPT instruction (ARM DDI 0403E.e, A7.7.17).
    pub(crate) fn is_bkpt(&mut self, address: u32) -> Result<bool, VprobeError> {
        Ok(self.half_word(address)? >> 8 == 0xBE)
    }

    /// Whether the half-word at `address` is a WFI instruction (ARM DDI 0403E.e, A7.7.262, encoding T1).
    pub(crate) fn is_wfi(&mut self, address: u32) -> Result<bool, VprobeError> {
        Ok(self.half_word(address)? == 0xBF30)
    }

    /// The half-word at `address`; zero where it cannot be an instruction.
    fn half_word(&mut self, address: u32) -> Result<u16, VprobeError> {
        if address >= DEVICES {
            return Ok(0);
        }
        let mut half_word = [0; 2];
        self.read(address & !1, &mut half_word)?;
        Ok(u16::from_le_bytes(half_word))
    }
}
