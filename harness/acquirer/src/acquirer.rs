//! The host: connections in, answers out, everything remembered.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use payrig_iso8583::{Dialect, FrameSplitter};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

use crate::behaviour::{Behaviour, Fault};
use crate::book::Book;
use crate::books::{Answer, Books};
use crate::card::Card;
use crate::device::Device;
use crate::exchange::{Exchange, Judgement};
use crate::issued::IssuedKeys;
use crate::profile::AcquirerProfile;

/// An acquirer host. Clones are the same host.
#[derive(Clone)]
pub struct Acquirer {
    dialect: Arc<Dialect>,
    books: Arc<Mutex<Books>>,
    /// How many exchanges there were.
    count: watch::Sender<usize>,
}

/// What goes out for a request.
struct Reply {
    bytes: Vec<u8>,
    close: bool,
    behaviour: Behaviour,
}

impl Acquirer {
    /// A host with its books open. The same seed issues the same keys in the same order.
    #[must_use]
    pub fn new(profile: AcquirerProfile, dialect: Arc<Dialect>, devices: Vec<Device>, seed: u64) -> Self {
        let books = Arc::new(Mutex::new(Books::new(profile, devices, seed)));
        Self { dialect, books, count: watch::Sender::new(0) }
    }

    /// Puts another terminal into the host's books.
    pub fn add_device(&self, device: Device) {
        self.books().devices.push(device);
    }

    /// Opens an account for another card, or for one of the same number anew.
    pub fn add_card(&self, card: Card) {
        self.books().ledger.add(card);
    }

    /// Accounts, transactions and batches as they are now.
    #[must_use]
    pub fn book(&self) -> Book {
        self.books().ledger.book()
    }

    /// How the host behaves from the next request on.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.books().behave(behaviour);
    }

    /// What the host's clock says from now on: MMDD and hhmmss.
    pub fn set_clock(&self, date: &str, time: &str) {
        let mut books = self.books();
        date.clone_into(&mut books.profile.date);
        time.clone_into(&mut books.profile.time);
    }

    /// Everything that was asked and answered so far.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.books().exchanges.clone()
    }

    /// Exchange `index`, from 0: waits until it happened. It is there before its answer is on the line.
    pub async fn exchange(&self, index: usize) -> Exchange {
        let mut count = self.watch();
        loop {
            if let Some(exchange) = self.books().exchanges.get(index) {
                return exchange.clone();
            }
            // The sender is part of `self`, so that it lives; the loop looks again either way.
            let _ = count.changed().await;
        }
    }

    /// The number of exchanges so far, and word of each new one.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// All working keys that the host gave out.
    #[must_use]
    pub fn issued(&self) -> Vec<IssuedKeys> {
        self.books().issued.clone()
    }

    /// Serves one connection until the terminal closes it, or the host does so on purpose.
    ///
    /// # Errors
    /// What the stream says when it breaks.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, mut stream: S) -> io::Result<()> {
        let mut splitter = FrameSplitter::new(self.dialect.largest_frame());
        let mut buffer = [0; 1024];
        loop {
            while let Some(frame) = splitter.next_frame() {
                let reply = self.respond(frame);
                send(&mut stream, &reply).await?;
                if reply.close {
                    return stream.shutdown().await;
                }
            }
            if let Some(fault) = splitter.fault() {
                self.record(splitter.pending().to_vec(), None, Judgement::NoFrames(fault));
                return stream.shutdown().await;
            }
            match stream.read(&mut buffer).await? {
                0 => {
                    let (bytes, rest) = (splitter.pending().len(), splitter.pending().to_vec());
                    if bytes > 0 {
                        self.record(rest, None, Judgement::CutOff { bytes });
                    }
                    return Ok(());
                }
                read => splitter.push(buffer.get(..read).unwrap_or_default()),
            }
        }
    }

    fn respond(&self, request: Vec<u8>) -> Reply {
        let Answer { bytes, judgement, behaviour } = self.books().answer(&self.dialect, &request);
        let fault = behaviour.fault.clone();
        let cut = match &fault {
            Some(Fault::Silence | Fault::SilenceBeforeBooking | Fault::Close) => Some(0),
            Some(Fault::CloseAfter(bytes)) => Some(*bytes),
            Some(Fault::Twice | Fault::CloseAfterAnswer) => Some(usize::MAX),
            _ => None,
        };
        let close = matches!(fault, Some(Fault::Close | Fault::CloseAfter(_) | Fault::CloseAfterAnswer));
        let copies = if fault == Some(Fault::Twice) { 2 } else { 1 };
        let (sent, judgement) = match (cut, fault) {
            (Some(cut), Some(fault)) => {
                let sent = bytes.map(|a| a.into_iter().take(cut).collect::<Vec<u8>>());
                (sent.filter(|s| !s.is_empty()), Judgement::Spoilt { fault, instead_of: Box::new(judgement) })
            }
            _ => (bytes, judgement),
        };
        self.record(request, sent.clone(), judgement);
        Reply { bytes: sent.unwrap_or_default().repeat(copies), close, behaviour }
    }

    fn record(&self, request: Vec<u8>, answer: Option<Vec<u8>>, judgement: Judgement) {
        let count = {
            let mut books = self.books();
            books.exchanges.push(Exchange { request, answer, judgement });
            books.exchanges.len()
        };
        self.count.send_replace(count);
    }

    /// A panic elsewhere leaves the books usable: every change to them is whole.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, reply: &Reply) -> io::Result<()> {
    if reply.bytes.is_empty() {
        return Ok(());
    }
    if !reply.behaviour.delay.0.is_zero() {
        tokio::time::sleep(reply.behaviour.delay.0).await;
    }
    let size = reply.behaviour.pieces.unwrap_or(reply.bytes.len()).max(1);
    for piece in reply.bytes.chunks(size) {
        stream.write_all(piece).await?;
        stream.flush().await?;
        // The other end gets to read each piece by itself.
        tokio::task::yield_now().await;
    }
    Ok(())
}
