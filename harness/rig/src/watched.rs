//! Lines that tell their board when they end by themselves.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{BoxLine, LineName, LineStream, Mishap};

/// What is known of a board's lines since it was powered: the first that has gone, and how. With the power the lines end,
/// and whoever cuts it has a look before and none afterwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Mutex<Option<String>>>);

impl Watch {
    /// The line `name` over `stream`. `carrier` is what carries it, for the message.
    pub(crate) fn line(
        &self,
        name: LineName,
        carrier: impl Into<String>,
        stream: impl LineStream + 'static,
    ) -> BoxLine {
        Box::new(Watched { stream, name, carrier: carrier.into(), watch: self.clone() })
    }

    /// The line that has gone, if one has.
    pub(crate) fn mishap(&self) -> Option<Mishap> {
        self.seen().clone().map(Mishap::Rig)
    }

    fn gone(&self, name: LineName, carrier: &str, how: &str) {
        self.seen().get_or_insert_with(|| {
            format!("the {name} line has gone while the board was powered: {carrier} {how}")
        });
    }

    fn seen(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watched<S> {
    stream: S,
    name: LineName,
    carrier: String,
    watch: Watch,
}

impl<S> Watched<S> {
    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|e| self.watch.gone(self.name, &self.carrier, &format!("failed: {e}")))
    }
}

impl<S: LineStream> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (room, before) = (buffer.remaining(), buffer.filled().len());
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        if read.is_ok() && room > 0 && buffer.filled().len() == before {
            self.watch.gone(self.name, &self.carrier, "was closed at the board's end");
        }
        Poll::Ready(self.noted(read))
    }
}

impl<S: LineStream> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        Poll::Ready(self.noted(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        Poll::Ready(self.noted(flushed))
    }

    /// An end of the harness's own making is no loss, and what it fails at is not the line's fault.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    fn said(watch: &Watch) -> String {
        match watch.mishap() {
            Some(Mishap::Rig(said)) => said,
            other => panic!("a fault of the rig, not {other:?}"),
        }
    }

    #[tokio::test]
    async fn the_first_line_that_ends_is_named_and_those_that_follow_are_not() {
        let watch = Watch::default();
        let (near, mut far) = duplex(8);
        let (other, other_far) = duplex(8);
        let mut modem = watch.line(LineName::Modem, "its pipe", near);
        let mut slot = watch.line(LineName::Slot, "its pipe", other);
        far.write_all(b"OK").await.unwrap();
        assert_eq!(modem.read(&mut []).await.unwrap(), 0, "no room is no end");
        modem.read_exact(&mut [0; 2]).await.unwrap();
        assert_eq!(watch.mishap(), None);
        drop((far, other_far));
        assert_eq!(modem.read(&mut [0]).await.unwrap(), 0);
        slot.write_all(b"x").await.unwrap_err();
        assert_eq!(
            said(&watch),
            "the modem line has gone while the board was powered: its pipe was closed at the board's end"
        );
    }

    #[tokio::test]
    async fn a_line_that_cannot_be_written_to_has_gone() {
        let watch = Watch::default();
        let (near, _) = duplex(8);
        watch.line(LineName::FrontEnd, "its pipe", near).write_all(b"x").await.unwrap_err();
        let expected = "the front-end line has gone while the board was powered: its pipe failed: ";
        assert!(said(&watch).starts_with(expected), "{}", said(&watch));
    }
}
