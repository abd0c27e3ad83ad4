//! NOR flash that is read in the units in which it is written.
//!
//! The journal's page markers are one unit each, and the map looks at as much of a marker as can be read at once. Where
//! that is a byte at its far end, a marker torn by a power cut counts as not written and is written a second time, which
//! flash with an error-correcting code per unit does not take. Read whole, it counts from its first byte on.

use embedded_storage_async::nor_flash::{ErrorType, NorFlash, ReadNorFlash};

/// A flash whose reads are as large as its writes.
pub(crate) struct WholeUnits<F>(pub(crate) F);

impl<F: ErrorType> ErrorType for WholeUnits<F> {
    type Error = F::Error;
}

impl<F: NorFlash> ReadNorFlash for WholeUnits<F> {
    const READ_SIZE: usize = F::WRITE_SIZE;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.read(offset, bytes).await
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<F: NorFlash> NorFlash for WholeUnits<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.0.erase(from, to).await
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.write(offset, bytes).await
    }
}
