//! The module's one connection: opened through the uplink, pumped in both directions at once.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time,
};

use crate::{
    agenda::NotOpened,
    uplink::{BoxStream, Uplink},
};

/// The most data that one `+IPD` carries, and that one `AT+CIPSEND` takes: one TCP segment.
pub(crate) const SEGMENT: usize = 1460;

/// How long a peer may keep the module from closing.
const CLOSING_TIME: Duration = Duration::from_secs(5);

type Opening = Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send>>;
type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the engine asks of the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkOrder {
    /// Open after a while, and give up after another.
    Open { host: String, port: u16, after: Duration, give_up: Duration },
    /// Write these bytes.
    Write(Vec<u8>),
    /// Close in order.
    Close,
    /// Drop it.
    Abandon,
}

/// What happened on the link.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LinkEvent {
    Opened,
    NotOpened(NotOpened),
    /// All bytes of the last order are written.
    Written,
    Received(Vec<u8>),
    /// The peer closed, or the connection broke.
    PeerClosed,
    /// Closed in order.
    Closed,
}

#[derive(Default)]
pub(crate) enum Link {
    #[default]
    Down,
    Opening(Opening),
    Up(Connection),
    Closing(Closing),
}

pub(crate) struct Connection {
    stream: BoxStream,
    unwritten: Vec<u8>,
    written: usize,
}

impl Link {
    pub(crate) fn obey(&mut self, order: LinkOrder, uplink: &Arc<dyn Uplink>) {
        match (order, std::mem::take(self)) {
            (LinkOrder::Open { host, port, after, give_up }, _) => {
                *self = Self::Opening(open(Arc::clone(uplink), host, port, after, give_up));
            }
            (LinkOrder::Write(bytes), Self::Up(mut connection)) => {
                connection.unwritten.drain(..connection.written);
                connection.written = 0;
                connection.unwritten.extend(bytes);
                *self = Self::Up(connection);
            }
            (LinkOrder::Close, Self::Up(connection)) => *self = Self::Closing(close(connection.stream)),
            (LinkOrder::Close, _) => *self = Self::Closing(Box::pin(async {})),
            (LinkOrder::Write(_) | LinkOrder::Abandon, _) => {}
        }
    }

    /// Moves what can be moved; ready when something happened. Reads only where `wants_data`.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, wants_data: bool) -> Poll<LinkEvent> {
        match self {
            Self::Down => Poll::Pending,
            Self::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                Ok(stream) => {
                    *self = Self::Up(Connection { stream, unwritten: Vec::new(), written: 0 });
                    Poll::Ready(LinkEvent::Opened)
                }
                Err(error) => {
                    *self = Self::Down;
                    Poll::Ready(LinkEvent::NotOpened(why(&error)))
                }
            },
            Self::Up(connection) => {
                let event = ready!(connection.poll(cx, wants_data));
                if event == LinkEvent::PeerClosed {
                    *self = Self::Down;
                }
                Poll::Ready(event)
            }
            Self::Closing(closing) => {
                ready!(closing.as_mut().poll(cx));
                *self = Self::Down;
                Poll::Ready(LinkEvent::Closed)
            }
        }
    }
}

impl Connection {
    fn poll(&mut self, cx: &mut Context<'_>, wants_data: bool) -> Poll<LinkEvent> {
        if let Poll::Ready(event) = self.poll_write(cx) {
            return Poll::Ready(event);
        }
        if wants_data { self.poll_read(cx) } else { Poll::Pending }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<LinkEvent> {
        if self.unwritten.is_empty() {
            return Poll::Pending;
        }
        while let Some(rest) = self.unwritten.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest)) {
                Ok(0) | Err(_) => return Poll::Ready(LinkEvent::PeerClosed),
                Ok(count) => self.written += count,
            }
        }
        if ready!(Pin::new(&mut self.stream).poll_flush(cx)).is_err() {
            return Poll::Ready(LinkEvent::PeerClosed);
        }
        self.unwritten.clear();
        self.written = 0;
        Poll::Ready(LinkEvent::Written)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<LinkEvent> {
        let mut space = [0; SEGMENT];
        let mut buffer = ReadBuf::new(&mut space);
        match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
            Ok(()) if !buffer.filled().is_empty() => {
                Poll::Ready(LinkEvent::Received(buffer.filled().to_vec()))
            }
            Ok(()) | Err(_) => Poll::Ready(LinkEvent::PeerClosed),
        }
    }
}

fn open(uplink: Arc<dyn Uplink>, host: String, port: u16, after: Duration, give_up: Duration) -> Opening {
    Box::pin(async move {
        let opening = async {
            time::sleep(after).await;
            uplink.open(&host, port).await
        };
        match time::timeout(give_up, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    })
}

/// What an uplink's error means to the module.
fn why(error: &io::Error) -> NotOpened {
    match error.kind() {
        io::ErrorKind::TimedOut => NotOpened::TimedOut,
        io::ErrorKind::NotFound => NotOpened::NoName,
        _ => NotOpened::Refused,
    }
}

fn close(mut stream: BoxStream) -> Closing {
    use tokio::io::AsyncWriteExt;
    Box::pin(async move {
        // A peer that does not take part in closing loses the connection all the same.
        let _ = time::timeout(CLOSING_TIME, stream.shutdown()).await;
    })
}
