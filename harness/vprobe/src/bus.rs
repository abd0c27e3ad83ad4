//! What a debug port's memory access port is connected to.

use crate::error::VprobeError;

/// Why an access on the bus failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BusError {
    /// Nothing answers at this address: an AHB error response.
    #[error("the bus answered with an error")]
    Fault,
    /// The board behind the bus is gone.
    #[error(transparent)]
    Lost(#[from] VprobeError),
}

/// The bus as its master sees it: one byte, half-word or word at an aligned address, or a block of words.
pub(crate) trait Bus {
    /// Fills `bytes` from `address` on.
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), BusError>;
    /// Writes `bytes` from `address` on.
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), BusError>;
}
