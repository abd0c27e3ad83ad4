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

    /// Erases what has been read already.
    pub(crate) fn forget(&mut self) {
        self.chunk.zeroize();
        (self.start, self.end) = (0, 0);
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

#[cfg(test)]
mod tests {
    use super::ByteSource;
    use embassy_futures::select::{Either, select};
    use embassy_time::{Instant, Timer};
    use embedded_io_async::{ErrorKind, ErrorType, Read};
    use std::vec;
    use std::vec::Vec;

    /// A line that plays back what each of its reads returns, and is over then.
    struct Reads(Vec<Result<&'static [u8], ErrorKind>>);

    impl ErrorType for Reads {
        type Error = ErrorKind;
    }

    impl Read for Reads {
        async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let bytes = self.0.remove(0)?;
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    #[test]
    fn line_errors_are_passed_over_and_a_line_at_its_end_is_silent() {
        let reads = vec![Ok(b"ab".as_slice()), Err(ErrorKind::Other), Err(ErrorKind::Other), Ok(b"c")];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(payrig_host_time::run(async {
            let mut source = ByteSource::<_, 4>::new(Reads(reads));
            let heard = [source.next().await, source.next().await, source.next().await];
            assert_eq!(&heard, b"abc");
            assert_eq!(Instant::now().as_millis(), 20);
            let silence: Either<u8, ()> = select(source.next(), Timer::after_secs(60)).await;
            assert!(matches!(silence, Either::Second(())));
        }));
    }

    #[test]
    fn no_byte_stays_behind_in_the_chunk() {
        let mut source = ByteSource::<_, 4>::new(b"key!".as_slice());
        let heard: [u8; 4] = embassy_futures::block_on(async {
            [source.next().await, source.next().await, source.next().await, source.next().await]
        });
        assert_eq!(&heard, b"key!");
        assert_eq!(source.chunk, [0; 4]);
    }
}
