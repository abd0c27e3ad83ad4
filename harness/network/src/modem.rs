//! The modem as an actor: the module between the terminal's line and the uplink.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, sleep_until},
};

use crate::{
    engine::Engine,
    handle::ModemHandle,
    link::{Link, LinkEvent},
    profile::NetworkProfile,
    uplink::Uplink,
};

/// A module with its SIM in its network, or a modem on its telephone line.
///
/// Its power is its own: what a terminal set, its context, and its connection outlive a reboot of the terminal, and
/// a line that was closed and is served again.
pub struct Modem {
    engine: Engine,
    link: Link,
    uplink: Arc<dyn Uplink>,
    handle: ModemHandle,
}

/// What happened at one waking.
#[derive(Default)]
struct Happened {
    heard: Option<io::Result<Vec<u8>>>,
    wrote: Option<io::Result<()>>,
    link: Option<LinkEvent>,
}

impl Modem {
    /// The modem of a network's profile; `seed` draws its latencies.
    #[must_use]
    pub fn new(profile: NetworkProfile, uplink: Arc<dyn Uplink>, seed: u64) -> Self {
        let handle = ModemHandle::new();
        let engine = Engine::new(profile, Arc::clone(&handle.shared), seed);
        Self { engine, link: Link::default(), uplink, handle }
    }

    /// The same modem with the manners of another one of its kind, drawn from `seed`: what the standards leave open, never what the
    /// network's condition means. To be called before the modem is served. It varies
    ///
    /// - whether the terminal's characters are echoed at first (`ATE`), and whether a line modem gives its result codes as words or
    ///   as digits at first (`ATV`); `ATZ` and power-up lead back to it;
    /// - what stands before a line: CR LF, CR CR LF, or CR LF once for all lines of an answer, and now and then an empty line;
    /// - into how many pieces a line is cut, and the time between them (20 ms in all);
    /// - up to six lines that answer nothing, each of them at any time: `RING`, `Call Ready`, `SMS Ready`, `+CTZV`, `DST`, `+QIND`,
    ///   the registration as it is (`+CREG`, `+CEREG`); none while data are given or a call stands;
    /// - the order and the times of the lines that tell the end of a start (`Call Ready`, `SMS Ready`, `+QIND`).
    ///
    /// The times of the network and what it loses stay those of the seed of [`Modem::new`].
    #[must_use]
    pub fn with_variant(mut self, seed: u64) -> Self {
        self.engine.vary(seed);
        self
    }

    /// A hold on this modem, good while it is served and between.
    #[must_use]
    pub fn handle(&self) -> ModemHandle {
        self.handle.clone()
    }

    /// Serves a line until the terminal's side closes it. May be called again with another line: the module goes on.
    ///
    /// # Errors
    /// What the line reported, but for its closing.
    pub async fn serve(&mut self, mut line: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let handle = self.handle.clone();
        loop {
            self.turn();
            let due = self.engine.next_due();
            let happened = tokio::select! {
                biased;
                () = handle.shared.ordered.notified() => Happened::default(),
                happened = poll_fn(|cx| self.poll(cx, &mut line)) => happened,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Happened::default(),
            };
            if let Some(ended) = self.take(happened) {
                self.engine.lose_line();
                return ended;
            }
        }
    }

    /// Tells the modem, between two lines that it serves, that the terminal is no more ready (circuit 108/2 off): a line modem hangs up,
    /// or does what `AT&D` says. On a serial port that is what closing it comes to.
    pub fn drop_dtr(&mut self) {
        self.engine.not_ready();
        self.turn();
    }

    /// Lets the engine do what is due and hands its orders to the link.
    fn turn(&mut self) {
        self.engine.advance(Instant::now());
        while let Some(order) = self.engine.orders.pop_front() {
            self.link.obey(order, &self.uplink);
        }
    }

    /// Moves bytes wherever they can move, in one fixed order.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        line: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> Poll<Happened> {
        let mut happened = Happened::default();
        if let Poll::Ready(wrote) = poll_write(&mut self.engine, cx, line) {
            happened.wrote = Some(wrote);
        }
        if self.engine.wants_input()
            && let Poll::Ready(heard) = poll_read(cx, line)
        {
            happened.heard = Some(heard);
        }
        if let Poll::Ready(event) = self.link.poll(cx, self.engine.wants_data()) {
            happened.link = Some(event);
        }
        let idle = happened.wrote.is_none() && happened.heard.is_none() && happened.link.is_none();
        if idle { Poll::Pending } else { Poll::Ready(happened) }
    }

    /// Gives the engine what happened; the result with which serving ends, if it does.
    fn take(&mut self, happened: Happened) -> Option<io::Result<()>> {
        if let Some(event) = happened.link {
            self.engine.link(event, Instant::now());
        }
        match happened.heard {
            Some(Ok(bytes)) if bytes.is_empty() => return Some(Ok(())),
            Some(Ok(bytes)) => self.engine.hear(&bytes),
            Some(Err(error)) => return Some(ended(error)),
            None => {}
        }
        match happened.wrote {
            Some(Err(error)) => Some(ended(error)),
            Some(Ok(())) | None => None,
        }
    }
}

/// Writes what the module has to say; ready when some of it went out.
fn poll_write(
    engine: &mut Engine,
    cx: &mut Context<'_>,
    line: &mut (impl AsyncWrite + Unpin),
) -> Poll<io::Result<()>> {
    let (front, _) = engine.out.as_slices();
    if front.is_empty() {
        // A line that cannot be flushed says so at the next write.
        let _ = Pin::new(line).poll_flush(cx);
        return Poll::Pending;
    }
    match Pin::new(line).poll_write(cx, front) {
        Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
        Poll::Ready(Ok(count)) => {
            engine.out.drain(..count);
            Poll::Ready(Ok(()))
        }
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        Poll::Pending => Poll::Pending,
    }
}

fn poll_read(cx: &mut Context<'_>, line: &mut (impl AsyncRead + Unpin)) -> Poll<io::Result<Vec<u8>>> {
    let mut space = [0; 1024];
    let mut buffer = ReadBuf::new(&mut space);
    Pin::new(line).poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().to_vec())
}

/// A line that broke is a line that closed.
fn ended(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => Ok(()),
        _ => Err(error),
    }
}
