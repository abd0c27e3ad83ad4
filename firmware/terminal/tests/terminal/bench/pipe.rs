//! An in-memory line, whose read is cancel-safe.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;

use embedded_io_async::{ErrorType, Read, Write};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Everything that was sent on a line.
pub type Recording = Rc<RefCell<Vec<u8>>>;

/// What a bad line does to a byte.
#[derive(Clone, Debug)]
pub enum Harm {
    Lost,
    Doubled,
    Flipped(u8),
    /// Something comes before it.
    Before(Vec<u8>),
}

/// What a bad line does to which of its next bytes, by their number.
#[derive(Debug, Default)]
pub struct Noise {
    harms: RefCell<Vec<(usize, Harm)>>,
    sent: Cell<usize>,
}

impl Noise {
    /// Does so to the bytes from the next one on, which is number 0.
    pub fn set(&self, harms: Vec<(usize, Harm)>) {
        self.harms.replace(harms);
        self.sent.set(0);
    }

    fn carry(&self, byte: u8) -> Vec<u8> {
        let number = self.sent.replace(self.sent.get() + 1);
        let mut carried = vec![byte];
        for (_, harm) in self.harms.borrow().iter().filter(|(at, _)| *at == number) {
            match harm {
                Harm::Lost => carried.clear(),
                Harm::Doubled => carried.extend_from_within(..),
                Harm::Flipped(bits) => carried.iter_mut().for_each(|byte| *byte ^= bits),
                Harm::Before(bytes) => carried = [bytes.as_slice(), &carried].concat(),
            }
        }
        carried
    }
}

/// The line's sending end.
#[derive(Clone)]
pub struct Tx(UnboundedSender<u8>, Recording, Rc<Noise>);

/// The line's receiving end.
pub struct Rx(UnboundedReceiver<u8>);

pub fn pipe() -> (Tx, Rx) {
    let (tx, rx) = unbounded_channel();
    (Tx(tx, Recording::default(), Rc::default()), Rx(rx))
}

impl Tx {
    /// The same end of a line that harms what it carries.
    pub fn with(self, noise: &Rc<Noise>) -> Self {
        Self(self.0, self.1, noise.clone())
    }

    pub fn put(&self, bytes: &[u8]) {
        self.1.borrow_mut().extend(bytes);
        for byte in &bytes.iter().flat_map(|byte| self.2.carry(*byte)).collect::<Vec<_>>() {
            let _ = self.0.send(*byte);
        }
    }

    /// What was sent so far, and what will be.
    pub fn recording(&self) -> Recording {
        self.1.clone()
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
