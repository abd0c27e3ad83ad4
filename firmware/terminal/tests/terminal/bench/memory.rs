//! Battery-backed RAM and NOR flash that outlast the terminal, and that may stop taking what is written.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use embedded_storage_async::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use payrig_terminal::ports::BatteryRam;

/// Battery-backed RAM.
#[derive(Clone)]
pub struct Ram {
    pub bytes: Rc<RefCell<Vec<u8>>>,
    /// Bytes that it still takes; it loses the others.
    pub stores_left: Rc<Cell<usize>>,
}

impl Ram {
    /// RAM that holds these bytes and takes any number.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Rc::new(RefCell::new(bytes)), stores_left: Rc::new(Cell::new(usize::MAX)) }
    }
}

impl Default for Ram {
    fn default() -> Self {
        Self::new(vec![0; 8192])
    }
}

impl BatteryRam for Ram {
    fn capacity(&self) -> usize {
        self.bytes.borrow().len()
    }

    fn read(&self, offset: usize, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.bytes.borrow()[offset..offset + bytes.len()]);
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let taken = bytes.len().min(self.stores_left.get());
        self.stores_left.update(|left| left - taken);
        self.bytes.borrow_mut()[offset..offset + taken].copy_from_slice(&bytes[..taken]);
    }
}

/// NOR flash: sectors of 4 KiB, written once in units of 16 bytes. Every step yields: a power cut may fall there.
#[derive(Clone)]
pub struct Flash {
    pub bytes: Rc<RefCell<Vec<u8>>>,
    /// Units and erasures that it still takes; it refuses the others.
    pub steps_left: Rc<Cell<usize>>,
}

impl Flash {
    /// Flash that holds these bytes and refuses nothing.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Rc::new(RefCell::new(bytes)), steps_left: Rc::new(Cell::new(usize::MAX)) }
    }

    async fn step(&self) -> Result<(), Refused> {
        tokio::task::yield_now().await;
        self.steps_left.set(self.steps_left.get().checked_sub(1).ok_or(Refused)?);
        Ok(())
    }
}

/// A write that the flash did not take, to a unit that is not erased, or out of range.
#[derive(Debug)]
pub struct Refused;

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl Default for Flash {
    fn default() -> Self {
        Self::new(vec![0xFF; 48 * 4096])
    }
}

impl ErrorType for Flash {
    type Error = Refused;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        let start = offset as usize;
        let flash = self.bytes.borrow();
        bytes.copy_from_slice(flash.get(start..start + bytes.len()).ok_or(Refused)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.borrow().len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 16;
    const ERASE_SIZE: usize = 4096;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        self.step().await?;
        self.bytes.borrow_mut().get_mut(from as usize..to as usize).ok_or(Refused)?.fill(0xFF);
        Ok(())
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        for (unit, at) in bytes.chunks(16).zip((offset as usize..).step_by(16)) {
            self.step().await?;
            let mut flash = self.bytes.borrow_mut();
            let place = flash.get_mut(at..at + unit.len()).ok_or(Refused)?;
            if unit.len() != 16 || !at.is_multiple_of(16) || place.iter().any(|byte| *byte != 0xFF) {
                return Err(Refused);
            }
            place.copy_from_slice(unit);
        }
        Ok(())
    }
}
