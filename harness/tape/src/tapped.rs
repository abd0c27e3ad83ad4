//! A stream with a tap on it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::lens::Direction;
use crate::tape::LineTap;

/// Who hears what passes on a line.
pub trait Listener {
    /// These bytes have passed. The tap is at the terminal's end of the line: what is read there comes from the terminal.
    fn hear(&mut self, direction: Direction, bytes: &[u8]);
}

impl<F: FnMut(Direction, &[u8])> Listener for F {
    fn hear(&mut self, direction: Direction, bytes: &[u8]) {
        self(direction, bytes);
    }
}

impl Listener for LineTap {
    fn hear(&mut self, direction: Direction, bytes: &[u8]) {
        self.record(direction, bytes);
    }
}

/// Passes bytes unchanged and lets a listener hear them both ways, once they have passed: what was not taken is not heard.
#[derive(Debug)]
pub struct Tapped<S, L = LineTap> {
    stream: S,
    listener: L,
}

impl<S, L: Listener> Tapped<S, L> {
    /// Puts a listener on a stream.
    pub fn new(stream: S, listener: L) -> Self {
        Self { stream, listener }
    }

    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream below. What is read or written here is not heard.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Takes the tap off.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin, L: Listener + Unpin> AsyncRead for Tapped<S, L> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        this.listener.hear(Direction::FromTerminal, buf.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, L: Listener + Unpin> AsyncWrite for Tapped<S, L> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let count = ready!(Pin::new(&mut this.stream).poll_write(cx, buf))?;
        this.listener.hear(Direction::ToTerminal, buf.get(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
