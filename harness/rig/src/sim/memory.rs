//! The simulated board's memories: battery-backed RAM, and NOR flash with its rules.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use embedded_storage_async::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use tokio::task::yield_now;

use super::fuse::Fuse;

/// Memory that outlives a boot.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(super) fn filled(value: u8, size: usize) -> Self {
        Self::holding(vec![value; size])
    }

    pub(super) fn holding(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(bytes)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a NOR flash refuses.
#[derive(Clone, Copy, Debug)]
pub(super) enum NorError {
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

/// The flash as the application has it: unit by unit, as long as there is power.
pub(super) struct Flash {
    pub(super) memory: Shared,
    pub(super) fuse: Fuse,
}

impl Flash {
    /// Before each change the power may fail. Then nobody goes on.
    async fn powered(&self) {
        yield_now().await;
        if !self.fuse.take_flash() {
            pending::<()>().await;
        }
    }
}

impl ErrorType for Flash {
    type Error = NorError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        let memory = self.memory.lock();
        let range = range(offset, bytes.len(), memory.len(), Self::READ_SIZE)?;
        bytes.copy_from_slice(&memory[range]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.memory.lock().len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 16;
    const ERASE_SIZE: usize = 4096;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        self.powered().await;
        let mut memory = self.memory.lock();
        let length = to.checked_sub(from).ok_or(NorError::OutOfBounds)? as usize;
        let range = range(from, length, memory.len(), Self::ERASE_SIZE)?;
        memory[range].fill(0xFF);
        Ok(())
    }

    /// Unit by unit: the power may fail before each, and leave a torn write.
    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        let range = range(offset, bytes.len(), self.capacity(), Self::WRITE_SIZE)?;
        for (at, unit) in range.step_by(Self::WRITE_SIZE).zip(bytes.chunks(Self::WRITE_SIZE)) {
            self.powered().await;
            let mut memory = self.memory.lock();
            let cells = &mut memory[at..at + unit.len()];
            if cells.iter().zip(unit).any(|(cell, new)| cell & new != *new) {
                return Err(NorError::NotErased);
            }
            cells.copy_from_slice(unit);
        }
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
