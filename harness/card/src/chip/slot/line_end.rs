//! The card's end of the line: bytes move, levels are seen, and whatever breaks into a session is found while it waits.

use std::{
    collections::VecDeque,
    future::{Future, pending, poll_fn},
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, sleep_until},
};

use super::{Interrupt, Symbol, SymbolReader, handle::Shared};

/// A card that does not listen hears no more than so many characters.
const MOST_HEARD: usize = 4096;

pub(super) trait Line: AsyncRead + AsyncWrite + Unpin {}

impl<L: AsyncRead + AsyncWrite + Unpin> Line for L {}

pub(super) struct LineEnd<'l> {
    line: &'l mut dyn Line,
    shared: Rc<Shared>,
    reader: SymbolReader,
    heard: VecDeque<Symbol>,
    out: VecDeque<u8>,
    ended: Option<io::Result<()>>,
    pub(super) vcc: bool,
    pub(super) rst: bool,
}

impl<'l> LineEnd<'l> {
    pub(super) fn new(line: &'l mut dyn Line, shared: Rc<Shared>) -> Self {
        let (heard, out) = (VecDeque::new(), VecDeque::new());
        Self { line, shared, reader: SymbolReader::Plain, heard, out, ended: None, vcc: false, rst: false }
    }

    /// Puts bytes out, without waiting.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.out.extend(bytes);
    }

    /// Drops what was not sent yet: a card without power says nothing.
    pub(super) fn hush(&mut self) {
        self.out.clear();
    }

    /// Waits until all bytes are out.
    pub(super) async fn flush(&mut self) -> Result<(), Interrupt> {
        poll_fn(|cx| match self.poll_interrupt(cx) {
            Poll::Ready(interrupt) => Poll::Ready(Err(interrupt)),
            Poll::Pending if self.out.is_empty() => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Waits for `work`, or for what breaks in.
    pub(super) async fn run<F: Future>(&mut self, work: F) -> Result<F::Output, Interrupt> {
        let mut work = pin!(work);
        poll_fn(|cx| match self.poll_interrupt(cx) {
            Poll::Ready(interrupt) => Poll::Ready(Err(interrupt)),
            Poll::Pending => work.as_mut().poll(cx).map(Ok),
        })
        .await
    }

    /// Waits for what breaks in, and hears nothing.
    pub(super) async fn idle(&mut self) -> Interrupt {
        match self.run(pending::<Interrupt>()).await {
            Ok(interrupt) | Err(interrupt) => interrupt,
        }
    }

    /// Waits until a card is put in, too.
    pub(super) async fn until_card(&mut self) -> Interrupt {
        let shared = Rc::clone(&self.shared);
        let inserted = poll_fn(|_| match shared.card.borrow().is_some() {
            true => Poll::Ready(Interrupt::Inserted),
            false => Poll::Pending,
        });
        match self.run(inserted).await {
            Ok(interrupt) | Err(interrupt) => interrupt,
        }
    }

    /// Waits until RST is high.
    pub(super) async fn until_rst_high(&mut self) -> Result<(), Interrupt> {
        poll_fn(|cx| match self.poll_interrupt(cx) {
            Poll::Ready(interrupt) => Poll::Ready(Err(interrupt)),
            Poll::Pending if self.rst => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// The next character or error signal; nothing at `until`.
    pub(super) async fn symbol(&mut self, until: Option<Instant>) -> Result<Option<Symbol>, Interrupt> {
        let mut timer = pin!(async {
            match until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        });
        poll_fn(|cx| {
            if let Poll::Ready(interrupt) = self.poll_interrupt(cx) {
                return Poll::Ready(Err(interrupt));
            }
            match self.heard.pop_front() {
                Some(symbol) => Poll::Ready(Ok(Some(symbol))),
                None => timer.as_mut().poll(cx).map(|()| Ok(None)),
            }
        })
        .await
    }

    /// Takes the error signal that comes before `until`; whether one came. A character that comes instead stays for [`LineEnd::symbol`].
    pub(super) async fn error_signal(&mut self, until: Instant) -> Result<bool, Interrupt> {
        let mut timer = pin!(sleep_until(until));
        poll_fn(|cx| {
            if let Poll::Ready(interrupt) = self.poll_interrupt(cx) {
                return Poll::Ready(Err(interrupt));
            }
            match self.heard.pop_front_if(|symbol| *symbol == Symbol::ErrorSignal) {
                Some(_) => Poll::Ready(Ok(true)),
                None if !self.heard.is_empty() => Poll::Ready(Ok(false)),
                None => timer.as_mut().poll(cx).map(|()| Ok(false)),
            }
        })
        .await
    }

    fn poll_interrupt(&mut self, cx: &mut Context<'_>) -> Poll<Interrupt> {
        *self.shared.waker.borrow_mut() = Some(cx.waker().clone());
        if self.shared.in_use.get() && self.shared.removing.get() {
            return Poll::Ready(Interrupt::Removed);
        }
        if let Err(error) = self.write(cx).and_then(|()| self.read(cx)) {
            self.ended.get_or_insert(ended(error));
        }
        while let Some(at) = self.heard.iter().position(|symbol| symbol.is_level()) {
            // What came before a level changed meets no card that listens.
            let level = self.heard.drain(..=at).next_back();
            if let Some(interrupt) = level.and_then(|level| self.level(level)) {
                return Poll::Ready(interrupt);
            }
        }
        match &mut self.ended {
            Some(ended) => Poll::Ready(Interrupt::Ended(std::mem::replace(ended, Ok(())))),
            None => Poll::Pending,
        }
    }

    /// Takes a level over; what it breaks into.
    fn level(&mut self, symbol: Symbol) -> Option<Interrupt> {
        match symbol {
            Symbol::Vcc(on) => {
                let was = std::mem::replace(&mut self.vcc, on);
                (was != on).then_some(if on { Interrupt::VccOn } else { Interrupt::VccOff })
            }
            Symbol::Rst(high) => {
                let was = std::mem::replace(&mut self.rst, high);
                (was && !high).then_some(Interrupt::RstLow)
            }
            Symbol::Character(_) | Symbol::ErrorSignal => None,
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.out.is_empty() {
            let (front, _) = self.out.as_slices();
            match Pin::new(&mut *self.line).poll_write(cx, front) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => drop(self.out.drain(..count)),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        match Pin::new(&mut *self.line).poll_flush(cx) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => Ok(()),
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let mut space = [0; 512];
        while self.ended.is_none() {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut *self.line).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => self.ended = Some(Ok(())),
                Poll::Ready(Ok(())) => self.hear(buffer.filled()),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        Ok(())
    }

    fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(symbol) = self.reader.push(*byte)
                && (symbol.is_level() || self.heard.len() < MOST_HEARD)
            {
                self.heard.push_back(symbol);
            }
        }
    }
}

/// A line that broke is a line that closed.
fn ended(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => Ok(()),
        _ => Err(error),
    }
}
