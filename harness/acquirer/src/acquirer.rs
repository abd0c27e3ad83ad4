//! The host: connections in, answers out, everything remembered.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use payrig_iso8583::{Dialect, FrameSplitter};
use payrig_keys::Key;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

use crate::behaviour::{Behaviour, Fault};
use crate::book::Book;
use crate::books::Books;
use crate::card::Card;
use crate::chip::ChipRecord;
use crate::device::Device;
use crate::exchange::{Exchange, Judgement};
use crate::issued::IssuedKeys;
use crate::profile::AcquirerProfile;
use crate::reply::Reply;

/// An acquirer host. Clones are the same host.
#[derive(Clone)]
pub struct Acquirer {
    dialect: Arc<Dialect>,
    books: Arc<Mutex<Books>>,
    /// How many exchanges there were.
    count: watch::Sender<usize>,
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

    /// Puts another TMK into the books of a terminal: its next sign-on gets working keys under that one. Whether the terminal is known.
    pub fn set_tmk(&self, device_id: &str, tmk: Key) -> bool {
        let mut books = self.books();
        let device = books.devices.iter_mut().find(|device| device.device_id == device_id);
        device.map(|device| device.tmk = tmk).is_some()
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

    /// The sales that were made with chips, and what became of their scripts.
    #[must_use]
    pub fn chip_records(&self) -> Vec<ChipRecord> {
        self.books().ledger.chips().to_vec()
    }

    /// The same host, which remembers no more than the last `most` exchanges: for one that serves for long.
    #[must_use]
    pub fn remembering(self, most: usize) -> Self {
        self.books().exchanges.remember(most);
        self
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

    /// Everything that was asked and answered so far, as far as it is remembered.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.books().exchanges.all()
    }

    /// Exchange `index`, from 0: waits until it happened. It is there before its answer is on the line. One that is
    /// forgotten never comes.
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
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) -> io::Result<()> {
        self.serve_heard(stream, |_| {}).await
    }

    /// The same, telling `hear` of each exchange of this connection before its answer is on the line.
    ///
    /// # Errors
    /// What the stream says when it breaks.
    pub async fn serve_heard<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        mut stream: S,
        mut hear: impl FnMut(&Exchange),
    ) -> io::Result<()> {
        let mut splitter = FrameSplitter::new(self.dialect.largest_frame());
        let mut buffer = [0; 1024];
        let mut keep = |exchange: Exchange| {
            hear(&exchange);
            self.record(exchange);
        };
        let held = self.books().take_held();
        for reply in held {
            reply.send(&mut stream).await?;
        }
        loop {
            while let Some(frame) = splitter.next_frame() {
                let (exchange, reply) = self.respond(frame);
                keep(exchange);
                let Some(reply) = reply else { continue };
                reply.send(&mut stream).await?;
                if reply.close {
                    return stream.shutdown().await;
                }
            }
            if let Some(fault) = splitter.fault() {
                keep(Exchange::unanswered(splitter.pending(), Judgement::NoFrames(fault)));
                return stream.shutdown().await;
            }
            match stream.read(&mut buffer).await? {
                0 => {
                    let bytes = splitter.pending().len();
                    if bytes > 0 {
                        keep(Exchange::unanswered(splitter.pending(), Judgement::CutOff { bytes }));
                    }
                    return Ok(());
                }
                read => splitter.push(buffer.get(..read).unwrap_or_default()),
            }
        }
    }

    fn respond(&self, request: Vec<u8>) -> (Exchange, Option<Reply>) {
        let mut books = self.books();
        let answer = books.answer(&self.dialect, &request);
        let kept = answer.behaviour.fault == Some(Fault::NextConnection);
        let (exchange, reply) = Reply::to(request, answer);
        if !kept {
            return (exchange, Some(reply));
        }
        books.hold(reply);
        (exchange, None)
    }

    fn record(&self, exchange: Exchange) {
        let count = self.books().exchanges.push(exchange);
        self.count.send_replace(count);
    }

    /// A panic elsewhere leaves the books usable: every change to them is whole.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
