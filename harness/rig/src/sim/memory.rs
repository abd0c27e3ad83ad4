//! The simulated board's memories: battery-backed RAM, and NOR flash with its rules.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use embedded_storage_async::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// Memory that outlives a boot.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(super) fn filled(value: u8, size: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![value; size])))
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
