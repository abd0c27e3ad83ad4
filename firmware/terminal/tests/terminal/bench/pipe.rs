//! An in-memory line, whose read is cancel-safe.

use std::convert::Infallible;

use embedded_io_async::{ErrorType, Read, Write};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The line's sending end.
#[derive(Clone)]
pub struct Tx(UnboundedSender<u8>);

/// The line's receiving end.
pub struct Rx(UnboundedReceiver<u8>);

pub fn pipe() -> (Tx, Rx) {
    let (tx, rx) = unbounded_channel();
    (Tx(tx), Rx(rx))
}

impl Tx {
    pub fn put(&self, bytes: &[u8]) {
        for byte in bytes {
            let _ = self.0.send(*byte);
        }
    }
}

impl Rx {
    /// The next byte; waits for ever when the sender is gone.
    pub async fn byte(&mut self) -> u8 {
        match self.0.recv().await {
            Some(byte) => byte,
            None => std::future::pending().await,
        }
    }

    /// The next byte, if it is there.
    pub fn ready(&mut self) -> Option<u8> {
        self.0.try_recv().ok()
    }
}

impl ErrorType for Tx {
    type Error = Infallible;
}

impl Write for Tx {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.put(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl ErrorType for Rx {
    type Error = Infallible;
}

impl Read for Rx {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some((first, rest)) = buffer.split_first_mut() else { return Ok(0) };
        *first = self.byte().await;
        let more = rest.iter_mut().map_while(|place| self.ready().map(|byte| *place = byte)).count();
        Ok(1 + more)
    }
}
