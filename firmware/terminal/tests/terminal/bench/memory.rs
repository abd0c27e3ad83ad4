//! Battery-backed RAM and NOR flash that outlast the terminal.

use std::cell::RefCell;
use std::rc::Rc;

use embedded_storage_async::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use payrig_terminal::ports::BatteryRam;

/// Battery-backed RAM.
#[derive(Clone)]
pub struct Ram(pub Rc<RefCell<Vec<u8>>>);

impl Default for Ram {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(vec![0; 8192])))
    }
}

impl BatteryRam for Ram {
    fn capacity(&self) -> usize {
        self.0.borrow().len()
    }

    fn read(&self, offset: usize, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0.borrow()[offset..offset + bytes.len()]);
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.0.borrow_mut()[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
}

/// NOR flash: sectors of 4 KiB, written once in units of 16 bytes. Every step yields: a power cut may fall there.
#[derive(Clone)]
pub struct Flash(pub Rc<RefCell<Vec<u8>>>);

/// A write to a unit that is not erased, or out of range.
#[derive(Debug)]
pub struct Misuse;

impl NorFlashError for Misuse {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl Default for Flash {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(vec![0xFF; 16 * 4096])))
    }
}

impl ErrorType for Flash {
    type Error = Misuse;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Misuse> {
        let start = offset as usize;
        let flash = self.0.borrow();
        bytes.copy_from_slice(flash.get(start..start + bytes.len()).ok_or(Misuse)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.borrow().len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 16;
    const ERASE_SIZE: usize = 4096;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Misuse> {
        tokio::task::yield_now().await;
        self.0.borrow_mut().get_mut(from as usize..to as usize).ok_or(Misuse)?.fill(0xFF);
        Ok(())
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Misuse> {
        for (unit, at) in bytes.chunks(16).zip((offset as usize..).step_by(16)) {
            tokio::task::yield_now().await;
            let mut flash = self.0.borrow_mut();
            let place = flash.get_mut(at..at + unit.len()).ok_or(Misuse)?;
            if unit.len() != 16 || !at.is_multiple_of(16) || place.iter().any(|byte| *byte != 0xFF) {
                return Err(Misuse);
            }
            place.copy_from_slice(unit);
        }
        Ok(())
    }
}
