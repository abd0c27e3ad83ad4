//! Buffered, cancel-safe reading of single bytes from a line.

use core::future::pending;

use embassy_time::Timer;
use embedded_io_async::Read;
use zeroize::Zeroize;

/// How long a line that reports an error is left alone.
const ERROR_PAUSE_MS: u64 = 10;

/// A line's bytes, read in chunks of up to `N` and handed out one by one.
///
/// Dropping one of its futures loses no byte, because a port's read is cancel-safe.
pub(crate) struct ByteSource<R, const N: usize> {
    reader: R,
    chunk: [u8; N],
    start: usize,
    end: usize,
}

impl<R: Read, const N: usize> ByteSource<R, N> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, chunk: [0; N], start: 0, end: 0 }
    }

    /// The next byte, if one has been read already. None stays behind: it may be a key's.
    pub(crate) fn buffered(&mut self) -> Option<u8> {
        let place = self.chunk.get_mut(self.start..self.end)?.first_mut()?;
        self.start += 1;
        let byte = *place;
        place.zeroize();
        Some(byte)
    }

    /// Waits until bytes are buffered. A line at its end waits for ever; a line error is noise and is passed over.
    pub(crate) async fn fill(&mut self) {
        while self.start >= self.end {
            match self.reader.read(&mut self.chunk).await {
                Ok(0) => pending().await,
                Ok(count) => (self.start, self.end) = (0, count.min(N)),
                Err(_) => Timer::after_millis(ERROR_PAUSE_MS).await,
            }
        }
    }

    /// The next byte.
    pub(crate) async fn next(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.buffered() {
                return byte;
            }
            self.fill().await;
        }
    }
}
